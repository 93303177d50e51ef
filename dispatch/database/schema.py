"""Bringing a database up to date, and saying whether it is."""

from __future__ import annotations

from enum import Enum

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session


class Age(Enum):
    """How a database's tables stand to the migrations that this version of dispatch knows."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"
    """It had a migration that is not known here: another version of dispatch made it."""


def age(session: Session) -> Age:
    """Return how the database stands to the migrations known here."""
    script = ScriptDirectory.from_config(_config(session))
    revision = MigrationContext.configure(session.connection()).get_current_revision()
    if revision is None:
        return Age.EMPTY
    if revision == script.get_current_head():
        return Age.CURRENT
    known = {each.revision for each in script.walk_revisions()}
    return Age.OLDER if revision in known else Age.NEWER


def upgrade(session: Session, to: str = "head") -> None:
    """Run every migration that the database has not had."""
    command.upgrade(_config(session), to)


def draft(session: Session, message: str, number: str) -> None:
    """Write the migration that takes the database to what `models` says."""
    command.revision(_config(session), message, autogenerate=True, rev_id=number)


def check(session: Session) -> None:
    """Fail if `models` and the migrations do not say the same."""
    command.check(_config(session))


def _config(session: Session) -> Config:
    config = Config()
    config.set_main_option("script_location", "dispatch.database:migrations")
    config.attributes["connection"] = session.connection()
    return config
