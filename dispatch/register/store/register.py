"""The register: authorities, who is in post there, and the figures that hold.

What comes in is first compared with what is there, which writes nothing, and then written:
authorities are updated, figures replaced by new rows that point at the old. Contacts are compared
and written in `register.store.posts`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.database.tables import (
    AuthorityRow,
    ContactRow,
    FiguresRow,
    Mailout,
    SourceFile,
    Suppression,
)
from dispatch.domain.address import folded
from dispatch.domain.authority import Authority, Contact
from dispatch.domain.drafting import Register
from dispatch.domain.errors import NotFound
from dispatch.domain.figures import Figures
from dispatch.domain.mailout import Plan

T = TypeVar("T", bound=Authority | Contact | Figures)


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """What was registered, and what is to take its place."""

    before: T
    after: T
    row_id: UUID | None = None
    """The row that is replaced; None where it is updated."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what differs; two spellings of one mailbox do not."""
        names = (field.name for field in fields(self.before))
        return tuple(
            name for name in names if _compared(self.before, name) != _compared(self.after, name)
        )


def _compared(value: object, name: str) -> object:
    found = getattr(value, name)
    return folded(found) if name == "address" else found


@dataclass(frozen=True, slots=True)
class Ending(Generic[T]):
    """What was registered, and is to hold no longer."""

    value: T
    row_id: UUID


@dataclass(frozen=True, slots=True)
class Comparison(Generic[T]):
    """What came in, set against what is registered."""

    new: tuple[T, ...]
    changed: tuple[Change[T], ...]
    unchanged: int
    ended: tuple[Ending[T], ...] = ()

    @property
    def coming(self) -> tuple[T, ...]:
        """Every value that is new or takes the place of another."""
        return (*self.new, *(change.after for change in self.changed))

    @property
    def touched(self) -> tuple[T, ...]:
        """Every value that comes, and every one that goes without another in its place."""
        return (*self.coming, *(ending.value for ending in self.ended))

    @property
    def pairs(self) -> list[tuple[T, UUID | None]]:
        """What is to be added, each with the row that it replaces."""
        new = [(value, None) for value in self.new]
        return [*new, *((change.after, change.row_id) for change in self.changed)]


def lock(session: Session) -> None:
    """Let one writer in at a time, as two at once could each put somebody in the same post."""
    session.execute(select(AuthorityRow.code).with_for_update(key_share=True))


def authorities(session: Session) -> dict[str, Authority]:
    """Return every authority by its code, abolished ones too."""
    return {row.code: row.to_authority() for row in session.scalars(select(AuthorityRow))}


def contacts_in_post(
    session: Session, roles: Iterable[str] | None = None
) -> dict[tuple[str, str], Contact]:
    """Return who is in post, in all roles or in some, by authority code and role."""
    query = select(ContactRow).where(ContactRow.valid_until.is_(None))
    if roles is not None:
        query = query.where(ContactRow.role.in_(list(roles)))
    return {(row.authority_code, row.role): row.to_contact() for row in session.scalars(query)}


def current_figures(session: Session, year: str) -> dict[str, Figures]:
    """Return the figures of a year that hold, by authority code."""
    query = select(FiguresRow).where(FiguresRow.year == year, FiguresRow.is_current)
    return {row.authority_code: row.to_figures() for row in session.scalars(query)}


def written_to(plan: Plan, known: Sequence[Authority]) -> set[str]:
    """Return the codes that a plan's letters may be about or go to, successors among them."""
    successors = {code for authority in known for code in authority.successors}
    return successors | {each.code for each in known if plan.inclusion.covers(each)}


def concerned(session: Session, mailouts: Iterable[Mailout], code: str, role: str) -> list[Mailout]:
    """Return those of some mailouts whose letters may go to the holder of a role."""
    known = list(authorities(session).values())
    return [
        each
        for each in mailouts
        if role in (*each.plan.to_roles, *each.plan.cc_roles)
        and code in written_to(each.plan, known)
    ]


def compare_authorities(session: Session, coming: Iterable[Authority]) -> Comparison[Authority]:
    """Set authorities against those registered under the same codes."""
    present = {code: (None, each) for code, each in authorities(session).items()}
    return compare(present, coming, lambda each: each.code)


def compare_figures(session: Session, coming: Iterable[Figures]) -> Comparison[Figures]:
    """Set figures against those that hold for the same authorities and years."""
    query = select(FiguresRow).where(FiguresRow.is_current)
    present = {
        (row.authority_code, row.year): (row.id, row.to_figures()) for row in session.scalars(query)
    }
    return compare(present, coming, lambda each: (each.authority, each.year))


def compare(
    present: Mapping[Any, tuple[UUID | None, T]],
    coming: Iterable[T],
    key: Callable[[T], Hashable],
) -> Comparison[T]:
    """Set what comes in against what is registered under the same keys."""
    new: list[T] = []
    changed: list[Change[T]] = []
    unchanged = 0
    for after in coming:
        row_id, before = present.get(key(after), (None, None))
        if before is None:
            new.append(after)
        elif (change := Change(before, after, row_id)).fields:
            changed.append(change)
        else:
            unchanged += 1
    return Comparison(tuple(new), tuple(changed), unchanged)


def write_authorities(
    session: Session, comparison: Comparison[Authority], source: SourceFile
) -> None:
    """Add the new authorities and update the changed ones in place."""
    rows = {each.code: _authority_values(each, source.id) for each in comparison.coming}
    session.add_all(AuthorityRow(**rows[each.code]) for each in comparison.new)
    if comparison.changed:
        session.execute(
            update(AuthorityRow), [rows[each.after.code] for each in comparison.changed]
        )
    session.flush()


def _authority_values(authority: Authority, source_file_id: UUID) -> dict[str, Any]:
    values = {field.name: getattr(authority, field.name) for field in fields(authority)}
    return {
        **values,
        "successors": list(authority.successors),
        "source_file_id": source_file_id,
    }


def write_figures(session: Session, comparison: Comparison[Figures], source: SourceFile) -> None:
    """Add figures; those that they correct stay on record, and no longer hold."""
    # First, since only one row of an authority and a year may be current.
    if stale := [{"id": each.row_id, "is_current": False} for each in comparison.changed]:
        session.execute(update(FiguresRow), stale)
    session.add_all(
        FiguresRow(
            authority_code=figures.authority,
            year=figures.year,
            counts=dict(figures.counts),
            percentages=dict(figures.percentages),
            synthetic=list(figures.synthetic),
            source=figures.source,
            replaces_id=replaces_id,
            source_file_id=source.id,
        )
        for figures, replaces_id in comparison.pairs
    )
    session.flush()


def for_plan(session: Session, plan: Plan) -> Register:
    """Return all that the letters of a plan are drawn up from, as it is now."""
    return Register(
        authorities=authorities(session),
        contacts=contacts_in_post(session, (*plan.to_roles, *plan.cc_roles)),
        figures=current_figures(session, plan.year),
        suppressed=suppressed(session),
    )


def suppressed(session: Session) -> frozenset[str]:
    """Return the addresses, folded, that are not to be written to."""
    query = select(Suppression.address).where(Suppression.lifted_at.is_(None))
    return frozenset(session.scalars(query))


def authority_code(session: Session, code: str) -> str:
    """Return a code as it is registered, whatever its letter case, or raise `NotFound`."""
    query = select(AuthorityRow.code).where(func.lower(AuthorityRow.code) == code.lower())
    if found := session.scalars(query).one_or_none():
        return found
    raise NotFound(f"no authority has the code {code!r}; see the file that was imported")
