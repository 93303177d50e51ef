"""What stands in the way of a mailout's letters, from all sides: plan, register, contacts, DNS.

The command line and the pages show it before any letter is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.documents import Templates
from dispatch.domain.address import domain_of
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import InShort
from dispatch.domain.letters.drafting import Register, draw_up
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import CHANGEABLE, MailoutState, Plan
from dispatch.domain.register.codes import authority_of
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.sending.first_letters import First
from dispatch.domain.sending.forecast import Forecast
from dispatch.domain.sending.pace import Rates
from dispatch.domain.tracking.confirmations import (
    Round,
)
from dispatch.files.holidays import bank_holidays
from dispatch.letters import plan, render
from dispatch.letters.plan import Check, Surroundings
from dispatch.mail.exchangers import Located
from dispatch.mailouts.store import mailout_named, mailouts
from dispatch.register import register
from dispatch.register.store import authorities
from dispatch.sending import first_letters
from dispatch.tracking import confirmations
from dispatch.tracking.confirmations import (
    Asked,
)
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

    title: str
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
    sources: str = ""
    """The digest of what the letters would be made from, if the template is there."""
    located: Mapping[str, Located] = field(default_factory=dict)
    """What the DNS says of the domains; empty if it was not asked."""

    @property
    def can_render(self) -> bool:
        """Whether letters may still be made."""
        return self.state in CHANGEABLE


Progress = Callable[[int, int], None]
"""Is told how many of how many steps are done."""

STEPS: Final = 4
"""Steps of a check: the register, the letters, what was asked of contacts, and the DNS."""


def _silently(_: int, __: int) -> None:
    """Tell nobody."""


def readiness(
    sessions: Sessions, name: str, by: Beside, progress: Progress = _silently
) -> Readiness:
    """Say who gets a letter, what is missing, and what is odd. Raises `NotFound`."""
    with sessions.read() as session:
        others = mailouts(session)
        named = (each for each in others if each.name == name)
        mailout = next(named, None) or mailout_named(session, name)
        progress(1, STEPS)
        made_from, asked = render.Sources(), Asked(session, mailout)

        def look(page: Register) -> None:
            made_from.add(page)
            asked.add(page)

        checked = plan.check(session, mailout, _surroundings(mailout.plan, by), others, look)
        sources = _sources(mailout, by.templates, made_from)
        progress(2, STEPS)
        asked.answered(by.sender)
        more = list(confirmations.findings(mailout, asked.tried, by.now))
        foreseen = _foreseen(session, mailout, checked, by)
        if by.look_up is None:
            first = first_letters.foresee(session, mailout, checked.going)
    progress(3, STEPS)
    located = by.look_up(plan.domains_of(checked)) if by.look_up else {}
    progress(4, STEPS)
    if by.look_up is not None:  # no session is open while the DNS is asked
        with sessions.read() as session:
            going = plan.living(checked, located)
            first = first_letters.foresee(session, mailout_named(session, name), going)
    return Readiness(
        title=mailout.plan.title,
        state=mailout.state,
        check=checked,
        more=(*more, *first_letters.findings(first, by.ways_in)),
        foreseen=foreseen,
        first=first,
        asked=asked.round,
        has_wait=bool(mailout.plan.first_letters_minutes),
        sources=sources,
        located=located,
    )


def _sources(mailout: Mailout, templates: Templates, made_from: render.Sources) -> str:
    try:
        return made_from.digest(mailout, templates.digest(mailout.plan.template))
    except CannotRender:
        return ""


LOOKED_AT: Final = 100
"""Authorities at most that a page of those who get a letter looks at."""


def going_after(
    session: Session, mailout: Mailout, after: str, limit: int
) -> tuple[list[InShort], str]:
    """Return some of the letters that can be made now, as `some_after` does: after a code.

    No other letters are worked out, so their averages say nothing. Also returns the code after
    which the next follow, which is empty if none do.
    """
    codes = authorities.codes_from(session, authority_of(after), LOOKED_AT + 1)
    known = register.for_some(session, mailout.plan, codes[:LOOKED_AT])
    about = set(codes[:LOOKED_AT])
    drafts = map(InShort.of, draw_up(mailout.plan, known).drafts)
    shown, more = some_after((each for each in drafts if each.about in about), after, limit)
    if more or len(codes) <= LOOKED_AT:
        return shown, more
    last, end = shown[-1].code if shown else "", codes[LOOKED_AT - 1]
    return shown, last if authority_of(last) == end else end


def some_after(letters: Iterable[InShort], after: str, limit: int) -> tuple[list[InShort], str]:
    """Return some letters by authority, then by code: those that follow the letter with a code.

    Also returns the code after which the next follow, which is empty if none do.
    """
    ordered = sorted(
        (each for each in letters if _place(each) > (authority_of(after), after)), key=_place
    )
    return ordered[:limit], ordered[limit - 1].code if len(ordered) > limit else ""


def _place(letter: InShort) -> tuple[str, str]:
    """Return what letters are in the order of: SRY/ESU comes before SRY-X, as SRY does."""
    return letter.about, letter.code


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
    domains = Counter(domain_of(to.address) for _, to in checked.going)
    return forecast_of(session, mailout, by.rates, now=by.now, domains=domains)
