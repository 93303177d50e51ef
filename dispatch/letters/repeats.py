"""Find the other mailouts that send the same letters.

A letter is a template, a year, an authority and a role, and not a mailout and an authority: two
mailouts of one year may each be sound, and together send every council its letter twice. What is
the same byte for byte is found as well, whatever its mailout and template are called.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.batches import batches
from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.address import folded
from dispatch.domain.calendar import moment_in_words
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import CLOSED, MailoutState, Plan
from dispatch.domain.register.codes import authorities_of
from dispatch.domain.wording.counts import listed
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.letters.store import letters, repeats
from dispatch.mailouts.store import mailouts_in

READY: Final = frozenset(set(MailoutState) - {MailoutState.DRAFT, MailoutState.CANCELLED})
"""Its letters have been sent, will be, or are ready to be."""

NAMED: Final = 6
"""How many authorities are named before the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Another mailout that sends letters of this one."""

    name: str
    state: MailoutState
    year: str
    at: datetime
    """When its letters were released, or are to be."""
    is_released: bool
    authorities: tuple[str, ...]
    """Those to whom both send the letter."""
    roles: tuple[str, ...] = ()
    """The roles to which both send it; none if it is the same only by its bytes and address."""

    @property
    def is_certain(self) -> bool:
        """Whether its letters have gone or will go, unless somebody stops them."""
        return self.is_released or self.state in {MailoutState.SCHEDULED, MailoutState.PAUSED}

    def __str__(self) -> str:
        """Say which mailout it is, its date, and what is the same."""
        if self.is_released:
            when, sends = f"released on {moment_in_words(self.at)}", "has sent"
        else:
            when = f"{self.state.value}, to leave on {moment_in_words(self.at)}"
            sends = "sends" if self.is_certain else "would send"
        to = f"the {' and '.join(self.roles)}" if self.roles else "the same address"
        named, count = listed(self.authorities, NAMED), len(self.authorities)
        of = f"{count} authorities: {named}" if count > NAMED else named
        return f"{self.name} ({when}) {sends} the same letter of {self.year} to {to} of {of}"


def find(session: Session, mailout: Mailout, codes: Collection[str] | None = None) -> list[Repeat]:
    """Return the other mailouts that send letters of this one, those released first.

    `codes` are the authorities that it writes to, if its letters are not made yet.
    """
    others = mailouts_in(session, *READY)
    is_made = codes is None
    mine = authorities_of(letters.codes(session, mailout)) if codes is None else codes
    found = {each.name: each for each in _same_by_bytes(session, mailout)} if is_made else {}
    found |= {each.name: each for each in _same_by_role(session, mailout, mine, others)}
    return sorted(found.values(), key=_order)


def _order(repeat: Repeat) -> tuple[bool, datetime]:
    return not repeat.is_released, repeat.at


def _same_by_role(
    session: Session, mailout: Mailout, codes: Collection[str], known: Sequence[Mailout]
) -> Iterator[Repeat]:
    roles = _roles(mailout.plan)
    others = [
        each
        for each in known
        if each.id != mailout.id and each.state in READY and _is_same_scheme(mailout, each)
    ]
    sent = repeats.reached(session, [each.id for each in others if each.released_at])
    for other in others:
        pairs = sent[other.id] if other.released_at else _sends_to(session, other)
        shared = {pair for pair in pairs if pair[0] in codes and pair[1] in roles}
        if shared:
            yield _repeat(other, {code for code, _ in shared}, {role for _, role in shared})


def _is_same_scheme(mailout: Mailout, other: Mailout) -> bool:
    """Whether two mailouts are of one year and one template, or of a copy of it."""
    is_template = mailout.plan.template == other.plan.template
    is_copy = mailout.template_digest is not None and (
        mailout.template_digest == other.template_digest
    )
    return mailout.plan.year == other.plan.year and (is_template or is_copy)


def _roles(plan: Plan) -> frozenset[str]:
    return frozenset(plan.to_roles + plan.cc_roles)


def _sends_to(session: Session, mailout: Mailout) -> set[tuple[str, str]]:
    """Return the authorities and roles to which a mailout sends its letters, once it is let go."""
    codes = authorities_of(letters.codes(session, mailout))
    return {(code, role) for code in codes for role in _roles(mailout.plan)}


def _same_by_bytes(session: Session, mailout: Mailout) -> Iterator[Repeat]:
    """Yield the mailouts that have sent one of these PDFs to the address that it would go to."""
    others: dict[UUID, set[str]] = defaultdict(set)
    for page in batches(letters.addressed(session, mailout), letters.PAGE):
        goes = {
            (letter.pdf, folded(recipient.address))
            for letter in page
            if letter.pdf
            for recipient in letter.recipients
        }
        for other_id, authorities in repeats.same_at_address(session, mailout, goes).items():
            others[other_id] |= authorities
    for other_id, authorities in others.items():
        yield _repeat(session.get_one(Mailout, other_id), authorities)


def _repeat(other: Mailout, codes: Collection[str], roles: Collection[str] = ()) -> Repeat:
    return Repeat(
        name=other.name,
        state=other.state,
        year=other.plan.year,
        at=other.released_at or other.plan.release_at,
        is_released=other.released_at is not None,
        authorities=tuple(sorted(codes)),
        roles=tuple(sorted(roles)),
    )


def findings(
    session: Session, mailout: Mailout, codes: Collection[str], others: Sequence[Mailout]
) -> list[Finding]:
    """Return what a check says about the other mailouts, of all, that send these letters.

    Not about one that is closed: nothing of it leaves any more.
    """
    if mailout.released_at or mailout.state in CLOSED:
        return []
    found = _same_by_role(session, mailout, codes, others)
    ordered = sorted(found, key=_order)
    return [Finding(place="other mailouts", message=str(each)) for each in ordered]


def excused(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the mailouts for which somebody has said why both send these letters.

    A reason holds until the mailout goes back to draft.
    """
    found: frozenset[str] = frozenset()
    for event in journal.events(session, Subject.MAILOUT.of(mailout.name)):
        if event.action in events.BACK_TO_DRAFT:
            found = frozenset()
        elif event.action == events.MAILOUT_SCHEDULED.action:
            found |= frozenset(event.detail.get("others", "").split())
    return found


def is_excused(session: Session, mailout: Mailout, other: Mailout) -> bool:
    """Whether somebody has said of either why both send these letters."""
    return other.name in excused(session, mailout) or mailout.name in excused(session, other)
