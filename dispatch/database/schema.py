"""Say whether a database has had every migration, and run those it has not."""

from __future__ import annotations

from enum import Enum

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

SCRIPTS = "dispatch.database:migrations"
"""Where the migrations are."""


class Age(Enum):
    """How a database compares with the migrations that this version of dispatch knows."""

    EMPTY = "empty"
    """It has had no migration."""

    OLDER = "older"
    """It has had some of them: `upgrade` runs the rest."""

    CURRENT = "current"
    """It has had them all."""

    NEWER = "newer"
    """It has had a migration that is not known here: a newer version of dispatch made it."""


def age(session: Session) -> Age:
    """Return how the database compares with the migrations known here."""
    script = ScriptDirectory.from_config(_config(session))
    revision = MigrationContext.configure(session.connection()).get_current_revision()
    if revision is None:
        return Age.EMPTY
    if revision == script.get_current_head():
        return Age.CURRENT
    known = {each.revision for each in script.walk_revisions()}
    return Age.OLDER if revision in known else Age.NEWER


def upgrade(session: Session, to: str = "head") -> None:
    """Run every migration that the database has not had, up to `to`."""
    command.upgrade(_config(session), to)


def draft(session: Session, message: str, number: str) -> None:
    """Write the migration that brings the database to what `tables` says, for a developer."""
    command.revision(_config(session), message, autogenerate=True, rev_id=number)


def check(session: Session) -> None:
    """Raise if `tables` and the migrations describe different tables."""
    command.check(_config(session))


def _config(session: Session) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes["connection"] = session.connection()
    return config
