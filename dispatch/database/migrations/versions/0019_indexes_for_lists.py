"""find by indexes the letters that are not made, and what happened to every letter

Revision ID: 0019
Revises: 0018
Create Date: 2026-11-30 21:20:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '0019'
down_revision: Union[str, Sequence[str], None] = '0018'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

IS_NOT_MADE = sa.text("state != 'rendered'")
IS_OF_EVERY_LETTER = sa.text("action IN ('delivery.accepted', 'delivery.queued')")


def upgrade() -> None:
    """Upgrade schema."""
    op.create_index('ix_letter_not_made', 'letter', ['mailout_id', 'state', 'authority_code', 'version'], unique=False, sqlite_where=IS_NOT_MADE, postgresql_where=IS_NOT_MADE)
    op.create_index('ix_event_of_every_letter', 'event', ['action', 'at', 'id'], unique=False, sqlite_where=IS_OF_EVERY_LETTER, postgresql_where=IS_OF_EVERY_LETTER)


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_index('ix_event_of_every_letter', table_name='event')
    op.drop_index('ix_letter_not_made', table_name='letter')
