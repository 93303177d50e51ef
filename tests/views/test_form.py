from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.publishing.spreadsheet import from_csv
from dispatch.views.form import Moment, as_csv, as_data


@dataclass(frozen=True, slots=True)
class Seen:
    id: UUID
    state: DeliveryState
    at: Moment | None
    on: date
    words: tuple[str, ...] = ()


SEEN = Seen(
    UUID(int=7),
    DeliveryState.IN_DOUBT,
    datetime(2026, 7, 22, 9, 0, 0, 5, tzinfo=UTC),
    date(2026, 7, 22),
    ("one", "two"),
)


def test_a_view_is_told_field_by_field_in_the_order_of_its_class() -> None:
    assert list(as_data(SEEN).items()) == [
        ("id", "00000000-0000-0000-0000-000000000007"),
        ("state", "in_doubt"),
        ("at", "2026-07-22T09:00:00.000005+00:00"),
        ("on", "2026-07-22"),
        ("words", ["one", "two"]),
    ]


def test_views_in_a_list_are_told_each() -> None:
    empty = Seen(UUID(int=8), DeliveryState.QUEUED, None, date(2026, 7, 22))
    assert [each["at"] for each in as_data([SEEN, empty])] == [
        "2026-07-22T09:00:00.000005+00:00",
        None,
    ]


def test_a_field_is_a_column_and_a_moment_is_london_s() -> None:
    empty = Seen(UUID(int=8), DeliveryState.QUEUED, None, date(2026, 7, 22))
    first, second = from_csv(as_csv(Seen, [SEEN, empty]))
    assert list(first) == ["id", "state", "at", "on", "words"]
    assert first["at"] == "2026-07-22T10:00:00+01:00"
    assert second["at"] == ""
