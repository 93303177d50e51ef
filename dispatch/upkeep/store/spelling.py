"""Values of any column in plain JSON: spelled alike, whichever database they come from."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Date, DateTime, LargeBinary, Time, Uuid
from sqlalchemy.types import TypeEngine


def spelled(value: object) -> object:
    """Return a value as a database gave it in plain JSON; moments in UTC."""
    match value:
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
        case UUID():
            return value.hex
        case datetime():
            aware = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
            return aware.isoformat()
        case date() | time():
            return value.isoformat()
        case _:
            return value


def read(kind: TypeEngine[Any], value: Any) -> object:  # noqa: ANN401 - of plain JSON
    """Return a value in plain JSON as a column of this kind takes it."""
    readers = (reader for types, reader in READERS.items() if isinstance(kind, types))
    reader = None if value is None else next(readers, None)
    return reader(value) if reader else value


READERS: Final[Mapping[type[TypeEngine[Any]], Callable[[str], object]]] = {
    Uuid: UUID,
    LargeBinary: base64.b64decode,
    DateTime: datetime.fromisoformat,
    Date: date.fromisoformat,
    Time: time.fromisoformat,
}
