"""Appoint one person to a role at an authority, or leave the role vacant.

The change is worked out first, for a person to see, and carried out only if it is still the same.
Nothing is sent: to resend a letter to the new contact is a separate step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain import calendar
from dispatch.domain.address import folded
from dispatch.domain.errors import RuleBroken
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.authority import Contact, RoleAt
from dispatch.domain.register.comparison import Change, Ending
from dispatch.domain.word import Word
from dispatch.files import contacts as contact_files
from dispatch.files.contacts import Accepts
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind
from dispatch.mailouts.changes import reopen
from dispatch.register import register
from dispatch.register.store import contacts, suppressions
from dispatch.register.store.authorities import authority_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment(Proposal):
    """A change of one contact: who goes, who comes, from which day on, and what follows."""

    code: str
    role: str
    before: Contact | None
    after: Contact | None
    since: date
    replaced_id: UUID | None
    reopens: tuple[str, ...]
    """The mailouts that go back to draft, as their letters may go to the holder of the role."""
    shares_with: tuple[str, ...] = ()
    """The other authorities at which the new address is used."""
    domain_owners: tuple[str, ...] = ()
    """The authorities whose mail domain the new address has, if not its own."""
    is_suppressed: bool = False
    """Whether the new address is suppressed, so that nothing is sent to it."""
    is_same_person: bool = False
    """Whether a person says that nobody else comes, whatever the name: for the ledger."""

    @property
    def effect(self) -> object:
        """All of it."""
        return [
            *(self.code, self.role, self.before, self.after, self.since, str(self.replaced_id)),
            *(self.reopens, self.shares_with, self.domain_owners, self.is_suppressed),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A change of one contact as a person has typed it in."""

    code: str
    role: str
    cells: Mapping[str, str] | None
    """Address, parts of the name and job title, named as the columns of a file of contacts; None
    to leave the role vacant."""
    since: date | None = None
    """The first day of the change; today, if it is None."""
    is_same_person: bool = False
    """Whether nobody else comes: what is not given stays as it is."""


def propose(
    session: Session,
    wanted: Wanted,
    *,
    now: datetime,
    drawable: Callable[[str], bool] | None = None,
) -> Appointment:
    """Return what a change of one contact would do.

    `drawable` says whether the letters' font has all characters of a text. Raises `BadInput` with
    everything that is wrong in what was typed, `NotFound` if no authority has the code, and
    `RuleBroken` as `appointment` and `vacancy`.
    """
    code = authority_code(session, wanted.code)
    if wanted.cells is None:
        return vacancy(session, code, wanted.role, since=wanted.since, now=now)
    given = {name: value for name, value in wanted.cells.items() if value.strip()}
    given = {**_where_post_goes(session, code, wanted.role), **given}
    if wanted.is_same_person:
        given = {**present_name(session, code, wanted.role), **given}
    cells = {**given, "authority": code, "role": wanted.role}
    contact = contact_files.one(
        cells, known=(code,), accepts=Accepts(drawable, register.schemes(session).roles)
    )
    found = appointment(session, contact, since=wanted.since, now=now)
    return replace(found, is_same_person=wanted.is_same_person)


def appointment(
    session: Session,
    contact: Contact,
    *,
    since: date | None = None,
    now: datetime,
    is_locked: bool = True,
) -> Appointment:
    """Return what appointing a contact would change, by default from today on.

    With `is_locked` nobody else can change the register meanwhile. Raises `RuleBroken` if it would
    change nothing, or if the day is in the future or before the last change of the role.
    """
    today = calendar.local(now).date()
    unreleased = register.lock_for_change(session) if is_locked else register.unreleased(session)
    found, _ = _worked_out(session, unreleased, contact.role_at, contact, since or today)
    if found.before and not Change(found.before, contact).fields:
        raise RuleBroken(
            f"{_role(found)} is recorded like that already: there is nothing to change"
        )
    _refuse_future(found.since, today)
    return found


def vacancy(
    session: Session, code: str, role: str, *, since: date | None = None, now: datetime
) -> Appointment:
    """Return what leaving a role vacant would change. Raises as `appointment` does."""
    today = calendar.local(now).date()
    unreleased = register.lock_for_change(session)
    found, _ = _worked_out(session, unreleased, (code, role), None, since or today)
    if found.before is None:
        raise RuleBroken(f"nobody is in post as {role} of {code}: there is nothing to end")
    _refuse_future(found.since, today)
    return found


def present_name(session: Session, code: str, role: str) -> dict[str, str]:
    """Return the parts of the name of who is in post, as a new address keeps them.

    Raises `RuleBroken` if nobody is.
    """
    row = contacts.holder(session, code, role)
    if row is None:
        raise RuleBroken(f"nobody is in post as {role} of {code}: there is no name to keep")
    present = row.to_contact()
    return {name: value for name in KEPT if (value := getattr(present, name))}


def _where_post_goes(session: Session, code: str, role: str) -> dict[str, str]:
    """Return the postal address of who is in post: the building stays when the person changes."""
    row = contacts.holder(session, code, role)
    return {"postal_address": row.postal_address} if row and row.postal_address else {}


def appoint_as_agreed(
    session: Session,
    wanted: Wanted,
    agreed: str,
    word: Word,
    *,
    drawable: Callable[[str], bool] | None = None,
) -> Appointment:
    """Carry out a change that a person has typed in, if it still does what they agreed to.

    `agreed` is the digest of what they were shown. Raises as `propose` and `appoint`.
    """
    found = propose(session, wanted, now=word.at, drawable=drawable)
    found.check(agreed)
    appoint(session, found, word)
    return found


NAMES: Final = ("honorific", "given_name", "surname", "job_title", "language")
KEPT: Final = (*NAMES, "address")
"""What stays of a person who stays, unless it is given."""


def appoint(session: Session, shown: Appointment, word: Word) -> None:
    """Carry out a change as it was shown; the contact before is kept.

    Raises `ChangedMeanwhile` if it would do anything else now, `RuleBroken` without a reason.
    """
    word.needed_reason()
    unreleased = register.lock_for_change(session)
    role_at = shown.code, shown.role
    found, mailouts = _worked_out(session, unreleased, role_at, shown.after, shown.since)
    found.check(shown.digest)
    kind, detail = _written(session, found)
    if shown.is_same_person and kind is events.CONTACT_REPLACED:
        detail["same"] = "yes"
    detail |= {"role": found.role, "from": found.since.isoformat(), **word.detail("because")}
    journal.append(session, kind.by(word, found.code, **detail))
    for mailout in mailouts:
        reopen(session, mailout, f"{_role(found)} changed", word)


def _worked_out(
    session: Session,
    unreleased: Sequence[Mailout],
    role_at: RoleAt,
    after: Contact | None,
    since: date,
) -> tuple[Appointment, Sequence[Mailout]]:
    """Return what a change does, and which of the unreleased mailouts go back to draft."""
    code, role = role_at
    row = contacts.holder_unless_later(session, code, role, since)
    before = row.to_contact() if row else None
    alters = before is None or after is None or Change(before, after).alters_letters
    mailouts = register.concerned(session, unreleased, code, role) if alters else []
    found = Appointment(
        code=code,
        role=role,
        before=before,
        after=after,
        since=since,
        replaced_id=row.id if row else None,
        reopens=tuple(each.name for each in mailouts),
        shares_with=_shares_with(session, after),
        domain_owners=register.domains(session).owners_of(code, after.address) if after else (),
        is_suppressed=(
            after is not None and folded(after.address) in suppressions.suppressed(session)
        ),
    )
    return found, mailouts


def _shares_with(session: Session, contact: Contact | None) -> tuple[str, ...]:
    if contact is None:
        return ()
    users = contacts.users_of(session, contact.address)
    return () if contact.authority in users else tuple(sorted(users))


def _written(session: Session, change: Appointment) -> tuple[Kind, dict[str, str]]:
    """Write the change; return the kind of event and its details, without name and address."""
    if change.after is None:
        gone = (change.before, change.replaced_id)
        ending = [Ending(contact, row_id) for contact, row_id in [gone] if contact and row_id]
        contacts.end(session, ending, day=change.since)
        return events.CONTACT_ENDED, {"contact": str(change.replaced_id)}
    [row] = contacts.replace(session, [(change.after, change.replaced_id)], day=change.since)
    if change.replaced_id is None:
        return events.CONTACT_APPOINTED, {"contact": str(row.id)}
    return events.CONTACT_REPLACED, {"contact": str(row.id), "replaced": str(change.replaced_id)}


def _refuse_future(since: date, today: date) -> None:
    if since > today:
        raise RuleBroken(
            f"{calendar.day_in_words(since)} is still to come: a change is recorded when it has "
            f"happened; run this again on the day"
        )


def _role(change: Appointment) -> str:
    return f"the {change.role} of {change.code}"
