"""The ledger: what happened, and what stood written then, for seals to hold.

Its entries are of two kinds. An event says what happened. An imprint has the digest of a record
that is written once, such as an attempt with its server's reply. Batch after batch, the clock
seals what is new: the events first, then the imprints of what they wrote. Each entry is spelled
in canonical JSON (RFC 8785).

What tells of people stands in an entry by its digest alone, made with a random salt that nobody can
guess. So it can be left out of what is published, and taken away for good where its time is over,
and all else can still be proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Final
from uuid import UUID

from dispatch.domain.canonical import canonical_json
from dispatch.domain.digest import sha256

WORKER: Final = "worker"
CLOCK: Final = "clock"

SERVICE: Final = frozenset({WORKER, CLOCK})
"""The actors that are not people."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: who did what to which record, and when.

    `subject` is the kind and the name or id of the record, such as `mailout:annual-review-2020`.
    No event holds a letter's text or an address that its record does not hold already.
    """

    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)

    def entry(self, id_: int, salt: str | None) -> bytes:
        """Return the event, by its number in the database, as it is sealed.

        Without a salt it has all in itself, as ledgers were written before there were any.
        """
        told = {
            "id": id_,
            "at": moment(self.at),
            "action": self.action,
            "subject": self.subject,
        }
        if salt is None:
            return canonical_json({**told, "actor": self.actor, "detail": self.detail})
        return canonical_json({**told, "said": sha256(self.said(salt))})

    def said(self, salt: str) -> bytes:
        """Return who did it and what there is to say of it: its entry has the digest."""
        return canonical_json({"actor": self.actor, "detail": self.detail, "salt": salt})


@dataclass(frozen=True, slots=True)
class Imprint:
    """The digest of a record that is written once; `record` is its kind and id."""

    record: str
    digest: str
    salt: str | None = None
    """What the digest of all that tells of people was made with; None where nothing does."""
    people: str | None = None
    """That digest, once all that tells of people is gone, and the salt with it."""

    def entry(self) -> bytes:
        """Return the imprint as it is sealed."""
        return canonical_json({"record": self.record, "sha256": self.digest})


@dataclass(frozen=True, slots=True)
class Written:
    """A record as it stands written."""

    record: str
    values: Mapping[str, object]
    """Its fixed columns, by name."""
    people: Mapping[str, object] = field(default_factory=dict)
    """Those of them that tell of people."""
    blank: Mapping[str, object] = field(default_factory=dict)
    """What these columns hold once they tell of nobody any more."""

    def imprint(self, salt: str) -> Imprint:
        """Return the record's imprint; where nothing in it tells of people, without the salt."""
        if not self.people:
            return Imprint(self.record, sha256(self.text()))
        return Imprint(self.record, sha256(self.text(self.people_digest(salt))), salt)

    def is_as(self, imprint: Imprint) -> bool:
        """Whether it is as it was when this imprint was made, or all of that but its people."""
        if imprint.people and self.people != self.blank:
            return False
        people = self.people_digest(imprint.salt) if imprint.salt else imprint.people
        return sha256(self.text(people)) == imprint.digest

    def text(self, people: str | None = None) -> bytes:
        """Spell the record; with the digest of what tells of people in the place of that."""
        if people is None:
            return record_text(self.values)
        return record_text({**self.values, **self.blank, "people": people})

    def people_text(self, salt: str) -> bytes:
        """Spell what tells of people."""
        return record_text({**self.people, "salt": salt})

    def people_digest(self, salt: str) -> str:
        return sha256(self.people_text(salt))


def record_text(values: Mapping[str, object]) -> bytes:
    """Spell a record by its columns. One that is empty is left out.

    So a column that comes later leaves the digests of what was there before as they are.
    """
    spelled = {name: _spelled(value) for name, value in values.items() if value is not None}
    return canonical_json(spelled)


def _spelled(value: object) -> object:
    match value:
        case datetime():
            return moment(value)
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case _:
            return value


def moment(at: datetime) -> str:
    """Spell a moment in UTC to the microsecond: databases differ in zones, and keep no more."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
