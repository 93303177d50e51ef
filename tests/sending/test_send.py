from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from dispatch.app import App
from dispatch.database import DatabaseTrouble
from dispatch.database.tables import Attempt, Delivery, Document
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.mailout import Attachment, MailoutState
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope, ReturnPathStyle, delivery_of, signed_by_us
from dispatch.letters.store import documents, letters
from dispatch.mail.outgoing.headers import message_id
from dispatch.mail.outgoing.transport import Connection
from dispatch.mailouts.store import mailout_named
from dispatch.sending import doubts, release, send
from dispatch.sending.recorder import DATABASE_WAITS, Spool
from dispatch.sending.store import deliveries
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeLine, FakeTransport, Meeting
from tests.outages import Fault, PowerCut, failing

CHIEF = "chief.executive@oxo.example"
LINK = "link.officer@oxo.example"


def refused(text: str = "5.1.1 no such mailbox") -> Outcome:
    return Outcome.answered(Reply("RCPT", 550, text))


def deferred() -> Outcome:
    return Outcome.answered(Reply("RCPT", 451, "4.7.1 greylisted"))


DOUBT = Outcome(Verdict.IN_DOUBT, trouble="the line dropped after the dot")


def states(app: App) -> set[DeliveryState]:
    return {each.state for each in steps.deliveries_of(app).values()}


def counts(app: App) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    return Counter(each.state.value for each in steps.deliveries_of(app).values())


@dataclass
class TellingTransport(FakeTransport):
    """A way to the server that tells, in the line's own thread, how far a conversation is."""

    at_offer: Callable[[], object] = lambda: None
    at_dot: Callable[[], object] = lambda: None

    def hear_the_offer(self) -> Outcome:
        self.at_offer()
        return super().hear_the_offer()

    def hear_the_dot(self, envelope: Envelope, message: bytes, outcome: Outcome) -> None:
        self.at_dot()
        super().hear_the_dot(envelope, message, outcome)


def attempts(app: App, address: str) -> list[Attempt]:
    with app.sessions.read() as session:
        return list(deliveries.attempts_at(session, steps.deliveries_of(app)[address].id))


def test_every_recipient_gets_a_message_of_their_own(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    steps.send_due(app)

    assert states(app) == {DeliveryState.ACCEPTED}
    assert {envelope.rcpt_to for envelope, _ in transport.sent} == {CHIEF, LINK}
    messages = [message_from_bytes(content, policy=default) for _, content in transport.sent]
    assert len({message["Message-ID"] for message in messages}) == 2
    assert {(message["To"], message["Cc"]) for message in messages} == {
        (f"Ms Adeyemi <{CHIEF}>", f"Ms Adeyemi <{LINK}>")
    }
    for message in messages:
        [pdf] = message.iter_attachments()
        assert pdf.get_filename() == "Annual Review letter 2020 - Oxford City Council.pdf"


def test_the_return_path_names_the_delivery(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    for envelope, _ in transport.sent:
        delivery = steps.deliveries_of(app)[envelope.rcpt_to]
        assert delivery_of(envelope.mail_from, app.sender.key) == delivery.id


def test_with_a_plain_return_path_a_header_names_the_delivery(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    plain = replace(app, sender=replace(app.sender, style=ReturnPathStyle.PLAIN))
    steps.released(plain, clock)
    steps.send_due(plain)
    for envelope, content in transport.sent:
        assert envelope.mail_from == app.sender.return_path
        named = signed_by_us(message_from_bytes(content)["X-Dispatch-Signed"], app.sender.key)
        assert named == steps.deliveries_of(app)[envelope.rcpt_to].id


def test_the_bytes_that_leave_are_the_bytes_that_were_approved(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    letter = steps.letters_of(app)["OXO"]
    with app.sessions.read() as session:
        pdf = session.get_one(Document, letter.parts["pdf"]).content
    for _, content in transport.sent:
        [attached] = message_from_bytes(content, policy=default).iter_attachments()
        assert attached.get_content() == pdf


def test_confidential_spreadsheets_go_to_their_authority_alone_and_the_note_says_so(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sheet = b"case,outcome\n1,upheld\n"
    with app.sessions.begin() as session:
        documents.keep(session, {sha256(sheet): ("text/csv", sheet)})
    attachment = Attachment(name="decided.csv", media_type="text/csv", sha256=sha256(sheet))
    steps.released(app, clock, "OXO", "ADU", cc_roles=(), attachments={"OXO": (attachment,)})
    steps.send_due(app)

    by_address = {
        envelope.rcpt_to: message_from_bytes(content, policy=default)
        for envelope, content in transport.sent
    }
    to_oxford, to_adur = by_address[CHIEF], by_address["chief.executive@adu.example"]
    [_, attached] = to_oxford.iter_attachments()
    assert attached.get_filename() == "decided.csv"
    assert attached.get_payload(decode=True) == sheet
    assert len(list(to_adur.iter_attachments())) == 1
    notes = [mail.get_body(("plain",)) for mail in (to_oxford, to_adur)]
    said = ["spreadsheet" in note.get_content() for note in notes if note]
    assert said == [True, False]


def test_several_letters_go_over_one_line(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    send.send(steps.means(app), limit=10)
    assert len(transport.sent) == 4
    assert transport.lines == 1


def test_the_reply_is_kept_word_for_word(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.outcomes.append(refused("5.1.1 no such mailbox\nask the clerk"))
    steps.released(app, clock)
    steps.send_due(app)
    [refusal] = [
        each for each in steps.deliveries_of(app).values() if each.state is DeliveryState.REFUSED
    ]
    [attempt] = attempts(app, refusal.address)
    assert attempt.text == "5.1.1 no such mailbox\nask the clerk"
    assert (attempt.verb, attempt.code, attempt.enhanced_status) == ("RCPT", 550, "5.1.1")
    assert (attempt.server, attempt.verdict, attempt.offered_at) == (
        "mail.test:25",
        "refused",
        None,
    )


def test_a_deferred_letter_waits_longer_each_time_and_keeps_its_message_id(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, cc_roles=())
    transport.outcomes.extend([deferred(), deferred()])
    for wait in (timedelta(minutes=5), timedelta(minutes=15)):
        steps.send_due(app)
        delivery = steps.deliveries_of(app)[CHIEF]
        assert (delivery.state, delivery.due_at) == (DeliveryState.DEFERRED, clock() + wait)
        clock.advance(seconds=wait.total_seconds() - 1)
        steps.send_due(app)
        assert not transport.sent
        clock.advance(seconds=1)
    steps.send_due(app)

    assert states(app) == {DeliveryState.ACCEPTED}
    assert [each.verdict for each in attempts(app, CHIEF)] == ["deferred", "deferred", "accepted"]
    assert len({each.envid for each in attempts(app, CHIEF)}) == 3
    [(_, content)] = transport.sent
    message = message_from_bytes(content, policy=default)
    assert message["Message-ID"] == message_id(steps.deliveries_of(app)[CHIEF].id, app.sender)


def test_without_a_server_everything_waits(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers at mail.test:25")
    steps.send_due(app)
    assert states(app) == {DeliveryState.QUEUED}
    assert attempts(app, CHIEF) == []
    transport.trouble = None
    clock.advance(seconds=15)
    steps.send_due(app)
    assert states(app) == {DeliveryState.ACCEPTED}


def test_what_may_have_been_taken_is_never_sent_again(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    transport.outcomes.append(DOUBT)
    steps.released(app, clock, cc_roles=())
    for _ in range(5):
        steps.send_due(app)
        clock.advance(hours=6)
        steps.tick(app)
    assert states(app) == {DeliveryState.IN_DOUBT}
    assert len(transport.sent) == 1


def crash(app: App, at: str, **how: Any) -> None:
    """Run a worker whose power goes as a conversation comes to `at`: it records nothing more."""
    sessions = failing(app.sessions)

    def pull_the_plug() -> None:
        sessions.die()
        raise PowerCut

    transport = TellingTransport()
    setattr(transport, at, pull_the_plug)
    means = steps.means(app)
    doomed = replace(
        means,
        sessions=sessions,
        transport=transport,
        spool=Spool(means.spool.folder / "gone"),
        **how,
    )
    with pytest.raises((PowerCut, DatabaseTrouble)):
        send.send(doomed, limit=100)


def let_the_lease_run_out(app: App, clock: FakeClock) -> None:
    clock.advance(seconds=app.lease.total_seconds() + 1)
    steps.tick(app)


def test_a_crash_before_the_dot_is_tried_again_and_after_it_is_in_doubt(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    crash(app, "at_offer")
    assert states(app) == {DeliveryState.CLAIMED}
    let_the_lease_run_out(app, clock)
    assert states(app) == {DeliveryState.QUEUED}

    crash(app, "at_dot")
    assert states(app) == {DeliveryState.OFFERED}
    let_the_lease_run_out(app, clock)
    assert states(app) == {DeliveryState.IN_DOUBT}


def test_a_worker_that_slept_through_its_lease_stops_before_the_dot(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock, cc_roles=())
    awake = FakeLine.offer

    def sleep_first(line: FakeLine, *args: Any, **kwargs: Any) -> Outcome:
        monkeypatch.setattr(FakeLine, "offer", awake)
        clock.advance(seconds=app.lease.total_seconds() + 1)
        steps.tick(app)
        send.send(steps.means(app), limit=1)  # another worker takes it and sends it
        return awake(line, *args, **kwargs)

    monkeypatch.setattr(FakeLine, "offer", sleep_first)
    send.send(steps.means(app), limit=1)

    assert states(app) == {DeliveryState.ACCEPTED}
    assert len(transport.sent) == 1


@pytest.fixture
def late_answers(app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every answer come when the lease has run out and the clock has put it in doubt."""
    quick = FakeLine.offer

    def answer_late(line: FakeLine, *args: Any, **kwargs: Any) -> Outcome:
        outcome = quick(line, *args, **kwargs)
        clock.advance(seconds=app.lease.total_seconds() + 1)
        steps.tick(app)
        assert states(app) == {DeliveryState.IN_DOUBT}
        return outcome

    monkeypatch.setattr(FakeLine, "offer", answer_late)


@pytest.mark.usefixtures("late_answers")
def test_an_answer_that_comes_after_the_lease_settles_the_doubt(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    assert states(app) == {DeliveryState.ACCEPTED}


@pytest.mark.usefixtures("late_answers")
def test_a_late_refusal_is_kept_as_evidence_for_a_person(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, cc_roles=())
    transport.outcomes.append(Outcome.answered(Reply(".", 554, "5.7.1 not wanted")))
    steps.send_due(app)
    assert states(app) == {DeliveryState.IN_DOUBT}
    [attempt] = attempts(app, CHIEF)
    assert (attempt.code, attempt.text) == (554, "5.7.1 not wanted")
    delivery = steps.deliveries_of(app)[CHIEF]
    assert steps.actions(app, f"delivery:{delivery.id}")[-1] == "delivery.late_reply"


def test_a_pause_in_mid_batch_gives_back_what_has_not_left(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    sending = FakeLine.offer

    def pause_after_the_first(line: FakeLine, *args: Any, **kwargs: Any) -> Outcome:
        outcome = sending(line, *args, **kwargs)
        if len(transport.sent) == 1 and steps.state_of(app) is MailoutState.RELEASING:
            with app.sessions.begin() as session:
                mailout = mailout_named(session, steps.NAME)
                release.pause(session, mailout, a_word(clock()))
        return outcome

    monkeypatch.setattr(FakeLine, "offer", pause_after_the_first)
    send.send(steps.means(app), limit=10)

    found = [each.state for each in steps.deliveries_of(app).values()]
    assert sorted(state.value for state in found) == ["accepted", "queued", "queued", "queued"]
    assert {each.attempts for each in steps.deliveries_of(app).values()} == {0, 1}


def test_a_cancelled_mailout_stops_what_a_worker_holds(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock)
    sending = FakeLine.offer

    def cancel_first(line: FakeLine, *args: Any, **kwargs: Any) -> Outcome:
        monkeypatch.setattr(FakeLine, "offer", sending)
        with app.sessions.begin() as session:
            mailout = mailout_named(session, steps.NAME)
            release.cancel(session, mailout, a_word(clock()))
        return sending(line, *args, **kwargs)

    monkeypatch.setattr(FakeLine, "offer", cancel_first)
    send.send(steps.means(app), limit=10)
    assert states(app) == {DeliveryState.CANCELLED}
    assert not transport.sent


def test_stored_bytes_that_are_not_the_approved_ones_pause_the_mailout(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    letter = steps.letters_of(app)["OXO"]
    with app.sessions.begin() as session:
        session.get_one(Document, letter.parts["mail"]).content = b"Content-Type: text/plain"
    steps.send_due(app)

    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    assert "is not what it was" in (mailout.remark or "")
    assert not transport.sent
    assert states(app) == {DeliveryState.QUEUED}


def test_slow_servers_do_not_make_a_batch_outlive_its_lease(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    sending = FakeLine.offer

    def slowly(line: FakeLine, *args: Any, **kwargs: Any) -> Outcome:
        clock.advance(seconds=app.lease.total_seconds() / 3)
        return sending(line, *args, **kwargs)

    monkeypatch.setattr(FakeLine, "offer", slowly)
    send.send(steps.means(app), limit=4)
    assert len(transport.sent) == 2
    steps.send_due(app)
    assert states(app) == {DeliveryState.ACCEPTED}
    assert len(transport.sent) == 4


def test_a_line_that_is_used_up_is_replaced(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock)
    sending = FakeLine.offer

    def use_up(line: FakeLine, *args: Any, **kwargs: Any) -> Outcome:
        line.is_usable = False
        return sending(line, *args, **kwargs)

    monkeypatch.setattr(FakeLine, "offer", use_up)
    steps.send_due(app)
    assert transport.lines == 2
    assert states(app) == {DeliveryState.ACCEPTED}


def test_a_message_that_cannot_be_put_together_waits_and_says_why(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    with app.sessions.begin() as session:
        row = session.get_one(Delivery, steps.deliveries_of(app)[CHIEF].id)
        row.address = "not an address"
    steps.coded(app)
    steps.send_due(app)

    found = steps.deliveries_of(app)
    stuck = found["not an address"]
    assert (stuck.state, stuck.attempts) == (DeliveryState.DEFERRED, 1)
    [failed] = attempts(app, "not an address")
    assert "the message cannot be put together: BadInput" in (failed.text or "")
    assert found["chief.executive@adu.example"].state is DeliveryState.ACCEPTED
    assert len(transport.sent) == 1


def test_a_server_that_is_away_is_asked_once_a_batch(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers")
    send.send(steps.means(app), limit=10)
    assert transport.lines == 1
    assert states(app) == {DeliveryState.QUEUED}
    assert send.send(steps.means(app), limit=10) == 0
    assert transport.lines == 1


def test_letters_that_are_swapped_after_release_are_held(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    with app.sessions.begin() as session:
        one, other = letters.in_force(session, mailout_named(session, steps.NAME))
        one.parts, other.parts = dict(other.parts), dict(one.parts)
    steps.send_due(app)
    assert not transport.sent
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    assert "is not the one that was approved" in (mailout.remark or "")


def test_nothing_is_sent_twice_when_a_wake_up_comes_twice(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    steps.send_due(app)
    assert len(transport.sent) == 2


def test_nothing_leaves_after_its_not_after_time(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    clock.reach(steps.mailout_of(app).plan.not_after)
    steps.send_due(app)
    assert not transport.sent


EIGHT = ("OXO", "ADU", "WOT", "CMD")
"""Authorities with eight recipients between them."""


def everyone_once(transport: FakeTransport) -> bool:
    return sorted(Counter(envelope.rcpt_to for envelope, _ in transport.sent).values()) == [1] * 8


def test_several_lines_send_at_once_and_each_letter_once(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *EIGHT)
    meeting = Meeting(2)  # at which both lines must be at the same moment
    transport = TellingTransport(at_offer=meeting.wait)
    means = replace(steps.means(app), transport=transport, connections=2)
    assert send.send(means, limit=100) == 8

    assert everyone_once(transport)
    assert transport.lines == 2
    assert counts(app) == {"accepted": 8}
    assert {each.attempts for each in steps.deliveries_of(app).values()} == {1}


def test_a_server_that_allows_one_line_gets_every_letter_over_that(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, *EIGHT)

    class OneLine(FakeTransport):
        def connect(self) -> Connection | Outcome:
            if self.lines:
                self.lines += 1
                return Outcome(Verdict.DEFERRED, trouble="421 one line is enough")
            return super().connect()

    transport = OneLine()
    send.send(replace(steps.means(app), transport=transport, connections=4), limit=100)
    assert everyone_once(transport)
    assert counts(app) == {"accepted": 8}


def test_a_run_claims_again_until_nothing_is_due(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, *EIGHT)
    assert send.send(replace(steps.means(app), batch_size=3), limit=100) == 8
    assert everyone_once(transport)
    assert transport.lines == 1


def test_a_run_claims_no_more_than_it_may(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, *EIGHT)
    assert send.send(replace(steps.means(app), batch_size=2, connections=2), limit=5) == 5
    assert counts(app) == {"accepted": 5, "queued": 3}


def test_an_error_that_nobody_foresaw_ends_the_run_and_costs_no_other_letter(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, *EIGHT)
    stumbles = iter([True])

    def stumble_once() -> None:
        if next(stumbles, False):
            raise LookupError("no such thing")

    transport = TellingTransport(at_offer=stumble_once)
    with pytest.raises(LookupError, match="no such thing"):
        send.send(replace(steps.means(app), transport=transport, connections=2), limit=100)
    assert counts(app).keys() <= {"claimed", "accepted", "queued"}
    let_the_lease_run_out(app, clock)
    send.send(replace(steps.means(app), transport=transport, connections=2), limit=100)
    assert everyone_once(transport)
    assert counts(app) == {"accepted": 8}


@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize(
    ("fault", "after"),
    [(Fault.AWAY, "accepted"), (Fault.LOST, "accepted"), (Fault.UNSURE, "in_doubt")],
)
def test_no_dot_leaves_without_a_sure_mark(
    app: App, clock: FakeClock, transport: FakeTransport, ahead: int, fault: Fault, after: str
) -> None:
    steps.released(app, clock, cc_roles=())
    faulty = failing(app.sessions, None, fault)  # the claim succeeds
    with pytest.raises(DatabaseTrouble):
        send.send(replace(steps.means(app), sessions=faulty, mark_ahead=ahead), limit=1)
    assert not transport.sent
    let_the_lease_run_out(app, clock)
    steps.send_due(app)
    assert counts(app) == {after: 1}
    assert len(transport.sent) == (after == "accepted")


def test_a_reply_that_the_database_cannot_take_is_spooled_and_recorded_by_the_next(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    sessions = failing(app.sessions)
    transport = TellingTransport(
        at_dot=lambda: sessions.faults.extend([Fault.AWAY] * (1 + len(DATABASE_WAITS)))
    )
    means = replace(steps.means(app), sessions=sessions, transport=transport)
    with pytest.raises(DatabaseTrouble):
        send.send(means, limit=1)
    assert counts(app) == {"offered": 1}
    assert len(list(means.spool.tried())) == 1

    assert send.send(means, limit=1) == 0
    assert counts(app) == {"accepted": 1}
    assert len(transport.sent) == 1
    assert list(means.spool.tried()) == []


def test_what_is_marked_ahead_leaves_though_time_is_up(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *EIGHT)
    means = steps.means(app)
    transport = TellingTransport(
        at_offer=lambda: clock.advance(seconds=means.run_time.total_seconds() / 3)
    )
    send.send(replace(means, transport=transport, mark_ahead=4), limit=100)
    assert len(transport.sent) == 4
    assert counts(app) == {"accepted": 4, "queued": 4}


def test_what_is_marked_ahead_leaves_though_the_mailout_is_paused(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, *EIGHT)

    def pause() -> None:
        if steps.state_of(app) is MailoutState.RELEASING:
            with app.sessions.begin() as session:
                mailout = mailout_named(session, steps.NAME)
                release.pause(session, mailout, a_word(clock()))

    transport = TellingTransport(at_offer=pause)
    send.send(replace(steps.means(app), transport=transport, mark_ahead=4), limit=100)
    assert counts(app) == {"accepted": 4, "queued": 4}


def test_a_crash_leaves_in_doubt_what_was_marked_ahead_and_nothing_else(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, *EIGHT)
    crash(app, "at_offer", mark_ahead=4)
    assert counts(app) == {"offered": 4, "queued": 4}
    let_the_lease_run_out(app, clock)
    assert counts(app) == {"in_doubt": 4, "queued": 4}
    steps.send_due(app)
    assert counts(app) == {"in_doubt": 4, "accepted": 4}
    assert len(transport.sent) == 4


def test_a_crash_of_several_lines_leaves_in_doubt_only_what_was_under_way(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, *EIGHT)
    crash(app, "at_dot", connections=2)
    let_the_lease_run_out(app, clock)
    found = counts(app)
    assert found["in_doubt"] in {1, 2}
    assert found["in_doubt"] + found["queued"] == 8


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(refused(), DeliveryState.REFUSED), (deferred(), DeliveryState.DEFERRED)],
    ids=str,
)
def test_what_is_marked_ahead_and_turned_down_before_the_dot_is_not_in_doubt(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    outcome: Outcome,
    state: DeliveryState,
) -> None:
    steps.released(app, clock, *EIGHT)
    transport.outcomes.extend([outcome] * 4)
    send.send(replace(steps.means(app), mark_ahead=4), limit=4)
    assert counts(app) == {state.value: 4, "queued": 4}
    [known] = {
        attempt.offered_at is not None
        for each in steps.deliveries_of(app).values()
        for attempt in attempts(app, each.address)
    }
    assert known


def test_what_is_marked_ahead_waits_if_there_is_no_line(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, *EIGHT)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers")
    send.send(replace(steps.means(app), mark_ahead=8, connections=4), limit=100)
    assert counts(app) == {"deferred": 8}
    assert transport.lines == 1


@pytest.mark.parametrize("ahead", [1, 2])
def test_a_worker_that_sleeps_between_the_mark_and_the_dot_does_not_say_it(
    app: App, clock: FakeClock, transport: FakeTransport, ahead: int
) -> None:
    steps.released(app, clock, cc_roles=())
    sleepy = failing(
        app.sessions, None, Fault.SLOW, sleep=lambda: let_the_lease_run_out(app, clock)
    )
    send.send(replace(steps.means(app), sessions=sleepy, mark_ahead=ahead), limit=1)
    assert not transport.sent
    assert counts(app) == {"in_doubt": 1}


@pytest.mark.parametrize("ahead", [1, 2])
@pytest.mark.parametrize("before", [0, 1])
def test_a_worker_that_sleeps_until_its_doubt_is_settled_does_not_say_the_dot(
    app: App, clock: FakeClock, transport: FakeTransport, ahead: int, before: int
) -> None:
    steps.released(app, clock, cc_roles=())

    def settle_and_send() -> None:
        let_the_lease_run_out(app, clock)
        [delivery] = steps.deliveries_of(app).values()
        if delivery.state is DeliveryState.IN_DOUBT:
            word = a_word(clock(), "alex", "the relay's log has nothing")
            with app.sessions.begin() as session:
                doubts.settle(session, delivery.id, doubts.Decision.NOT_SENT, word)
        steps.send_due(app)
        assert len(transport.sent) == 1

    asleep = failing(app.sessions, *[None] * before, Fault.SLOW, sleep=settle_and_send)
    send.send(replace(steps.means(app), sessions=asleep, mark_ahead=ahead), limit=1)
    assert len(transport.sent) == 1
    assert counts(app) == {"accepted": 1}
