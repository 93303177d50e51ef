from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.ledger import (
    Event,
    Imprint,
    moment,
    record_digest,
)

AT = datetime(2020, 7, 22, 8, tzinfo=UTC)
EVENT = Event(AT, "sam", "mailout.planned", "mailout:a", {"plan": "x"})


def test_an_entry_is_spelled_in_one_way() -> None:
    assert EVENT.entry(7) == (
        b'{"action":"mailout.planned","actor":"sam","at":"2020-07-22T08:00:00.000000Z",'
        b'"detail":{"plan":"x"},"id":7,"subject":"mailout:a"}'
    )
    assert Imprint("attempt:1", "ab").entry() == b'{"record":"attempt:1","sha256":"ab"}'


@given(st.integers(-720, 840), st.integers(0, 10**17))
def test_a_moment_is_the_same_in_every_zone(minutes: int, microseconds: int) -> None:
    here = AT + timedelta(microseconds=microseconds)
    there = here.astimezone(timezone(timedelta(minutes=minutes)))
    assert moment(there) == moment(here)
    assert len(moment(here)) == len("2020-07-22T08:00:00.000000Z")


def test_every_part_of_an_event_counts() -> None:
    changed = [
        replace(EVENT, at=AT + timedelta(microseconds=1)),
        replace(EVENT, actor="alex"),
        replace(EVENT, action="mailout.sent"),
        replace(EVENT, subject="mailout:b"),
        replace(EVENT, detail={}),
    ]
    assert len({EVENT.entry(7), EVENT.entry(8), *(each.entry(7) for each in changed)}) == 7


def test_a_record_is_digested_whatever_it_holds_and_a_later_column_changes_nothing() -> None:
    id_ = UUID(int=7)
    values = {
        "id": id_,
        "at": AT,
        "day": date(2020, 7, 22),
        "opens": time(9),
        "state": DeliveryState.QUEUED,
        "parts": {"pdf": "x"},
        "count": 2,
        "is_it": True,
    }
    known = record_digest(values)
    assert known == record_digest({**values, "later": None})
    assert known == record_digest({**values, "at": AT.astimezone(timezone(timedelta(hours=1)))})
    assert known != record_digest({**values, "later": ""})
