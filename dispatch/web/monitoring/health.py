"""Whether the pages are up, and whether they can be used, for those who watch over the service."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, request

from dispatch import broker
from dispatch.app import App
from dispatch.database import DatabaseTrouble, key_of, keys
from dispatch.database.schema import Age, age
from dispatch.domain.errors import DispatchError
from dispatch.web.access import office, open_to_all

health = Blueprint("health", __name__)

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}

OK: Final = "ok"
BROKER_SECONDS: Final = 1.0


@health.get("/healthz")
@open_to_all
def alive() -> tuple[str, int, dict[str, str]]:
    """Say that this process answers; nothing else is looked at."""
    return f"{OK}\n", 200, PLAIN


@health.get("/readyz")
@open_to_all
def is_ready() -> tuple[str, int, dict[str, str]]:
    """Say whether all is there that this process needs, a line each, and what is not."""
    excluded = request.args.getlist("exclude")
    found = {name: look(office()) for name, look in CHECKS.items() if name not in excluded}
    is_well = all(said == OK for said in found.values())
    lines = [f"{name}: {said}" for name, said in found.items()]
    text = "\n".join(["ready" if is_well else "not ready", *lines, ""])
    return text, 200 if is_well else 503, PLAIN


def _database(app: App) -> str:
    try:
        with app.sessions.read() as session:
            age(session)
    except (DatabaseTrouble, DispatchError):
        return "it does not answer"
    return OK


def _tables(app: App) -> str:
    try:
        with app.sessions.read() as session:
            is_current = age(session) is Age.CURRENT
    except (DatabaseTrouble, DispatchError):
        return "not known"
    return OK if is_current else "not those of this version: see `dispatch db upgrade`"


def _key(app: App) -> str:
    try:
        with app.sessions.read() as session:
            is_it = keys.is_written_with(session, key_of(session))
    except (DatabaseTrouble, LookupError):
        return "not known"
    return OK if is_it else "not the one that the database was written with: see `dispatch doctor`"


def _broker(app: App) -> str:
    url = app.settings.redis_url.get_secret_value()
    return "it does not answer" if url and broker.trouble_with(url, BROKER_SECONDS) else OK


CHECKS: Final[Mapping[str, Callable[[App], str]]] = {
    "database": _database,
    "tables": _tables,
    "key": _key,
    "broker": _broker,
}
"""What is looked at, by the name that `?exclude=` leaves it out by. Pages need all but the broker,
which workers are woken by."""
