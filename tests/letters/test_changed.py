from __future__ import annotations

from dispatch.app import App
from dispatch.domain.mailout import MailoutState
from dispatch.ledger import journal
from dispatch.ledger.kinds import Subject
from dispatch.letters import changed
from dispatch.letters.changed import Changed, Since
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_word, contact_in


def since(app: App) -> Since | None:
    with app.sessions.read() as session:
        told = journal.events(session, Subject.MAILOUT.of(steps.NAME))
        return changed.since_approval(session, mailout_named(session, steps.NAME), told)


def change_and_render(app: App, code: str, surname: str) -> None:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        if mailout.state is not MailoutState.DRAFT:
            reopen(session, mailout, "a contact changed", a_word(app.clock()))
        contact_in(session, code).surname = surname
    steps.render_again(app)


def test_only_the_letters_that_differ_from_the_last_approval_are_named(app: App) -> None:
    steps.rendered(app, "OXO", "ADU", "WOT")
    assert since(app) is None
    steps.approve_again(app)
    found = since(app)
    assert found is not None
    assert (found.by, found.count, found.changed, found.gone) == ("alex", 0, (), ())
    change_and_render(app, "ADU", "Okoro")
    found = since(app)
    assert found is not None
    assert (found.count, found.gone) == (1, ())
    assert found.changed == (Changed("ADU", ("addressee", "recipients")),)


def test_a_letter_is_compared_with_the_one_that_was_approved_last(app: App) -> None:
    steps.approved(app, "OXO", "ADU")
    change_and_render(app, "ADU", "Okoro")
    steps.approve_again(app)
    change_and_render(app, "OXO", "Smith")
    found = since(app)
    assert found is not None
    assert [each.code for each in found.changed] == ["OXO"]
    assert found.gone == ()
