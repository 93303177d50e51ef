"""Filters: which deliveries, or which events, somebody asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from dispatch.database.tables import Delivery, Letter, Suppression
from dispatch.domain.address import folded
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.codes import names
from dispatch.letters.store.letters import is_named
from dispatch.register.store.authorities import letter_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What somebody asks for. A filter that is None lets everything through."""

    authority: str | None = None
    """The code, in any letter case."""
    address: str | None = None
    person: str | None = None
    """A part of the recipient's name, in any letter case; for events, of the actor's too."""
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
        yield _is_called(wanted.person)


def _is_called(part: str) -> ColumnElement[bool]:
    return func.lower(Delivery.name).contains(part.lower(), autoescape=True)


Condition = Callable[[Event], bool]


def events(session: Session, wanted: Filters) -> Iterator[Condition]:
    """Yield the conditions for an event, except its day. Raises `NotFound`."""
    if wanted.authority is not None:
        yield _is_of_authority(session, wanted.authority)
    if wanted.address is not None:
        yield _is_of_address(session, folded(wanted.address))
    if wanted.person is not None:
        yield _is_of_person(session, wanted.person)


def _is_of_authority(session: Session, code: str) -> Condition:
    known = letter_code(session, code)
    subjects = {f"authority:{known}"}
    deliveries = is_named(session, known, Delivery.authority_code)
    subjects |= _subjects(session, "delivery", _those(deliveries))
    letters = select(Letter.id).where(is_named(session, known, Letter.authority_code))
    subjects |= _subjects(session, "letter", letters)
    return lambda event: (
        event.subject in subjects or names(known, event.detail.get("authority", ""))
    )


def _is_of_address(session: Session, key: str) -> Condition:
    subjects = _subjects(session, "delivery", _those(Delivery.address_key == key))
    suppressed = select(Suppression.id).where(Suppression.address == key)
    subjects |= _subjects(session, "suppression", suppressed)
    return lambda event: event.subject in subjects


def _is_of_person(session: Session, name: str) -> Condition:
    subjects, part = _subjects(session, "delivery", _those(_is_called(name))), name.lower()
    return lambda event: part in event.actor.lower() or event.subject in subjects


def _those(condition: ColumnElement[bool]) -> Select[*tuple[object, ...]]:
    return select(Delivery.id).where(condition)


def _subjects(session: Session, kind: str, query: Select[*tuple[object, ...]]) -> set[str]:
    return {f"{kind}:{id_}" for id_ in session.scalars(query)}
