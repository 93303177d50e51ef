"""What Alembic runs around each migration; `database.schema` passes the connection."""

from __future__ import annotations

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from dispatch.database.tables import Base
from dispatch.database.types import AwareDateTime, Frozen


def render(_kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write our own types as SQLAlchemy's, so that old migrations never import newer tables."""
    if isinstance(item, AwareDateTime):
        return "sa.DateTime(timezone=True)"
    return "sa.JSON()" if isinstance(item, Frozen) else False


def is_compared(name: str | None, kind: str, _: object) -> bool:
    """Leave out the indexes that only a migration makes: see `sql.authority_said`, `pdf_said`."""
    return not (kind == "index" and name in {"ix_event_authority", "ix_letter_pdf"})


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render,
    include_name=is_compared,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
