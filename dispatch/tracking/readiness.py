"""What stands in the way of a mailout's letters, from all sides: plan, register, contacts, DNS.

The command line and the pages show it before any letter is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.documents import Templates
from dispatch.domain.address import domain_of
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import CHANGEABLE, MailoutState, Plan
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.sending.first_letters import First
from dispatch.domain.sending.forecast import Forecast
from dispatch.domain.sending.pace import Rates
from dispatch.files.holidays import bank_holidays
from dispatch.letters import plan
from dispatch.letters.plan import Check, Surroundings
from dispatch.mail.exchangers import Located
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.sending import first_letters
from dispatch.tracking import confirmations
from dispatch.tracking.confirmations import Round
from dispatch.tracking.forecast import forecast_of

LookUp = Callable[[frozenset[str]], Mapping[str, Located]]
"""Asks the DNS what receives the mail of some domains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a mailout is checked against, beside the database and its own plan."""

    now: datetime
    templates: Templates
    examples: Sequence[Plan]
    """Plans that a person may have begun from."""
    sender: Sender
    rates: Rates
    ways_in: Sequence[str]
    """Where messages come in."""
    look_up: LookUp | None = None
    """None if the DNS is not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What is known about a mailout before its letters are made."""

    state: MailoutState
    check: Check
    more: tuple[Finding, ...]
    """What was found about the contacts' answers, and about what comes back."""
    foreseen: Forecast | None
    """When its letters would have left; None once they have been released."""
    first: tuple[First, ...]
    asked: Round
    has_wait: bool
    """Whether the others wait for the first letters."""
    located: Mapping[str, Located] = field(default_factory=dict)
    """What the DNS says of the domains; empty if it was not asked."""

    @property
    def can_render(self) -> bool:
        """Whether letters may still be made."""
        return self.state in CHANGEABLE


def readiness(sessions: Sessions, name: str, by: Beside) -> Readiness:
    """Say who gets a letter, what is missing, and what is odd. Raises `NotFound`."""
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        known = register.for_plan(session, mailout.plan)
        checked = plan.check(session, mailout, _surroundings(mailout.plan, by), known)
        asked = confirmations.questions(session, mailout, by.sender, known)
        more = list(confirmations.findings(mailout, asked, by.now))
        foreseen = _foreseen(session, mailout, checked, by)
        if by.look_up is None:
            first = first_letters.foresee(session, mailout, checked.going)
    located = by.look_up(plan.domains_of(checked)) if by.look_up else {}
    if by.look_up is not None:  # no session is open while the DNS is asked
        with sessions.read() as session:
            going = plan.living(checked, located)
            first = first_letters.foresee(session, mailout_named(session, name), going)
    return Readiness(
        state=mailout.state,
        check=checked,
        more=(*more, *first_letters.findings(first, by.ways_in)),
        foreseen=foreseen,
        first=first,
        asked=Round.of(asked),
        has_wait=bool(mailout.plan.first_letters_minutes),
        located=located,
    )


def _surroundings(planned: Plan, by: Beside) -> Surroundings:
    days = (planned.letter_date, planned.not_after, planned.upload_date)
    return Surroundings(
        bank_holidays=bank_holidays({day.year for day in days}),
        now=by.now,
        templates=by.templates,
        examples=by.examples,
    )


def _foreseen(session: Session, mailout: Mailout, checked: Check, by: Beside) -> Forecast | None:
    """Return when the letters of a check would have left."""
    if mailout.released_at:
        return None
    addresses = (to.address for draft in checked.drafts for to in draft.recipients)
    domains = Counter(map(domain_of, addresses))
    return forecast_of(session, mailout, by.rates, now=by.now, domains=domains)
