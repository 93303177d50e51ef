from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.proof.ledger import Event, Imprint, Written, moment, record_text

AT = datetime(2020, 7, 22, 8, tzinfo=UTC)
EVENT = Event(AT, "sam", "mailout.planned", "mailout:a", {"plan": "x"})


def test_an_entry_is_spelled_in_one_way() -> None:
    said = b'{"actor":"sam","detail":{"plan":"x"},"salt":"s"}'
    assert EVENT.said("s") == said
    assert EVENT.entry(7, "s").decode() == (
        '{"action":"mailout.planned","at":"2020-07-22T08:00:00.000000Z","id":7,'
        f'"said":"{sha256(said)}","subject":"mailout:a"}}'
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
    entries = {EVENT.entry(7, "salt"), EVENT.entry(8, "salt")}
    assert len(entries | {each.entry(7, "salt") for each in changed}) == 7


def test_with_a_salt_nobody_can_tell_from_an_entry_who_did_it() -> None:
    entry = EVENT.entry(7, "salt")
    assert b"sam" not in entry
    assert json.loads(entry)["said"] == sha256(EVENT.said("salt"))
    assert entry != EVENT.entry(7, "another")


PEOPLE = {"name": "Mr Smith", "address": "smith@oxo.example"}
BLANK = {"name": "", "address": None}
RECORD = Written("contact:1", {"role": "chief executive", **PEOPLE}, PEOPLE, BLANK)


@given(st.text(), st.text())
def test_a_record_without_its_people_is_still_what_was_imprinted(salt: str, other: str) -> None:
    imprint = RECORD.imprint(f"salt {salt}")
    assert RECORD.is_as(imprint)
    purged = replace(imprint, salt=None, people=RECORD.people_digest(f"salt {salt}"))
    empty = replace(RECORD, values={**RECORD.values, **BLANK}, people=BLANK)
    assert empty.is_as(purged)
    assert not RECORD.is_as(purged), "what was taken away is not put there again"
    assert not replace(empty, values={**empty.values, "role": other}).is_as(purged)
    assert not empty.is_as(imprint)


def test_of_a_record_without_people_the_imprint_needs_no_salt() -> None:
    record = Written("figures:1", {"year": "2019-20"})
    assert record.imprint("a") == record.imprint("b")
    assert record.is_as(record.imprint("a"))


def test_what_was_imprinted_before_there_were_salts_is_still_itself() -> None:
    assert RECORD.is_as(Imprint(RECORD.record, sha256(record_text(RECORD.values))))
    assert not RECORD.is_as(Imprint(RECORD.record, sha256(record_text(BLANK))))


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
    known = record_text(values)
    assert known == record_text({**values, "later": None})
    assert known == record_text({**values, "at": AT.astimezone(timezone(timedelta(hours=1)))})
    assert known != record_text({**values, "later": ""})
