from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from dispatch.app import App
from dispatch.corrections import approve_version, resend
from dispatch.database.tables import Document, Suppression
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import ChangedMeanwhile, NotApproved, RuleBroken
from dispatch.domain.letter import LetterState, letter_digest
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.mailout import MailoutState
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from dispatch.views.resend import resend_view
from tests import steps
from tests.corrections import versions
from tests.factories import a_contact, contact_in, some_figures
from tests.fakes import FakeClock, FakeTransport

CODES = ("OXO", "ADU")
CHIEF, OFFICER = "chief.executive@oxo.example", "link.officer@oxo.example"
NEW = "jo.new@oxo.example"
BUSY = Outcome.answered(Reply("RCPT", 450, "4.2.0 busy"))
DOUBT = Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot: timed out")


def sent(app: App, clock: FakeClock, outcome: Outcome | None = None) -> None:
    """Let the letters go, the first of them to some other outcome, and correct a figure."""
    steps.released(app, clock, *CODES)
    if outcome and isinstance(app.transport, FakeTransport):
        app.transport.outcomes.append(outcome)
    steps.send_due(app)
    steps.tick(app)
    steps.figures_corrected(app, some_figures("OXO", upheld=4))


def reissued(app: App, *codes: str) -> None:
    versions.proposed(app, versions.corrected(app, *(codes or ("OXO",))).redrafts)


def readdressed(app: App) -> None:
    steps.appointed(app, "OXO", NEW)
    contact = a_contact(address=NEW, honorific="Dr", surname="Okafor")
    versions.proposed(app, versions.readdressed(app, (versions.letter(app).id, contact)))


def gone(transport: FakeTransport) -> list[str]:
    return [envelope.rcpt_to for envelope, _ in transport.sent]


def test_a_new_version_goes_to_all_who_had_the_first_and_is_the_one_in_force(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock)
    first = versions.letter(app)
    steps.appointed(app, "OXO", NEW)
    reissued(app)
    transport.sent.clear()
    [waiting] = versions.pending(app)
    assert [each.address for each in waiting.recipients] == [CHIEF, NEW, OFFICER]
    assert any("version 2" in line for line in waiting.difference)

    rows = versions.approved(app)
    steps.send_due(app)
    steps.tick(app)

    assert sorted(gone(transport)) == sorted([CHIEF, NEW, OFFICER])
    now = versions.letter(app)
    assert (now.version, now.replaces_id, now.state) == (2, first.id, LetterState.RENDERED)
    assert (now.approved_by, now.approved_at) == ("alex", clock())
    assert rows[NEW].replaces_id == rows[CHIEF].id
    assert steps.state_of(app) is MailoutState.SENT
    with app.sessions.read() as session:
        [approval] = [
            each
            for each in journal.events(session, f"letter:{now.id}")
            if each.action == "letter.approved"
        ]
    assert approval.detail["because"] == "a count was wrong"
    assert approval.detail["digest"] == now.approved_digest
    mail = message_from_bytes(transport.sent[0][1], policy=policy.default)
    assert mail["Subject"] == "Annual Review letter 2020: Oxford City Council (version 2)"


def test_one_who_had_the_first_and_is_not_in_post_is_named_alone_in_the_headers(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock)
    steps.appointed(app, "OXO", NEW)
    reissued(app)
    transport.sent.clear()
    versions.approved(app)
    steps.send_due(app)
    headers = {
        envelope.rcpt_to: message_from_bytes(mail, policy=policy.default)
        for envelope, mail in transport.sent
    }
    assert CHIEF in headers[CHIEF]["To"]
    assert NEW not in headers[CHIEF]["To"]
    assert headers[CHIEF]["Cc"] is None
    assert NEW in headers[OFFICER]["To"]
    assert OFFICER in headers[NEW]["Cc"]


def test_a_readdressed_letter_goes_to_the_one_it_names_alone(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock)
    readdressed(app)
    transport.sent.clear()
    [waiting] = versions.pending(app, "oxo")
    assert [line for line in waiting.difference if "Okafor" in line]
    assert all("Okafor" in line or "Adeyemi" in line for line in waiting.difference)
    versions.approved(app)
    steps.send_due(app)
    assert gone(transport) == [NEW]
    mail = message_from_bytes(transport.sent[0][1], policy=policy.default)
    assert mail["Subject"] == "Annual Review letter 2020: Oxford City Council"


def test_who_proposed_it_cannot_approve_it(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    reissued(app)
    with pytest.raises(RuleBroken, match="SAM proposed the new letter of OXO, so somebody else"):
        versions.approved(app, person="SAM")
    sam, alex = (Word(person=each, keyboard=each, at=app.clock()) for each in ("Sam", "alex"))
    with pytest.raises(RuleBroken, match="somebody else"):
        approve_version.prepare(app.sessions, steps.NAME, (), sam, unseen)
    assert approve_version.prepare(app.sessions, steps.NAME, (), alex, unseen).failures == ()


def test_the_ledger_says_who_proposed_it_and_what_was_made(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    reissued(app)
    [waiting] = versions.pending(app)
    with app.sessions.begin() as session:
        session.merge(waiting.letter).asked_by = "bob"
    with pytest.raises(RuleBroken, match="SAM proposed the new letter of OXO, so somebody else"):
        versions.approved(app, person="SAM")
    with app.sessions.begin() as session:
        letter = session.merge(waiting.letter)
        letter.subject = "Other"
        letter.digest = letter_digest(letter.subject, letter.parts, letter.draft.attachments)
    with pytest.raises(NotApproved, match="the stored letter of OXO is not the one made"):
        versions.approved(app)


def unseen(results: Iterator[Sequence[str]], total: int) -> list[Sequence[str]]:
    """Show nothing of a check to anybody."""
    found = list(results)
    assert len(found) == total
    return found


def test_an_inaccessible_version_is_not_approved(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    reissued(app)
    word = Word(person="alex", keyboard="alex", at=app.clock())
    found = approve_version.prepare(app.sessions, steps.NAME, (), word, unseen)
    flawed = replace(found, failures=("OXO: 7.1: no title",))
    with (
        app.sessions.begin() as session,
        pytest.raises(RuleBroken, match=r"not accessible as they are:\n  OXO: 7\.1: no title"),
    ):
        approve_version.approve(session, flawed, app.templates, word)


def test_nothing_is_approved_that_is_not_what_was_looked_at(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    reissued(app)
    steps.appointed(app, "OXO", NEW)
    with pytest.raises(NotApproved, match="the new letter of OXO was made from has changed since"):
        versions.approved(app)
    word = Word(person="alex", keyboard="alex", at=app.clock())
    with app.sessions.begin() as session:
        proposal = approve_version.propose(session, mailout_named(session, steps.NAME))
        other = replace(proposal, versions=())
        with pytest.raises(ChangedMeanwhile):
            approve_version.approve(session, other, app.templates, word)
    assert versions.letter(app).version == 1


def test_a_readdressed_letter_whose_reader_has_left_again_is_not_approved(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock)
    readdressed(app)
    with app.sessions.begin() as session:
        session.delete(contact_in(session, "OXO"))
    with pytest.raises(NotApproved, match="propose it again"):
        versions.approved(app)


def test_a_letter_changed_in_the_database_is_not_approved(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    reissued(app)
    [waiting] = versions.pending(app)
    with app.sessions.begin() as session:
        session.get_one(Document, waiting.letter.parts["pdf"]).content = b"%PDF-1.7 other"
    with pytest.raises(NotApproved, match="is not what it was"):
        versions.approved(app)
    with app.sessions.begin() as session:
        session.merge(waiting.letter).subject = "Other"
    with pytest.raises(NotApproved, match="the stored letter of OXO is not the one made"):
        versions.approved(app)


def test_what_waits_of_the_first_version_is_not_sent_any_more(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, BUSY)
    waits = next(
        each for each in steps.deliveries_of(app).values() if each.state is DeliveryState.DEFERRED
    )
    code = waits.authority_code
    steps.figures_corrected(app, some_figures(code, upheld=4))
    reissued(app, code)
    versions.approved(app)
    clock.advance(hours=1)
    transport.sent.clear()
    steps.send_due(app)
    with app.sessions.read() as session:
        found = deliveries.of_mailout(session, mailout_named(session, steps.NAME))
        assert [each.state for each in found if each.id == waits.id] == [DeliveryState.CANCELLED]
    assert gone(transport).count(waits.address) == 1


def test_what_is_in_doubt_is_settled_first(app: App, clock: FakeClock) -> None:
    sent(app, clock, DOUBT)
    doubtful = next(
        each for each in steps.deliveries_of(app).values() if each.state is DeliveryState.IN_DOUBT
    )
    code = doubtful.authority_code
    steps.figures_corrected(app, some_figures(code, upheld=4))
    reissued(app, code)
    with pytest.raises(RuleBroken, match="it is in doubt whether") as caught:
        versions.approved(app)
    assert caught.value.remedy == Remedy(kind=RemedyKind.SETTLE, delivery_id=doubtful.id)
    with app.sessions.begin() as session:
        row = session.merge(doubtful)
        row.state = DeliveryState.OFFERED
    with pytest.raises(RuleBroken, match=f"the letter of {code} is just going to"):
        versions.approved(app)
    assert versions.letter(app, code).version == 1


def test_a_suppressed_address_gets_no_version(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    steps.appointed(app, "OXO", NEW)
    with app.sessions.begin() as session:
        for address in (CHIEF, OFFICER):
            session.add(
                Suppression(address=address, reason="asked", added_at=clock(), added_by="sam")
            )
    reissued(app)
    rows = versions.approved(app)
    assert {address: row.state for address, row in rows.items()} == {
        NEW: DeliveryState.QUEUED,
        OFFICER: DeliveryState.SUPPRESSED,
    }


def test_a_third_version_replaces_the_second(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    reissued(app)
    versions.approved(app)
    steps.send_due(app)
    steps.figures_corrected(app, some_figures("OXO", upheld=3))
    reissued(app)
    [waiting] = versions.pending(app)
    assert [each.version for each in waiting.replaced] == [2, 1]
    versions.approved(app)
    steps.send_due(app)
    assert versions.letter(app).draft.content.version == 3
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        assert len(letters.in_force(session, mailout)) == 2
        found = deliveries.of_mailout(session, mailout)
    assert [each.address for each in found].count(CHIEF) == 3


def test_only_the_last_version_is_sent_again(app: App, clock: FakeClock) -> None:
    sent(app, clock)
    with app.sessions.begin() as session:
        session.merge(steps.deliveries_of(app)[OFFICER]).state = DeliveryState.REFUSED
    steps.appointed(app, "OXO", NEW, role="link officer")
    wish = ResendRequest(choice=Choice.CHANGED)

    def stays() -> list[str]:
        with app.sessions.read() as session:
            mailout = mailout_named(session, steps.NAME)
            proposal = resend.propose(session, mailout, wish, now=app.clock())
        return [each.why for each in resend_view(proposal).staying]

    reissued(app)
    approve = f"`dispatch mailout approve {steps.NAME} --as PERSON`"
    assert stays() == [f"a new version waits for approval: {approve}, or withdraw it"]
    steps.appointed(app, "OXO", CHIEF, role="link officer")
    reissued(app)
    versions.approved(app)
    steps.appointed(app, "OXO", NEW, role="link officer")
    assert stays() == ["a later version has replaced this letter"]


def test_of_an_authority_without_a_new_version_nothing_can_be_approved(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock)
    assert versions.pending(app) == ()
    with pytest.raises(RuleBroken, match="no new version of the letter of OXO waits for approval"):
        versions.pending(app, "OXO")


def test_averages_that_change_after_a_person_has_looked_are_worked_out_anew(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock)
    reissued(app)
    word = Word(person="alex", keyboard="alex", at=clock())
    proposal = approve_version.prepare(app.sessions, steps.NAME, (), word, lambda each, _: each)
    steps.figures_corrected(app, some_figures("ADU", upheld=1))
    with pytest.raises(NotApproved, match="made from has changed since"), app.sessions.begin() as s:
        approve_version.approve(s, proposal, app.templates, word)
