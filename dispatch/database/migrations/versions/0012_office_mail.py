"""work with the office's own mail

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-30 02:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0012'
down_revision: Union[str, Sequence[str], None] = '0011'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('held_connections',
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('holder', name=op.f('pk_held_connections'))
    )
    op.create_index('ix_attempt_ended', 'attempt', ['ended_at'])


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table('held_connections')
    op.drop_index('ix_attempt_ended', table_name='attempt')
