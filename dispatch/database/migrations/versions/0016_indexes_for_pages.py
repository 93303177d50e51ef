"""find by indexes what the pages ask for

Revision ID: 0016
Revises: 0015
Create Date: 2026-11-30 12:50:00.000000

"""
from typing import Sequence, Union

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '0016'
down_revision: Union[str, Sequence[str], None] = '0015'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

IS_PURGED = sa.text("address = ''")
# As `sql.pdf_said` has it: an older release must go on finding the index by these words.
PDF_SAID = {
    'sqlite': "CASE WHEN json_valid(parts) THEN json_extract(parts, '$.pdf') END",
    'postgresql': "parts ->> 'pdf'",
}


def upgrade() -> None:
    """Upgrade schema."""
    op.create_index('ix_letter_asked', 'letter', ['mailout_id', 'asked_by'], unique=False)
    op.create_index('ix_delivery_purged', 'delivery', ['mailout_id'], unique=False, sqlite_where=IS_PURGED, postgresql_where=IS_PURGED)
    dialect = op.get_bind().dialect.name
    op.execute(f"CREATE INDEX ix_letter_pdf ON letter (({PDF_SAID[dialect]}))")
    if dialect == 'postgresql':
        _change_authority({'authority_code': 'text_pattern_ops'})


def downgrade() -> None:
    """Downgrade schema."""
    if op.get_bind().dialect.name == 'postgresql':
        _change_authority({})
    op.drop_index('ix_letter_pdf', table_name='letter')
    op.drop_index('ix_delivery_purged', table_name='delivery')
    op.drop_index('ix_letter_asked', table_name='letter')


def _change_authority(operators: dict[str, str]) -> None:
    """Make the indexes of authorities with other operators."""
    for table in ('letter', 'delivery'):
        op.drop_index(f'ix_{table}_authority', table_name=table)
        op.create_index(f'ix_{table}_authority', table, ['authority_code'], unique=False, postgresql_ops=operators)
