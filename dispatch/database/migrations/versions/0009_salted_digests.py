"""salted digests

Revision ID: 0009
Revises: 0008
Create Date: 2026-11-24

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0009'
down_revision: Union[str, Sequence[str], None] = '0008'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    # What was sealed before stays as it was: without a salt, with all of it in the open.
    op.add_column('event', sa.Column('salt', sa.String(), nullable=True))
    op.add_column('imprint', sa.Column('salt', sa.String(), nullable=True))
    op.add_column('imprint', sa.Column('people', sa.String(), nullable=True))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column('imprint', 'people')
    op.drop_column('imprint', 'salt')
    op.drop_column('event', 'salt')
