"""new versions of letters

Revision ID: 0006
Revises: 0005
Create Date: 2026-11-23

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0006'
down_revision: Union[str, Sequence[str], None] = '0005'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    # Not in batches: SQLite would copy the table, and others point at it.
    op.add_column('letter', sa.Column('because', sa.String(), nullable=True))
    op.add_column('letter', sa.Column('approved_by', sa.String(), nullable=True))
    op.add_column('letter', sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('letter', sa.Column('approved_digest', sa.String(), nullable=True))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column('letter', 'approved_digest')
    op.drop_column('letter', 'approved_at')
    op.drop_column('letter', 'approved_by')
    op.drop_column('letter', 'because')
