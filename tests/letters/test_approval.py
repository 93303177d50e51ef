from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select, update

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import Document, EventRow, Letter, Mailout
from dispatch.domain.digest import sha256
from dispatch.domain.errors import ChangedMeanwhile, NotApproved, RuleBroken
from dispatch.domain.letter import letter_digest
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.word import Word
from dispatch.letters import accessibility, approval, render
from dispatch.letters.approval import Approval, Coverage
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_word, contact_in, some_figures
from tests.people.office import invited


def ask(app: App, person: str = "alex") -> Approval:
    with app.sessions.begin() as session:
        word = Word(person=person, keyboard="kim", at=app.clock())
        return steps.signed(session, steps.NAME, app.templates, word)


def test_a_second_person_approves_one_digest_over_everything(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    found = ask(app)

    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.APPROVED
    assert found == Approval(mailout.approved_digest)
    assert (mailout.approved_by, mailout.approved_at) == ("alex", app.clock())
    assert steps.actions(app)[-1] == "mailout.approved"


@pytest.mark.parametrize("person", ["sam", "Sam", " sam ", "s\u200aam", "\uff53am"])
def test_who_had_the_letters_rendered_cannot_approve_them(app: App, person: str) -> None:
    steps.rendered(app)
    with pytest.raises(RuleBroken, match="somebody else must approve"):
        ask(app, person)
    assert steps.state_of(app) is MailoutState.RENDERED


def test_the_ledger_says_who_had_the_letters_rendered_whatever_their_rows_say(app: App) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        session.execute(update(Letter).values(asked_by="bob"))
    with pytest.raises(RuleBroken, match="somebody else must approve"):
        ask(app, "sam")
    with app.sessions.begin() as session:
        row = session.scalars(select(EventRow).where(EventRow.action == "mailout.render")).one()
        row.actor = "bob"
    with pytest.raises(NotApproved, match="no event that this service wrote by which somebody"):
        ask(app, "sam")


def test_a_made_letter_that_was_exchanged_is_not_approved_and_is_made_anew(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    made = steps.letters_of(app)["OXO"]
    with app.sessions.begin() as session:
        letter = session.merge(made)
        other = session.get_one(Document, letter.parts["mail"]).content + b"And more."
        digest = sha256(other)
        session.add(Document(sha256=digest, media_type="multipart/mixed", content=other))
        letter.parts = {**letter.parts, "mail": digest}
        letter.digest = letter_digest(letter.subject, letter.parts, letter.draft.attachments)
    found = ask(app)
    assert found == Approval(None, ("OXO: its stored letter is not the one that was made",))
    assert steps.state_of(app) is MailoutState.DRAFT
    steps.render_again(app)
    again = steps.letters_of(app)["OXO"]
    assert (again.id != made.id, again.parts) == (True, made.parts)
    assert ask(app).digest


def test_a_change_while_somebody_reads_what_is_to_be_approved_is_found(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.rendered(app, "OXO")
    read = approval.coverage

    def changed_meanwhile(session: Session, mailout: Mailout, template: str) -> Coverage:
        covered = read(session, mailout, template)
        monkeypatch.setattr(approval, "coverage", read)
        steps.figures_corrected(app, some_figures("OXO", upheld=1))
        return covered

    monkeypatch.setattr(approval, "coverage", changed_meanwhile)
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        looked = approval.look(session, mailout, app.templates.digest("annual-review"))
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME, is_locked=True)
        word = Word(person="alex", keyboard="alex", at=app.clock())
        done = approval.approve(
            session, mailout, app.templates, looked.covered.digest, word, looked
        )
    assert done.digest is None
    assert done.changes == ("OXO: figures changed",)


@pytest.mark.parametrize("person", ["", "  ", "worker", "Clock"])
def test_only_a_person_can_approve(app: App, person: str) -> None:
    steps.rendered(app)
    with pytest.raises(RuleBroken, match="is not the name of a person"):
        ask(app, person)


def test_an_idle_render_by_another_does_not_free_who_asked_first(app: App) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        asked = render.ask(session, mailout, app.templates, a_word(app.clock(), "alex"))
    assert asked == render.Asked(wanted=0, kept=1)
    with pytest.raises(RuleBroken, match="sam had the letters"):
        ask(app, "sam")
    assert ask(app, "alex").digest


def test_a_draft_cannot_be_approved(app: App) -> None:
    steps.planned(app)
    with pytest.raises(RuleBroken, match=r"is draft: have its letters made first"):
        ask(app)


def test_what_is_scheduled_is_approved_already(app: App) -> None:
    steps.scheduled(app)
    with pytest.raises(RuleBroken, match="is approved already, and waits for its date"):
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


def test_a_stored_pdf_that_was_tampered_with_is_refused_whatever_is_known_of_it(app: App) -> None:
    steps.rendered(app)
    accessibility.check_all(app.sessions, steps.NAME, app.clock, lambda *_: None)
    letter = steps.letters_of(app)["OXO"]
    with app.sessions.begin() as session:
        session.get_one(Document, letter.parts["pdf"]).content = b"%PDF-1.7 another"
    with pytest.raises(NotApproved, match="is not what it was"):
        sign_off(app)


def test_what_a_worker_found_out_is_not_found_out_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.rendered(app, "OXO", "ADU")
    accessibility.check_all(app.sessions, steps.NAME, app.clock, lambda *_: None)
    monkeypatch.setattr(accessibility, "conformance", pytest.fail)
    assert sign_off(app).digest


def test_what_was_shown_is_approved_or_nothing(app: App) -> None:
    steps.rendered(app)
    with pytest.raises(ChangedMeanwhile):
        sign_off(app, agreed="0" * 64)
    assert steps.state_of(app) is MailoutState.RENDERED


def test_what_was_made_again_since_it_was_shown_is_not_approved(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        digest = app.templates.digest(mailout.plan.template)
        shown = approval.coverage(session, mailout, digest)
    assert (shown.letters, shown.recipients, shown.changes) == (2, 4, ())

    with app.sessions.begin() as session:
        contact_in(session, "ADU").surname = "Okoro"
    steps.render_again(app)
    with app.sessions.begin() as session:
        mailout, word = mailout_named(session, steps.NAME), a_word(app.clock(), "alex")
        with pytest.raises(ChangedMeanwhile):
            approval.approve(session, mailout, app.templates, shown.digest, word)
    assert steps.state_of(app) is MailoutState.RENDERED


def sign_off(
    app: App, progress: approval.Progress = lambda results, _: results, **agreed: str
) -> Approval:
    word = a_word(app.clock(), "alex")
    return approval.sign_off(app.sessions, steps.NAME, app.templates, word, progress, **agreed)


def test_signing_off_checks_every_letter_and_approves_what_was_checked(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    seen: list[int] = []

    def progress(results: Iterator[Sequence[str]], total: int) -> Iterator[Sequence[str]]:
        for result in results:
            seen.append(total)
            yield result

    approved = sign_off(app, progress)
    assert approved == Approval(steps.mailout_of(app).approved_digest, took_part_in_both="sam")
    assert seen == [2, 2]


def test_letters_that_are_made_again_while_they_are_checked_are_not_approved(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")

    def progress(results: Iterator[Sequence[str]], total: int) -> Iterator[Sequence[str]]:
        yield from results
        with app.sessions.begin() as session:
            contact_in(session, "ADU").surname = "Okoro"
        steps.render_again(app)

    with pytest.raises(ChangedMeanwhile):
        sign_off(app, progress)
    assert steps.state_of(app) is MailoutState.RENDERED


def test_a_letter_that_is_not_accessible_keeps_all_from_being_approved(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    failing = Approval(None, failures=("OXO: no title",))
    assert sign_off(app, lambda _, total: [["OXO: no title"], []]) == failing
    assert steps.state_of(app) is MailoutState.RENDERED


def test_those_who_may_approve_are_named_where_there_are_accounts(app: App) -> None:
    steps.rendered(app)
    for role in (AccountRole.EDITOR, AccountRole.APPROVER):
        invited(app, role)
    with pytest.raises(RuleBroken, match=r"somebody else must approve them: [\w ]+ can$"):
        ask(app, "sam")
