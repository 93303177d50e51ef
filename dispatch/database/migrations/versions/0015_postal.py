"""keep postal addresses, and which letters go by post

Revision ID: 0015
Revises: 0014
Create Date: 2026-11-30 12:34:33.640762

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0015'
down_revision: Union[str, Sequence[str], None] = '0014'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

IS_PRINTED = sa.text("state = 'printed'")


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('posting',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('mailout_id', sa.Uuid(), nullable=False),
    sa.Column('letter_id', sa.Uuid(), nullable=False),
    sa.Column('authority_code', sa.String(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('envelope', sa.String(), nullable=False),
    sa.Column('documents', sa.JSON(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('printed', 'posted', 'returned', 'withdrawn', name='postingstate', native_enum=False, length=32), nullable=False),
    sa.Column('state_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('mac', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['letter_id'], ['letter.id'], name=op.f('fk_posting_letter_id')),
    sa.ForeignKeyConstraint(['mailout_id'], ['mailout.id'], name=op.f('fk_posting_mailout_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posting'))
    )
    op.create_index('ix_posting_letter', 'posting', ['letter_id'], unique=False)
    op.create_index('ix_posting_mailout', 'posting', ['mailout_id', 'authority_code'], unique=False)
    op.create_index('ix_posting_printed', 'posting', ['letter_id'], unique=True, sqlite_where=IS_PRINTED, postgresql_where=IS_PRINTED)
    op.add_column('contact', sa.Column('postal_address', sa.String(), nullable=True))


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column('contact', 'postal_address')
    op.drop_table('posting')
