"""Which letters a person has looked at, and which ones to look at before approving all.

Nobody reads 346 letters. So the oddest are named, and a sample is drawn by the digest of what is to
be approved: it is the same for everybody, nobody can choose it, and each group is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.digest import sha256
from dispatch.letters.store import oddest
from dispatch.letters.store.oddest import Row

ODDEST: Final = 20
"""How many of the oddest letters are to be looked at."""
SAMPLE: Final = 6
"""How many of the others at least; one of each group in any case."""


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """The letters that a person is asked to look at before approving."""

    odd: tuple[Row, ...]
    sample: tuple[Row, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        return self.odd + self.sample

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def looked_at(self) -> int:
        """How many of them the person has looked at."""
        return sum(each.is_seen for each in self.rows)

    @property
    def detail(self) -> dict[str, str]:
        """What the event of an approval says of it."""
        return {"looked_at": str(self.looked_at), "to_look_at": str(self.count)}


def to_look_at(session: Session, mailout: Mailout, digest: str, person: str) -> ToLookAt:
    """Return the letters to look at before `digest` is approved, and whether a person has."""
    odd = oddest.page(session, mailout, oddest.Wanted(is_odd=True), person, limit=ODDEST)
    known = {each.code for each in odd}
    numbers = mailout.numbers
    groups = [each.name for each in numbers.groups] if numbers else oddest.groups(session, mailout)
    each_group = max(1, -(-SAMPLE // max(1, len(groups))))
    since = {group: _start(digest, group) for group in groups}
    drawn = oddest.drawn(session, mailout, since, person, limit=each_group + ODDEST)
    taken: dict[str | None, list[Row]] = {group: [] for group in groups}
    for row in drawn:
        if row.code not in known and len(taken[row.group]) < each_group:
            taken[row.group].append(row)
    return ToLookAt(tuple(odd), tuple(row for rows in taken.values() for row in rows))


def _start(digest: str, group: str | None) -> str:
    """Return where the sample of a group begins, among the digests of its letters."""
    return sha256(f"{digest} {group or ''}".encode())


def look(session: Session, letter: Letter, person: str, now: datetime) -> None:
    """Note that a person has looked at a letter as it is; once is enough."""
    if letter.digest:
        oddest.see(session, person, letter.digest, now=now)
