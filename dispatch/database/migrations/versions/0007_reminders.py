"""reminders

Revision ID: 0007
Revises: 0006
Create Date: 2026-11-23

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0007'
down_revision: Union[str, Sequence[str], None] = '0006'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('reminder',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('mailout_id', sa.Uuid(), nullable=False),
    sa.Column('slot_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Enum('unreached', 'all_reached', name='reminderkind', native_enum=False, length=32), nullable=False),
    sa.Column('unreached', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('offered', 'accepted', 'deferred', 'refused', 'in_doubt', 'unsent', name='reminderstate', native_enum=False, length=32), nullable=False),
    sa.Column('remark', sa.String(), nullable=True),
    sa.Column('verdicts', sa.JSON(), nullable=False),
    sa.Column('replies', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['mailout_id'], ['mailout.id'], name=op.f('fk_reminder_mailout_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder')),
    sa.UniqueConstraint('mailout_id', 'slot_at', name=op.f('uq_reminder_mailout_id'))
    )


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table('reminder')
