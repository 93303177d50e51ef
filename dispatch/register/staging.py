"""Files that come in by a page: kept as they came, read, shown, and taken in once a person agrees.

What is read in a file is kept, so that the page of it shows a part at a time. Nothing of it is in
the register until a person has agreed to what it changes, by the digest of that. A file of many
rows is read, and taken in, by a worker.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

from dispatch.database import Session, Sessions
from dispatch.database.tables import StagedFile
from dispatch.domain.digest import canonical_json, plain, sha256
from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.jobs.job import JobKind
from dispatch.domain.register.comparison import Comparison
from dispatch.domain.register.staging import Line, LineKind, Reading, StagedState
from dispatch.domain.word import Word
from dispatch.domain.wording.sentences import sentence
from dispatch.files import contacts
from dispatch.files.tables.faults import Fault, Faulty, Layout, shorten
from dispatch.files.tables.given.faulty import with_what_is_wrong
from dispatch.files.tables.sheet import grid_of
from dispatch.jobs import orders
from dispatch.ledger import events, journal
from dispatch.register import store
from dispatch.register.file_kinds import KINDS, Drawable, File
from dispatch.register.imports import Import, prepare, propose, take_in
from dispatch.register.store.staged import Placed

AT_ONCE: Final = 5_000
"""Rows that are read while a person waits for the page: a fifth of a second."""

LONGEST_NAME: Final = 150
"""Characters of a file's name that are kept."""

MOST_REMARKS: Final = 200
"""Addresses of one kind of remark that are kept."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a person agreed to: the file and what it changes, by their digests."""

    file: str
    difference: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was read in a file."""

    reading: Reading
    lines: Sequence[Line]
    difference: str | None = None
    """The digest of what it changes; None if something is wrong."""


@dataclass(frozen=True, slots=True)
class Moved:
    """By what two readings of a file differ."""

    gone: tuple[Line, ...]
    """Lines of the earlier one alone."""
    come: tuple[Line, ...]
    """Lines of the later one alone."""


def bring(sessions: Sessions, file: File, word: Word, *, drawable: Drawable | None = None) -> UUID:
    """Keep a file as it came, read it, and return its id. Owns its transactions.

    A large one is left for a worker to read. Raises `BadInput` if it is not a table, is larger than
    the limits, or is of another kind: then nothing is kept.
    """
    if file.kind not in KINDS:
        raise BadInput("choose what is in the file: authorities, contacts or figures")
    rows = sum(map(any, grid_of(file.name, file.content).rows))
    found = None
    if rows <= AT_ONCE:
        with sessions.read() as session:
            found = _look(session, file, drawable)
    with sessions.begin() as session:
        row = _staged(file, rows, word)
        session.add(row)
        session.flush()
        detail = {"kind": file.kind, "sha256": row.sha256, "name": row.name}
        journal.append(session, events.FILE_STAGED.by(word, row.id, **detail))
        if found:
            store.staged.record(session, row, found.reading, found.lines, found.difference)
        else:
            orders.ask(session, JobKind.READ_FILE, str(row.id), word)
        return row.id


def _staged(file: File, rows: int, word: Word) -> StagedFile:
    return StagedFile(
        id=uuid4(),
        kind=file.kind,
        name=file.name,
        sha256=sha256(file.content),
        size=len(file.content),
        content=file.content,
        is_complete=file.is_complete,
        ignores_unknown=file.ignores_unknown,
        although=file.although,
        rows=rows,
        staged_at=word.at,
        staged_by=word.person,
    )


FOLDERS: Final = re.compile(r"^.*[/\\]", re.DOTALL)


def plain_name(name: str) -> str:
    """Return the name of a file as it may be shown: without folders and what nobody can see."""
    last = FOLDERS.sub("", unicodedata.normalize("NFC", name))
    seen = "".join(each for each in last if unicodedata.category(each)[0] != "C")
    return " ".join(seen.split())[:LONGEST_NAME] or "file"


def _look(session: Session, file: File, drawable: Drawable | None) -> Found:
    """Return what is read in a file. Raises `BadInput` for one that is not a table of its kind."""
    try:
        shown = propose(session, file, drawable=drawable)
    except Faulty as error:
        return _faulty(error)
    return _different(shown)


def _faulty(error: Faulty) -> Found:
    """Return the faults of a file: those of its headings alone, if there are any, else all."""
    layout = error.layout
    of_headings = [each for each in error.faults if layout and each.row == layout.first]
    of_file = [each for each in error.faults if layout is None or each.row is None]
    lines = list(_fault_lines(layout, error.faults)) if layout and not of_headings else []
    reading = Reading(
        about_file=tuple(sentence(each.in_row) for each in of_headings or of_file),
        headings=tuple(map(shorten, layout.headings)) if layout else (),
        lines=_counted(lines),
        may_pass_over=bool(of_headings) and all(each.option for each in of_headings),
        may_be_right=any(each.option == contacts.GIVE_REASON for each in of_file),
    )
    return Found(reading, lines)


def _fault_lines(layout: Layout, faults: Sequence[Fault]) -> Iterator[Line]:
    """Yield each row in which something is wrong, with its cells, as the file has them."""
    rows: dict[int, list[Fault]] = {}
    for each in faults:
        if each.row is not None:
            rows.setdefault(each.row, []).append(each)
    for number, found in rows.items():
        cells = [shorten(cell) for cell in layout.rows.get(number, ())]
        wrong = [_wrong(layout, each) for each in found]
        yield Line(LineKind.FAULT, {"row": number, "cells": cells, "wrong": wrong})


def _wrong(layout: Layout, fault: Fault) -> list[Any]:
    """Return what is wrong in a row: the position of the cell, and the words for it there."""
    position = layout.position(fault.column) if fault.column else None
    return [position, fault.in_row if position is None else fault.rule]


def _different(shown: Import) -> Found:
    """Return what a file changes, line by line: what people must look at first."""
    comparison: Comparison[Any] = shown.comparison
    lines = [
        *(
            Line(LineKind.CHANGED, {"before": plain(each.before), "after": plain(each.after)})
            for each in comparison.changed
        ),
        *(Line(LineKind.ENDED, {"before": plain(each.value)}) for each in comparison.ended),
        *(Line(LineKind.NEW, {"after": plain(each)}) for each in comparison.new),
    ]
    ended = (each.value for each in comparison.ended)
    reading = Reading(
        lines=_counted(lines),
        unchanged=comparison.unchanged,
        staying=len(comparison.staying),
        notes=shown.notes,
        odd=shown.odd[:MOST_REMARKS],
        shared=comparison.shared[:MOST_REMARKS],
        without_chief_executive=tuple(
            each.authority for each in ended if each.role == CHIEF_EXECUTIVE
        ),
        voided=shown.voided,
    )
    return Found(reading, lines, shown.digest)


CHIEF_EXECUTIVE: Final = "chief executive"


def _counted(lines: Sequence[Line]) -> dict[str, int]:
    return dict(Counter(each.kind.value for each in lines))


def read(sessions: Sessions, staged_id: UUID, *, drawable: Drawable | None = None) -> StagedState:
    """Read a file, keep what is found in place of what was, and return its state.

    Owns its transactions. Raises `NotFound`, and `RuleBroken` for a file that was taken in.
    """
    with sessions.read() as session:
        row = store.staged.by_id(session, staged_id, has_content=True)
        file = _file_of(session, row)
        try:
            found = _look(session, file, drawable)
        except BadInput as error:
            said = str(error).removeprefix(f"{file.name}: ")
            found = Found(Reading(about_file=(sentence(said),)), ())
    with sessions.begin() as session:
        row = store.staged.by_id(session, staged_id, is_locked=True)
        refuse_taken_in(row)
        store.staged.record(session, row, found.reading, found.lines, found.difference)
        return row.state


def refuse_taken_in(row: StagedFile) -> None:
    """Raise `RuleBroken` for a file that was taken in."""
    if row.state is StagedState.TAKEN_IN:
        raise RuleBroken(f"{row.name} has been taken in by {row.taken_in_by}")


def _file_of(session: Session, row: StagedFile) -> File:
    """Return a file as it came. Raises `ChangedMeanwhile` if somebody changed it."""
    content = store.staged.content(session, row)
    if sha256(content) != row.sha256:
        raise ChangedMeanwhile
    return File(
        row.kind,
        row.name,
        content,
        is_complete=row.is_complete,
        ignores_unknown=row.ignores_unknown,
        although=row.although,
    )


def read_again(
    sessions: Sessions,
    staged_id: UUID,
    word: Word,
    *,
    ignores_unknown: bool = False,
    although: str = "",
    drawable: Drawable | None = None,
) -> None:
    """Read a file once more, with what a person says of it. Owns its transactions.

    A large one is left for a worker. Raises as `read`.
    """
    with sessions.begin() as session:
        row = store.staged.by_id(session, staged_id, is_locked=True)
        refuse_taken_in(row)
        row.ignores_unknown |= ignores_unknown
        row.although = although or row.although
        if row.rows > AT_ONCE:
            row.state, row.reading, row.difference = StagedState.UNREAD, None, None
            orders.ask(session, JobKind.READ_FILE, str(row.id), word)
            return
    read(sessions, staged_id, drawable=drawable)


def confirm(
    sessions: Sessions,
    staged_id: UUID,
    agreed: Agreed,
    word: Word,
    *,
    drawable: Drawable | None = None,
) -> bool:
    """Take in a file, as a person has agreed; False if it is large and left for a worker.

    Owns its transactions. Raises as `carry_out`.
    """
    with sessions.begin() as session:
        row = store.staged.by_id(session, staged_id)
        if row.rows > AT_ONCE:
            _refuse(row, agreed)
            terms = {"file": agreed.file, "difference": agreed.difference}
            orders.ask(session, JobKind.TAKE_IN, str(row.id), word, **terms)
            return False
    carry_out(sessions, staged_id, agreed, word, drawable=drawable)
    return True


def carry_out(
    sessions: Sessions,
    staged_id: UUID,
    agreed: Agreed,
    word: Word,
    *,
    drawable: Drawable | None = None,
) -> None:
    """Take in a file, if it does exactly what a person has agreed to.

    Owns its transactions. Doing it twice does nothing more. Raises `ChangedMeanwhile` if it would
    do anything else, and `RuleBroken` if it changes nothing or was taken in otherwise.
    """
    with sessions.read() as session:
        row = store.staged.by_id(session, staged_id, has_content=True)
        if row.state is StagedState.TAKEN_IN and row.difference == agreed.difference:
            return
        _refuse(row, agreed)
        shown = _proposed(session, _file_of(session, row), drawable)
    shown.check(agreed.difference)
    if not shown.comparison.touched:
        raise RuleBroken(f"{row.name} changes nothing: all that it says is registered already")
    with sessions.read() as session:
        ready = prepare(session, shown, word)
    with sessions.begin() as session:
        row = store.staged.by_id(session, staged_id, has_content=True, is_locked=True)
        _refuse(row, agreed)
        done = take_in(session, _file_of(session, row), word, ready=ready, drawable=drawable)
        store.staged.taken_in(session, row, done.source_id, word)


def _refuse(row: StagedFile, agreed: Agreed) -> None:
    """Raise `ChangedMeanwhile` unless a file was read as it was when the person agreed."""
    refuse_taken_in(row)
    if (row.sha256, row.difference) != (agreed.file, agreed.difference):
        raise ChangedMeanwhile


def _proposed(session: Session, file: File, drawable: Drawable | None) -> Import:
    """Return what a file changes now. Raises `ChangedMeanwhile` if it cannot be used any more."""
    try:
        return propose(session, file, drawable=drawable)
    except BadInput as error:
        raise ChangedMeanwhile from error


def refreshed(
    sessions: Sessions, staged_id: UUID, word: Word, *, drawable: Drawable | None = None
) -> Moved:
    """Read a file once more, and return by what it differs from what a person was shown.

    Owns its transactions. Of a large file, which a worker reads, that is not known yet.
    """
    before = _kept(sessions, staged_id)
    read_again(sessions, staged_id, word, drawable=drawable)
    return moved(before, _kept(sessions, staged_id))


def _kept(sessions: Sessions, staged_id: UUID) -> list[Line]:
    """Return the lines that are kept of a file; none if they are not as we wrote them."""
    with sessions.read() as session:
        row = store.staged.by_id(session, staged_id)
        if row.rows > AT_ONCE:
            return []
        try:
            found = list(store.staged.every_line(session, row, limit=AT_ONCE))
        except RuleBroken:
            return []
    return [each.line for each in found]


def moved(before: Sequence[Line], after: Sequence[Line]) -> Moved:
    """Return by what the lines of two readings differ."""
    was, is_now = ({_key(each): each for each in lines} for lines in (before, after))
    return Moved(
        gone=tuple(each for key, each in was.items() if key not in is_now),
        come=tuple(each for key, each in is_now.items() if key not in was),
    )


def _key(line: Line) -> bytes:
    return canonical_json([line.kind.value, plain(line.content)])


def marked(session: Session, staged_id: UUID) -> Iterator[bytes]:
    """Yield a faulty file as CSV: the same rows, and one more column that says what is wrong.

    Raises `NotFound` once its content is deleted.
    """
    row = store.staged.by_id(session, staged_id, has_content=True)
    reading = store.staged.reading(session, row) or Reading()
    said = {
        each.line.content["row"]: _in_row(reading.headings, each)
        for each in store.staged.every_line(session, row, limit=AT_ONCE)
        if each.line.kind is LineKind.FAULT
    }
    file = _file_of(session, row)
    return with_what_is_wrong(file.name, file.content, said, reading.about_file)


def _in_row(headings: Sequence[str], placed: Placed) -> str:
    """Return all that is wrong in a row, each with the heading of its cell."""
    wrong = placed.line.content["wrong"]
    return "; ".join(words if at is None else f"{headings[at]}: {words}" for at, words in wrong)
