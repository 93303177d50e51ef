"""What has changed since the letters of a mailout were checked, found without checking them again.

A check of very many letters takes a worker half a minute, so its result is kept. Here it is only
seen that something was changed; exactly which letters are agreed to, their digest says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.calendar import local, moment_in_words
from dispatch.domain.digest import sha256
from dispatch.domain.errors import CannotRender
from dispatch.domain.mailout import MailoutState
from dispatch.domain.wording.counts import counted
from dispatch.ledger import catalogue, events, journal
from dispatch.tracking.readiness import Beside


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a check rests on, as far as that is seen without reading the register."""

    at: datetime
    state: MailoutState
    plan: str
    wording: str
    """The digest of the letters' template; empty if there is none."""
    settings: str
    """The digest of the settings that a check looks at."""
    told: int
    """How many changes the ledger had, from some time before."""


def basis(session: Session, mailout: Mailout, by: Beside) -> Basis:
    """Return what a check of a mailout rests on that begins now."""
    return Basis(
        at=by.now,
        state=mailout.state,
        plan=mailout.plan_digest,
        wording=_wording(mailout, by),
        settings=_settings(by),
        told=journal.count_since(session, by.now - LONGEST, CHANGES),
    )


LONGEST: Final = timedelta(hours=1)
"""How long a change may take from its moment in the ledger until others see it."""

CHANGES: Final = frozenset(
    kind.action
    for kind in (
        *events.IMPORTED.values(),
        events.CONTACT_APPOINTED,
        events.CONTACT_REPLACED,
        events.CONTACT_ENDED,
        events.ADDRESS_SUPPRESSED,
        events.SUPPRESSION_LIFTED,
        events.MAILOUT_PLANNED,
        events.MAILOUT_CANCELLED,
    )
)
"""What changes who gets a letter, or what it says."""


def changes(session: Session, mailout: Mailout, then: Basis, by: Beside) -> Iterator[str]:
    """Yield in words what has changed since a check."""
    if mailout.plan_digest != then.plan:
        yield "its plan was changed"
    if mailout.state is not then.state:
        yield f"it was {then.state.value}, and is {mailout.state.value} now"
    if _wording(mailout, by) != then.wording:
        yield "the wording of the letters was changed"
    if _settings(by) != then.settings:
        yield "the settings of the service were changed"
    if local(by.now).date() != local(then.at).date():
        yield "it is another day, and dates are judged by the day"
    since = then.at - LONGEST
    more = journal.count_since(session, since, CHANGES) - then.told
    if more and (last := journal.newest_since(session, since, CHANGES)):
        what = counted(more, "change is", "changes are")
        title = catalogue.CATALOGUE[last.action].words
        yield f"{what} on record, the last by {last.actor} at {moment_in_words(last.at)}: {title}"


def _wording(mailout: Mailout, by: Beside) -> str:
    try:
        return by.templates.digest(mailout.plan.template)
    except CannotRender:
        return ""


def _settings(by: Beside) -> str:
    return sha256(repr((by.rates, by.sender, tuple(by.ways_in))).encode())
