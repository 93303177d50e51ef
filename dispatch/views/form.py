"""The form in which a view leaves for a program: JSON or CSV, by the fields of its class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

from pydantic import PlainSerializer, TypeAdapter

from dispatch.domain import calendar
from dispatch.domain.publishing.spreadsheet import MARK, csv_lines
from dispatch.domain.wording.characters import visible

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

Moment = Annotated[datetime, PlainSerializer(datetime.isoformat, return_type=str)]
"""A moment in a view: ISO 8601 with its offset, as `2026-07-22T09:00:00+00:00`."""


def as_data(view: object) -> Any:  # noqa: ANN401 - JSON is any of these
    """Return a view, or a list of views, as JSON values: a field each, in the order of its class.

    A view is a dataclass. Its moments are of type `Moment`; enums are told by their values.
    """
    if isinstance(view, list | tuple):
        return [as_data(each) for each in view]
    kind = type(view)
    if kind not in ADAPTERS:
        ADAPTERS[kind] = TypeAdapter(kind)
    return ADAPTERS[kind].dump_python(view, mode="json", by_alias=True)


ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {}
"""By type, since making one takes far longer than using it."""


def as_csv(kind: type[T], rows: Iterable[T]) -> bytes:
    """Return views of one class as CSV: a column for each field, in the order of the class.

    It is for people, and begins with the mark that Excel needs. Moments are as London's clocks show
    them, with their offset; what is None is empty. What strangers wrote is shown as it is.
    """
    return b"".join(csv_of(kind, rows))


def csv_of(kind: type[T], rows: Iterable[T]) -> Iterator[bytes]:
    """Yield what `as_csv` returns, row by row."""
    columns = [field.name for field in fields(kind)]
    cells = ({name: _cell(getattr(row, name)) for name in columns} for row in rows)
    yield MARK
    yield from csv_lines(columns, cells)


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return calendar.local(value).isoformat(timespec="seconds")
        case _:
            return visible(str(value))
