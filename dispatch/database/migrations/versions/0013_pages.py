"""serve the office's pages

Revision ID: 0013
Revises: 0012
Create Date: 2026-11-30 05:20:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import postgresql


# revision identifiers, used by Alembic.
revision: str = '0013'
down_revision: Union[str, Sequence[str], None] = '0012'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None


def upgrade() -> None:
    """Upgrade schema."""
    _add_staged_files()
    op.create_table('job',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('upload', 'check_pdfs', 'read_file', 'take_in', 'examine', 'verify', name='jobkind', native_enum=False, length=32), nullable=False),
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
    _add_people()

    op.create_table('document_check',
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('checker', sa.String(), nullable=False),
    sa.Column('failures', sa.JSON(), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('mac', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_document_check'))
    )
    op.create_table('seen_letter',
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('person', 'digest', name=op.f('pk_seen_letter'))
    )
    op.add_column('mailout', sa.Column('rendered_digest', sa.String(), nullable=True))
    op.add_column('mailout', sa.Column('numbers', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True))
    op.add_column('letter', sa.Column('group_name', sa.String(), nullable=True))
    op.add_column('letter', sa.Column('plainness', sa.Integer(), server_default='0', nullable=False))
    op.add_column('letter', sa.Column('oddities', sa.JSON(), server_default='[]', nullable=False))
    op.add_column('letter', sa.Column('branches', sa.String(), nullable=True))
    group = (
        "draft #>> '{content,group}'"
        if op.get_bind().dialect.name == 'postgresql'
        else "json_extract(draft, '$.content.group')"
    )
    op.execute(f"UPDATE letter SET group_name = {group}")
    op.create_index('ix_letter_oddest', 'letter', ['mailout_id', 'plainness', 'authority_code'])
    op.create_index('ix_letter_group', 'letter', ['mailout_id', 'group_name', 'digest'])


    op.create_table('audit_search',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('wanted', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_search'))
    )
    op.drop_index('ix_letter_later', table_name='letter')
    op.create_index('ix_letter_later', 'letter', ['mailout_id', 'authority_code', 'version', 'state'], sqlite_where=sa.text('version > 1'), postgresql_where=sa.text('version > 1'))
    for name, column, where in FEW:
        condition = sa.text(where[op.get_bind().dialect.name == 'postgresql'])
        op.create_index(name, 'notice', [column], sqlite_where=condition, postgresql_where=condition)
    for name, columns, where in SELDOM:
        op.create_index(name, 'event', columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


FEW = (
    ('ix_notice_unbelieved', 'delivery_id', ('is_believed = 0', 'NOT is_believed')),
    ('ix_notice_about_us', 'delivery_id', ('is_about_us = 1', 'is_about_us')),
    ('ix_notice_delayed', 'delivery_id', ("action = 'delayed'", "action = 'delayed'")),
)
SELDOM = (
    ('ix_event_person', ['actor'], "actor NOT IN ('clock', 'web', 'worker')"),
    ('ix_event_kind', ['action', 'at', 'id'], "action NOT IN ('delivery.accepted', 'delivery.queued')"),
)


def downgrade() -> None:
    """Downgrade schema."""
    _drop_people()
    _drop_staged_files()
    for name, *_ in SELDOM:
        op.drop_index(name, table_name='event')
    for name, *_ in FEW:
        op.drop_index(name, table_name='notice')
    op.drop_index('ix_letter_later', table_name='letter')
    op.create_index('ix_letter_later', 'letter', ['mailout_id', 'authority_code', 'version'], sqlite_where=sa.text('version > 1'), postgresql_where=sa.text('version > 1'))
    op.drop_table('audit_search')
    op.drop_index('ix_letter_group', table_name='letter')
    op.drop_index('ix_letter_oddest', table_name='letter')
    for column in ('branches', 'oddities', 'plainness', 'group_name'):
        op.drop_column('letter', column)
    for column in ('numbers', 'rendered_digest'):
        op.drop_column('mailout', column)
    op.drop_table('seen_letter')
    op.drop_table('document_check')
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


def _add_staged_files() -> None:
    """Add the tables of files that came in by a page and are not taken in yet."""
    op.create_table('staged_file',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('is_complete', sa.Boolean(), nullable=False),
    sa.Column('ignores_unknown', sa.Boolean(), nullable=False),
    sa.Column('although', sa.String(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('staged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('staged_by', sa.String(), nullable=False),
    sa.Column('state', sa.Enum('unread', 'faulty', 'read', 'taken_in', 'aside', name='stagedstate', native_enum=False, length=32), nullable=False),
    sa.Column('reading', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=True),
    sa.Column('difference', sa.String(), nullable=True),
    sa.Column('mac', sa.String(), nullable=True),
    sa.Column('taken_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_in_by', sa.String(), nullable=True),
    sa.Column('source_file_id', sa.Uuid(), nullable=True),
    sa.Column('mailout', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['source_file_id'], ['source_file.id'], name=op.f('fk_staged_file_source_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staged_file'))
    )
    op.create_index(op.f('ix_staged_file_sha256'), 'staged_file', ['sha256'], unique=False)
    op.create_index(op.f('ix_staged_file_mailout'), 'staged_file', ['mailout'], unique=False)
    op.create_index(op.f('ix_staged_file_state'), 'staged_file', ['state'], unique=False)
    op.create_index('ix_staged_file_staged_at', 'staged_file', ['staged_at', 'id'], unique=False)
    op.create_table('staged_line',
    sa.Column('staged_file_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Enum('fault', 'changed', 'ended', 'new', name='linekind', native_enum=False, length=32), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('mac', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['staged_file_id'], ['staged_file.id'], name=op.f('fk_staged_line_staged_file_id')),
    sa.PrimaryKeyConstraint('staged_file_id', 'place', name=op.f('pk_staged_line'))
    )


def _drop_staged_files() -> None:
    op.drop_table('staged_line')
    op.drop_table('staged_file')


def _add_people() -> None:
    """Make the tables of who may sign in."""
    op.create_table('account',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('role', sa.Enum('viewer', 'editor', 'approver', 'admin', name='accountrole', native_enum=False, length=32), nullable=False),
    sa.Column('other_names', sa.JSON(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('password_hash', sa.String(), nullable=True),
    sa.Column('code_seed', sa.String(), nullable=True),
    sa.Column('recovery_hashes', sa.JSON(), nullable=False),
    sa.Column('issuer', sa.String(), nullable=True),
    sa.Column('subject', sa.String(), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('wait_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account'))
    )
    op.create_table('invitation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(), nullable=False),
    sa.Column('code_seed', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mac', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_invitation_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invitation')),
    sa.UniqueConstraint('code', name=op.f('uq_invitation_code'))
    )
    op.create_index(op.f('ix_invitation_account_id'), 'invitation', ['account_id'], unique=False)
    op.create_table('visit',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=True),
    sa.Column('entered_as', sa.String(), nullable=False),
    sa.Column('how', sa.String(), nullable=True),
    sa.Column('browser', sa.String(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('kept', sa.JSON(), nullable=False),
    sa.Column('mac', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_visit_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit')),
    sa.UniqueConstraint('digest', name=op.f('uq_visit_digest'))
    )
    op.create_index(op.f('ix_visit_account_id'), 'visit', ['account_id'], unique=False)
    op.create_index(op.f('ix_visit_began_at'), 'visit', ['began_at'], unique=False)
    op.create_table('api_token',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mac', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_api_token_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('digest', name=op.f('uq_api_token_digest'))
    )
    op.create_index(op.f('ix_api_token_account_id'), 'api_token', ['account_id'], unique=False)
    made = sa.text("action = 'account.made'")
    op.create_index('ix_event_account_made', 'event', ['subject'], sqlite_where=made, postgresql_where=made)


def _drop_people() -> None:
    """Take those tables away."""
    op.drop_index('ix_event_account_made', table_name='event')
    for table in ('api_token', 'visit', 'invitation', 'account'):
        op.drop_table(table)
