"""tell what our own processes wrote, what was approved, and when each batch was sealed

Revision ID: 0011
Revises: 0010
Create Date: 2026-11-29 22:00:02.053371

"""
from secrets import token_hex
from typing import Sequence, Union

from alembic import op
from dispatch.database import codes
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0011'
down_revision: Union[str, Sequence[str], None] = '0010'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('known_key',
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('is_known_by', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_known_key'))
    )
    op.create_table('ledger_audit',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('wrong', sa.JSON(), nullable=False),
    sa.Column('held_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('told', sa.String(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mac', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_ledger_audit'))
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mac', sa.String(), nullable=True))

    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mac', sa.String(), nullable=True))

    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.add_column(sa.Column('approval_salt', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('approval_recipients', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('approval_index', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('approval_path', sa.JSON(), nullable=True))
    _salt_letters()

    with op.batch_alter_table('seal', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_in_tree', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('suggestion', schema=None) as batch_op:
        batch_op.add_column(sa.Column('first_by', sa.String(), nullable=True))
        batch_op.add_column(sa.Column('first_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('first_because', sa.String(), nullable=True))

    key = op.get_context().config.attributes["key"]
    codes.give_events(op.get_bind(), key)
    codes.give_deliveries(op.get_bind(), key)


def _salt_letters() -> None:
    """Give each letter that is made a salt of its own, as rendering gives one to a new letter."""
    letter = sa.table('letter', sa.column('id'), sa.column('digest'), sa.column('approval_salt'))
    ids = op.get_bind().scalars(sa.select(letter.c.id).where(letter.c.digest.is_not(None))).all()
    salted = sa.update(letter).where(letter.c.id == sa.bindparam('its_id'))
    salted = salted.values(approval_salt=sa.bindparam('its_salt'))
    if ids:
        salts = [{'its_id': each, 'its_salt': token_hex(16)} for each in ids]
        op.get_bind().execute(salted, salts)


def downgrade() -> None:
    """Downgrade schema."""
    with op.batch_alter_table('suggestion', schema=None) as batch_op:
        batch_op.drop_column('first_because')
        batch_op.drop_column('first_at')
        batch_op.drop_column('first_by')

    with op.batch_alter_table('seal', schema=None) as batch_op:
        batch_op.drop_column('is_in_tree')

    with op.batch_alter_table('letter', schema=None) as batch_op:
        batch_op.drop_column('approval_path')
        batch_op.drop_column('approval_index')
        batch_op.drop_column('approval_recipients')
        batch_op.drop_column('approval_salt')

    with op.batch_alter_table('event', schema=None) as batch_op:
        batch_op.drop_column('mac')

    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_column('mac')

    op.drop_table('ledger_audit')
    op.drop_table('known_key')
