"""Contacts: who holds which role at which authority, and who held it when.

A contact is replaced by a new row that points at the old one, and is never edited. All changes go
through `replace` and `end`: those from files, from people and from suggestions. None is dated in
the future, or before the last change of the same role, so that on any day a role at an authority
has one holder or none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from dataclasses import replace as altered
from datetime import date, datetime
from sys import intern
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Row,
    Select,
    String,
    Uuid,
    and_,
    func,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.database.engine import READS_ONLY
from dispatch.database.metadata import table_of
from dispatch.database.sql import (
    Prepared,
    as_list,
    insert_many,
    is_not_ascii,
    listed,
    new_ids,
    prepare,
)
from dispatch.database.tables import ContactRow, FiguresRow, SourceFile
from dispatch.domain import calendar
from dispatch.domain.address import domain_of, folded
from dispatch.domain.errors import RuleBroken
from dispatch.domain.letters.resending import is_same_person
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.authority import Contact, RoleAt
from dispatch.domain.register.comparison import Comparison, Ending
from dispatch.domain.register.tenure import Origin, Tenure
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject


def current(
    session: Session,
    roles: Iterable[str] | None = None,
    *,
    authorities: Iterable[str] | None = None,
) -> dict[RoleAt, Contact]:
    """Return the present contacts, in all roles or in some, at all authorities or at some."""
    found = current_with_ids(session, roles, authorities=authorities)
    return {role_at: contact for role_at, (_, contact) in found.items()}


def current_with_ids(
    session: Session,
    roles: Iterable[str] | None = None,
    *,
    authorities: Iterable[str] | None = None,
) -> dict[RoleAt, tuple[UUID, Contact]]:
    """Return the same with the ids of their rows."""
    # Without an object for each row: there may be 100,000.
    query, given = select(ContactRow.id, *_columns()).where(ContactRow.valid_until.is_(None)), {}
    if roles is not None:
        query = query.where(ContactRow.role.in_(list(roles)))
    if authorities is not None:
        these = listed(session.get_bind().dialect.name, "authorities", String())
        query = query.where(ContactRow.authority_code.in_(these))
        given["authorities"] = as_list((each,) for each in authorities)
    found = map(_with_id, session.execute(query, given))
    return {each.role_at: (row_id, _without_deleted(each)) for row_id, each in found}


def count_in_post(session: Session, asked: str) -> int:
    """Return how many of some roles are held by who has the address that each is listed with.

    The list of authorities, roles and addresses is one that `sql.as_list` made.
    """
    types = String(), String(), String()
    known = listed(session.get_bind().dialect.name, "asked", *types).subquery()
    is_same = (
        ContactRow.authority_code == known.c[0],
        ContactRow.role == known.c[1],
        ContactRow.address == known.c[2],
        ContactRow.valid_until.is_(None),
    )
    query = select(func.count()).select_from(known).join(ContactRow, and_(*is_same))
    return session.scalar(query, {"asked": asked}) or 0


def _without_deleted(contact: Contact) -> Contact:
    """Return a contact without a postal address if that was deleted."""
    return altered(contact, postal_address=None) if contact.postal_address == "" else contact


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds, and who has ever held, some roles at some authorities."""

    rows: Mapping[RoleAt, Sequence[ContactRow]]

    @property
    def present(self) -> dict[RoleAt, Contact]:
        """Those in post now."""
        found = (row for rows in self.rows.values() for row in rows if row.valid_until is None)
        return {(row.authority_code, row.role): row.to_contact() for row in found}

    @property
    def ever(self) -> Iterator[Contact]:
        """All of them."""
        return (row.to_contact() for rows in self.rows.values() for row in rows)

    def has_stayed(self, before: Contact, said: frozenset[str]) -> bool:
        """Whether each change since says that who was in post is, by name or on a word.

        `said` has the ids of the changes of which somebody has said so: see `said_to_stay`.
        """
        rows = {row.id: row for row in self.rows.get(before.role_at, ())}
        row = next((row for row in rows.values() if row.valid_until is None), None)
        while row and row.to_contact() != before:
            earlier = rows.get(row.replaces_id) if row.replaces_id else None
            if earlier is None or not (
                str(row.id) in said or is_same_person(earlier.to_contact(), row.to_contact())
            ):
                return False
            row = earlier
        return row is not None


def held(session: Session, roles: Iterable[str], authorities: Iterable[str]) -> Held:
    """Return who holds or has held one of these roles at some authorities."""
    these = listed(session.get_bind().dialect.name, "authorities", String())
    query = select(ContactRow).where(
        ContactRow.role.in_(list(roles)), ContactRow.authority_code.in_(these)
    )
    rows: dict[RoleAt, list[ContactRow]] = defaultdict(list)
    given = {"authorities": as_list((each,) for each in authorities)}
    for row in session.scalars(query, given):
        rows[row.authority_code, row.role].append(row)
    return Held(rows)


def changed_since(session: Session, at: datetime) -> frozenset[str]:
    """Return the authorities at which somebody came into any role since a moment, by the record.

    A person's change and each that a file makes has an event; who came by a file into a vacant role
    has a row of that file.
    """
    told = journal.subjects_since(at, CAME)
    files = select(SourceFile.id).where(SourceFile.imported_at >= at)
    by_file = select(literal(Subject.AUTHORITY.of("")) + ContactRow.authority_code).where(
        ContactRow.valid_until.is_(None), ContactRow.source_file_id.in_(files)
    )
    found = session.scalars(union(told, by_file))
    return frozenset(subject.partition(":")[2] for subject in found)


CAME: Final = frozenset({events.CONTACT_APPOINTED.action, events.CONTACT_REPLACED.action})


def said_to_stay(session: Session, authorities: Iterable[str]) -> frozenset[str]:
    """Return the ids of the contacts of whom somebody has said that nobody else came."""
    subjects = [Subject.AUTHORITY.of(code) for code in authorities]
    told = journal.about_any(session, subjects, {events.CONTACT_REPLACED.action})
    return frozenset(each.detail["contact"] for each in told if "same" in each.detail)


def domains(session: Session, *, before: date | None = None) -> dict[str, Collection[str]]:
    """Return the codes of the authorities whose contacts have or had each domain.

    With a day, only those contacts count who were in post before it.
    """
    found: dict[str, str] = {}
    shared: dict[str, set[str]] = {}
    query = select(ContactRow.authority_code, ContactRow.address)
    if before is not None:
        query = query.where(ContactRow.valid_from < before)
    for code, address in session.execute(query):
        if address:
            domain = domain_of(address)
            first = found.setdefault(domain, code)
            if first != code:
                shared.setdefault(domain, {first}).add(code)
    # A set for each of 100,000 domains that one authority has would take four times as much.
    return {domain: shared.get(domain) or (code,) for domain, code in found.items()}


def users_of(session: Session, address: str) -> set[str]:
    """Return the codes of the authorities at which an address is used now, however it is spelt."""
    row, key = ContactRow, folded(address)
    # Only letters outside ASCII have spellings that the database does not know.
    dialect = session.get_bind().dialect.name
    may_be_it = or_(func.lower(row.address) == key, is_not_ascii(dialect, row.address))
    query = select(row.authority_code, row.address).where(row.valid_until.is_(None), may_be_it)
    return {code for code, other in session.execute(query) if folded(other) == key}


def version(session: Session) -> tuple[object, ...] | None:
    """Return what differs once a file has come in or a contact was added, without reading them.

    None in a transaction that may write: what it sees may never be so for others.
    """
    if not session.get_bind().get_execution_options().get(READS_ONLY):
        return None
    known: tuple[object, ...] | None = session.info.get(VERSION)
    if known is not None:
        return known
    session.info[VERSION] = found = _counted(session, *_CAME)
    return found


def stamp(session: Session) -> tuple[object, ...]:
    """Return the same as of now; it also differs once a contact has ended."""
    session.flush()
    ended = select(func.count(ContactRow.valid_until))
    figures = select(func.count()).select_from(FiguresRow)
    return _counted(session, *_CAME, ended, figures)


_CAME: Final = (
    select(func.count()).select_from(ContactRow),
    select(func.count()).select_from(SourceFile),
    select(func.max(SourceFile.imported_at)),
)
"""What is counted by indexes: contacts that were added, and files, by which all figures come."""


def _counted(session: Session, *counts: Select[Any]) -> tuple[object, ...]:
    return tuple(session.execute(select(*(each.scalar_subquery() for each in counts))).one())


VERSION: Final = "dispatch_register_version"
"""Where a session keeps it: a page needs it once."""


def registered(session: Session) -> dict[RoleAt, tuple[UUID, Contact]]:
    """Return the present contacts in all roles, with the ids of their rows."""
    query = select(ContactRow.id, *_columns()).where(ContactRow.valid_until.is_(None))
    return {each.role_at: (row_id, each) for row_id, each in map(_with_id, session.execute(query))}


NAMES: Final = tuple(each.name for each in fields(Contact))
ROLE: Final = NAMES.index("role")


def _columns() -> Iterator[InstrumentedAttribute[Any]]:
    """Yield the columns of a contact, in the order of its fields."""
    return (getattr(ContactRow, COLUMNS.get(name, name)) for name in NAMES)


def _with_id(row: Row[*tuple[Any, ...]]) -> tuple[UUID, Contact]:
    row_id, *values = row
    values[ROLE] = intern(values[ROLE])  # one string for all who hold it
    return row_id, Contact(**dict(zip(NAMES, values, strict=True)))


TABLE: Final = table_of(ContactRow)

COLUMNS: Final = {"authority": "authority_code"}
"""Columns that are called otherwise than the fields of a contact."""


def holder(session: Session, code: str, role: str) -> ContactRow | None:
    """Return who holds a role at an authority now, or None."""
    query = select(ContactRow).where(
        ContactRow.authority_code == code,
        ContactRow.role == role,
        ContactRow.valid_until.is_(None),
    )
    return session.scalars(query).one_or_none()


def holder_unless_later(session: Session, code: str, role: str, day: date) -> ContactRow | None:
    """Return who holds a role at an authority now, or None.

    Raises `RuleBroken` if a change of it after `day` is already recorded.
    """
    row = ContactRow
    query = select(row).where(row.authority_code == code, row.role == role)
    rows = session.scalars(query.order_by(row.valid_from)).all()
    _refuse_later(rows, day)
    return next((row for row in rows if row.valid_until is None), None)


def replace(
    session: Session,
    coming: Iterable[tuple[Contact, UUID | None]],
    *,
    day: date,
    source_file_id: UUID | None = None,
) -> list[ContactRow]:
    """Record contacts from `day` on, each in place of the row whose id is with it, if any.

    Raises `RuleBroken` if a later change of the same role is already recorded.
    """
    pairs = list(coming)
    refuse_before(session, (contact.role_at for contact, _ in pairs), day)
    _end(session, (replaced for _, replaced in pairs if replaced), day)
    rows = [ContactRow(**_values(*pair, day, source_file_id)) for pair in pairs]
    session.add_all(rows)
    session.flush()
    return rows


def _values(
    contact: Contact, replaced: UUID | None, day: date, source_file_id: UUID | None
) -> dict[str, Any]:
    """Return what the row of a contact has, but for its id."""
    own = {COLUMNS.get(name, name): getattr(contact, name) for name in NAMES}
    return {**own, "valid_from": day, "replaces_id": replaced, "source_file_id": source_file_id}


def end(session: Session, endings: Iterable[Ending[Contact]], *, day: date) -> None:
    """End contacts and leave their roles vacant from `day` on. Raises as `replace` does."""
    ending = list(endings)
    refuse_before(session, (each.value.role_at for each in ending), day)
    _end(session, (each.row_id for each in ending), day)


def _end(session: Session, row_ids: Iterable[UUID], day: date) -> None:
    ended = listed(session.get_bind().dialect.name, "ended", Uuid())
    change = (
        update(ContactRow)
        .where(ContactRow.id.in_(ended))
        .values(valid_until=day)
        .execution_options(synchronize_session=False)
    )
    session.execute(change, {"ended": as_list((row_id,) for row_id in row_ids)})
    for row in session.identity_map.values():
        if isinstance(row, ContactRow):
            session.expire(row, ["valid_until"])


def refuse_before(session: Session, roles: Iterable[RoleAt], day: date) -> None:
    """Raise `RuleBroken` if a change of one of these roles after `day` is already recorded."""
    later = or_(ContactRow.valid_from > day, ContactRow.valid_until > day)
    query = select(ContactRow).where(later).order_by(ContactRow.authority_code, ContactRow.role)
    if found := session.scalars(query).all():  # seldom: a day in the past was given
        these = {*roles}
        _refuse_later((row for row in found if (row.authority_code, row.role) in these), day)


def _refuse_later(rows: Iterable[ContactRow], day: date) -> None:
    for row in rows:
        last = max(row.valid_from, row.valid_until or row.valid_from)
        if last > day:
            raise RuleBroken(
                f"the {row.role} of {row.authority_code} changed on {calendar.day_in_words(last)}: "
                f"no change can be dated before that"
            )


def prepared(
    session: Session, comparison: Comparison[Contact], source_file_id: UUID, day: date
) -> Prepared:
    """Return the rows of the contacts that a file brings, who are in post from a day on."""
    pairs = sorted(comparison.pairs, key=lambda pair: pair[0].role_at)
    rows = (
        {"id": row_id, **_values(contact, replaced, day, source_file_id)}
        for row_id, (contact, replaced) in zip(new_ids(len(pairs)), pairs, strict=True)
    )
    return prepare(session, insert_many(session.get_bind().dialect.name, TABLE), rows)


def make_way(session: Session, comparison: Comparison[Contact], day: date) -> None:
    """End the contacts that a file ends or replaces. Raises as `replace` does."""
    refuse_before(session, (each.role_at for each in comparison.touched), day)
    replaced = (each.row_id for each in comparison.changed if each.row_id)
    _end(session, sorted([*replaced, *(each.row_id for each in comparison.ended)]), day)


def history(session: Session, code: str) -> list[Tenure]:
    """Return everybody who ever held a role at an authority, by role and then by day.

    The days are in the contacts' own rows. What a change is based on is the file that it came
    from or, where a person made it, the event in the ledger that has the contact's id.
    """
    query = (
        select(ContactRow, SourceFile)
        .outerjoin(SourceFile, SourceFile.id == ContactRow.source_file_id)
        .where(ContactRow.authority_code == code)
        .order_by(ContactRow.id)
    )
    found = session.execute(query).all()
    recorded = journal.events(session, f"authority:{code}")
    brought, ended = _origins(recorded, *BROUGHT), _origins(recorded, ENDED)
    after = {row.replaces_id: row.to_contact() for row, _ in found if row.replaces_id}
    tenures = [
        Tenure(
            contact=row.to_contact(),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            brought=_of_file(source) if source else brought.get(str(row.id)),
            replaced_by=after.get(row.id),
            ended=ended.get(str(row.id)),
        )
        for row, source in found
    ]
    return sorted(tenures, key=lambda tenure: tenure.sort_key)


BROUGHT: Final = (events.CONTACT_APPOINTED.action, events.CONTACT_REPLACED.action)
ENDED: Final = events.CONTACT_ENDED.action
"""The kinds of event by which a contact takes up a role, and by which a role becomes vacant."""


def _origins(recorded: Iterable[Event], *actions: str) -> Mapping[str, Origin]:
    """Return what changes are based on, by the id of the contact that each is about."""
    return {
        event.detail["contact"]: Origin(
            event.actor,
            event.at,
            file=event.detail.get("name"),
            because=event.detail.get("because") or None,
            is_suggested="mail" in event.detail,
        )
        for event in recorded
        if event.action in actions and "contact" in event.detail
    }


def _of_file(source: SourceFile) -> Origin:
    return Origin(source.imported_by, source.imported_at, file=source.name)
