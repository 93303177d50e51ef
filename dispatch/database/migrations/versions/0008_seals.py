"""seals

Revision ID: 0008
Revises: 0007
Create Date: 2026-11-23

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0008'
down_revision: Union[str, Sequence[str], None] = '0007'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


BIG = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Upgrade schema."""
    # Not in batches: SQLite would copy the table of events. So what is unique is an index.
    op.add_column('event', sa.Column('place', BIG, nullable=True))
    op.add_column('event', sa.Column('hash', sa.String(), nullable=True))
    op.create_index('ix_event_place', 'event', ['place'], unique=True)
    op.create_table(
        'imprint',
        sa.Column('place', BIG, autoincrement=False, nullable=False),
        sa.Column('record', sa.String(), nullable=False),
        sa.Column('digest', sa.String(), nullable=False),
        sa.PrimaryKeyConstraint('place', name=op.f('pk_imprint')),
    )
    op.create_index(op.f('ix_imprint_record'), 'imprint', ['record'])
    op.create_table(
        'seal',
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('size', BIG, nullable=False),
        sa.Column('events', sa.Integer(), nullable=False),
        sa.Column('root', sa.String(), nullable=False),
        sa.Column('previous', sa.String(), nullable=False),
        sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('is_caught_up', sa.Boolean(), nullable=False),
        sa.Column('hash', sa.String(), nullable=False),
        sa.Column('edge', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_seal')),
    )


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table('seal')
    op.drop_table('imprint')
    op.drop_index('ix_event_place', table_name='event')
    op.drop_column('event', 'hash')
    op.drop_column('event', 'place')
