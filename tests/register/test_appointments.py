from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import (
    ContactRow,
    Delivery,
    IncomingMail,
    NoticeRow,
    Suggestion,
    Suppression,
)
from dispatch.domain.address import folded
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.incoming.message import Trust
from dispatch.domain.mailout import MailoutState
from dispatch.domain.notice import Category, Notice
from dispatch.domain.register.authority import Contact
from dispatch.incoming.suggestions import accept
from dispatch.ledger import journal
from dispatch.register import appointments, imports
from dispatch.register.appointments import Appointment, Wanted
from dispatch.register.file_kinds import File
from dispatch.register.store import contacts
from tests import steps
from tests.factories import a_contact, a_word
from tests.fakes import FakeClock

TODAY = date(2020, 7, 20)
CHIEF = "chief executive"
NEW = a_contact("OXO", address="new@oxo.example", surname="Mitchell")


def put(app: App, contact: Contact, since: date | None = None) -> Appointment:
    with app.sessions.begin() as session:
        shown = appointments.appointment(session, contact, since=since, now=app.clock())
    carry_out(app, shown)
    return shown


def leave(app: App, role: str = CHIEF, since: date | None = None) -> Appointment:
    with app.sessions.begin() as session:
        shown = appointments.vacancy(session, "OXO", role, since=since, now=app.clock())
    carry_out(app, shown)
    return shown


def carry_out(
    app: App, shown: Appointment, *, person: str = "alex", because: str = "rang  up"
) -> None:
    with app.sessions.begin() as session:
        word = a_word(app.clock(), person, because, keyboard="sam")
        appointments.appoint(session, shown, word)


def chief(app: App) -> Contact | None:
    with app.sessions.read() as session:
        return contacts.current(session).get(("OXO", CHIEF))


def last_event(app: App) -> tuple[str, str, dict[str, str]]:
    with app.sessions.read() as session:
        event = journal.events(session, "authority:OXO")[-1]
    return event.actor, event.action, dict(event.detail)


def test_who_is_set_takes_the_place_of_the_one_before(app: App) -> None:
    steps.planned(app)
    shown = put(app, NEW)
    assert (shown.before, shown.after, shown.since) == (a_contact("OXO"), NEW, TODAY)
    assert chief(app) == NEW
    with app.sessions.read() as session:
        before, after, _ = contacts.history(session, "OXO")
    assert (before.valid_until, after.valid_from) == (TODAY, TODAY)
    assert before.replaced_by == NEW


def test_the_ledger_has_the_person_and_the_reason_and_no_name_and_address(app: App) -> None:
    steps.planned(app)
    shown = put(app, NEW)
    with app.sessions.read() as session:
        row = contacts.holder(session, "OXO", CHIEF)
    assert row
    assert last_event(app) == (
        "alex",
        "contact.replaced",
        {
            "role": CHIEF,
            "contact": str(row.id),
            "replaced": str(shown.replaced_id),
            "from": "2020-07-20",
            "because": "rang up",
            "at_keyboard": "sam",
        },
    )


def test_a_post_may_be_left_empty_and_be_taken_again(app: App) -> None:
    steps.planned(app)
    shown = leave(app)
    assert chief(app) is None
    actor, action, detail = last_event(app)
    assert (actor, action, detail["contact"]) == ("alex", "contact.ended", str(shown.replaced_id))
    put(app, NEW)
    assert last_event(app)[1] == "contact.appointed"
    assert chief(app) == NEW
    with app.sessions.read() as session:
        before = contacts.history(session, "OXO")[0]
    assert before.ended
    assert before.ended.because == "rang up"


def test_a_change_may_be_known_late_but_not_recorded_early(app: App) -> None:
    steps.planned(app)
    put(app, NEW, since=date(2020, 7, 1))
    with app.sessions.read() as session:
        before, after, _ = contacts.history(session, "OXO")
    assert before.valid_until == after.valid_from == date(2020, 7, 1)
    with pytest.raises(RuleBroken, match="the chief executive of OXO changed on 1 July 2020"):
        put(app, a_contact("OXO"), since=date(2020, 6, 30))
    with pytest.raises(RuleBroken, match="21 July 2020 is still to come"):
        put(app, a_contact("OXO"), since=date(2020, 7, 21))
    with pytest.raises(RuleBroken, match="is still to come"):
        leave(app, since=date(2020, 7, 21))


def test_the_day_is_londons(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    clock.reach(datetime(2020, 7, 20, 23, 30, tzinfo=UTC))
    assert put(app, NEW).since == date(2020, 7, 21)


def test_a_change_that_changes_nothing_is_refused(app: App) -> None:
    steps.planned(app)
    same = a_contact("OXO", address="Chief.Executive@OXO.example")
    with pytest.raises(
        RuleBroken, match="the chief executive of OXO is recorded like that already"
    ):
        put(app, same)
    with pytest.raises(RuleBroken, match="nobody is in post as leader of OXO"):
        leave(app, "leader")


def test_what_changed_since_it_was_shown_is_not_done(app: App) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        shown = appointments.appointment(session, NEW, now=app.clock())
    other = a_contact("OXO", surname="Other")
    put(app, other)
    with pytest.raises(ChangedMeanwhile, match="changed since it was shown: review it again"):
        carry_out(app, shown)
    assert chief(app) == other


@pytest.mark.parametrize(
    ("person", "because", "why"),
    [("alex", " \n", "give a reason"), ("worker", "rang", "is not the name of a person")],
)
def test_a_change_needs_a_person_and_a_reason(
    app: App, person: str, because: str, why: str
) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        shown = appointments.appointment(session, NEW, now=app.clock())
    with pytest.raises(RuleBroken, match=why):
        carry_out(app, shown, person=person, because=because)
    assert chief(app) == a_contact("OXO")


def test_a_change_before_release_voids_the_approval(app: App) -> None:
    steps.approved(app)
    assert put(app, NEW).reopens == (steps.NAME,)
    mailout = steps.mailout_of(app)
    assert (mailout.state, mailout.approved_by) == (MailoutState.DRAFT, None)
    assert mailout.remark == "the chief executive of OXO changed"


def test_a_post_left_empty_before_release_voids_the_approval(app: App) -> None:
    steps.scheduled(app)
    assert leave(app).reopens == (steps.NAME,)
    assert steps.state_of(app) is MailoutState.DRAFT


def test_a_post_that_no_letter_goes_to_voids_nothing(app: App) -> None:
    steps.approved(app)
    assert put(app, a_contact("OXO", "leader")).reopens == ()
    assert steps.state_of(app) is MailoutState.APPROVED


def test_a_mailout_on_its_way_stays_where_it_is(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    assert put(app, NEW).reopens == ()
    assert steps.state_of(app) is MailoutState.RELEASING


def test_what_may_be_a_slip_is_said(app: App) -> None:
    steps.planned(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        key = "chief.executive@adu.example"
        session.add(Suppression(address=key, reason="x", added_at=app.clock(), added_by="sam"))
        shown = appointments.appointment(
            session, a_contact("OXO", address="Chief.Executive@ADU.example"), now=app.clock()
        )
    assert shown.shares_with == ("ADU",)
    assert shown.is_suppressed


# Whatever happens in whatever order, the record answers for any day.

DAYS: Final = 12
POSTS: Final = [("OXO", CHIEF), ("OXO", "leader"), ("ADU", CHIEF)]
Record = dict[tuple[str, str], dict[date, str | None]]
"""The plain model: by post and day, the surname of who held it, or None."""

WHICH: Final = st.integers(0, len(POSTS) - 1)
SURNAMES: Final = st.sampled_from("ABC")
CHANGES: Final = st.one_of(
    st.tuples(st.just("import"), st.dictionaries(WHICH, SURNAMES, min_size=1), st.booleans()),
    st.tuples(st.just("set"), WHICH, SURNAMES, st.integers(0, 3)),
    st.tuples(st.just("end"), WHICH, st.integers(0, 3)),
    st.tuples(st.just("accept"), WHICH, SURNAMES),
)


class Office:
    """People at work on the record, and the model beside it."""

    def __init__(self, session: Session, delivery: Delivery) -> None:
        self.session, self.delivery = session, delivery
        self.now = datetime(2020, 8, 1, 9, 0, tzinfo=UTC)
        self.days = [self.now.date() + timedelta(days=number) for number in range(-1, DAYS + 4)]
        self.record: Record = {post: dict.fromkeys(self.days) for post in POSTS}
        self.changed = dict.fromkeys(POSTS, date.min)

    def contact(self, which: int, surname: str) -> Contact:
        code, role = POSTS[which]
        return a_contact(code, role, address=f"{surname}@{code}.example", surname=surname)

    def note(self, post: tuple[str, str], surname: str | None, since: date) -> None:
        self.changed[post] = since
        self.record[post] |= {day: surname for day in self.days if day >= since}

    def holder(self, post: tuple[str, str]) -> str | None:
        return self.record[post][self.now.date()]

    def take_in(self, given: dict[int, str], is_complete: bool) -> None:
        coming = [self.contact(which, surname) for which, surname in given.items()]
        rows = [f"{each.authority},{each.role},{each.address},Ms,{each.surname}" for each in coming]
        content = "\n".join(["authority,role,address,honorific,surname", *rows]).encode()
        file = File("contacts", "contacts.csv", content, is_complete=is_complete)
        imports.take_in(self.session, file, a_word(self.now))
        today, named = self.now.date(), {each.role_at for each in coming}
        for each in coming:
            if self.holder(each.role_at) != each.surname:
                self.note(each.role_at, each.surname, today)
        for post in POSTS if is_complete else ():
            is_gone = post not in named and post[1] in {role for _, role in named}
            if is_gone and self.holder(post):
                self.note(post, None, today)

    def put(self, which: int, surname: str, days_ago: int) -> None:
        post, since = POSTS[which], self.now.date() - timedelta(days=days_ago)
        is_wrong = self.holder(post) == surname or since < self.changed[post]
        try:
            change = appointments.appointment(
                self.session, self.contact(which, surname), since=since, now=self.now
            )
        except RuleBroken:
            assert is_wrong
            return
        assert not is_wrong
        self.carry_out(change)
        self.note(post, surname, since)

    def leave(self, which: int, days_ago: int) -> None:
        post, since = POSTS[which], self.now.date() - timedelta(days=days_ago)
        is_wrong = self.holder(post) is None or since < self.changed[post]
        try:
            change = appointments.vacancy(self.session, *post, since=since, now=self.now)
        except RuleBroken:
            assert is_wrong
            return
        assert not is_wrong
        self.carry_out(change)
        self.note(post, None, since)

    def carry_out(self, change: Appointment) -> None:
        appointments.appoint(self.session, change, a_word(self.now, "alex", "rang"))

    def accept(self, which: int, surname: str) -> None:
        """Take up a suggestion that came in answer to a letter to whoever is in post."""
        (code, role), holder = POSTS[which], self.holder(POSTS[which])
        if holder is None:
            return
        self.delivery.authority_code, self.delivery.role = code, role
        self.delivery.address_key = folded(self.contact(which, holder).address)
        mail = IncomingMail(sha256=uuid4().hex, content=b"", received_at=self.now, due_at=self.now)
        self.session.add(mail)
        self.session.flush()
        self.session.add(
            NoticeRow(
                mail_id=mail.id,
                category=Category.AUTOREPLY,
                notice=Notice(category=Category.AUTOREPLY),
                delivery_id=self.delivery.id,
                trust=Trust.VERIFIED,
                version=1,
                read_at=self.now,
            )
        )
        suggestion = Suggestion(
            mail_id=mail.id,
            delivery_id=self.delivery.id,
            address=self.contact(which, surname).address,
            address_key=uuid4().hex,
            name=f"Ms {surname}",
            sentence="",
            made_at=self.now,
        )
        self.session.add(suggestion)
        self.session.flush()
        accept(self.session, suggestion.id, a_word(self.now, "alex"))
        self.note((code, role), surname, self.now.date())

    def check(self) -> None:
        """Compare what the record answers for every day with the model."""
        self.session.expire_all()
        history = [each for code in ("OXO", "ADU") for each in contacts.history(self.session, code)]
        for day in self.days:
            held = [each.contact for each in history if each.holds_on(day)]
            found = {each.role_at: each.surname for each in held}
            assert len(found) == len(held)
            assert found == {post: on[day] for post, on in self.record.items() if on[day]}
        in_post = contacts.current(self.session)
        assert {post: each.surname for post, each in in_post.items()} == {
            post: self.holder(post) for post in POSTS if self.holder(post)
        }


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.integers(0, 2), CHANGES), max_size=10))
def test_the_record_tells_who_held_which_role_on_any_day(
    office: tuple[App, Delivery], story: list[tuple[int, tuple[str, ...]]]
) -> None:
    app, delivery = office
    with app.sessions.begin() as session:
        at_work = Office(session, session.merge(delivery))
        steps_of = {
            "import": at_work.take_in,
            "set": at_work.put,
            "end": at_work.leave,
            "accept": at_work.accept,
        }
        for days, (what, *words) in story:
            later = at_work.now + timedelta(days=days)
            at_work.now = min(later, datetime(2020, 8, DAYS, 9, 0, tzinfo=UTC))
            steps_of[what](*words)  # type: ignore[operator]
            at_work.check()
        session.rollback()


@pytest.fixture
def office(app: App, clock: FakeClock) -> tuple[App, Delivery]:
    """Two authorities with nobody in post, and a letter that went out before."""
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    with app.sessions.begin() as session:
        for row in session.query(ContactRow):
            session.delete(row)
    return app, next(iter(steps.deliveries_of(app).values()))


def test_what_was_typed_is_carried_out_if_it_still_does_what_was_shown(app: App) -> None:
    steps.planned(app)
    cells = {"address": NEW.address, "surname": "Mitchell", "honorific": " "}
    wanted = Wanted(code="oxo", role=CHIEF, cells=cells)
    with app.sessions.begin() as session:
        shown = appointments.propose(session, wanted, now=app.clock())
    word = a_word(app.clock(), "alex", "rang up")
    put(app, a_contact("OXO", address="other@oxo.example"))
    with app.sessions.begin() as session, pytest.raises(ChangedMeanwhile):
        appointments.appoint_as_agreed(session, wanted, shown.digest, word)
    with app.sessions.begin() as session:
        again = appointments.propose(session, wanted, now=app.clock())
        done = appointments.appoint_as_agreed(session, wanted, again.digest, word)
    assert (
        chief(app)
        == done.after
        == a_contact("OXO", address=NEW.address, surname="Mitchell", honorific=None)
    )
    vacant = Wanted(code="OXO", role=CHIEF, cells=None)
    with app.sessions.begin() as session:
        shown = appointments.propose(session, vacant, now=app.clock())
        appointments.appoint_as_agreed(session, vacant, shown.digest, word)
    assert chief(app) is None
