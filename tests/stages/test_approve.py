from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.db import Document, queries
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.stages.approve import Approval, approve, check
from tests import steps
from tests.factories import contact_in


def ask(app: App, person: str = "alex") -> Approval:
    with app.sessions.begin() as session:
        mailout = queries.mailout_named(session, steps.NAME)
        return approve(session, mailout, app.templates, person=person, now=app.clock())


def test_a_second_person_approves_one_digest_over_everything(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    approval = ask(app)

    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.APPROVED
    assert approval == Approval(mailout.approved_digest)
    assert (mailout.approved_by, mailout.approved_at) == ("alex", app.clock())
    assert steps.actions(app)[-1] == "mailout.approved"


@pytest.mark.parametrize("person", ["sam", "Sam"])
def test_who_had_the_letters_rendered_cannot_approve_them(app: App, person: str) -> None:
    steps.rendered(app)
    with pytest.raises(RuleBroken, match="somebody else must approve"):
        ask(app, person)
    assert steps.state_of(app) is MailoutState.RENDERED


def test_a_draft_cannot_be_approved(app: App) -> None:
    steps.planned(app)
    with pytest.raises(RuleBroken, match=r"is draft, not rendered: run `dispatch mailout render"):
        ask(app)


def test_what_changed_after_rendering_is_not_approved(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        contact_in(session, "ADU").address = "another@adu.example"

    assert ask(app) == Approval(None, ("ADU: addressee and recipients changed",))
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.DRAFT
    assert "ADU: addressee and recipients changed" in (mailout.remark or "")


def test_a_letter_that_became_due_after_rendering_is_noticed(app: App) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        contact_in(session, "OXO").role = "leader"
    [missing, *_] = ask(app).changes
    assert missing == "OXO: has no chief executive to write to"


def test_letters_are_checked_for_accessibility_one_by_one(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    with app.sessions.read() as session:
        found = list(check(session, queries.mailout_named(session, steps.NAME)))
    assert found == [[], []]


def test_a_stored_pdf_that_was_tampered_with_is_not_checked_but_refused(app: App) -> None:
    steps.rendered(app)
    letter = steps.letters_of(app)["OXO"]
    with app.sessions.begin() as session:
        session.get_one(Document, letter.parts["pdf"]).content = b"%PDF-1.7 another"
    with (
        app.sessions.read() as session,
        pytest.raises(NotApproved, match="is not what it was: restore it"),
    ):
        list(check(session, queries.mailout_named(session, steps.NAME)))
