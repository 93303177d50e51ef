"""The form in which a view leaves for a program: JSON or CSV, by the fields of its class."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar, get_args, get_type_hints

from pydantic import PlainSerializer, TypeAdapter

from dispatch.domain import calendar
from dispatch.domain.publishing.spreadsheet import MARK, csv_lines
from dispatch.domain.wording.characters import escaped, visible

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
    """Return views of one class as CSV: a column for each key of their JSON, in the same order.

    It is for people, and begins with the mark that Excel needs. Moments are as London's clocks show
    them, with their offset; what is None is empty; several texts are joined by semicolons, and what
    has parts of its own is JSON in its cell. What strangers wrote is shown as it is.
    """
    return b"".join(csv_of(kind, rows))


def csv_of(kind: type[T], rows: Iterable[T]) -> Iterator[bytes]:
    """Yield what `as_csv` returns, row by row."""
    columns = keys_of(kind)
    cells = (_cells(columns, row) for row in rows)
    yield MARK
    yield from csv_lines(list(columns), cells)


def keys_of(kind: type[DataclassInstance]) -> dict[str, str]:
    """Return the keys of a view's JSON, each with the name of its field."""
    hints = get_type_hints(kind, include_extras=True)
    return {_key(field.name, hints[field.name]): field.name for field in fields(kind)}


def _key(name: str, hint: object) -> str:
    aliases = (getattr(each, "serialization_alias", None) for each in get_args(hint))
    return next(filter(None, aliases), name)


def _cells(columns: Mapping[str, str], row: DataclassInstance) -> dict[str, str]:
    data = as_data(row)
    return {key: _cell(getattr(row, name), data[key]) for key, name in columns.items()}


def _cell(value: object, data: object) -> str:
    match data:
        case None:
            return ""
        case bool():
            return "true" if data else "false"
        case list() if all(isinstance(each, str | int | float) for each in data):
            return visible("; ".join(map(str, data)))
        case dict() | list():
            return escaped(json.dumps(data, ensure_ascii=False))
    return _moment(value) or visible(str(data))


def _moment(value: object) -> str:
    if not isinstance(value, datetime):
        return ""
    return calendar.local(value).isoformat(timespec="seconds")
