from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from dispatch.app import App
from dispatch.database.tables import ImprintRow
from dispatch.domain.proof import merkle
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.seal import catch_up, prepare, seal
from dispatch.proof.store import entries, sealed_kinds, sealed_records, seals
from dispatch.proof.store.seals import SealEntry
from dispatch.proof.verify import audit
from dispatch.register import imports
from dispatch.register.file_kinds import File
from tests import rfc9162, steps
from tests.conftest import KEY
from tests.databases import POSTGRESQL
from tests.factories import a_word, an_event
from tests.fakes import FakeClock


def tell(app: App, *subjects: str) -> None:
    events = (an_event(each, app.clock()) for each in subjects)
    with app.sessions.begin() as session:
        journal.append_all(session, events)


def sealed(app: App, limit: int = 1000) -> list[int]:
    """Seal until nothing is left; return how many events each seal has."""
    counts = []
    with app.sessions.begin() as session:
        while made := seal(session, now=app.clock(), limit=limit):
            counts.append(made.events)
    return counts


def imprints(app: App) -> list[str]:
    with app.sessions.read() as session:
        last = seals.last(session)
        assert last
        return [
            each.record
            for page in entries.imprints_of(session, 0, last.seal.size, 9)
            for _, each in page
        ]


JUNK = {
    "without a code": "('2020-07-20 10:00:00', 'sam', 'mailout.sent', 'mailout:x', '{}', NULL)",
    "with a code of its own": (
        "('2020-07-20 10:00:00', 'sam', 'mailout.sent', 'mailout:x', '{}', 'e9deadbeef')"
    ),
    "with a detail that is none": (
        "('2020-07-20 10:00:00', 'sam', 'mailout.sent', 'mailout:x', '[1, null]', 'x')"
    ),
}
JUNK_OF_SQLITE = {
    "with half a character": (
        """('2020-07-20 10:00:00', 'sam', 'mailout.sent', 'x', '{"a": "\\ud800"}', 'x')"""
    ),
    "at no moment": "('long ago', 'sam', 'mailout.sent', 'mailout:x', '{}', NULL)",
    "that is no JSON": "('2020-07-20 10:00:00', 'sam', 'mailout.sent', 'x', '{', 'x')",
    "that is no text": (
        "('2020-07-20 10:00:00', CAST(X'ff' AS TEXT), 'mailout.sent', 'x', '{}', NULL)"
    ),
    "of octets": "('2020-07-20 10:00:00', X'00', 'mailout.sent', 'mailout:x', '{}', NULL)",
}
"""What only SQLite takes, which checks neither types nor the characters of JSON."""


@pytest.mark.parametrize("row", (JUNK | ({} if POSTGRESQL else JUNK_OF_SQLITE)).values())
def test_what_we_did_not_write_is_never_sealed_and_holds_up_nothing(app: App, row: str) -> None:
    insert = f"INSERT INTO event (at, actor, action, subject, detail, mac) VALUES {row}"  # noqa: S608 - of the table
    with app.sessions.begin() as session:
        for _ in range(5):
            session.execute(text(insert.replace(":", r"\:")))
    tell(app, "mailout:1", "mailout:2", "mailout:3")
    with app.sessions.begin() as session:
        session.execute(text(insert.replace(":", r"\:")))
    with app.sessions.begin() as session:
        made = [seal(session, now=app.clock(), limit=2) for _ in range(3)]
    assert [each and (each.events, each.is_caught_up) for each in made] == [
        (2, False),
        (1, True),
        None,
    ]
    with app.sessions.read() as session:
        wrong = audit(session).wrong
    assert len([each for each in wrong if "was not written by this service" in each]) == 6


def test_where_nothing_happened_nothing_is_sealed(app: App) -> None:
    assert sealed(app) == []


def test_events_are_sealed_batch_by_batch_and_once(app: App) -> None:
    tell(app, *(f"mailout:{number}" for number in range(5)))
    assert sealed(app, limit=2) == [2, 2, 1]
    assert sealed(app) == []
    tell(app, "mailout:6")
    assert sealed(app) == [1]


@pytest.mark.parametrize("others", [0, 2])
def test_what_was_prepared_is_sealed_once_though_another_clock_seals_meanwhile(
    app: App, clock: FakeClock, others: int
) -> None:
    tell(app, *(f"mailout:{number}" for number in range(5)))
    for _ in range(2):
        with app.sessions.read() as session:
            prepared = prepare(session, seals.last(session), 2)
        with app.sessions.begin() as session:
            made = [seal(session, now=clock(), limit=others) for _ in range(bool(others))]
            made.append(seal(session, now=clock(), limit=2, prepared=prepared))
    sealed(app)
    with app.sessions.read() as session:
        found = audit(session)
    assert (found.unsealed, found.wrong) == (0, ())
    assert found.last
    assert found.last.number == 3


def test_files_that_wrote_many_records_are_sealed_one_by_one(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = "code,name,official_name\n" + "".join(
        f"{code},{code} Town,{code} Town Council\n" for code in ("ADU", "OXO", "WOT")
    )
    people = "authority,role,address\n" + "".join(
        f"{code},chief executive,chief@{code.lower()}.example\n" for code in ("ADU", "OXO", "WOT")
    )
    for kind, content in (("authorities", codes), ("contacts", people)):
        with app.sessions.begin() as session:
            imports.take_in(session, File(kind, f"{kind}.csv", content.encode()), a_word(clock()))
    tell(app, "mailout:1")
    monkeypatch.setattr("dispatch.proof.seal.RECORDS", 2)
    monkeypatch.setattr(sealed_records, "PAGE", 2)
    assert sealed(app) == [1, 1, 1]
    with app.sessions.read() as session:
        found = audit(session)
        entered = session.scalar(select(func.count()).select_from(ImprintRow))
    assert (found.unsealed, found.wrong) == (0, ())
    assert entered == 2 + 3 + 3  # both files, and the rows of each


def test_a_seal_says_when_nothing_waited_behind_it(app: App, clock: FakeClock) -> None:
    tell(app, "mailout:1", "mailout:2", "mailout:3")
    with app.sessions.begin() as session:
        made = [seal(session, now=clock(), limit=2) for _ in range(2)]
    assert [each and each.is_caught_up for each in made] == [False, True]


def test_the_root_is_that_of_every_event_and_imprint_in_order(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    sealed(app, limit=3)
    with app.sessions.read() as session:
        leaves = []
        _, *chain = [each.seal for each in seals.after(session, -1, 100)]
        start = 0
        for each in chain:
            found = entries.events_of(session, start, each.size)
            leaves += [merkle.leaf_hash(event.entry) for event in found]
            pages = entries.imprints_of(session, start, each.size, 2)
            leaves += [merkle.leaf_hash(own.entry()) for page in pages for _, own in page]
            leaves.append(merkle.leaf_hash(each.entry))
            start = each.size
            assert each.root == rfc9162.root(leaves).hex()
    assert len(chain) > 2


def test_a_day_without_events_is_sealed_once_it_has_passed(app: App, clock: FakeClock) -> None:
    clock.advance(days=2)
    assert sealed(app) == []  # there is no ledger yet
    tell(app, "mailout:1")
    assert sealed(app) == [1]
    clock.advance(hours=23)
    assert sealed(app) == []
    clock.advance(hours=1)
    assert sealed(app) == [0]
    clock.advance(days=9)
    assert sealed(app) == [0]
    tell(app, "mailout:1")
    assert sealed(app) == [1]


def test_an_event_dated_into_a_quiet_time_is_told_as_backdated(app: App, clock: FakeClock) -> None:
    tell(app, "mailout:1")
    sealed(app)
    at = clock()
    for _ in range(3):
        clock.advance(days=1)
        sealed(app)
    with app.sessions.begin() as session:
        journal.append(session, an_event("mailout:2", at + timedelta(hours=5)))
    sealed(app)
    with app.sessions.read() as session:
        assert any("is backdated: it says 20 July" in line for line in audit(session).wrong)


def test_no_empty_seal_is_made_while_the_clock_may_be_wrong(app: App, clock: FakeClock) -> None:
    tell(app, "mailout:1")
    sealed(app)
    with app.sessions.begin() as session:
        app.timekeeper.keep(session)
    clock.set_by(days=3)
    with app.sessions.begin() as session:
        kept, _ = app.timekeeper.keep(session)
        assert kept.is_held
        assert seal(session, now=clock()) is None


def test_a_place_lies_between_the_seals_before_and_after_it(app: App, clock: FakeClock) -> None:
    for number in range(3):
        tell(app, f"mailout:{number}", f"mailout:{number}")
        sealed(app)
        clock.advance(minutes=1)
    with app.sessions.read() as session:
        chain = [each.seal for each in seals.after(session, 0, 9)]
        found = seals.around(session, range(9), 9)
    own = [SealEntry(each.size - 1, each.entry) for each in chain]
    assert [each.place for each in own] == [2, 5, 8]
    sides = [(None, own[0])] * 3 + [(own[0], own[1])] * 3 + [(own[1], own[2])] * 3
    assert found == dict(enumerate(sides))
    with app.sessions.begin() as session:  # as the release before made them
        session.execute(text("UPDATE seal SET is_in_tree = false WHERE number < 3"))
        assert seals.around(session, [0, 9], 9) == {0: (None, own[2]), 9: (own[2], None)}


def test_what_an_event_wrote_is_sealed_with_it_and_not_again(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    sealed(app)
    first = imprints(app)
    assert {f"delivery:{delivery.id}", f"letter:{delivery.letter_id}"} < set(first)
    tell(app, f"delivery:{delivery.id}")
    assert sealed(app) == [1]
    assert imprints(app) == first


def test_what_is_written_once_keeps_its_imprint_whatever_happens(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    sealed(app)
    first = imprints(app)
    with app.sessions.begin() as session:
        session.execute(text("UPDATE attempt SET text = '2.0.0 read by all'"))
        event = Event(clock(), "worker", "delivery.noticed", f"delivery:{delivery.id}")
        journal.append(session, event)
    assert sealed(app) == [1]
    assert imprints(app) == first
    with app.sessions.read() as session:
        assert any("was changed after seal" in line for line in audit(session).wrong)


def test_a_record_that_may_be_replaced_leaves_another_imprint(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    tell(app, "authority:OXO")
    sealed(app)
    with app.sessions.begin() as session:
        table = sealed_kinds.KINDS["authority"].model.__table__
        session.execute(table.update().values(region="South East"))  # type: ignore[attr-defined]
    clock.advance(hours=1)
    tell(app, "authority:OXO")
    sealed(app)
    assert imprints(app).count("authority:OXO") == 2


def test_whoever_proves_something_need_not_wait_for_the_clock(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    catch_up(app.sessions, clock)
    with app.sessions.read() as session:
        assert not entries.is_unsealed(session, KEY)
