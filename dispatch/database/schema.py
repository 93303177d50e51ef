"""Say whether a database has had every migration, and run those it has not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from dispatch.database.engine import KEY
from dispatch.domain.errors import RuleBroken

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

    TOO_OLD = "too old"
    """It has had only migrations that are no longer known here: none begins where it stands."""


def age(session: Session) -> Age:
    """Return how the database compares with the migrations known here."""
    return age_of(session, MigrationContext.configure(session.connection()).get_current_revision())


def age_of(session: Session, revision: str | None) -> Age:
    """Return how tables at a revision compare with the migrations known here."""
    known = _known(session)
    if revision is None:
        return Age.EMPTY
    if revision == ScriptDirectory.from_config(_config(session)).get_current_head():
        return Age.CURRENT
    if revision in known:
        return Age.OLDER
    return Age.TOO_OLD if revision < known[0] else Age.NEWER


def _known(session: Session) -> list[str]:
    """Return the numbers of the migrations known here, of four digits each, the first one first."""
    script = ScriptDirectory.from_config(_config(session))
    return sorted(each.revision for each in script.walk_revisions())


def refuse_unknown(session: Session) -> None:
    """Raise `RuleBroken` if no migration known here begins or ends where the database stands."""
    found = age(session)
    if found is Age.NEWER:
        raise RuleBroken("the database was made by a newer dispatch: upgrade the program")
    if found is Age.TOO_OLD:
        raise RuleBroken(f"the database {too_old(session)}")


def too_old(session: Session) -> str:
    """Return what to say of tables that no migration known here begins from."""
    return (
        f"is older than this dispatch can upgrade, which begins at tables of number "
        f"{_known(session)[0]}: go on with the dispatch that made it, or run `dispatch db upgrade` "
        f"with one in between first"
    )


def upgrade(session: Session, to: str = "head") -> None:
    """Run every migration that the database has not had, up to `to`."""
    command.upgrade(_config(session), to)


def draft(session: Session, message: str, number: str) -> None:
    """Write the migration that brings the database to what `tables` says, for a developer."""
    with reflecting():
        command.revision(_config(session), message, autogenerate=True, rev_id=number)


def check(session: Session) -> None:
    """Raise if `tables` and the migrations describe different tables."""
    with reflecting():
        command.check(_config(session))


@contextmanager
def reflecting() -> Iterator[None]:
    """Pass over the warning that SQLAlchemy cannot read the index of `sql.authority_said`."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection")
        yield


def _config(session: Session) -> Config:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.attributes["connection"] = session.connection()
    config.attributes["key"] = session.info.get(KEY)
    return config
