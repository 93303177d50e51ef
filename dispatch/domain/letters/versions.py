"""Later versions of a letter that was sent: reissued because it was wrong, or readdressed.

A reissued letter says that it is version 2 and replaces the first. A readdressed one says the same
as the first, word for word, to another person: its version number stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from difflib import unified_diff

from dispatch.domain.letter import Content, Draft, Recipient, RecipientKind, Table
from dispatch.domain.register.authority import Contact, in_letter
from dispatch.domain.register.figures import Box


def reissued(old: Draft, now: Draft) -> Draft | None:
    """Return a letter as it would be drafted now, as the next version; None if it is the same."""
    same = replace(now, content=replace(now.content, version=old.content.version))
    if same == old:
        return None
    return replace(now, content=replace(now.content, version=old.content.version + 1))


def readdressed(old: Draft, contact: Contact) -> Draft | None:
    """Return a letter readdressed to one contact alone; None if it is addressed to them already."""
    if old.content.addressee == in_letter(contact):
        return None
    recipient = Recipient(
        kind=RecipientKind.TO, role=contact.role, address=contact.address, name=contact.full_name
    )
    content = replace(old.content, addressee=in_letter(contact))
    return replace(old, content=content, recipients=(recipient,))


def is_reissued(old: Draft, new: Draft) -> bool:
    """Whether a version says something else than the one before, and is not just readdressed."""
    return new.content.version > old.content.version


def difference(old: str, new: str) -> tuple[str, ...]:
    """Return the lines that only one of two texts has: "-" marks the old one's, "+" the new."""
    lines = unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    found = tuple(lines)[2:]  # the first two name the files
    return tuple(line for line in found if line[1:].strip() and not line.startswith("@@"))


def figure_changes(old: Content, new: Content) -> tuple[str, ...]:
    """Return, in words, which of a letter's figures and averages have changed."""
    boxes = {box.key: box for box in new.boxes}
    tables = {table.key: table for table in new.tables}
    found = [
        line for box in old.boxes if box.key in boxes for line in _box_changes(box, boxes[box.key])
    ]
    found += [
        line
        for table in old.tables
        if table.key in tables
        for line in _table_changes(table, tables[table.key])
    ]
    if [box.key for box in old.boxes] != list(boxes):
        found.append("other measures")
    if {table.key for table in old.tables} != tables.keys():
        found.append("other tables")
    return tuple(found)


def _box_changes(old: Box, new: Box) -> Iterator[str]:
    figures, then = f"{old.count} of {old.base}", f"{new.count} of {new.base}"
    if figures != then:
        yield f"{old.title}: {figures} becomes {then}"
    if not (old.base or new.base):
        return  # a letter with nothing to measure shows no average and no rate
    if old.average != new.average:
        yield f"{old.title}: the average {_percent(old)} becomes {_percent(new)}"
    if old.rate != new.rate:
        yield f"{old.title}: the rate {old.rate or 'none'} becomes {new.rate or 'none'}"
    if old.rate_average != new.rate_average:
        rates = (old.rate_average or "none", new.rate_average or "none")
        yield f"{old.title}: the average rate {rates[0]} becomes {rates[1]}"


def _percent(box: Box) -> str:
    return "none" if box.average is None else f"{box.average}%"


def _table_changes(old: Table, new: Table) -> Iterator[str]:
    was, now = dict(old.rows), dict(new.rows)
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) != now.get(key):
            yield f"{key}: {was.get(key, 0)} becomes {now.get(key, 0)}"
