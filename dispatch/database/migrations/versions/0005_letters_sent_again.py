"""letters sent again

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-23

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0005'
down_revision: Union[str, Sequence[str], None] = '0004'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    # Not in batches: SQLite would copy the table, and others point at it.
    op.add_column('delivery', sa.Column('mail', sa.String(), nullable=True))
    op.create_index('ix_delivery_replaces', 'delivery', ['replaces_id'], unique=True)


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_index('ix_delivery_replaces', table_name='delivery')
    op.drop_column('delivery', 'mail')
