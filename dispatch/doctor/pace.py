"""Whether the letters fit between release and not-after time, within the hours, at the rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.doctor import store
from dispatch.doctor.database import has_tables
from dispatch.domain.doctor.finding import Finding, fine, look, stops
from dispatch.domain.errors import NotFound
from dispatch.domain.mailout import SENDING_OVER
from dispatch.domain.sending.forecast import Slowest
from dispatch.domain.sending.pace import limits_what
from dispatch.domain.wording.counts import counted
from dispatch.mailouts.store import mailout_named, mailouts
from dispatch.tracking.forecast import forecast_of
from dispatch.views.ages import lasting

CLOSE: Final = 0.5
"""The share of the time from which on there is little left for letters that must be tried again."""


def find(app: App, name: str | None) -> Iterator[Finding]:
    """Yield for the mailout named, or for each that is not over, whether its letters fit."""
    with suppress(NotFound), app.sessions.read() as session:  # the check of the recipients tells
        if not has_tables(session):
            return
        rows = [mailout_named(session, name)] if name else mailouts(session)
        for row in rows:
            if row.state not in SENDING_OVER:
                domains = store.domains(session, row)
                yield _fits(app, session, row, domains)
                yield from _day(app, row, domains.total())


def _fits(app: App, session: Session, mailout: Mailout, domains: Counter[str]) -> Finding:
    found = forecast_of(session, mailout, app.settings.rates, domains=domains, now=app.clock())
    return verdict(mailout.name, found.letters, found.slowest, found.there_is)


def _day(app: App, mailout: Mailout, letters: int) -> Iterator[Finding]:
    """Yield if the mail provider takes fewer letters in a day than there are."""
    provider = app.settings.limits.provider
    if provider and provider.a_day and letters > provider.a_day:
        yield look(
            "pace.day",
            f"{mailout.name}: {letters:,} letters, and {provider.title} takes "
            f"{provider.a_day:,} a day.",
            "The mailout would pause itself when the day's quota is used up.",
            "Send over several days, or by another way; see docs/running/mail-out.md.",
        )


def verdict(name: str, letters: int, needed: Slowest | None, there_is: timedelta) -> Finding:
    """Return whether letters that need some time fit into the time that there is."""
    count = counted(letters, "letter", "letters")
    if not there_is:
        return stops(
            "pace",
            f"{name}: its not-after time leaves no time to send.",
            "Every letter would expire.",
            "Change release, hours or not-after in the plan: `dispatch mailout new FILE.toml`.",
        )
    time = lasting(there_is)
    if needed is None:
        return fine("pace", f"{name}: {count}, no rate is set, and {time} to send in.")
    takes = lasting(needed.time)
    if needed.time > there_is:
        return stops(
            "pace",
            f"{name}: {count} take {takes}, and there is {time}.",
            f"{_by(needed)}. What has not left by then expires.",
            "Raise the rate, widen the hours, or set a later not-after time in the plan.",
        )
    if needed.time > there_is * CLOSE:
        return look(
            "pace",
            f"{name}: {count} take {takes} of {time}.",
            f"{_by(needed)}. Little time is left for letters that must be tried again.",
            "Raise the rate, widen the hours, or set a later not-after time in the plan.",
        )
    return fine("pace", f"{name}: {count} take {takes} of {time}.")


def _by(needed: Slowest) -> str:
    count = counted(needed.count, "letter", "letters")
    return f"What takes longest is the rate of {limits_what(needed.key)}, for {count}"
