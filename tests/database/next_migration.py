"""A migration that comes after all there are: what the next change of tables will do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dispatch.database import schema

MIGRATIONS = Path(schema.__file__).with_name("migrations")
SCRIPT = """
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{head}"


def upgrade():
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("shelf", sa.String(), nullable=False, server_default="none"))
    op.execute("UPDATE delivery SET shelf = 'of ' || address")
"""


def add(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let dispatch find one more migration, which adds a column to `delivery` and fills it."""
    scripts = folder / "migrations"
    shutil.copytree(MIGRATIONS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions/next.py").write_text(SCRIPT.format(head=head()))
    monkeypatch.setattr(schema, "SCRIPTS", str(scripts))


def head() -> str:
    """Return the number of the last migration that there is."""
    return max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
