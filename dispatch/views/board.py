"""The board of a mailout: what a person sees first, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.mailout import AWAITING_UPLOAD, MailoutState, next_step
from dispatch.domain.proof.ledger import Event
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.tracking.unreached import left
from dispatch.domain.wording.counts import counted
from dispatch.ledger.catalogue import CATALOGUE
from dispatch.tracking.overview import Overview
from dispatch.tracking.progress import Progress

SENTENCES: Final[Mapping[MailoutState, str]] = {
    MailoutState.DRAFT: "It is a draft: its letters have not been made, or are out of date.",
    MailoutState.RENDERED: "Its letters are made. A second person has to approve them.",
    MailoutState.APPROVED: "Its letters are approved. Somebody has to schedule it.",
    MailoutState.SCHEDULED: "It is scheduled: the clock releases it on its date.",
    MailoutState.RELEASING: "Its letters are leaving.",
    MailoutState.PAUSED: "It is paused: no letter leaves until somebody lets it go on.",
    MailoutState.SENT: "Its letters have been sent. Somebody makes them public on the upload date.",
    MailoutState.UPLOADED: "Its letters are public.",
    MailoutState.CANCELLED: "It is cancelled. What had not left never will.",
}
"""What each state of a mailout means."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on the board, and the page that has its rows."""

    number: int
    words: str
    place: str
    """Which of its pages: the end of its address."""
    is_wanted: bool = False
    """Whether it needs somebody."""


def figures(found: Progress) -> list[Figure]:
    """Return the numbers of a mailout that was released; each leads to its rows."""
    known = [
        Figure(found.unreached, "not surely reached", "unreached", is_wanted=True),
        Figure(found.in_doubt, "in doubt", "doubts", is_wanted=True),
        Figure(found.ended, "did not arrive", "deliveries?shown=failed", is_wanted=True),
        Figure(found.deferred, "put off by a server", "deliveries?shown=deferred"),
        Figure(found.on_track, "waiting or leaving", "deliveries?shown=waiting"),
        Figure(found.accepted, "accepted or delivered", "deliveries?shown=accepted"),
    ]
    return [each for each in known if each.number or not each.is_wanted]


def sentence(found: Progress) -> str:
    """Say what its state means."""
    if found.is_making:
        return "Workers are making its letters."
    if found.is_asked:
        return f"{counted(found.failed, 'letter', 'letters')} could not be made."
    return SENTENCES[found.state]


def said(found: Progress) -> str:
    """Say how far it is; the words change at each tenth, since a screen reader reads them out."""
    if found.is_making:
        return f"About {_tenth(found.made, found.letters)} % of {found.letters:,} letters are made."
    total = found.deliveries
    if not total:
        return "No letter has been queued yet."
    if not found.on_track:
        last = (
            f"; {counted(found.deferred, 'is', 'are')} tried again later" if found.deferred else ""
        )
        return f"All {total:,} deliveries have left or ended{last}."
    done = total - found.on_track - found.deferred
    return f"About {_tenth(done, total)} % of {total:,} deliveries are done."


def _tenth(done: int, total: int) -> int:
    return 10 * (10 * done // total)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of a mailout, in a line."""

    at: datetime
    who: str
    what: str
    because: str | None


def happened(events: Sequence[Event]) -> list[Happened]:
    """Return the lines of events."""
    return [
        Happened(
            at=each.at,
            who=each.actor,
            what=CATALOGUE[each.action].words if each.action in CATALOGUE else each.action,
            because=each.detail.get("because"),
        )
        for each in events
    ]


def next_of(found: Progress) -> Remedy:
    """Return the one thing that comes next."""
    step = next_step(found.state, found.name)
    if step and not found.is_making:
        return step
    if found.state in AWAITING_UPLOAD and found.unreached:
        return Remedy(kind=RemedyKind.UNREACHED, mailout=found.name)
    if found.state is MailoutState.SENT:
        return Remedy(kind=RemedyKind.UPLOAD, mailout=found.name)
    if found.state is MailoutState.SCHEDULED and found.at < found.release_at:
        return Remedy(kind=RemedyKind.WAIT_FOR_RELEASE, until=found.release_at)
    if found.state in {MailoutState.UPLOADED, MailoutState.CANCELLED}:
        return Remedy(kind=RemedyKind.NOTHING, state=found.state.value)
    return Remedy(kind=RemedyKind.WAIT)


def letters_go(found: Overview) -> str:
    """Say when the letters go, or went, and how many working days are left."""
    if found.released_at:
        return f"on {moment_in_words(found.released_at)}"
    days = counted(found.working_days_to_letters, "working day", "working days")
    return f"on {moment_in_words(found.release_at)}, in {days}"


def public_on(found: Overview) -> str:
    """Say how long it is to the upload."""
    return left(found.days_to_upload, found.working_days_to_upload)
