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
    # An hour of the plan may also be one at which staff are warned: a mailout may have both.
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_warning', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_constraint(batch_op.f('uq_reminder_mailout_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_reminder_mailout_id'), ['mailout_id', 'slot_at', 'is_warning'])
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.alter_column('is_warning', server_default=None)


def downgrade() -> None:
    """Downgrade schema."""
    op.execute("DELETE FROM reminder WHERE is_warning")
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_reminder_mailout_id'), type_='unique')
        batch_op.drop_column('is_warning')
        batch_op.create_unique_constraint(batch_op.f('uq_reminder_mailout_id'), ['mailout_id', 'slot_at'])
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index('ix_letter_versions')
        batch_op.create_index(batch_op.f('ix_letter_mailout_id'), ['mailout_id'], unique=False)
