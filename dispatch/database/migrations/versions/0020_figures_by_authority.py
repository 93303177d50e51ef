"""find by an index the figures of an authority, those that were corrected too

Revision ID: 0020
Revises: 0019
Create Date: 2026-12-01 03:20:00.000000

"""
from typing import Sequence, Union

from alembic import op

# revision identifiers, used by Alembic.
revision: str = '0020'
down_revision: Union[str, Sequence[str], None] = '0019'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_index('ix_figures_authority', 'figures', ['authority_code'], unique=False)


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_index('ix_figures_authority', table_name='figures')
