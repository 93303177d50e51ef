"""A file that came in by a page, as people see it: what is wrong in it, or what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from dispatch.database.tables import StagedFile
from dispatch.domain import calendar
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.comparison import Change
from dispatch.domain.register.figures import Figures
from dispatch.domain.register.names import oddities
from dispatch.domain.register.staging import Line, LineKind, Reading, StagedState, Voided
from dispatch.domain.wording.counts import counted, listed
from dispatch.register.store.staged import Placed
from dispatch.views.imports import Value, described, named, value_text

VALUES: Final[dict[str, type[Value]]] = {
    "authorities": Authority,
    "contacts": Contact,
    "figures": Figures,
}


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file in the list of those that came in."""

    id: UUID
    name: str
    kind: str
    came_at: datetime
    came_by: str
    state: StagedState
    said: str
    """How far it is, in words."""


def listed_file(row: StagedFile, reading: Reading | None) -> ListedFile:
    """Return a file for the list."""
    return ListedFile(
        id=row.id,
        name=row.name,
        kind=row.kind,
        came_at=row.staged_at,
        came_by=row.staged_by,
        state=row.state,
        said=_said(row, reading),
    )


def _said(row: StagedFile, reading: Reading | None) -> str:
    if row.state is StagedState.TAKEN_IN:
        return f"taken in by {row.taken_in_by}"
    if row.state is StagedState.UNREAD:
        return "being read"
    if reading is None:
        return "deleted: its time was over"
    if row.state is StagedState.FAULTY:
        rows = reading.lines.get(LineKind.FAULT.value, 0)
        wrong = "row has something wrong", "rows have something wrong"
        return counted(rows, *wrong) if rows else "cannot be used"
    changes = changes_of(reading)
    return f"{counted(changes, 'change', 'changes')} to agree to" if changes else "changes nothing"


def changes_of(reading: Reading) -> int:
    """Return how many changes a file would make."""
    return sum(count for kind, count in reading.lines.items() if kind != LineKind.FAULT.value)


@dataclass(frozen=True, slots=True)
class CellView:
    """One cell of a row, and what is wrong with it."""

    text: str
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FaultView:
    """A row with something wrong in it."""

    number: int
    """As a spreadsheet numbers it."""
    cells: tuple[CellView, ...]
    beside: tuple[str, ...]
    """What is wrong with no single cell of it."""


def fault_view(line: Line, headings: Sequence[str]) -> FaultView:
    """Return a faulty row, with as many cells as there are headings."""
    content = line.content
    cells = [*content["cells"], *[""] * len(headings)]
    wrong: dict[int | None, list[str]] = {}
    for at, words in content["wrong"]:
        wrong.setdefault(at if at is not None and at < len(headings) else None, []).append(words)
    return FaultView(
        number=content["row"],
        cells=tuple(CellView(cells[at], tuple(wrong.get(at, ()))) for at in range(len(headings))),
        beside=tuple(wrong.get(None, ())),
    )


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field that a change sets, with what it was before."""

    name: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One value that a file would change, add or end."""

    place: int
    kind: LineKind
    about: str
    who: str
    """Of a value that is new or ended: what it is, in words."""
    fields: tuple[FieldView, ...]
    odd: tuple[str, ...]
    """What may be a slip."""


def change_view(placed: Placed, kind: str) -> ChangeView:
    """Return one change of a file of a kind."""
    content = placed.line.content
    before, after = (_value(kind, content.get(each)) for each in ("before", "after"))
    there = after or before
    assert there is not None  # noqa: S101 - for the type checker: a line has one of them
    return ChangeView(
        place=placed.place,
        kind=placed.line.kind,
        about=named(there),
        who="" if before and after else described(there).removeprefix(f"{named(there)}: "),
        fields=tuple(_fields(before, after)) if before and after else (),
        odd=tuple(oddities(after)) if isinstance(after, Contact) else (),
    )


def _value(kind: str, content: object) -> Value | None:
    return None if content is None else _adapter(kind).validate_python(content)


@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    return TypeAdapter(VALUES[kind])  # takes 5 ms to make


def _fields(before: Value, after: Value) -> Iterator[FieldView]:
    for name, (was, now) in Change(before, after).differences.items():
        yield FieldView(name.replace("_", " "), value_text(was), value_text(now))


def line_in_words(line: Line, kind: str) -> str:
    """Return one line of a reading as a sentence, to say what is new in it or gone."""
    if line.kind is LineKind.FAULT:
        return (
            f"row {line.content['row']}: {'; '.join(words for _, words in line.content['wrong'])}"
        )
    change = change_view(Placed(0, line), kind)
    fields = ", ".join(f"{each.name} {each.was} → {each.now}" for each in change.fields)
    return f"{change.about}: {KINDS[line.kind]}{fields or change.who}".rstrip(": ")


KINDS: Final = {LineKind.CHANGED: "", LineKind.ENDED: "ended: ", LineKind.NEW: "new: "}

MOST_CODES: Final = 12
"""Letters of one mailout that are named."""

MOST_SAID: Final = 20
"""Remarks of one kind that are shown."""


def voided_in_words(voided: Voided) -> str:
    """Say what a file does to a mailout, and whose approval it takes back."""
    count = len(voided.letters)
    letters = f"{counted(count, 'letter changes', 'letters change')}"
    said = f"{voided.mailout} goes back to draft: {letters} ({listed(voided.letters, MOST_CODES)})"
    if voided.approval is None:
        return f"{said}, and all are made anew."
    by, at = voided.approval
    return f"{said}. This takes back the approval by {by} of {calendar.moment_in_words(at)}."


def remarks(reading: Reading) -> Iterator[str]:
    """Say what may be a slip in a file, and what follows from it, but for its mailouts."""
    yield from reading.notes
    yield from _some(
        f"Row {each.row}: the {each.role} of {each.authority} has an address of the domain of "
        f"{' and '.join(each.owners)}: {each.address}. Is that right?"
        for each in reading.odd
    )
    yield from _some(
        f"{each.address} now serves {' and '.join(each.authorities)}: is that right?"
        for each in reading.shared
    )
    if reading.without_chief_executive:
        codes = listed(reading.without_chief_executive, MOST_CODES)
        yield f"No chief executive is left to write to at {codes}."
    if count := reading.staying:
        who = counted(count, "other contact in these roles is", "other contacts in these roles are")
        yield f"{who} not in the file, and will stay."


def _some(said: Iterable[str]) -> Iterator[str]:
    found = list(said)
    yield from found[:MOST_SAID]
    if len(found) > MOST_SAID:
        yield f"… and {len(found) - MOST_SAID} more like these."
