from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import EventRow, Mailout
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.incoming.message import UNDECIDED, Arrival
from dispatch.domain.letters.drafting import Register
from dispatch.domain.mailout import Plan
from dispatch.domain.notice import Action, Answer, Category, Clue, Fate, Notice, Successor, Typed
from dispatch.domain.remedy import RemedyKind
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import return_path
from dispatch.domain.sending.pace import Rates
from dispatch.domain.tracking.confirmations import (
    Round,
    Standing,
)
from dispatch.domain.tracking.reminders import ReminderState
from dispatch.domain.tracking.watch import Matter
from dispatch.incoming import suggestions
from dispatch.incoming.conclude import Conclusion
from dispatch.incoming.store import messages, notices, readings
from dispatch.incoming.store import suggestions as suggestions_store
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.register.suppressions import suppress
from dispatch.tracking import watch
from dispatch.tracking.confirmations import (
    AskingMeans,
    Question,
    ask,
    findings,
    questions,
)
from dispatch.tracking.status import status_of
from dispatch.views.confirmations import round_said, round_view
from dispatch.views.notices import about
from dispatch.worker.means import reminder_means
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport
from tests.notices import came, token

JO = Successor(address="jo@oxo.example", name="Jo Smith", sentence="No, it is Jo Smith.")
REFUSED = Outcome.answered(Reply(".", 550, "5.1.1 no such user"))


def means(app: App, transport: FakeTransport) -> AskingMeans:
    return AskingMeans(
        sessions=app.sessions,
        transport=transport,
        sender=app.sender,
        templates=app.templates,
        rates=Rates(),
        clock=app.clock,
        sleep=lambda _: None,
    )


def standings(app: App) -> dict[tuple[str, str], Standing]:
    return {each.contact.role_at: each.standing for each in asked(app)}


def asked(app: App) -> list[Question]:
    with app.sessions.read() as session:
        return questions(session, mailout_named(session, steps.NAME), app.sender)


def ask_all(app: App, *outcomes: Outcome) -> FakeTransport:
    transport = FakeTransport(deque(outcomes))
    list(ask(means(app, transport), steps.NAME, a_word(app.clock())))
    return transport


def test_each_contact_is_asked_once_by_a_message_that_is_not_the_letter(
    app: App, clock: FakeClock
) -> None:
    steps.planned(app, "ADU", "OXO")
    assert set(standings(app).values()) == {Standing.NOT_ASKED}
    sent = ask_all(app).sent
    assert [envelope.rcpt_to for envelope, _ in sent] == [
        f"{role}@{code}.example"
        for code in ("adu", "oxo")
        for role in ("chief.executive", "link.officer")
    ]
    envelope, content = sent[0]
    assert "+" in envelope.mail_from
    message = message_from_bytes(content)
    text = message.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert str(message["Subject"]).startswith("[Please confirm]")
    assert "This message is not that letter" in " ".join(text.split())
    assert set(standings(app).values()) == {Standing.ASKED}
    clock.advance(days=1)
    assert ask_all(app).sent == []
    assert steps.deliveries_of(app) == {}


def test_who_is_deferred_is_asked_by_the_next_round_and_a_doubt_is_not_repeated(
    app: App, clock: FakeClock
) -> None:
    steps.planned(app, "OXO")
    ask_all(app, Outcome(Verdict.DEFERRED, trouble="busy"), Outcome(Verdict.IN_DOUBT, trouble="?"))
    assert list(standings(app).values()) == [Standing.DEFERRED, Standing.IN_DOUBT]
    clock.advance(minutes=1)
    again = deque([Outcome(Verdict.DEFERRED, trouble="still busy")] * 3)
    list(ask(means(app, FakeTransport(again)), steps.NAME, a_word(app.clock())))
    assert len(again) == 2
    clock.advance(minutes=1)
    assert len(ask_all(app).sent) == 1
    assert list(standings(app).values()) == [Standing.ASKED, Standing.IN_DOUBT]


def test_who_leaves_during_a_round_is_not_asked_and_who_comes_is(app: App) -> None:
    steps.planned(app, "ADU", "OXO")
    transport, word = FakeTransport(), a_word(app.clock())
    for number, _ in enumerate(ask(means(app, transport), steps.NAME, word)):
        if number == 0:
            steps.appointed(app, "OXO", "new@oxo.example")
            with app.sessions.begin() as session:
                suppress(session, "link.officer@adu.example", a_word(app.clock(), because="asked"))
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [
        *("chief.executive@adu.example", "link.officer@oxo.example", "new@oxo.example")
    ]


def test_all_contacts_are_worked_out_twice_however_many_there_are(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.planned(app, "ADU", "OXO", "WOT")
    worked_out: list[object] = []
    for_plan = register.for_plan

    def count(session: Session, plan: Plan) -> Register:
        worked_out.append(plan)
        return for_plan(session, plan)

    monkeypatch.setattr(register, "for_plan", count)
    assert len(ask_all(app).sent) == 6
    assert len(worked_out) == 2


@pytest.mark.parametrize(
    ("outcomes", "offers"),
    [
        ([Outcome.answered(Reply("MAIL", 550, "5.7.60 SendAsDenied"))], 1),
        ([REFUSED] * 9, 5),
    ],
)
def test_what_is_about_ourselves_stops_the_round_and_blames_nobody(
    app: App, outcomes: list[Outcome], offers: int
) -> None:
    steps.planned(app, "ADU", "BIR", "OXO", "WOT")
    transport = FakeTransport(deque(outcomes))
    with pytest.raises(Unavailable, match="about ourselves"):
        list(ask(means(app, transport), steps.NAME, a_word(app.clock())))
    assert len(outcomes) - len(transport.outcomes) == offers
    assert list(standings(app).values())[offers - 1] is Standing.DEFERRED


def test_a_suppressed_address_is_not_asked_and_letters_that_have_left_are_too_late(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock)
    with pytest.raises(RuleBroken, match="too late"):
        ask_all(app)


def test_an_event_that_somebody_else_wrote_asks_nobody_again(app: App, clock: FakeClock) -> None:
    steps.planned(app, "OXO")
    ask_all(app)
    with app.sessions.begin() as session:
        said = update(EventRow).where(EventRow.action == "contact.asked")
        session.execute(said.values(detail={"mailout": "another"}))
    clock.advance(days=1)
    assert ask_all(app).sent == []
    assert set(standings(app).values()) == {Standing.IN_DOUBT}


def came_back(
    app: App, id_: UUID, category: Category, key: bytes | None = None, **said: Any
) -> None:
    """Take in a message to the return path of a question, as it was read."""
    to = return_path(app.sender.return_path, id_, key or app.sender.key)
    content = f"{id_} {category} {said} {key!r}".encode()
    with app.sessions.begin() as session:
        arrival = Arrival(source="file", recipient=to)
        mail_id = messages.store(session, content, arrival, now=app.clock()).mail_id
    with app.sessions.begin() as session:
        claimed = readings.claim(
            session, now=app.clock(), lease_until=app.clock() + app.lease, only=mail_id
        )
        assert claimed
        notice = Notice(category=category, **said)
        readings.record(session, claimed, notice, version=1, now=app.clock())


def a_fate(question: Question, **changes: Any) -> Fate:
    return Fate(address=question.contact.address, action=Action.FAILED, **changes)


def test_what_comes_back_says_who_answered_and_which_address_is_dead(
    app: App, clock: FakeClock
) -> None:
    steps.planned(app, "ADU", "OXO")
    ask_all(app)
    first, second, third, fourth = asked(app)
    came_back(app, first.id, Category.BOUNCE, fates=(a_fate(first, is_hard=True),))
    came_back(app, second.id, Category.HUMAN, typed=Typed(is_yes=True))
    successor = Successor(address="jo@oxo.example", name="Jo Smith", sentence="Jo Smith is.")
    came_back(app, third.id, Category.AUTOREPLY, answer=Answer.HAS_LEFT, successor=successor)
    came_back(app, fourth.id, Category.HUMAN, key=b"another key")
    found = asked(app)
    assert [each.standing for each in found] == [
        Standing.DEAD,
        Standing.ANSWERED,
        Standing.AUTOREPLY,
        Standing.ASKED,
    ]
    assert [each.suggested for each in found] == ["", "", "Jo Smith <jo@oxo.example>", ""]
    came_back(app, third.id, Category.HUMAN)
    assert asked(app)[2].standing is Standing.UNCLEAR
    clock.advance(minutes=1)
    came_back(app, third.id, Category.HUMAN, typed=Typed(is_yes=True))
    assert asked(app)[2].standing is Standing.ANSWERED
    clock.advance(minutes=1)
    came_back(app, third.id, Category.HUMAN, typed=Typed(successor=JO))
    assert asked(app)[2].standing is Standing.UNCLEAR
    assert asked(app)[2].suggested == "Jo Smith <jo@oxo.example>"


def test_a_soft_bounce_and_one_about_ourselves_say_nothing(app: App) -> None:
    steps.planned(app, "OXO")
    ask_all(app)
    first, second = asked(app)
    came_back(app, first.id, Category.BOUNCE, fates=(a_fate(first),))
    came_back(
        app, second.id, Category.BOUNCE, fates=(a_fate(second, is_hard=True, is_about_us=True),)
    )
    assert set(standings(app).values()) == {Standing.ASKED}


def answer(app: App, question: Question, *, key: bytes | None = None, **said: Any) -> Conclusion:
    to = return_path(app.sender.return_path, question.id, key or app.sender.key)
    return came(app, Notice(**said), to, mail=f"{question.id} {said}".encode())


def suggested(app: App) -> list[tuple[str, str, str, str]]:
    with app.sessions.read() as session:
        return [
            (about.authority_code, about.address, each.address, each.sentence)
            for each, about, _ in suggestions_store.listed(
                session, mailout_named(session, steps.NAME), *UNDECIDED
            )
        ]


@pytest.mark.parametrize(
    "said",
    [
        {"category": Category.AUTOREPLY, "answer": Answer.HAS_LEFT, "successor": JO},
        {"category": Category.BOUNCE, "successor": JO},
        {"category": Category.HUMAN, "typed": Typed(successor=JO)},
    ],
)
def test_whom_an_answer_names_is_suggested_and_a_person_decides(
    app: App, clock: FakeClock, said: dict[str, Any]
) -> None:
    steps.planned(app, "OXO")
    ask_all(app)
    chief, _ = asked(app)
    answer(app, chief, **said)
    row = ("OXO", "chief.executive@oxo.example", "jo@oxo.example", JO.sentence)
    assert suggested(app) == [row]
    assert steps.actions(app, "authority:OXO")[-1] == "contact.named"
    answer(app, chief, **said, message_id="<another>")
    assert suggested(app) == [row]
    with app.sessions.begin() as session:
        [(suggestion, *_)] = suggestions_store.listed(session)
        accepted = suggestions.accept(session, suggestion.id, a_word(clock(), "alex"))
    assert accepted
    assert (accepted.contact.address, accepted.is_question) == ("jo@oxo.example", True)
    assert suggested(app) == []
    assert [each.standing for each in asked(app)] == [Standing.NOT_ASKED, Standing.ASKED]


def test_a_contact_may_be_kept_though_somebody_else_was_named(app: App, clock: FakeClock) -> None:
    steps.planned(app, "OXO")
    ask_all(app)
    chief, _ = asked(app)
    answer(app, chief, category=Category.HUMAN, typed=Typed(successor=JO))
    with app.sessions.begin() as session:
        [(suggestion, *_)] = suggestions_store.listed(session)
        suggestions.decline(session, suggestion.id, a_word(clock(), "alex", "rang up"))
    kept = list(steps.events(app, "authority:OXO"))[-1]
    assert (kept.action, kept.actor, kept.detail["because"]) == ("contact.kept", "alex", "rang up")
    assert suggested(app) == []
    assert asked(app)[0].contact.address == "chief.executive@oxo.example"


@pytest.mark.parametrize("fault", ["forged", "no code", "not asked", "another's event"])
def test_nobody_is_suggested_by_what_does_not_surely_answer(app: App, fault: str) -> None:
    steps.planned(app, "OXO")
    if fault != "not asked":
        ask_all(app)
    if fault == "another's event":
        with app.sessions.begin() as session:
            said = update(EventRow).where(EventRow.action == "contact.asked")
            session.execute(said.values(actor="somebody"))
    chief, _ = asked(app)
    said_by: dict[str, Any] = {"category": Category.HUMAN, "typed": Typed(successor=JO)}
    if fault == "no code":
        came(app, Notice(clues={Clue.ANSWERED: (f"<{chief.id}@ombudsman.example>",)}, **said_by))
    else:
        answer(app, chief, key=b"another key" if fault == "forged" else None, **said_by)
    assert suggested(app) == []


def test_what_a_person_types_about_a_letter_suggests_nobody(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    delivery = next(iter(steps.deliveries_of(app).values()))
    typed = Notice(category=Category.HUMAN, typed=Typed(successor=JO))
    came(app, typed, token(app, delivery))
    assert suggested(app) == []


def test_a_question_that_came_back_is_tied_to_no_letter(app: App) -> None:
    steps.planned(app, "OXO")
    ask_all(app)
    chief, _ = asked(app)
    came_in = answer(app, chief, category=Category.BOUNCE, fates=(a_fate(chief, is_hard=True),))
    with app.sessions.read() as session:
        row = notices.notice_of(session, came_in.mail_id)
        assert (row.delivery_id, row.clue) == (None, Clue.QUESTION)
        assert notices.count_untied(session, since=row.read_at) == 0
        assert about(None, row.clue) == "a question to a contact, not a letter"


DAYS_AT_NINE = datetime(2020, 6, 22, 8, tzinfo=UTC)
"""A Monday, 30 days before the letters, at nine in London."""
HALF_WAY = datetime(2020, 7, 7, 8, tzinfo=UTC)


def matters(app: App) -> list[Matter]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        status = status_of(session, mailout, sender=app.sender, now=app.clock())
    return [each.matter for each in status.concerns]


def warned(app: App) -> ReminderState | None:
    means = replace(reminder_means(app), staff=("office@ombudsman.example",))
    with app.sessions.read() as session:
        is_due = watch.due(session, now=app.clock()) == [steps.NAME]
    found = watch.warn(means, steps.NAME)
    assert is_due == (found is not None)
    return found.state if found else None


def told(transport: FakeTransport) -> list[str]:
    return [
        str(message_from_bytes(content, policy=default)["Subject"]) for _, content in transport.sent
    ]


def test_the_office_is_told_once_to_ask_and_once_who_has_not_answered(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    clock.reach(DAYS_AT_NINE - timedelta(days=6))
    steps.planned(app, "OXO", confirm_days=30)
    assert (matters(app), warned(app)) == ([], None)
    clock.reach(DAYS_AT_NINE - timedelta(days=5))
    assert (matters(app), warned(app)) == ([Matter.UNASKED], None)
    clock.reach(DAYS_AT_NINE)
    assert (warned(app), warned(app)) == (ReminderState.ACCEPTED, None)
    clock.advance(days=2)
    assert (matters(app), warned(app)) == ([Matter.UNASKED], None)
    ask_all(app)
    assert (matters(app), warned(app)) == ([], None)
    answer(app, asked(app)[0], category=Category.HUMAN, typed=Typed(is_yes=True))
    clock.reach(HALF_WAY)
    assert matters(app) == [Matter.UNCONFIRMED]
    assert (warned(app), warned(app)) == (ReminderState.ACCEPTED, None)
    first, second = told(transport)
    assert "Nobody has asked the contacts yet" in first
    assert "1 contact has not said" in second


def test_where_everybody_said_yes_nobody_is_told(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    clock.reach(DAYS_AT_NINE)
    steps.planned(app, "OXO", confirm_days=30)
    ask_all(app)
    for each in asked(app):
        answer(app, each, category=Category.HUMAN, typed=Typed(is_yes=True))
    clock.reach(HALF_WAY)
    assert (matters(app), warned(app), warned(app)) == ([], ReminderState.UNSENT, None)
    assert not transport.sent


@pytest.mark.parametrize("fault", ["no days in the plan", "released", "somebody else's event"])
def test_who_is_not_told_to_ask(app: App, clock: FakeClock, fault: str) -> None:
    clock.reach(DAYS_AT_NINE)
    steps.planned(app, "OXO", confirm_days=0 if fault.startswith("no") else 30)
    if fault == "released":
        with app.sessions.begin() as session:
            session.execute(update(Mailout).values(released_at=clock()))
    if fault == "somebody else's event":
        ask_all(app)
        with app.sessions.begin() as session:
            forged = update(EventRow).where(EventRow.action == "mailout.asked")
            session.execute(forged.values(actor="somebody"))
        assert matters(app) == [Matter.UNASKED]
    else:
        assert Matter.UNASKED not in matters(app)


def test_a_check_names_dead_addresses_and_that_nobody_was_asked(app: App, clock: FakeClock) -> None:
    clock.reach(DAYS_AT_NINE)
    steps.planned(app, "OXO", confirm_days=30)
    [finding] = findings(steps.mailout_of(app), asked(app), clock())
    assert (finding.place, finding.remedy and finding.remedy.kind) == (
        "dates.confirm_days",
        RemedyKind.ASK,
    )
    ask_all(app)
    assert list(findings(steps.mailout_of(app), asked(app), clock())) == []
    answer(
        app, asked(app)[0], category=Category.BOUNCE, fates=(a_fate(asked(app)[0], is_hard=True),)
    )
    [finding] = findings(steps.mailout_of(app), asked(app), clock())
    assert "the address is dead" in finding.message
    found = Round.of(each.standing for each in asked(app))
    assert (found.contacts, found.asked, found.dead, found.silent, found.unconfirmed) == (
        2,
        2,
        1,
        1,
        2,
    )
    assert round_said(round_view(found)) == (
        "2 of 2 asked: 1 came back: the address is dead, 1 silent"
    )
