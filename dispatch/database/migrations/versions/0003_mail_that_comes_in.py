"""mail that comes in

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-23

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0003'
down_revision: Union[str, Sequence[str], None] = '0002'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('incoming_mail',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('unread', 'read', 'quarantined', name='mailstate', native_enum=False, length=32), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incoming_mail')),
    sa.UniqueConstraint('sha256', name=op.f('uq_incoming_mail_sha256'))
    )
    with op.batch_alter_table('incoming_mail', schema=None) as batch_op:
        batch_op.create_index('ix_incoming_mail_due', ['state', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_incoming_mail_received_at'), ['received_at'], unique=False)

    op.create_table('arrival',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('mail_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('folder', sa.String(), nullable=False),
    sa.Column('uidvalidity', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('uid', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('recipient', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['mail_id'], ['incoming_mail.id'], name=op.f('fk_arrival_mail_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_arrival'))
    )
    with op.batch_alter_table('arrival', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_arrival_mail_id'), ['mail_id'], unique=False)
        batch_op.create_index('ix_arrival_once', ['mail_id', 'source', 'folder', 'recipient'], unique=True, sqlite_where=sa.text('uid IS NULL'), postgresql_where=sa.text('uid IS NULL'))
        batch_op.create_index('ix_arrival_uid', ['folder', 'uidvalidity', 'uid'], unique=True)

    op.create_table('notice',
    sa.Column('mail_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('category', sa.Enum('bounce', 'delayed', 'delivered', 'autoreply', 'challenge', 'complaint', 'receipt', 'secure_portal', 'human', name='category', native_enum=False, length=32), nullable=False),
    sa.Column('notice', sa.JSON(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('concluded', sa.String(), nullable=True),
    sa.Column('delivery_id', sa.Uuid(), nullable=True),
    sa.Column('clue', sa.Enum('return_path', 'returned_message_id', 'answered', 'quoted_message_id', 'envelope_id', 'delivery_header', 'recipient', name='clue', native_enum=False, length=32), nullable=True),
    sa.Column('trust', sa.Enum('verified', 'unverified', 'wrong_token', name='trust', native_enum=False, length=32), nullable=True),
    sa.Column('action', sa.Enum('failed', 'delayed', 'delivered', 'relayed', 'expanded', name='action', native_enum=False, length=32), nullable=True),
    sa.Column('reason', sa.Enum('bad_address', 'disabled', 'mailbox_full', 'too_large', 'policy', 'spam_virus', 'network', 'system', 'unknown', name='reason', native_enum=False, length=32), nullable=True),
    sa.Column('status', sa.String(), nullable=True),
    sa.Column('is_hard', sa.Boolean(), nullable=False),
    sa.Column('is_about_us', sa.Boolean(), nullable=False),
    sa.Column('counts_against_address', sa.Boolean(), nullable=False),
    sa.Column('is_believed', sa.Boolean(), nullable=False),
    sa.Column('suppression_id', sa.Uuid(), nullable=True),
    sa.Column('confirmed_by', sa.String(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_because', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_notice_delivery_id')),
    sa.ForeignKeyConstraint(['mail_id'], ['incoming_mail.id'], name=op.f('fk_notice_mail_id')),
    sa.ForeignKeyConstraint(['suppression_id'], ['suppression.id'], name=op.f('fk_notice_suppression_id')),
    sa.PrimaryKeyConstraint('mail_id', name=op.f('pk_notice'))
    )
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_notice_category'), ['category'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_delivery_id'), ['delivery_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_notice_due_at'), ['due_at'], unique=False)

    op.create_table('suggestion',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('mail_id', sa.Uuid(), nullable=False),
    sa.Column('delivery_id', sa.Uuid(), nullable=False),
    sa.Column('address', sa.String(), nullable=False),
    sa.Column('address_key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sentence', sa.String(), nullable=False),
    sa.Column('state', sa.Enum('open', 'accepted', 'declined', 'withdrawn', name='suggestionstate', native_enum=False, length=32), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(), nullable=True),
    sa.Column('because', sa.String(), nullable=True),
    sa.Column('contact_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_suggestion_contact_id')),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_suggestion_delivery_id')),
    sa.ForeignKeyConstraint(['mail_id'], ['incoming_mail.id'], name=op.f('fk_suggestion_mail_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suggestion'))
    )
    with op.batch_alter_table('suggestion', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_suggestion_mail_id'), ['mail_id'], unique=False)
        batch_op.create_index('ix_suggestion_once', ['delivery_id', 'address_key'], unique=True)
        batch_op.create_index('ix_suggestion_state', ['state'], unique=False)



def downgrade() -> None:
    """Downgrade schema."""
    with op.batch_alter_table('suggestion', schema=None) as batch_op:
        batch_op.drop_index('ix_suggestion_state')
        batch_op.drop_index('ix_suggestion_once')
        batch_op.drop_index(batch_op.f('ix_suggestion_mail_id'))

    op.drop_table('suggestion')
    with op.batch_alter_table('notice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_notice_due_at'))
        batch_op.drop_index(batch_op.f('ix_notice_delivery_id'))
        batch_op.drop_index(batch_op.f('ix_notice_category'))

    op.drop_table('notice')
    with op.batch_alter_table('arrival', schema=None) as batch_op:
        batch_op.drop_index('ix_arrival_uid')
        batch_op.drop_index('ix_arrival_once', sqlite_where=sa.text('uid IS NULL'), postgresql_where=sa.text('uid IS NULL'))
        batch_op.drop_index(batch_op.f('ix_arrival_mail_id'))

    op.drop_table('arrival')
    with op.batch_alter_table('incoming_mail', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incoming_mail_received_at'))
        batch_op.drop_index('ix_incoming_mail_due')

    op.drop_table('incoming_mail')
