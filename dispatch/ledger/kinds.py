"""What a kind of event is: what it is about, what it may say, and the state that it leads to."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import KW_ONLY, dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.posting.posting import PostingState
from dispatch.domain.proof.ledger import Event, Service
from dispatch.domain.word import Word

SHORT: Final = 12
"""Characters of a SHA-256 that name an incoming message or a file in the ledger."""

AT_KEYBOARD: Final = "at_keyboard"
"""The detail that says who typed or clicked. Every kind may have it, and it is always private."""


IN_BOTH: Final = "took_part_in_both"
"""The detail of an approval that names who took part in asking for the letters as well."""


class Subject(Enum):
    """A sort of record that events are about. The value is how the ledger spells it."""

    MAILOUT = "mailout"
    """By its name."""

    LETTER = "letter"
    """By its id, as are deliveries and suppressions."""

    DELIVERY = "delivery"

    POSTING = "posting"
    """A letter that goes by post, by its id."""

    SUPPRESSION = "suppression"

    AUTHORITY = "authority"
    """By its code; its contacts and figures are told of under it."""

    MAIL = "mail"
    """An incoming message, by the first `SHORT` characters of its SHA-256."""

    FILE = "file"
    """An imported file, by the same."""

    STAGED = "staged"
    """A file that came in by a page and is not taken in yet, by its id."""

    DOCUMENT = "document"
    """A stored PDF or message body, by its SHA-256."""

    CHECKPOINT = "checkpoint"
    """By the number of the last seal that it covers."""

    EXPORT = "export"
    """By what was exported: events, deliveries or evidence."""

    BACKUP = "backup"
    """By the name of its file."""

    PURGE = "purge"
    """All that one run deleted."""

    KEY = "key"
    """A key that is not in the database, by what it does: `writes` or `signs`."""

    TEST = "test"
    """A test message, by which the doctor tried the way out, by its id."""

    ACCOUNT = "account"
    """Somebody who may sign in, by the account's id: what the account says."""

    SIGN_IN = "sign_in"
    """By the same id, or `unknown`: when the person signed in, and when somebody was refused."""

    TOKEN = "token"  # noqa: S105 - the word for what such an event is about
    """What a program reads with, by its id."""

    TIME = "time"
    """What time it is held to be, by `clock`."""

    def of(self, key: object) -> str:
        """Return how the ledger spells a record of this sort, by its key or whole SHA-256."""
        is_by_digest = self is Subject.MAIL or self is Subject.FILE  # each letter passes here
        return f"{self.value}:{str(key)[:SHORT] if is_by_digest else key}"

    @property
    def is_by_id(self) -> bool:
        """Whether the key is the id of a row."""
        return self in {Subject.LETTER, Subject.DELIVERY, Subject.POSTING, Subject.SUPPRESSION}

    @property
    def is_impersonal(self) -> bool:
        """Whether what the service itself records about it names nobody, but for private details.

        The actor, too, is then only `worker` or `clock`, so a redacted pack may tell all of it.
        """
        return self in {Subject.MAILOUT, Subject.LETTER, Subject.DELIVERY, Subject.POSTING}

    @property
    def states(self) -> type[Enum] | None:
        """The states of such a record, if its events must account for its state."""
        return _STATES.get(self)


_STATES: Final[Mapping[Subject, type[Enum]]] = {
    Subject.MAILOUT: MailoutState,
    Subject.LETTER: LetterState,
    Subject.DELIVERY: DeliveryState,
    Subject.POSTING: PostingState,
}


class Purges(Enum):
    """What an event says was deleted."""

    SUBJECT = "the personal data in the records that such a subject leads to"
    CONTACT = "the personal data of one contact, whose id is the detail `contact`"
    CONTENT = "the content of the subject; its digest stays"


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of event."""

    action: str
    """Its name, as it is stored."""
    subject: Subject
    words: str
    """What it is called, after the name of what it is about: "mailout X: approved"."""
    _: KW_ONLY
    details: AbstractSet[str] = frozenset()
    """The details that it may have and that name nobody."""
    private: AbstractSet[str] = frozenset()
    """The details that it may have and that name a person or hold somebody's own words.

    A mail server's words count as such: they may have an address in them.
    """
    leads_to: Enum | None = None
    """The state that it brings the record into: of a reminder, that of the reminder."""
    after: AbstractSet[Enum] = frozenset()
    """The states that the events before must have led to, unless it is the first; empty for any
    from which the record's life goes there."""
    purges: Purges | None = None
    allowed: AbstractSet[str] = field(init=False)
    """All details that it may have."""

    def __post_init__(self) -> None:
        # As a frozen dataclass sets its own fields.
        object.__setattr__(self, "allowed", {*self.details, *self.private, AT_KEYBOARD})

    def event(self, at: datetime, actor: Service, key: object, /, **details: str) -> Event:
        """Return the event of something that the service does by itself.

        A person's act takes `by`: the type of `actor` makes it impossible to leave out who was at
        the keyboard. Raises `ValueError` for an unknown detail.
        """
        return self._checked(Event(at, actor, self.action, self.subject.of(key), details))

    def by(self, word: Word, key: object, /, **details: str) -> Event:
        """Return the event of an act on a word, with who was at the keyboard. Raises as `event`."""
        detail = {**details, **word.detail()}
        return self._checked(Event(word.at, word.person, self.action, self.subject.of(key), detail))

    def _checked(self, event: Event) -> Event:
        self.check(event)
        return event

    def check(self, event: Event) -> None:
        """Raise `ValueError` if an event of this kind is about anything else or says more."""
        if not event.subject.startswith(f"{self.subject.value}:"):
            raise ValueError(f"{self.action} is about a {self.subject.value}, not {event.subject}")
        if not event.detail.keys() <= self.allowed:
            extra = ", ".join(sorted(event.detail.keys() - self.allowed))
            raise ValueError(f"{self.action} has a detail that is not in the catalogue: {extra}")
