"""say how far the work is that goes through all letters of a mailout

Revision ID: 0018
Revises: 0017
Create Date: 2026-11-30 17:00:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '0018'
down_revision: Union[str, Sequence[str], None] = '0017'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    with op.batch_alter_table('mailout', schema=None) as batch_op:
        batch_op.add_column(sa.Column('under_way', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Downgrade schema."""
    with op.batch_alter_table('mailout', schema=None) as batch_op:
        batch_op.drop_column('lease_until')
        batch_op.drop_column('under_way')
