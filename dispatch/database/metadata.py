"""What all tables share: typed constructors, column types, names of constraints."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, cast

from sqlalchemy import JSON, MetaData, Table
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from dispatch.database.types import AwareDateTime, Frozen
from dispatch.domain.letter import Draft
from dispatch.domain.letters.numbers import Numbers
from dispatch.domain.mailout import Plan


class Base(MappedAsDataclass, DeclarativeBase):
    """Base of all tables. Enums are stored as their values, which are words."""

    metadata = MetaData(
        # Every constraint has a name, so that a later migration can change it.
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: AwareDateTime,
        dict[str, str]: JSON,
        dict[str, int]: JSON,
        list[str]: JSON,
        Plan: Frozen(Plan),
        Draft: Frozen(Draft),
        Numbers: Frozen(Numbers),
        Enum: EnumColumn(
            Enum,
            values_callable=lambda members: [member.value for member in members],
            native_enum=False,
            length=32,
        ),
    }


def table_of(model: type[Base]) -> Table:
    """Return the table of a class, for statements in Core, faster than the ORM's."""
    return cast("Table", model.__table__)
