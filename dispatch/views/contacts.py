"""Contacts as people and programs are shown them: who holds a role, and what an import changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from dispatch.domain.register.authority import Contact
from dispatch.domain.register.names import oddities
from dispatch.domain.register.tenure import Origin, Tenure
from dispatch.register.appointments import Appointment
from dispatch.views.form import Moment
from dispatch.views.names import address_shown, reopened


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


def posted_to(change: Appointment) -> Iterator[tuple[str, str]]:
    """Yield where post went until then and goes from then on, if the contact to come has it."""
    if change.after and change.after.postal_address:
        before = change.before.postal_address if change.before else None
        if before != change.after.postal_address:
            yield "until then", before or "not known"
        yield "from then on", change.after.postal_address


def appointment_warnings(change: Appointment) -> Iterator[str]:
    """Say what may be a slip in a change of one contact, and what follows from it."""
    if change.after:
        yield from (f"Look: {said}." for said in oddities(change.after))
    if change.shares_with:
        yield f"The address also serves {', '.join(change.shares_with)}."
    if change.domain_owners:
        owners = " and ".join(change.domain_owners)
        yield f"Look: the address has the domain of {owners}, not one of {change.code}."
    if change.is_suppressed:
        yield "The address is suppressed: nothing is sent to it until that is lifted."
    if change.after is None:
        yield f"A mailout to the {change.role} cannot write to {change.code} until somebody is set."
    yield from map(reopened, change.reopens)
