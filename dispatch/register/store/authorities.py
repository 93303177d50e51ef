"""Authorities: the bodies that get letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import itemgetter
from sys import intern
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.database import sql
from dispatch.database.metadata import table_of
from dispatch.database.tables import AuthorityRow, ContactRow
from dispatch.domain.errors import NotFound
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.codes import SLASH, called
from dispatch.domain.register.comparison import Comparison
from dispatch.domain.register.search import BEFORE, Match, Sought, searched


def lock(session: Session) -> None:
    """Let one writer at a time change the register, until its transaction ends.

    Two at once could each give the same role to somebody.
    """
    # FOR NO KEY UPDATE: rows that refer to an authority can still be added meanwhile.
    session.execute(select(AuthorityRow.code).with_for_update(key_share=True))


def codes(session: Session) -> list[str]:
    """Return the code of every authority, in order."""
    return sorted(session.scalars(select(AuthorityRow.code)))


def last_code(session: Session) -> str | None:
    """Return the last of them; None if there is no authority yet."""
    return max(session.scalars(select(AuthorityRow.code)), default=None)


def by_code(session: Session, some: Iterable[str] | None = None) -> dict[str, Authority]:
    """Return every authority by its code, abolished ones too; or those with some codes."""
    names = [field.name for field in fields(Authority)]
    # Without an object for each row: there may be 100,000.
    query, given = select(*(getattr(AuthorityRow, name) for name in names)), {}
    if some is not None:
        these = sql.listed(session.get_bind().dialect.name, "codes", String())
        query = query.where(AuthorityRow.code.in_(these))
        given["codes"] = sql.as_list((each,) for each in some)
    found = (dict(zip(names, row, strict=True)) for row in session.execute(query, given))
    return {
        each["code"]: Authority(
            **{**each, **_shared(each), "successors": tuple(each["successors"])}
        )
        for each in found
    }


def _shared(values: Mapping[str, Any]) -> dict[str, str]:
    """Return those values of an authority that many others have, as one string for all."""
    return {name: intern(values[name]) for name in SHARED if values[name]}


SHARED: Final = ("kind", "group", "region")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An authority in a list."""

    code: str
    name: str
    official_name: str
    group: str | None
    last_day: date | None
    successors: tuple[str, ...]
    former_names: tuple[str, ...]


def found(session: Session, sought: Sought, *, limit: int) -> list[tuple[Listed, Match]]:
    """Return the authorities that may be meant and how each is found, the likeliest first.

    Abolished ones too, after those that exist and are found alike.
    """
    ways = _ways(sought)
    if not ways:
        return []
    how = case(*((is_so, match.value) for match, is_so in ways.items()))
    order = how, AuthorityRow.last_day.is_not(None), AuthorityRow.name, AuthorityRow.code
    query = select(*_LISTED, how.label("how")).where(or_(*ways.values()))
    rows = session.execute(query.order_by(*order).limit(limit))
    return [(_listed(row), Match(row.how)) for row in rows]


def count_found(session: Session, sought: Sought) -> int:
    """Return how many authorities may be meant."""
    query = select(func.count()).select_from(AuthorityRow)
    return session.scalar(query.where(or_(false(), *_ways(sought).values()))) or 0


def _ways(sought: Sought) -> dict[Match, ColumnElement[bool]]:
    """Return the conditions under which an authority is found, the likeliest first."""
    code, text = func.lower(AuthorityRow.code), AuthorityRow.searched
    found: dict[Match, ColumnElement[bool]] = {}
    if sought.slug:
        found |= {
            Match.CODE: code == sought.slug,
            Match.CODE_BEGINS: code.like(f"{sought.slug}%"),
        }
    if sought.words:
        now = [text.like(f"{each}{BEFORE}%") for each in sought.patterns]
        found |= {
            Match.NAME_BEGINS: and_(*now, text.like(f"{sought.first}{BEFORE}%")),
            Match.NAME: and_(*now),
            Match.FORMER_NAME: and_(*(text.like(f"%{BEFORE}{each}") for each in sought.patterns)),
        }
    return found


def alike(session: Session, sought: Sought, *, limit: int) -> list[Listed]:
    """Return the authorities that have most pieces of what was typed in their names."""
    have = [case((AuthorityRow.searched.like(f"%{each}%"), 1), else_=0) for each in sought.pieces]
    if not have:
        return []
    alike_ = sum(have[1:], have[0]).label("alike")
    query = select(*_LISTED).where(alike_ > 0).order_by(alike_.desc(), AuthorityRow.name)
    return [*map(_listed, session.execute(query.limit(limit)))]


def before(session: Session, code: str) -> Iterator[Listed]:
    """Yield the bodies that an authority came after, by name."""
    query = select(*_LISTED).where(_HAS_SUCCESSORS).order_by(AuthorityRow.name, AuthorityRow.code)
    found = map(_listed, session.execute(query))
    return (each for each in found if code in each.successors)


def count(session: Session) -> int:
    """Return how many authorities there are, abolished ones too."""
    return session.scalar(select(func.count()).select_from(AuthorityRow)) or 0


def codes_from(session: Session, code: str, limit: int) -> list[str]:
    """Return the codes of some authorities, in order, from one on."""
    query = select(AuthorityRow.code).where(AuthorityRow.code >= code)
    return [*session.scalars(query.order_by(AuthorityRow.code).limit(limit))]


def ancestors(session: Session, codes: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each authority that one of some came after, at whatever remove, with that one."""
    query = select(AuthorityRow.code, AuthorityRow.successors)
    heirs = dict(session.execute(query.where(_HAS_SUCCESSORS)).all())
    for code, successors in heirs.items():
        found, left = set[str](), [*successors]
        while left:
            heir = left.pop()
            if heir not in found:
                found.add(heir)
                left += heirs.get(heir, ())
        yield from ((code, heir) for heir in found if heir in codes)


_HAS_SUCCESSORS: Final = cast(AuthorityRow.successors, String) != "[]"
"""The condition for the few that have any: the others need not be read as JSON."""


def page(session: Session, *, after: str | None, limit: int) -> list[Listed]:
    """Return some authorities by name, those that follow the code `after`."""
    query = select(*_LISTED).order_by(AuthorityRow.name, AuthorityRow.code).limit(limit)
    if after is not None:
        last = select(AuthorityRow.name).where(AuthorityRow.code == after).scalar_subquery()
        query = query.where(tuple_(AuthorityRow.name, AuthorityRow.code) > tuple_(last, after))
    return [*map(_listed, session.execute(query))]


def without_contact(session: Session, role: str, day: date) -> list[Listed]:
    """Return the authorities that exist on a day and have nobody in post in a role, by name."""
    row, someone = AuthorityRow, ContactRow
    in_post = exists().where(
        someone.authority_code == row.code, someone.role == role, someone.valid_until.is_(None)
    )
    query = (
        select(*_LISTED)
        .where(
            ~in_post,
            or_(row.last_day.is_(None), row.last_day >= day),
            or_(row.start_date.is_(None), row.start_date <= day),
        )
        .order_by(row.name, row.code)
    )
    return [*map(_listed, session.execute(query))]


_LISTED: Final[tuple[InstrumentedAttribute[Any], ...]] = (
    AuthorityRow.code,
    AuthorityRow.name,
    AuthorityRow.official_name,
    AuthorityRow.group,
    AuthorityRow.last_day,
    AuthorityRow.successors,
    AuthorityRow.former_names,
)


def _listed(row: Row[*tuple[Any, ...]]) -> Listed:
    return Listed(
        code=row.code,
        name=row.name,
        official_name=row.official_name,
        group=row.group,
        last_day=row.last_day,
        successors=tuple(row.successors),
        former_names=tuple(row.former_names),
    )


def one(session: Session, code: str) -> tuple[Authority, tuple[str, ...]]:
    """Return an authority by its code, in any letter case, and its former names.

    Raises `NotFound`.
    """
    row = session.get(AuthorityRow, code)
    if row is None:
        row = session.get_one(AuthorityRow, authority_code(session, code))
    values = {field.name: getattr(row, field.name) for field in fields(Authority)}
    found = Authority(**{**values, "successors": tuple(row.successors)})
    return found, tuple(row.former_names)


def names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Return the names of the authorities that some letters are about, by the letters' codes.

    A letter to one of several successors has its name, too: "Surrey, to East Surrey".
    """
    asked = list(codes)
    named = {part for code in asked for part in code.split(SLASH)}
    if not named:
        return {}
    these = sql.listed(session.get_bind().dialect.name, "codes", String())
    query = select(AuthorityRow.code, AuthorityRow.name).where(AuthorityRow.code.in_(these))
    found = dict(session.execute(query, {"codes": sql.as_list((each,) for each in named)}).all())
    return called(asked, found)


def any_code(session: Session) -> str | None:
    """Return the first of all codes; None if there is no authority yet."""
    return session.scalar(select(AuthorityRow.code).order_by(AuthorityRow.code).limit(1))


def authority_code(session: Session, code: str) -> str:
    """Return a code as it is registered, given in any letter case, or raise `NotFound`."""
    known: set[str] = session.info.setdefault(KNOWN, set())
    if code in known:
        return code
    if session.scalar(select(AuthorityRow.code).where(AuthorityRow.code == code)):
        known.add(code)  # found by its key, without looking at every other
        return code
    query = select(AuthorityRow.code).where(func.lower(AuthorityRow.code) == code.lower())
    if found := session.scalars(query).one_or_none():
        return found
    raise NotFound(f"no authority has the code {code!r}; see the file that was imported")


KNOWN: Final = "dispatch_codes"
"""Where a session has the codes that it has looked up: no authority is ever deleted."""


def letter_code(session: Session, code: str) -> str:
    """Return the code of a letter as it is registered: SRY, or SRY/ESU. Raises `NotFound`."""
    return SLASH.join(authority_code(session, each) for each in code.split(SLASH, 1))


def is_about(
    session: Session, column: InstrumentedAttribute[str], code: str
) -> ColumnElement[bool]:
    """Return the condition that a letter is about an authority: SRY/ESU is about SRY too.

    Or that it is the letter SRY/ESU, if that is the code.
    """
    dialect = session.get_bind().dialect.name
    is_so = or_(column == code, sql.starts_with(dialect, column, f"{code}{SLASH}"))
    if dialect == "sqlite":
        # All of these lie in one range; without it SQLite would read all codes of a mailout.
        return and_(column >= code, column < f"{code}{chr(ord(SLASH) + 1)}", is_so)
    return is_so


def letter_codes(session: Session, codes: Collection[str]) -> set[str]:
    """Return codes of letters as they are registered: by one statement, if they are given so.

    Raises `NotFound`.
    """
    if not codes:
        return set()
    parts = {part for code in codes for part in code.split(SLASH, 1)}
    these = sql.listed(session.get_bind().dialect.name, "codes", String())
    query = select(AuthorityRow.code).where(AuthorityRow.code.in_(these))
    known = set(session.scalars(query, {"codes": sql.as_list((each,) for each in parts)}))
    are_known = {code: known.issuperset(code.split(SLASH, 1)) for code in codes}
    return {code if is_so else letter_code(session, code) for code, is_so in are_known.items()}


def prepared(
    session: Session, comparison: Comparison[Authority], source_file_id: UUID
) -> sql.Prepared:
    """Return the rows of new authorities, and of changed ones, which are updated in place."""
    rows = [
        *(_values(each, source_file_id) for each in comparison.new),
        *_changed(session, comparison, source_file_id),
    ]
    table = table_of(AuthorityRow)
    insert = sql.insert_many(session.get_bind().dialect.name, table)
    others = {each.name: insert.excluded[each.name] for each in table.c if not each.primary_key}
    upsert = insert.on_conflict_do_update(index_elements=[table.c.code], set_=others)
    return sql.prepare(session, upsert, sorted(rows, key=itemgetter("code")))


def _changed(
    session: Session, comparison: Comparison[Authority], source_file_id: UUID
) -> Iterator[dict[str, Any]]:
    """Yield the values of each that changed, with what it was called until now.

    People go on looking for that.
    """
    these = sql.listed(session.get_bind().dialect.name, "codes", String())
    query = select(AuthorityRow.code, AuthorityRow.former_names).where(AuthorityRow.code.in_(these))
    codes = sql.as_list((each.after.code,) for each in comparison.changed)
    former = dict(session.execute(query, {"codes": codes}).all()) if comparison.changed else {}
    for change in comparison.changed:
        now = {change.after.name, change.after.official_name}
        gone = {change.before.name: None, change.before.official_name: None}
        known = former[change.after.code]
        names_ = [*known, *(each for each in gone if each not in now and each not in known)]
        yield _values(change.after, source_file_id, names_)


def _values(
    authority: Authority, source_file_id: UUID, former: Sequence[str] = ()
) -> dict[str, Any]:
    values = {field.name: getattr(authority, field.name) for field in fields(authority)}
    values["comparison_group"] = values.pop("group")
    return {
        **values,
        "successors": list(authority.successors),
        "source_file_id": source_file_id,
        "former_names": list(former),
        "searched": searched((authority.name, authority.official_name), former),
    }
