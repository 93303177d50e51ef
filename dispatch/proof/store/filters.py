"""Filters: which deliveries, or which events, somebody asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    func,
    literal_column,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, authority_said, listed
from dispatch.database.tables import (
    AuthorityRow,
    ContactRow,
    Delivery,
    EventRow,
    Letter,
    Suppression,
)
from dispatch.database.tables.ledger import IS_OF_EVERY_LETTER, IS_PERSON, IS_SELDOM
from dispatch.domain.address import folded
from dispatch.domain.register.codes import letter_code as letter_code_of
from dispatch.ledger.events import DELIVERY_ACCEPTED, DELIVERY_QUEUED
from dispatch.letters.store.letters import is_named
from dispatch.register.store.authorities import letter_code

EVENT: Final = table_of(EventRow).c
Ids = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What somebody asks for. A filter that is None lets everything through."""

    authority: str | None = None
    """The code, in any letter case."""
    address: str | None = None
    person: str | None = None
    """A part of the recipient's name, in any letter case; for events, of the actor's too."""
    kind: str | None = None
    """A kind of event, as `letter.approved`; for events only."""
    since: date | None = None
    until: date | None = None
    """The first and the last day, in London: of a delivery's last attempt, or of its creation if
    it was not tried; or of an event."""

    @property
    def used(self) -> tuple[str, ...]:
        """The names of the filters that are set, without their values."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) is not None)


def deliveries(session: Session, wanted: Filters) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions for a delivery, except its day. Raises `NotFound`."""
    if wanted.authority is not None:
        yield is_named(session, wanted.authority, Delivery.authority_code)
    if wanted.address is not None:
        yield Delivery.address_key == folded(wanted.address)
    if wanted.person is not None:
        yield Delivery.id.in_(_to_person(session, wanted.person))


def _is_called(part: str) -> ColumnElement[bool]:
    return func.lower(Delivery.name).contains(part.lower(), autoescape=True)


def _to_person(session: Session, part: str) -> Ids:
    """Select the deliveries to somebody whose name has this part.

    A letter goes to a contact, or to one whom a person named when it was sent again. Both are few
    beside the deliveries, whose names no index could serve.
    """
    columns = (ContactRow.honorific, ContactRow.given_name, ContactRow.surname)
    parts = [func.coalesce(each + " ", "") for each in columns]
    name = func.lower(parts[0] + parts[1] + parts[2])
    title = func.lower(func.coalesce(ContactRow.job_title, ContactRow.role))
    called = (each.contains(part.lower(), autoescape=True) for each in (name, title))
    keys = {
        folded(each) for each in session.scalars(select(ContactRow.address).where(or_(*called)))
    }
    given = listed(session.get_bind().dialect.name, "called", String())
    is_theirs = Delivery.address_key.in_(given.params(called=as_list((each,) for each in keys)))
    at = select(Delivery.id).where(is_theirs, _is_called(part))
    again = select(Delivery.id).where(Delivery.replaces_id.is_not(None), _is_called(part))
    return union(at, again)


def events(session: Session, wanted: Filters) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions for an event, except its day. Raises `NotFound`."""
    if wanted.authority is not None:
        yield EVENT.id.in_(_of_authority(session, wanted.authority))
    if wanted.address is not None:
        yield EVENT.id.in_(_of_address(session, folded(wanted.address)))
    if wanted.person is not None:
        yield EVENT.id.in_(_of_person(session, wanted.person))
    if wanted.kind is not None:
        yield EVENT.action == wanted.kind
        is_of_every = wanted.kind in {DELIVERY_ACCEPTED.action, DELIVERY_QUEUED.action}
        yield literal_column(IS_OF_EVERY_LETTER if is_of_every else IS_SELDOM)  # as an index has it


def _of_authority(session: Session, code: str) -> Ids:
    """Select the events about an authority, its letters and deliveries, and those that name it."""
    known = letter_code(session, code)
    subjects, codes = {f"authority:{known}"}, {known, *_to_successors(session, known)}
    for kind, table in (("delivery", Delivery), ("letter", Letter)):
        is_its = is_named(session, known, table.authority_code)
        for id_, its_code in session.execute(select(table.id, table.authority_code).where(is_its)):
            subjects.add(f"{kind}:{id_}")
            codes.add(its_code)
    said: ColumnElement[str] = literal_column(authority_said(session.get_bind().dialect.name))
    # The second condition follows from the first, and is that of the index.
    naming = select(EVENT.id).where(said.in_(sorted(codes)), said.is_not(None))
    # By a union, since PostgreSQL reads every event for two lists with OR between them.
    return union(_about(session, "of_authority", subjects), naming)


def _to_successors(session: Session, known: str) -> Iterator[str]:
    """Yield the codes of the letters about an authority to each body that came after it."""
    authority = session.get(AuthorityRow, known)
    return (letter_code_of(known, each) for each in (authority.successors if authority else ()))


def _of_address(session: Session, key: str) -> Ids:
    subjects = _subjects(session, "delivery", _those(Delivery.address_key == key))
    suppressed = select(Suppression.id).where(Suppression.address == key)
    subjects |= _subjects(session, "suppression", suppressed)
    return _about(session, "of_address", subjects)


def _of_person(session: Session, name: str) -> Ids:
    subjects = _subjects(session, "delivery", _to_person(session, name))
    # What the service did itself is nearly all, and the index of people's names leaves it out.
    is_person: ColumnElement[bool] = literal_column(IS_PERSON)
    actors = session.scalars(select(EVENT.actor).where(is_person).distinct())
    called = sorted(each for each in actors if name.casefold() in each.casefold())
    acted = select(EVENT.id).where(EVENT.actor.in_(called), is_person)
    return union(_about(session, "of_person", subjects), acted)


def _about(session: Session, name: str, subjects: Iterable[str]) -> Select[int]:
    """Select the events about some subjects, however many; `name` is that of the parameter."""
    given = listed(session.get_bind().dialect.name, name, String())
    asked = given.params({name: as_list((each,) for each in subjects)})
    return select(EVENT.id).where(EVENT.subject.in_(asked))


def _those(condition: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    return select(Delivery.id).where(condition)


def _subjects(session: Session, kind: str, query: Ids) -> set[str]:
    return {f"{kind}:{id_}" for id_ in session.scalars(query)}
