"""work with the office's own mail

Revision ID: 0012
Revises: 0011
Create Date: 2026-11-30 02:00:00.000000

"""
import re
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

from dispatch.database.sql import authority_said


# revision identifiers, used by Alembic.
revision: str = '0012'
down_revision: Union[str, Sequence[str], None] = '0011'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

INDEXES = (
    ('ix_delivery_in_order', 'delivery', ['mailout_id', 'authority_code', 'role'], False, None),
    ('ix_delivery_replaces', 'delivery', ['replaces_id'], True, 'replaces_id IS NOT NULL'),
    ('ix_event_at', 'event', ['at', 'id'], False, None),
    ('ix_letter_authority', 'letter', ['authority_code'], False, None),
    ('ix_letter_later', 'letter', ['mailout_id', 'authority_code', 'version'], False, 'version > 1'),
)


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('held_connections',
    sa.Column('holder', sa.String(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('holder', name=op.f('pk_held_connections'))
    )
    op.create_table('sent_folder',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('held_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('trouble', sa.String(), nullable=True),
    sa.Column('troubled_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('troubles', sa.Integer(), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_sent_folder'))
    )
    op.create_table('sent_copy',
    sa.Column('delivery_id', sa.Uuid(), nullable=False),
    sa.Column('mailout_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('uidvalidity', sa.BigInteger(), nullable=True),
    sa.Column('uid', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_sent_copy_delivery_id')),
    sa.ForeignKeyConstraint(['mailout_id'], ['mailout.id'], name=op.f('fk_sent_copy_mailout_id')),
    sa.PrimaryKeyConstraint('delivery_id', name=op.f('pk_sent_copy'))
    )
    op.create_index(op.f('ix_sent_copy_mailout_id'), 'sent_copy', ['mailout_id'], unique=False)
    op.create_index('ix_attempt_ended', 'attempt', ['ended_at'])
    with op.batch_alter_table('mailout', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sending_days', sa.Enum('working', 'any', name='sendingdays', native_enum=False, length=32), server_default='any', nullable=False))
        batch_op.add_column(sa.Column('extra_holidays', sa.JSON(), server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('first_letters_minutes', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('first_since', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.add_column(sa.Column('sent_as', sa.String(), nullable=True))
    with op.batch_alter_table('notice') as batch_op:
        batch_op.add_column(sa.Column('dismissed_by', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('dismissed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('dismissed_because', sa.String(), nullable=True))
    with op.batch_alter_table('suggestion', schema=None) as batch_op:
        batch_op.alter_column('delivery_id', existing_type=sa.Uuid(), nullable=True)
        batch_op.add_column(sa.Column('question_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('asked_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('mailout_id', sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_suggestion_asked_id'), 'contact', ['asked_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_suggestion_mailout_id'), 'mailout', ['mailout_id'], ['id'])
        batch_op.create_index('ix_suggestion_asked', ['question_id', 'address_key'], unique=True)
    # The code of a letter may name a successor as well: SRY/ESU.
    for table in ("letter", "delivery"):
        _change_key(table, is_to_be=False)
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('signature', sa.String(), nullable=True))
    op.drop_index('ix_delivery_replaces', table_name='delivery')
    for name, table, columns, is_unique, where in INDEXES:
        condition = sa.text(where) if where else None
        op.create_index(name, table, columns, unique=is_unique, sqlite_where=condition, postgresql_where=condition)
    said = authority_said(op.get_bind().dialect.name)
    op.execute(f"CREATE INDEX ix_event_authority ON event (({said})) WHERE ({said}) IS NOT NULL")


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_index('ix_event_authority', table_name='event')
    for name, table, *_ in INDEXES:
        op.drop_index(name, table_name=table)
    op.create_index('ix_delivery_replaces', 'delivery', ['replaces_id'], unique=True)
    op.drop_table('held_connections')
    op.drop_table('sent_copy')
    op.drop_table('sent_folder')
    op.drop_index('ix_attempt_ended', table_name='attempt')
    with op.batch_alter_table('mailout', schema=None) as batch_op:
        batch_op.drop_column('first_since')
        batch_op.drop_column('first_letters_minutes')
        batch_op.drop_column('extra_holidays')
        batch_op.drop_column('sending_days')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_column('sent_as')
    for table in ("letter", "delivery"):
        _change_key(table, is_to_be=True)
    with op.batch_alter_table('attempt', schema=None) as batch_op:
        batch_op.drop_column('signature')
    op.execute(sa.text("DELETE FROM suggestion WHERE delivery_id IS NULL"))
    with op.batch_alter_table('suggestion', schema=None) as batch_op:
        batch_op.drop_index('ix_suggestion_asked')
        batch_op.drop_constraint(batch_op.f('fk_suggestion_mailout_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_suggestion_asked_id'), type_='foreignkey')
        batch_op.drop_column('mailout_id')
        batch_op.drop_column('asked_id')
        batch_op.drop_column('question_id')
        batch_op.alter_column('delivery_id', existing_type=sa.Uuid(), nullable=False)
    with op.batch_alter_table('notice') as batch_op:
        batch_op.drop_column('dismissed_because')
        batch_op.drop_column('dismissed_at')
        batch_op.drop_column('dismissed_by')


def _change_key(table: str, *, is_to_be: bool) -> None:
    """Take the foreign key from a letter's code to its authority away, or put it back."""
    name = f"fk_{table}_authority_code"
    if op.get_bind().dialect.name != "sqlite":
        if is_to_be:
            op.create_foreign_key(name, table, "authority", ["authority_code"], ["code"])
        else:
            op.drop_constraint(name, table, type_="foreignkey")
        return
    # A copy of the table, which is how Alembic does it, cannot take the place of one that others
    # refer to within a transaction. SQLite has a way for what changes no row: "ALTER TABLE", 7.
    clause = f"CONSTRAINT {name} FOREIGN KEY(authority_code) REFERENCES authority (code)"
    said = sa.text("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name")
    sql = op.get_bind().scalar(said, {"name": table})
    without = re.sub(rf",\s*{re.escape(clause)}", "", sql)
    changed = without.rstrip().removesuffix(")") + f", {clause})" if is_to_be else without
    op.execute("PRAGMA writable_schema=ON")
    change = sa.text("UPDATE sqlite_schema SET sql = :sql WHERE type = 'table' AND name = :name")
    op.get_bind().execute(change, {"sql": changed, "name": table})
    op.execute("PRAGMA writable_schema=RESET")  # which has it read anew
