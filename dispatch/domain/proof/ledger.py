"""The ledger's entries: what happened, and the digests of the records that it left behind.

An event says what happened. An imprint has the digest of a record that is written once, such as an
attempt with its server's reply. The clock seals new entries batch by batch: the events first, then
the imprints of what they wrote. Each entry is canonical JSON (RFC 8785).

Personal data is in an entry only as a digest, made with a random salt that nobody can guess. So it
can be left out of what is published, or deleted permanently when its time is over, and everything
else can still be proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Final, Literal
from uuid import UUID

from dispatch.domain.digest import canonical_json, canonical_texts, sha256
from dispatch.domain.proof.mac import is_mac, mac

PURPOSE: Final = "event"
"""What the code of an event is made for."""

UNSPELLABLE: Final = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
"""What the spelling of an event raises that JSON cannot hold."""

NONCE_OCTETS: Final = 8
"""How much of that code is random."""

Service = Literal["worker", "clock", "web"]
"""An actor that is not a person."""

WORKER: Final = "worker"
CLOCK: Final = "clock"
WEB: Final = "web"
"""The pages, for what nobody who has signed in does: a sign-in that is refused."""

SERVICE: Final = frozenset({WORKER, CLOCK, WEB})
"""The actors that are not people."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: who did what to which record, and when.

    `subject` is the record's kind and its name or id, such as `mailout:annual-review-2020`. An
    event never has a letter's text, nor an address that the record does not have already.
    """

    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)

    def entry(self, id_: int, salt: str) -> bytes:
        """Return the entry that is sealed; `id_` is the event's number in the database."""
        return canonical_json(
            {
                "id": id_,
                "at": moment(self.at),
                "action": self.action,
                "subject": self.subject,
                "said": sha256(self.said(salt)),
            }
        )

    def mac(self, key: bytes, nonce: str) -> str:
        """Return the code that shows that a process of ours wrote it; it has no number yet.

        `nonce` is random, of `NONCE_OCTETS` in hexadecimal. No two events that we wrote have the
        same code then, not even equal ones: a row that has that of another is a copy of it.
        """
        return nonce + mac(key, PURPOSE, self._written(nonce))

    def is_ours(self, key: bytes, code: str | None) -> bool:
        """Whether `code` is one that a process of ours gave it.

        Not of an event that JSON cannot spell: somebody else wrote that row.
        """
        nonce, made = str(code)[: 2 * NONCE_OCTETS], str(code)[2 * NONCE_OCTETS :]
        try:
            return is_mac(made, key, PURPOSE, self._written(nonce))
        except UNSPELLABLE:
            return False

    def _written(self, nonce: str) -> bytes:
        said = [moment(self.at), self.actor, self.action, self.subject, dict(self.detail)]
        return canonical_texts([nonce, *said])

    def said(self, salt: str) -> bytes:
        """Return the actor and the details, whose digest the entry has."""
        return canonical_json({"actor": self.actor, "detail": self.detail, "salt": salt})


@dataclass(frozen=True, slots=True)
class Imprint:
    """The digest of a record that is written once; `record` is the kind and id of that."""

    record: str
    digest: str
    salt: str | None = None
    """The salt for the digest of the personal data; None if the record has none."""
    people: str | None = None
    """That digest, once the personal data was deleted, and the salt with it."""

    def entry(self) -> bytes:
        """Return the entry that is sealed."""
        return canonical_json({"record": self.record, "sha256": self.digest})


@dataclass(frozen=True, slots=True)
class Written:
    """A record as it is in the database."""

    record: str
    values: Mapping[str, object]
    """Its columns that never change, by name."""
    people: Mapping[str, object] = field(default_factory=dict)
    """Those of them that hold personal data."""
    blank: Mapping[str, object] = field(default_factory=dict)
    """What these columns hold after the personal data is deleted."""
    before: Written | None = None
    """The same in the shape that earlier releases sealed, if that kept less of it apart."""

    def imprint(self, salt: str) -> Imprint:
        """Return the record's imprint, without the salt if it has no personal data."""
        if not self.people:
            return Imprint(self.record, sha256(self.text()))
        return Imprint(self.record, sha256(self.text(self.people_digest(salt))), salt)

    def is_as(self, imprint: Imprint) -> bool:
        """Whether it is unchanged since this imprint was made, except for deleted personal data."""
        return self.as_sealed(imprint) is not None

    def as_sealed(self, imprint: Imprint) -> Written | None:
        """Return it in the shape that this imprint was made of; None if it has changed since."""
        if self._fits(imprint):
            return self
        return self.before.as_sealed(imprint) if self.before else None

    def _fits(self, imprint: Imprint) -> bool:
        if imprint.people and self.people != self.blank:
            return False
        people = self.people_digest(imprint.salt) if imprint.salt else imprint.people
        return sha256(self.text(people)) == imprint.digest

    def text(self, people: str | None = None) -> bytes:
        """Spell the record, with the digest `people` in place of its personal data."""
        if people is None:
            return record_text(self.values)
        return record_text({**self.values, **self.blank, "people": people})

    def people_text(self, salt: str) -> bytes:
        """Spell the personal data."""
        return record_text({**self.people, "salt": salt})

    def people_digest(self, salt: str) -> str:
        return sha256(self.people_text(salt))


def record_text(values: Mapping[str, object]) -> bytes:
    """Spell a record by its columns, without those that are empty.

    So a column that is added later does not change the digests of the records before it.
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
    """Spell a moment in UTC to the microsecond: databases differ in zones and precision."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
