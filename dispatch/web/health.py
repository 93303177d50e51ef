"""Whether the pages are up, for those who watch over the service."""

from __future__ import annotations

from flask import Blueprint

from dispatch.database import DatabaseTrouble
from dispatch.database.schema import Age, age
from dispatch.domain.errors import DispatchError
from dispatch.web.access import office, open_to_all

health = Blueprint("health", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


@health.get("/healthz")
@open_to_all
def alive() -> tuple[str, int, dict[str, str]]:
    """Say that this process answers; nothing else is looked at."""
    return "ok\n", 200, PLAIN


@health.get("/readyz")
@open_to_all
def is_ready() -> tuple[str, int, dict[str, str]]:
    """Say whether pages can be shown: the database answers, and its tables are those of today."""
    try:
        with office().sessions.read() as session:
            is_current = age(session) is Age.CURRENT
    except (DatabaseTrouble, DispatchError):
        is_current = False
    return ("ready\n", 200, PLAIN) if is_current else ("not ready\n", 503, PLAIN)
