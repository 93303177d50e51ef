from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dispatch.app import App
from dispatch.domain.errors import ChangedMeanwhile, NotApproved, RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.ledger import journal
from dispatch.ledger.kinds import Subject
from dispatch.letters import approval, on_record, review
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_word

WHY = "the figures of Oxford are last year's"


def ask(app: App) -> None:
    with app.sessions.begin() as session:
        review.ask(session, mailout_named(session, steps.NAME), a_word(app.clock()))


def asked(app: App) -> review.Asked | None:
    with app.sessions.read() as session:
        return review.asked(journal.events(session, Subject.MAILOUT.of(steps.NAME)))


def shown(app: App) -> str:
    """The digest of what a person is shown."""
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        template = app.templates.digest(mailout.plan.template)
        return approval.coverage(session, mailout, template).digest


def send_back(app: App, digest: str, because: str = WHY) -> None:
    word = replace(a_word(app.clock(), "alex"), because=because)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME, is_locked=True)
        review.send_back(session, mailout, app.templates, digest, word)


@pytest.mark.parametrize("begin", [steps.rendered, steps.approved, steps.scheduled])
def test_letters_that_are_sent_back_are_a_draft_with_the_reason(
    app: App, begin: Callable[[App], str]
) -> None:
    begin(app)
    was, digest = steps.state_of(app).value, shown(app)
    send_back(app, digest)
    mailout = steps.mailout_of(app)
    assert (mailout.state, mailout.remark) == (MailoutState.DRAFT, f"sent back: {WHY}")
    assert (mailout.approved_by, mailout.approved_digest) == (None, None)
    with app.sessions.read() as session:
        event = journal.events(session, f"mailout:{steps.NAME}")[-1]
    assert (event.actor, event.action) == ("alex", "mailout.sent_back")
    assert event.detail == {
        "because": WHY,
        "was": was,
        "digest": digest,
        "at_keyboard": event.detail["at_keyboard"],
    }


def test_an_approval_before_letters_were_sent_back_no_longer_counts(app: App) -> None:
    steps.approved(app)
    digest = steps.mailout_of(app).approved_digest
    send_back(app, shown(app))
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        mailout.approved_digest = digest
        with pytest.raises(NotApproved, match="has no approval"):
            on_record.approval_of(session, mailout)


def test_letters_that_were_sent_back_are_kept_if_nothing_is_changed(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    before = {code: each.id for code, each in steps.letters_of(app).items()}
    send_back(app, shown(app))
    steps.render_again(app)
    assert {code: each.id for code, each in steps.letters_of(app).items()} == before
    steps.approve_again(app)


def test_who_sends_letters_back_gives_a_reason(app: App) -> None:
    steps.rendered(app)
    with pytest.raises(RuleBroken, match="give a reason"):
        send_back(app, shown(app), because=" ")
    assert steps.state_of(app) is MailoutState.RENDERED


def test_letters_that_were_made_anew_since_they_were_shown_are_not_sent_back(app: App) -> None:
    steps.rendered(app)
    with pytest.raises(ChangedMeanwhile):
        send_back(app, "0" * 64)


def test_a_draft_and_a_mailout_that_has_gone_cannot_be_sent_back(app: App) -> None:
    steps.planned(app)
    with pytest.raises(RuleBroken, match="is draft: it cannot be sent back"):
        send_back(app, "")


def test_an_approval_is_asked_for_until_it_is_given_or_the_letters_change(app: App) -> None:
    steps.rendered(app)
    assert asked(app) is None
    ask(app)
    assert asked(app) == review.Asked("sam", app.clock())
    send_back(app, shown(app))
    assert asked(app) is None
    with pytest.raises(RuleBroken, match="is draft: approval is asked for once"):
        ask(app)
