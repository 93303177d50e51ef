"""The ledger: what happened, and what stood written then, for seals to hold.

Its entries are of two kinds. An event says what happened. An imprint has the digest of a record
that is written once, such as an attempt with its server's reply. Batch after batch, the clock
seals what is new: the events first, then the imprints of what they wrote. Each entry is spelled
in canonical JSON (RFC 8785).
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

    def entry(self, id_: int) -> bytes:
        """Return the event, by its number in the database, as it is sealed."""
        return canonical_json(
            {
                "id": id_,
                "at": moment(self.at),
                "actor": self.actor,
                "action": self.action,
                "subject": self.subject,
                "detail": self.detail,
            }
        )


@dataclass(frozen=True, slots=True)
class Imprint:
    """The digest of a record that is written once; `record` is its kind and id."""

    record: str
    digest: str

    def entry(self) -> bytes:
        """Return the imprint as it is sealed."""
        return canonical_json({"record": self.record, "sha256": self.digest})


def record_digest(values: Mapping[str, object]) -> str:
    """Return the digest of a record by its columns."""
    return sha256(record_text(values))


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
