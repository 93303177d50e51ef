"""Files that came in and are not taken in yet: rows, what was read in them, and its codes.

What was read is kept so that a page need not read the file again. A person agrees to what a page
shows of it, so each line and the whole have codes by the key that is not in the database: nobody
with the database alone can show a person something else than the file would do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session, undefer

from dispatch.database import key_of
from dispatch.database.metadata import table_of
from dispatch.database.tables import SourceFile, StagedFile, StagedLine
from dispatch.domain.digest import canonical_json, plain
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.proof.ledger import UNSPELLABLE
from dispatch.domain.proof.mac import is_mac, mac
from dispatch.domain.register.staging import Line, LineKind, Reading, StagedState
from dispatch.domain.word import Word

READING, LINE = "staged reading", "staged line"
"""What the two codes are made for."""

NOT_OURS: Final = (
    "what stands in the database is not what was read in this file: have it read again"
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A line with its place among all lines of its file."""

    place: int
    line: Line


def by_id(
    session: Session, id_: UUID, *, has_content: bool = False, is_locked: bool = False
) -> StagedFile:
    """Return a file. Raises `NotFound`.

    With `is_locked` it is read again, and nobody else can change it until the transaction ends.
    """
    query = select(StagedFile).where(StagedFile.id == id_, StagedFile.mailout.is_(None))
    if has_content:
        query = query.options(undefer(StagedFile.content))
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    if found := session.scalars(query).one_or_none():
        return found
    raise NotFound("there is no such file; see the list of files that came in")


def content(session: Session, row: StagedFile) -> bytes:
    """Return the bytes of a file, as they came. Raises `NotFound` once they are deleted."""
    found = row.content
    if not found and row.source_file_id:
        query = select(SourceFile.content).where(SourceFile.id == row.source_file_id)
        found = session.scalar(query) or b""
    if not found:
        raise NotFound(f"the content of {row.name} is deleted: its time was over")
    return found


def page(session: Session, *, after: UUID | None, limit: int) -> Sequence[StagedFile]:
    """Return files, the newest first, from the one after the file with this id."""
    key = StagedFile.staged_at, StagedFile.id
    query = select(StagedFile).where(StagedFile.mailout.is_(None))
    query = query.order_by(*(each.desc() for each in key)).limit(limit)
    if after and (last := session.get(StagedFile, after)):
        query = query.where(tuple_(*key) < (last.staged_at, last.id))
    return session.scalars(query).all()


def same(session: Session, row: StagedFile) -> list[tuple[str, datetime]]:
    """Return who took in a file with the same bytes before, and when."""
    query = select(SourceFile.imported_by, SourceFile.imported_at).where(
        SourceFile.sha256 == row.sha256, SourceFile.kind == row.kind
    )
    if row.source_file_id:
        query = query.where(SourceFile.id != row.source_file_id)
    return [(by, at) for by, at in session.execute(query.order_by(SourceFile.imported_at))]


def aside(session: Session, mailout: str, *, has_content: bool = False) -> Sequence[StagedFile]:
    """Return the spreadsheets that are kept aside for a mailout's plan, by name."""
    query = select(StagedFile).where(StagedFile.mailout == mailout)
    if has_content:
        query = query.options(undefer(StagedFile.content))
    return session.scalars(query.order_by(StagedFile.name, StagedFile.id)).all()


def drop(session: Session, mailout: str, ids: Collection[UUID]) -> None:
    """Delete spreadsheets that are kept aside."""
    theirs = StagedFile.mailout == mailout, StagedFile.id.in_(ids)
    session.execute(delete(StagedFile).where(*theirs))


def record(
    session: Session,
    row: StagedFile,
    reading: Reading,
    lines: Iterable[Line],
    difference: str | None,
) -> None:
    """Keep what was read in a file, in place of what was read before."""
    row.state = StagedState.FAULTY if difference is None else StagedState.READ
    row.reading, row.difference = reading, difference
    row.mac = mac(key_of(session), READING, _spelt(row))
    session.flush()
    session.execute(delete(StagedLine).where(StagedLine.staged_file_id == row.id))
    if values := list(_values(session, row, lines)):
        session.execute(insert(table_of(StagedLine)), values)


def _values(session: Session, row: StagedFile, lines: Iterable[Line]) -> Iterator[dict[str, Any]]:
    key = key_of(session)
    for place, line in enumerate(lines, 1):
        yield {
            "staged_file_id": row.id,
            "place": place,
            "kind": line.kind,
            "content": dict(line.content),
            "mac": mac(key, LINE, _line(row, place, line.kind, line.content)),
        }


def taken_in(session: Session, row: StagedFile, source_id: UUID | None, word: Word) -> None:
    """Record that a file was taken in. Its bytes are kept as those of the file it became."""
    row.state, row.content, row.source_file_id = StagedState.TAKEN_IN, b"", source_id
    row.taken_in_at, row.taken_in_by = word.at, word.person
    row.mac = mac(key_of(session), READING, _spelt(row))


def reading(session: Session, row: StagedFile) -> Reading | None:
    """Return what was read in a file; None if a worker has still to read it.

    Raises `RuleBroken` if it is not as our processes wrote it.
    """
    if row.reading is None:
        return None
    try:
        is_ours = is_mac(row.mac, key_of(session), READING, _spelt(row))
    except UNSPELLABLE:
        is_ours = False
    if not is_ours:
        raise RuleBroken(NOT_OURS)
    return row.reading


def lines(session: Session, row: StagedFile, *, after: int = 0, limit: int) -> list[Placed]:
    """Return some lines of a file, in their order. Raises as `reading`, too, if one is missing."""
    query = select(StagedLine).where(StagedLine.staged_file_id == row.id, StagedLine.place > after)
    found = session.scalars(query.order_by(StagedLine.place).limit(limit)).all()
    places = [each.place for each in found]
    many = min(limit, max(0, _count(row) - after))
    if places != list(range(after + 1, after + 1 + many)):
        raise RuleBroken(NOT_OURS)
    return [_placed(session, row, each) for each in found]


def every_line(session: Session, row: StagedFile, *, limit: int) -> Iterator[Placed]:
    """Yield all lines of a file, read `limit` at a time. Raises as `lines`."""
    after = 0
    while found := lines(session, row, after=after, limit=limit):
        yield from found
        after = found[-1].place
        session.expunge_all()


def _count(row: StagedFile) -> int:
    return sum(row.reading.lines.values()) if row.reading else 0


def _placed(session: Session, row: StagedFile, found: StagedLine) -> Placed:
    spelt = _line(row, found.place, found.kind, found.content)
    if not is_mac(found.mac, key_of(session), LINE, spelt):
        raise RuleBroken(NOT_OURS)
    return Placed(found.place, Line(found.kind, found.content))


def _spelt(row: StagedFile) -> bytes:
    how = [row.is_complete, row.ignores_unknown, row.although]
    file = [row.id.hex, row.kind, row.sha256, *how]
    return canonical_json([*file, row.state.value, row.difference, plain(row.reading)])


def _line(row: StagedFile, place: int, kind: LineKind, content: object) -> bytes:
    of = [row.id.hex, row.sha256, row.difference]
    return canonical_json([*of, place, kind.value, plain(content)])
