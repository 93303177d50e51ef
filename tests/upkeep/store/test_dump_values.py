from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Time,
    Uuid,
)
from sqlalchemy.types import TypeEngine

from dispatch.upkeep.store import dump

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=1))])
VALUES: list[tuple[TypeEngine[Any], st.SearchStrategy[Any]]] = [
    (Uuid(), st.uuids()),
    (LargeBinary(), st.binary()),
    (DateTime(timezone=True), st.datetimes(datetime(1900, 1, 2), timezones=ZONES)),  # noqa: DTZ001 - as Hypothesis has it
    (Date(), st.dates()),
    (Time(), st.times()),
    (String(), st.text()),
    (Integer(), st.integers(-(2**63), 2**63 - 1)),
    (Boolean(), st.booleans()),
    (JSON(), st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text()))),
]


@given(st.one_of([st.tuples(st.just(kind), values | st.none()) for kind, values in VALUES]))
def test_whatever_a_column_holds_comes_back_from_json(each: tuple[TypeEngine[Any], Any]) -> None:
    kind, value = each
    assert dump.read_value(kind, json.loads(json.dumps(dump.spelled(value)))) == value


def test_a_value_is_spelled_alike_however_a_database_gives_it() -> None:
    at = datetime(2020, 7, 22, 8, tzinfo=UTC)
    id_ = uuid4()
    assert dump.spelled(at.replace(tzinfo=None)) == dump.spelled(at)
    assert dump.spelled(at.astimezone(timezone(timedelta(hours=1)))) == dump.spelled(at)
    assert dump.spelled(id_) == id_.hex
    assert dump.spelled(memoryview(b"%PDF")) == dump.spelled(b"%PDF")
    assert dump.spelled(date(2020, 7, 22)) == "2020-07-22"
    assert dump.spelled(time(9)) == "09:00:00"
