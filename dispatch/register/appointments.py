"""Appoint: one post changes hands on a person's word, or is left empty.

What would change is worked out first, for the person to see, and done only if it is still that.
Nothing here sends: that a letter goes to a new contact is a separate step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain import calendar
from dispatch.domain.address import folded
from dispatch.domain.authority import Contact
from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.mailout import MailoutState
from dispatch.domain.word import Word, named
from dispatch.ledger import journal
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import lock_unreleased
from dispatch.register.store import differences, posts, register
from dispatch.register.store.register import Change, Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A change of one post: who goes, who comes, from which day on, and what follows from it."""

    code: str
    role: str
    before: Contact | None
    after: Contact | None
    since: date
    replaced_id: UUID | None
    reopens: tuple[str, ...]
    """The mailouts that go back to draft, since their letters may go to this post."""
    shares_with: tuple[str, ...] = ()
    """The other authorities that the new address serves."""
    is_suppressed: bool = False
    """Whether nothing is sent to the new address."""


def appointment(
    session: Session, contact: Contact, *, since: date | None = None, now: datetime
) -> Appointment:
    """Return what it would change to put a contact in post, by default from today on.

    Raises `RuleBroken` if it would change nothing, or is dated ahead or before the post's last
    change.
    """
    today = calendar.local(now).date()
    found, _ = _worked_out(session, contact.authority, contact.role, contact, since or today)
    if found.before and not Change(found.before, contact).fields:
        raise RuleBroken(f"{_post(found)} is so already: there is nothing to change")
    _refuse_ahead(found.since, today)
    return found


def vacancy(
    session: Session, code: str, role: str, *, since: date | None = None, now: datetime
) -> Appointment:
    """Return what it would change to leave a post empty. Raises as `appointment`."""
    today = calendar.local(now).date()
    found, _ = _worked_out(session, code, role, None, since or today)
    if found.before is None:
        raise RuleBroken(f"nobody is in post as {role} of {code}: there is nothing to end")
    _refuse_ahead(found.since, today)
    return found


def appoint(
    session: Session,
    shown: Appointment,
    *,
    person: str,
    because: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> None:
    """Change a post as it was shown; the contact before stays on record.

    Raises `RuleBroken` if it would come to anything else by now, or without a reason or a
    person's name.
    """
    name, reason = named(person), " ".join(because.split())
    if not reason:
        raise RuleBroken("say why: how is it known?")
    found, mailouts = _worked_out(session, shown.code, shown.role, shown.after, shown.since)
    if found != shown:
        raise RuleBroken(f"{_post(shown)} is not what was shown any more: look at it again")
    action, detail = _written(session, found)
    detail |= {
        "role": found.role,
        "from": found.since.isoformat(),
        "because": reason,
        "at_keyboard": at_keyboard or name,
    }
    journal.append(session, Event(now, name, action, f"authority:{found.code}", detail))
    word = Word(person=name, keyboard=at_keyboard or name, at=now)
    for mailout in mailouts:
        reopen(session, mailout, f"{_post(found)} changed", word)


def _worked_out(
    session: Session, code: str, role: str, after: Contact | None, since: date
) -> tuple[Appointment, Sequence[Mailout]]:
    """Return what a change comes to, with nobody else changing it before the commit."""
    register.lock(session)
    unreleased = [each for each in lock_unreleased(session) if each.state is not MailoutState.DRAFT]
    posts.refuse_before(session, {(code, role)}, since)
    row = posts.in_post(session, code, role)
    mailouts = register.concerned(session, unreleased, code, role)
    found = Appointment(
        code=code,
        role=role,
        before=row.to_contact() if row else None,
        after=after,
        since=since,
        replaced_id=row.id if row else None,
        reopens=tuple(each.name for each in mailouts),
        shares_with=_shares_with(session, after),
        is_suppressed=after is not None and folded(after.address) in register.suppressed(session),
    )
    return found, mailouts


def _shares_with(session: Session, contact: Contact | None) -> tuple[str, ...]:
    if contact is None:
        return ()
    before = register.contacts_in_post(session)
    after = {**before, posts.post_of(contact): contact}
    return tuple(
        code
        for shared in differences.newly_shared(before, after)
        for code in shared.authorities
        if code != contact.authority
    )


def _written(session: Session, change: Appointment) -> tuple[str, dict[str, str]]:
    """Write the change, and return what the ledger says of it: no name and no address."""
    if change.after is None:
        gone = (change.before, change.replaced_id)
        ending = [Ending(contact, row_id) for contact, row_id in [gone] if contact and row_id]
        posts.end(session, ending, day=change.since)
        return "contact.ended", {"contact": str(change.replaced_id)}
    [row] = posts.succeed(session, [(change.after, change.replaced_id)], day=change.since)
    if change.replaced_id is None:
        return "contact.appointed", {"contact": str(row.id)}
    return "contact.replaced", {"contact": str(row.id), "replaced": str(change.replaced_id)}


def _refuse_ahead(since: date, today: date) -> None:
    if since > today:
        raise RuleBroken(
            f"{calendar.day_in_words(since)} is still to come: who is in post is recorded when "
            f"they are; run this again on the day"
        )


def _post(change: Appointment) -> str:
    return f"the {change.role} of {change.code}"
