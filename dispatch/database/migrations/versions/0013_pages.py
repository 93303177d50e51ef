"""serve the office's pages

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-30 05:20:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision: str = '0013'
down_revision: Union[str, Sequence[str], None] = '0012'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    op.create_table('job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('upload', 'verify', name='jobkind', native_enum=False, length=32), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.Column('terms', sa.JSON(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('keyboard', sa.String(), nullable=False),
    sa.Column('because', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('mac', sa.String(), nullable=False),
    sa.Column('token', sa.Integer(), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('of', sa.Integer(), nullable=False),
    sa.Column('result', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('error', sa.String(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('result_mac', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job'))
    )
    op.create_index('ix_job_open', 'job', ['kind', 'subject'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('ix_job_last', 'job', ['kind', 'subject', 'asked_at'])
    op.add_column('authority', sa.Column('former_names', sa.JSON(), server_default='[]', nullable=False))
    _keep_former_names()


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_table('job')
    op.drop_column('authority', 'former_names')


def _keep_former_names() -> None:
    """Take what authorities were called before from the events of the imports that changed it."""
    event = sa.table('event', sa.column('id'), sa.column('action'), sa.column('subject'), sa.column('detail', sa.JSON()))
    changed = sa.select(event.c.subject, event.c.detail).where(event.c.action == 'authority.changed').order_by(event.c.id)
    former: dict[str, list[str]] = {}
    for subject, detail in op.get_bind().execute(changed):
        for field in ('name', 'official_name'):
            before, arrow, _ = str(detail.get(field, '')).partition(' -> ')
            known = former.setdefault(subject.partition(':')[2], [])
            if arrow and before not in known:
                known.append(before)
    authority = sa.table('authority', sa.column('code'), sa.column('former_names', sa.JSON()))
    for code, names in former.items():
        if names:
            op.execute(sa.update(authority).where(authority.c.code == code).values(former_names=names))
