"""How long letters will take at their pace, and whether they fit into their time, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.checks.dates import REPLAN
from dispatch.domain.letters.finding import Finding
from dispatch.domain.sending.forecast import Forecast
from dispatch.domain.sending.pace import SERVICE, limits_what
from dispatch.domain.sending.providers import Limits, in_words, per_minute
from dispatch.domain.wording.counts import counted
from dispatch.views.ages import lasting
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True)
class PaceView:
    """How long the letters that wait will take, at the pace that is set."""

    letters: int
    rate: str
    """What takes longest: "25 a minute", or "2 a minute for Google"."""
    seconds: int
    """While letters may leave; without tries after the first."""
    ends_at: Moment | None
    """When the last leaves; None if that is more than a year away."""
    fits: bool
    """Whether all leave before the not-after time."""


def pace_view(found: Forecast) -> PaceView | None:
    """Return the view of a forecast; None if no letter waits or no rate limits them."""
    if found.slowest is None or not found.letters:
        return None
    rate = in_words(found.slowest.time / found.slowest.count)
    return PaceView(
        letters=found.letters,
        rate=rate
        if found.slowest.key == SERVICE
        else f"{rate} for {limits_what(found.slowest.key)}",
        seconds=round(found.slowest.time.total_seconds()),
        ends_at=found.ends_at,
        fits=found.fits,
    )


def said(view: PaceView) -> str:
    """Say how long letters take and when the last leaves."""
    ends = f"by {moment_in_words(view.ends_at)}" if view.ends_at else "in more than a year"
    return f"{_taken(view)}: the last leaves {ends}"


def _taken(view: PaceView) -> str:
    count = counted(view.letters, "letter takes", "letters take")
    return f"{count} {lasting(timedelta(seconds=view.seconds))} at {view.rate}"


def misfit(found: Forecast) -> str | None:
    """Say that not all letters can leave in time; None if they can."""
    view = pace_view(found)
    if view is None or view.fits:
        return None
    return (
        f"{_taken(view)}, and until the not-after time, {moment_in_words(found.not_after)}, there "
        f"is {lasting(found.there_is)} to send in"
    )


def findings(found: Forecast) -> Iterator[Finding]:
    """Yield what a check says of letters that cannot all leave in time."""
    if words := misfit(found):
        yield Finding(place="dates.not_after", message=words, remedy=REPLAN)


def limits_in_words(limits: Limits) -> str:
    """Say how fast letters may leave, over how many connections, and who says so."""
    if limits.interval is None:
        speed = "as fast as they are taken, without a limit"
    else:
        speed = f"at {in_words(limits.interval)} at most"
    over = f", over {limits.connections} connections at most" if limits.connections else ""
    profile = f" (profile: {limits.provider.name})" if limits.provider else ""
    return f"Letters leave {speed}{over}{profile}"


def letters_a_minute(interval: timedelta | None) -> str | None:
    """Return a rate for a program: "12.5"; None for no limit."""
    return per_minute(interval) if interval else None
