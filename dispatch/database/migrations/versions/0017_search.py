"""keep the words by which an authority is looked for, and whose a spreadsheet is

Revision ID: 0017
Revises: 0016
Create Date: 2026-11-30 17:00:00.000000

"""
import json
import re
from typing import Sequence, Union
import unicodedata

from alembic import op
import sqlalchemy as sa

# revision identifiers, used by Alembic.
revision: str = '0017'
down_revision: Union[str, Sequence[str], None] = '0016'
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None

AT_ONCE = 1000


def upgrade() -> None:
    """Upgrade schema."""
    op.add_column('staged_file', sa.Column('authority_code', sa.String(), nullable=True))
    op.add_column('authority', sa.Column('searched', sa.String(), nullable=False, server_default=''))
    rows = op.get_bind().execute(sa.text('SELECT code, name, official_name, former_names FROM authority')).all()
    setting = sa.text('UPDATE authority SET searched = :searched WHERE code = :code')
    for start in range(0, len(rows), AT_ONCE):
        op.get_bind().execute(setting, [
            {'code': code, 'searched': f"{_spelt([name, official])}={_spelt(_list(former))}"}
            for code, name, official, former in rows[start : start + AT_ONCE]
        ])


def downgrade() -> None:
    """Downgrade schema."""
    op.drop_column('authority', 'searched')
    op.drop_column('staged_file', 'authority_code')


def _list(value: Union[str, list[str]]) -> list[str]:
    """Return a list: SQLite has it as the text of its JSON."""
    return json.loads(value) if isinstance(value, str) else value


# As `domain.register.search` had it at this migration.


def _spelt(names: list[str]) -> str:
    return ''.join(f"| {' '.join(_words(each))} " for each in names)


def _words(name: str) -> list[str]:
    apart = unicodedata.normalize('NFKD', name).casefold().replace('&', ' and ')
    plain = ''.join(each for each in apart if not unicodedata.combining(each))
    found = re.findall(r'[^\W_]+', re.sub(r"['\u2018\u2019\u02bc]", '', plain))
    found = ['st' if each == 'saint' else each for each in found]
    return [each for each in found if each not in {'and', 'of', 'the'}] or found
