"""What somebody can make leave who may write to the database, and has no key: nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, text, update

from dispatch.app import App
from dispatch.database import Session, key_of
from dispatch.database.metadata import table_of
from dispatch.database.tables import Delivery, Document, EventRow, Letter, Mailout
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotApproved
from dispatch.domain.hours import SendingDays, SendingHours
from dispatch.domain.mailout import Attachment, MailoutState
from dispatch.domain.proof.ledger import NONCE_OCTETS
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.ledger import events, journal
from dispatch.letters import on_record
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.proof import states
from dispatch.sending import release
from dispatch.sending.store import deliveries
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock, FakeTransport

ELSEWHERE = "somebody@else.example"
OTHER = "the document of somebody else"

Attack = Callable[[Session, Letter, Delivery], object]
"""Changes rows around the letter of Oxford and its first delivery."""


def other_letter(session: Session) -> Letter:
    return session.scalars(select(Letter).where(Letter.authority_code == "ADU")).one()


def swapped(session: Session, letter: Letter, _: Delivery) -> None:
    other = other_letter(session)
    letter.parts, letter.digest, letter.subject = dict(other.parts), other.digest, other.subject


def pointed_elsewhere(session: Session, letter: Letter, _: Delivery) -> None:
    letter.parts = {**letter.parts, "mail": other_letter(session).parts["mail"]}


def whole_leaf_taken_over(session: Session, letter: Letter, row: Delivery) -> None:
    swapped(session, letter, row)
    other = other_letter(session)
    letter.approval_recipients, letter.approval_index = (
        other.approval_recipients,
        other.approval_index,
    )
    letter.approval_path, letter.approval_salt = other.approval_path, other.approval_salt
    letter.draft = other.draft


def content_replaced(session: Session, letter: Letter, _: Delivery) -> None:
    session.get_one(Document, letter.parts["mail"]).content = OTHER.encode()


def redirected(_: Session, __: Letter, row: Delivery) -> None:
    row.address = row.address_key = ELSEWHERE


def renamed(_: Session, __: Letter, row: Delivery) -> None:
    row.name = "Somebody Else"


def recipients_changed(_: Session, letter: Letter, __: Delivery) -> None:
    first, *others = letter.draft.recipients
    bad = replace(first, name="Somebody Else")
    letter.draft = replace(letter.draft, recipients=(bad, *others))


def attachments_changed(_: Session, letter: Letter, __: Delivery) -> None:
    attachment = Attachment(name="list.csv", media_type="text/csv", sha256=OTHER)
    letter.draft = replace(letter.draft, attachments=(attachment,))


def values(row: Delivery, **changed: object) -> dict[str, object]:
    columns = table_of(Delivery).c.keys()
    return {name: getattr(row, name) for name in columns} | {"id": uuid4()} | changed


def added(session: Session, _: Letter, row: Delivery) -> None:
    extra = values(row, address=ELSEWHERE, address_key=ELSEWHERE)
    session.execute(insert(Delivery).values(extra))


def moved_to_another_letter(session: Session, letter: Letter, row: Delivery) -> None:
    """As one would copy a delivery from another mailout: everything is real but its letter."""
    letter_id = other_letter(session).id
    session.execute(delete(Delivery).where(Delivery.letter_id == letter_id))
    row.letter_id = letter_id


def own_body(session: Session, _: Letter, row: Delivery) -> None:
    digest = sha256(OTHER.encode())
    session.add(Document(sha256=digest, media_type="multipart/mixed", content=OTHER.encode()))
    row.mail = digest


def from_somebody_else(_: Session, __: Letter, row: Delivery) -> None:
    row.sent_as = (row.sent_as or "").replace("Ombudsman", "Mayor")


def replies_elsewhere(_: Session, __: Letter, row: Delivery) -> None:
    row.sent_as = (row.sent_as or "").replace('"reply_to":""', f'"reply_to":"{ELSEWHERE}"')


def from_nobody(_: Session, __: Letter, row: Delivery) -> None:
    """As if it had been queued before anything was said of who it is from."""
    row.sent_as = None


def time_extended(_: Session, __: Letter, row: Delivery) -> None:
    row.not_after += timedelta(days=99)


def code_deleted(_: Session, __: Letter, row: Delivery) -> None:
    row.mac = None


def digest_rewritten(session: Session, letter: Letter, _: Delivery) -> None:
    session.get_one(Mailout, letter.mailout_id).approved_digest = "0" * 64


def approval_made_up(session: Session, _: Letter, __: Delivery) -> None:
    approved = EventRow.action == "mailout.approved"
    event = session.scalars(select(EventRow).where(approved)).one()
    session.add(
        EventRow(
            at=event.at,
            actor="alex",
            action=event.action,
            subject=event.subject,
            detail={**event.detail, "root": "0" * 64},
            mac=event.mac,
        )
    )


def approval_made_flat(session: Session, _: Letter, __: Delivery) -> None:
    """As if it had been given before there was a tree, so that no path is asked for."""
    event = session.scalars(select(EventRow).where(EventRow.action == "mailout.approved")).one()
    event.detail = {"digest": event.detail["digest"]}


def approval_deleted(session: Session, _: Letter, __: Delivery) -> None:
    session.execute(delete(EventRow).where(EventRow.action == "mailout.approved"))


def path_deleted(_: Session, letter: Letter, __: Delivery) -> None:
    letter.approval_path = None


def path_unreadable(_: Session, letter: Letter, __: Delivery) -> None:
    letter.approval_path = ["no octets"]


def salt_deleted(_: Session, letter: Letter, __: Delivery) -> None:
    letter.approval_salt = None


def version_raised(_: Session, letter: Letter, __: Delivery) -> None:
    letter.version = 2


@pytest.mark.parametrize(
    "attack",
    [
        swapped,
        pointed_elsewhere,
        whole_leaf_taken_over,
        content_replaced,
        redirected,
        renamed,
        recipients_changed,
        attachments_changed,
        added,
        moved_to_another_letter,
        own_body,
        from_somebody_else,
        replies_elsewhere,
        from_nobody,
        time_extended,
        code_deleted,
        digest_rewritten,
        approval_made_up,
        approval_made_flat,
        approval_deleted,
        path_deleted,
        path_unreadable,
        salt_deleted,
        version_raised,
    ],
)
def test_what_was_changed_after_the_release_does_not_leave(
    app: App, clock: FakeClock, transport: FakeTransport, attack: Attack
) -> None:
    steps.released(app, clock, "ADU", "OXO", cc_roles=())
    letter, row = steps.letters_of(app)["OXO"], steps.deliveries_of(app)[CHIEF]
    with app.sessions.begin() as session:
        session.execute(delete(Delivery).where(Delivery.authority_code == "ADU"))
        attack(session, session.get_one(Letter, letter.id), session.get_one(Delivery, row.id))
    was = {id_: each.state for id_, each in steps.deliveries_of(app).items()}
    steps.send_due(app)
    assert [envelope for envelope, _ in transport.sent if envelope.rcpt_to != CHIEF] == []
    assert attack is added or not transport.sent
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    assert mailout.remark
    if not transport.sent:  # the claim is given back
        assert {id_: each.state for id_, each in steps.deliveries_of(app).items()} == was
        assert {each.attempts for each in steps.deliveries_of(app).values()} == {0}


CHIEF = "chief.executive@oxo.example"
PUT_BACK = "UPDATE delivery SET state = 'queued', attempts = 0"

ADDED = (
    "INSERT INTO event (at, actor, action, subject, detail, mac) "
    "SELECT at, actor, action, subject, detail, {} FROM event WHERE action = 'delivery.queued'"
)


@pytest.mark.parametrize(
    "attack",
    [
        "",
        "DELETE FROM attempt",
        ADDED.format("NULL"),
        ADDED.format("mac"),
        "UPDATE event SET id = id + 1000 WHERE action = 'delivery.queued'",
        "UPDATE event SET detail = '[[1]]' WHERE action = 'delivery.accepted'",
        "UPDATE event SET action = 'delivery.noticed' WHERE action = 'delivery.queued'",
    ],
)
def test_what_was_sent_is_not_sent_again_by_hand(
    app: App, clock: FakeClock, transport: FakeTransport, attack: str
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    steps.send_due(app)
    with app.sessions.begin() as session:
        session.execute(text(PUT_BACK))
        if attack:
            session.execute(text(attack))
    steps.send_due(app)
    assert len(transport.sent) == 1
    assert steps.state_of(app) is MailoutState.PAUSED
    assert "somebody else put it into the queue" in (steps.mailout_of(app).remark or "")


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(Verdict.IN_DOUBT, trouble="the line dropped"),
        Outcome.answered(Reply("RCPT", 550, "5.1.1 no such user")),
    ],
)
def test_the_clock_cannot_be_had_to_queue_what_may_have_left(
    app: App, clock: FakeClock, transport: FakeTransport, outcome: Outcome
) -> None:
    """A row set to claimed, with a lease that ran out, is queued by an event of our own."""
    steps.released(app, clock, "OXO", cc_roles=())
    transport.outcomes.append(outcome)
    steps.send_due(app)
    tried = len(transport.sent)
    with app.sessions.begin() as session:
        session.execute(text("UPDATE delivery SET state = 'claimed'"))
        session.execute(update(Delivery).values(lease_until=clock() - timedelta(hours=1)))
    steps.tick(app)
    assert steps.actions(app)[-1] == "delivery.queued"
    steps.send_due(app)
    assert len(transport.sent) == tried
    assert "somebody else put it into the queue" in (steps.mailout_of(app).remark or "")
    with app.sessions.read() as session:
        assert any("cannot then be queued" in each for each in states.problems(session))


def test_a_delivery_that_was_stopped_is_not_sent_by_hand(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    with app.sessions.begin() as session:
        deliveries.cancel_letter(session, steps.letters_of(app)["OXO"].id, a_word(clock()))
    with app.sessions.begin() as session:
        session.execute(text(PUT_BACK))
    steps.send_due(app)
    assert not transport.sent


def test_letters_leave_at_the_times_of_the_approved_plan(app: App, clock: FakeClock) -> None:
    """Statements ask columns for them, which nobody approves."""
    steps.scheduled(app, "OXO", sending_days=SendingDays.WORKING, sending_hours=NINE_TO_FIVE)
    with app.sessions.begin() as session:
        anytime = {"sending_days": SendingDays.ANY, "opens": None, "closes": None}
        session.execute(update(Mailout).values(anytime))
    clock.reach(RELEASE_AT)
    assert steps.tick(app) == [steps.NAME]
    mailout = steps.mailout_of(app)
    assert mailout.sending_days is SendingDays.WORKING
    assert (mailout.opens, mailout.closes) == (NINE_TO_FIVE.opens, NINE_TO_FIVE.closes)


NINE_TO_FIVE = SendingHours(time(9), time(17))


def test_the_reason_names_the_letter(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "ADU", "OXO")
    with app.sessions.begin() as session:
        session.get_one(Delivery, steps.deliveries_of(app)[CHIEF].id).address = ELSEWHERE
    steps.send_due(app)
    remark = steps.mailout_of(app).remark
    assert remark == "the letter of OXO is not the one that was approved"
    [paused] = [each for each in steps.events(app) if each.action == "mailout.paused"]
    assert paused.detail == {"why": remark}


def test_a_pause_cannot_be_taken_back_by_hand(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    with app.sessions.begin() as session:
        release.pause(session, mailout_named(session, steps.NAME), a_word(clock()))
    with app.sessions.begin() as session:
        session.execute(update(Mailout).values(state=MailoutState.RELEASING))
    steps.send_due(app)
    assert not transport.sent
    assert "by which annual-review-2020 is releasing" in (steps.mailout_of(app).remark or "")


def test_a_draft_cannot_be_made_to_release_by_hand(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.rendered(app, "OXO")
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        mailout.state, mailout.approved_digest = MailoutState.SCHEDULED, "0" * 64
        for action in ("mailout.approved", "mailout.scheduled"):
            session.add(
                EventRow(
                    at=clock(),
                    actor="alex",
                    action=action,
                    subject=f"mailout:{steps.NAME}",
                    detail={"digest": "0" * 64} if action == "mailout.approved" else {},
                )
            )
    clock.reach(RELEASE_AT)
    assert steps.tick(app) == []
    assert steps.state_of(app) is MailoutState.DRAFT
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        mailout.state, mailout.released_at = MailoutState.RELEASING, clock()
        [letter] = letters.in_force(session, mailout)
        row = Delivery(
            mailout_id=mailout.id,
            letter_id=letter.id,
            authority_code="OXO",
            kind=letter.draft.recipients[0].kind,
            role="chief executive",
            address=CHIEF,
            address_key=CHIEF,
            name="",
            created_at=clock(),
            due_at=clock(),
            not_after=clock() + timedelta(days=1),
            state_at=clock(),
        )
        session.add(row)
    steps.send_due(app)
    assert not transport.sent
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        with pytest.raises(NotApproved, match="has no approval of annual-review-2020"):
            on_record.refuse_altered(session, mailout)


def test_a_letter_approved_before_there_was_a_tree_is_held_to_its_own_event(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "ADU", "OXO")
    as_the_release_before(app)
    steps.send_due(app)
    assert len(transport.sent) == len(steps.deliveries_of(app))
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        [*both] = letters.in_force(session, mailout)
        on_record.refuse_altered(session, mailout, both)
        assert on_record.proven(session, mailout, both[0]) is None
        swapped(session, both[1], steps.deliveries_of(app)[CHIEF])
        with pytest.raises(NotApproved, match="letter of OXO is not the one that was approved"):
            on_record.refuse_altered(session, mailout, both)


def as_the_release_before(app: App) -> None:
    """Approve the letters by a digest alone, in an event that has a code of ours."""
    with app.sessions.begin() as session:
        subject, action = f"mailout:{steps.NAME}", events.MAILOUT_APPROVED.action
        approved = journal.last_of_ours(session, subject, {action})
        assert approved
        row = session.scalars(select(EventRow).where(EventRow.action == action)).one()
        row.detail = {"digest": approved.detail["digest"]}
        flat = replace(approved, detail=row.detail)
        row.mac = flat.mac(key_of(session), "00" * NONCE_OCTETS)
        no_proof = {"approval_path": None, "approval_index": None, "approval_recipients": None}
        session.execute(update(Letter).values(no_proof))
