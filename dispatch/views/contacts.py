"""Contacts as people and programs are shown them: who holds a role, and what an import changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from pydantic import Field

from dispatch.domain.register.authority import Contact
from dispatch.domain.register.comparison import SharedAddress
from dispatch.domain.register.names import oddities
from dispatch.domain.register.tenure import Origin, Tenure
from dispatch.register.appointments import Appointment
from dispatch.register.imports import Import
from dispatch.views.form import Moment
from dispatch.views.names import address_shown


def name_and_address(contact: Contact) -> str:
    """Return a contact on one line: the name, if it is known, and the address."""
    if not contact.surname:
        return address_shown(contact.address)
    title = f", {contact.job_title}" if contact.job_title else ""
    return f"{contact.full_name}{title} <{contact.address}>"


@dataclass(frozen=True, slots=True)
class OriginView:
    """What a change of contact is based on."""

    by: str
    at: Moment
    file: str | None
    because: str | None
    is_suggested: bool


@dataclass(frozen=True, slots=True)
class TenureView:
    """Who held a role at an authority, and from when until when."""

    role: str
    contact: Contact
    since: Annotated[date, Field(serialization_alias="from")]
    until: date | None
    brought: OriginView | None
    replaced_by: Contact | None
    ended: OriginView | None


def tenure(of: Tenure) -> TenureView:
    """Return the view of a tenure."""
    return TenureView(
        role=of.contact.role,
        contact=of.contact,
        since=of.valid_from,
        until=of.valid_until,
        brought=_origin(of.brought),
        replaced_by=of.replaced_by,
        ended=_origin(of.ended),
    )


def _origin(of: Origin | None) -> OriginView | None:
    return None if of is None else OriginView(of.by, of.at, of.file, of.because, of.is_suggested)


def how_known(tenure: TenureView) -> Iterator[str]:
    """Say what gave a contact the role, and what ended it."""
    if tenure.brought:
        yield _based_on(tenure.brought)
    if tenure.replaced_by:
        yield f"replaced by {tenure.replaced_by.address}"
    if tenure.ended:
        yield f"ended: {_based_on(tenure.ended)}"


def _based_on(origin: OriginView) -> str:
    suggested = "suggested by an autoreply" if origin.is_suggested else ""
    return ", ".join(filter(None, (origin.file, suggested, origin.because, origin.by)))


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A contact that is replaced by another."""

    before: Contact
    after: Contact
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactsImportView:
    """What a file of contacts changes."""

    new: tuple[Contact, ...]
    changed: tuple[ChangeView, ...]
    ended: tuple[Contact, ...]
    unchanged: int
    staying: tuple[Contact, ...]
    shared: tuple[SharedAddress, ...]
    without_chief_executive: tuple[str, ...]
    reopened: tuple[str, ...]
    taken_in: bool


def contacts_import(found: Import, *, is_done: bool) -> ContactsImportView:
    """Return the view of an import of contacts, shown or carried out."""
    comparison = found.comparison
    ended = tuple(each.value for each in comparison.ended)
    return ContactsImportView(
        new=comparison.new,
        changed=tuple(
            ChangeView(each.before, each.after, each.fields) for each in comparison.changed
        ),
        ended=ended,
        unchanged=comparison.unchanged,
        staying=comparison.staying,
        shared=comparison.shared,
        without_chief_executive=tuple(
            each.authority for each in ended if each.role == CHIEF_EXECUTIVE
        ),
        reopened=found.reopens,
        taken_in=is_done,
    )


CHIEF_EXECUTIVE: Final = "chief executive"


def import_warnings(view: ContactsImportView) -> Iterator[str]:
    """Say what may be a slip in a file of contacts, and what follows from it."""
    yield from _first(_odd_names(view))
    for each in view.shared:
        yield f"{each.address} now serves {' and '.join(each.authorities)}: is that right?"
    if view.without_chief_executive:
        codes = ", ".join(view.without_chief_executive)
        yield f"No chief executive is left to write to at {codes}."
    if count := len(view.staying):
        who = f"{count} other contact{'' if count == 1 else 's'} in these roles"
        yield f"{who} {'is' if count == 1 else 'are'} not in the file, and will stay."
    yield from (reopened(name, is_done=False) for name in view.reopened)


def _odd_names(view: ContactsImportView) -> Iterator[str]:
    for contact in (*view.new, *(change.after for change in view.changed)):
        for said in oddities(contact):
            yield f"Look: the {contact.role} of {contact.authority}: {said}."


SHOWN: Final = 20
"""How many remarks of one kind are shown before the rest are only counted."""


def _first(remarks: Iterable[str]) -> Iterator[str]:
    found = list(remarks)
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield f"... and {len(found) - SHOWN} more"


def appointment_warnings(change: Appointment) -> Iterator[str]:
    """Say what may be a slip in a change of one contact, and what follows from it."""
    if change.after:
        yield from (f"Look: {said}." for said in oddities(change.after))
    if change.shares_with:
        yield f"The address also serves {', '.join(change.shares_with)}."
    if change.is_suppressed:
        yield "The address is suppressed: nothing is sent to it until that is lifted."
    if change.after is None:
        yield f"A mailout to the {change.role} cannot write to {change.code} until somebody is set."
    yield from (reopened(name, is_done=False) for name in change.reopens)


def reopened(name: str, *, is_done: bool = True) -> str:
    """Say that a mailout goes back to draft."""
    verb = "goes" if is_done else "would go"
    return f"{name} {verb} back to draft: its letters must be rendered and approved again."
