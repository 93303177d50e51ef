"""The form in which a view leaves for a program: plain data, by the types of its fields."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import PlainSerializer, TypeAdapter

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
