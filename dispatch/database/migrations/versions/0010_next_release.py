"""let a query find the letters in force by an index, and not by comparing each with all

Revision ID: 0010
Revises: 0009
Create Date: 2026-11-29 18:47:11.552859

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0010'
down_revision: Union[str, Sequence[str], None] = '0009'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_mailout_id'))
        batch_op.create_index('ix_letter_versions', ['mailout_id', 'authority_code', 'version', 'state'], unique=False)


def downgrade() -> None:
    """Downgrade schema."""
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index('ix_letter_versions')
        batch_op.create_index(batch_op.f('ix_letter_mailout_id'), ['mailout_id'], unique=False)
