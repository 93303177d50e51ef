"""rates and sending hours

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0002'
down_revision: Union[str, Sequence[str], None] = '0001'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('bucket',
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('tat', sa.DateTime(timezone=True), nullable=False),
    sa.Column('strikes', sa.Integer(), nullable=False),
    sa.Column('struck_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_bucket'))
    )
    op.create_table('exchanger',
    sa.Column('domain', sa.String(), nullable=False),
    sa.Column('hosts', sa.JSON(), nullable=False),
    sa.Column('looked_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('domain', name=op.f('pk_exchanger'))
    )
    # Not in batches: SQLite would copy the tables, and others point at them.
    op.drop_index('ix_attempt_envid', table_name='attempt')
    op.drop_column('delivery', 'last_reply')
    op.add_column('mailout', sa.Column('opens', sa.Time(), nullable=True))
    op.add_column('mailout', sa.Column('closes', sa.Time(), nullable=True))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column('mailout', 'closes')
    op.drop_column('mailout', 'opens')
    op.add_column('delivery', sa.Column('last_reply', sa.String(), nullable=True))
    op.create_index('ix_attempt_envid', 'attempt', ['envid'], unique=False)
    op.drop_table('exchanger')
    op.drop_table('bucket')
