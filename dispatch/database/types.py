"""Our own column types: moments in UTC, and domain values as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from dispatch.domain.digest import plain

BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that the database counts up; SQLite does so only for the type INTEGER."""


class AwareDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Raises `ValueError` for a datetime without a zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        # SQLite drops the zone, and PostgreSQL may return another offset.
        return value and (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


class Frozen(TypeDecorator[Any]):
    """A frozen dataclass of the domain, stored as JSON and rebuilt when it is read.

    In PostgreSQL it is JSONB: reading a part of it takes a third of the time.
    """

    impl = JSON
    cache_ok = True

    def __init__(self, kind: type) -> None:
        super().__init__()
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)  # takes 5 ms to make

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            JSONB(none_as_null=True) if dialect.name == "postgresql" else JSON(none_as_null=True)
        )

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        return None if value is None else plain(value)

    def process_result_value(self, value: object, dialect: Dialect) -> object:
        return None if value is None else self._adapter.validate_python(value)
