"""let a query find the letters in force by an index, and keep the time

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
        batch_op.drop_index(batch_op.f('ix_letter_state'))
        batch_op.create_index('ix_letter_versions', ['mailout_id', 'authority_code', 'version', 'state'], unique=False)
        batch_op.create_index('ix_letter_wanted', ['attempts', 'authority_code'], unique=False, sqlite_where=sa.text("state = 'wanted'"), postgresql_where=sa.text("state = 'wanted'"))

    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_index('ix_delivery_due')
        batch_op.create_index('ix_delivery_address', ['address_key'], unique=False)
        batch_op.create_index('ix_delivery_authority', ['authority_code'], unique=False)
        batch_op.create_index('ix_delivery_held', ['lease_until'], unique=False, sqlite_where=sa.text("state IN ('claimed', 'offered')"), postgresql_where=sa.text("state IN ('claimed', 'offered')"))
        batch_op.create_index('ix_delivery_letter', ['letter_id'], unique=False)
        batch_op.create_index('ix_delivery_waiting', ['due_at', 'letter_id', 'id'], unique=False, sqlite_where=sa.text("state IN ('deferred', 'queued')"), postgresql_where=sa.text("state IN ('deferred', 'queued')"))
    # An hour of the plan may also be one at which staff are warned: a mailout may have both.
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_warning', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.drop_constraint(batch_op.f('uq_reminder_mailout_id'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_reminder_mailout_id'), ['mailout_id', 'slot_at', 'is_warning'])
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.alter_column('is_warning', server_default=None)
    op.create_table('timekeeping',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('elapsed', sa.Double(), nullable=False),
    sa.Column('boot', sa.String(), nullable=False),
    sa.Column('ahead', sa.Double(), nullable=False),
    sa.Column('held_for', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_timekeeping'))
    )

    op.create_table('mail_server',
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=True),
    sa.Column('troubled_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('troubled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('troubles', sa.Integer(), nullable=False),
    sa.Column('well_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('address', name=op.f('pk_mail_server'))
    )
    op.create_table('stop',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('mailout_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('verb', sa.String(), nullable=False),
    sa.Column('code', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('likeness', sa.String(), nullable=False),
    sa.Column('resumed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_about_council', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['mailout_id'], ['mailout.id'], name=op.f('fk_stop_mailout_id_mailout')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stop'))
    )
    with op.batch_alter_table('stop', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stop_mailout_id'), ['mailout_id'], unique=False)

    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.add_column(sa.Column('about_us', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    """Downgrade schema."""
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_column('about_us')
        batch_op.drop_index('ix_delivery_waiting')
        batch_op.drop_index('ix_delivery_letter')
        batch_op.drop_index('ix_delivery_held')
        batch_op.drop_index('ix_delivery_authority')
        batch_op.drop_index('ix_delivery_address')
        batch_op.create_index('ix_delivery_due', ['state', 'due_at'], unique=False)

    op.drop_table('stop')
    op.drop_table('mail_server')
    op.execute("DELETE FROM reminder WHERE is_warning")
    with op.batch_alter_table('reminder', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_reminder_mailout_id'), type_='unique')
        batch_op.drop_column('is_warning')
        batch_op.create_unique_constraint(batch_op.f('uq_reminder_mailout_id'), ['mailout_id', 'slot_at'])
    op.drop_table('timekeeping')
    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_index('ix_letter_wanted')
        batch_op.drop_index('ix_letter_versions')
        batch_op.create_index(batch_op.f('ix_letter_mailout_id'), ['mailout_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_state'), ['state'], unique=False)
