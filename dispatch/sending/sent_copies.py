"""Put a copy of each accepted letter into the Sent folder, where the provider does not keep one.

An office that sends through a connector or a relay finds its letters there, as people expect. It is
a convenience: a copy is not evidence and not in the ledger, and nothing waits for one. A worker
does it after the fact, in short runs; one that finds the server down or the mailbox full leaves the
folder alone for a while.

Each letter is put there once, and looked for before that by its Message-ID: a worker that is killed
between the server's answer and our record makes no second one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

from dispatch.database import DatabaseTrouble, Session, Sessions
from dispatch.database.tables import Mailout, SentCopy
from dispatch.domain.errors import NotApproved, Unavailable
from dispatch.domain.mailout import CLOSED
from dispatch.domain.replies.likeness import without_addresses
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.upkeep.logged import ours
from dispatch.mail.outgoing.letter import as_offered, delivery_headers
from dispatch.mail.sent_folder import NotTaken, OpenFolder, Place, SentFolder
from dispatch.sending.approved import accepted
from dispatch.sending.store import sent_copies as store

AT_ONCE: Final = 1_000
"""The most that one run looks at: letters that cannot be copied do not hide the others."""

RUN_SECONDS: Final = 15.0
"""How long a run goes on to begin with another copy, before letters get the worker again."""

HOLDS: Final = timedelta(minutes=2)
"""How long a run has the folder to itself: longer than its session can take. A worker that is
killed leaves it to the next after that."""

RESTS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15))
"""How long to leave the folder alone after the first run in a row that came to nothing, the second
and so on: a server that does not answer holds up one worker for half a minute."""


@dataclass(slots=True)
class Kept:
    """What a run came to."""

    count: int = 0
    """How many copies there are that were not on record."""
    trouble: str | None = None
    logged: str = field(default="", compare=False)
    """The same without a server's words, which may quote anybody."""
    is_looked: bool = True
    """False if it was not this worker's turn."""

    def met(self, words: str, theirs: str) -> None:
        """Note some trouble, and what of its words the server has said."""
        self.trouble, self.logged = words, ours(words, theirs)


def keep(
    sessions: Sessions, sender: Sender, folder: SentFolder, clock: Callable[[], datetime]
) -> Kept:
    """Put some of the missing copies there, and record how it went. Trouble is returned.

    Owns its transactions; none is open while the server is waited for.
    """
    began_at = clock()
    with sessions.begin() as session:
        if not store.take(session, folder.name, now=began_at, until=began_at + HOLDS):
            return Kept(is_looked=False)
    with sessions.read() as session:
        missing = store.missing(session, most=AT_ONCE)
    run = _Run(sessions, sender, clock, began_at + HOLDS)
    if missing:
        try:
            with folder.opened() as opened:
                run.work(opened, missing)
        except Unavailable as error:
            run.kept.met(str(error), error.theirs)
    with sessions.begin() as session:
        _record(session, folder.name, run.kept, clock())
    return run.kept


@dataclass(slots=True)
class _Run:
    """One run over the missing copies."""

    sessions: Sessions
    sender: Sender
    clock: Callable[[], datetime]
    holds_until: datetime
    kept: Kept = field(default_factory=Kept)

    def work(self, opened: OpenFolder, missing: Sequence[UUID]) -> None:
        """Copy as many as time allows. One that cannot be copied does not hold up the others."""
        ends_at = monotonic() + RUN_SECONDS
        for delivery_id in missing:
            if monotonic() >= ends_at or not self._copy(opened, delivery_id):
                return

    def _copy(self, opened: OpenFolder, delivery_id: UUID) -> bool:
        """Have one copy lie there, and record it; False if the folder may be another's."""
        try:
            with self.sessions.read() as session:
                found = store.sent(session, delivery_id)
                message_id, message = _composed(session, self.sender, found)
            is_there = opened.has(message_id, found.accepted_at)
            if self.clock() >= self.holds_until:  # this process was frozen
                return False
            place = Place() if is_there else opened.put(message, found.accepted_at)
        except (NotApproved, NotTaken) as error:
            theirs = str(error) if isinstance(error, NotTaken) else error.theirs
            self.kept.met(f"one letter or more cannot be copied: {error}", theirs)
            return True
        # A crash before this is committed leaves the copy there, where the next run finds it.
        with self.sessions.begin() as session:
            copy = SentCopy(
                delivery_id=delivery_id,
                mailout_id=found.claim.mailout_id,
                at=self.clock(),
                uidvalidity=place.uidvalidity,
                uid=place.uid,
            )
            store.note(session, copy)
        self.kept.count += 1
        return True


def _composed(session: Session, sender: Sender, sent: store.Sent) -> tuple[str, bytes]:
    """Return a message's Message-ID, and the message as it was sent.

    Raises `NotApproved` unless it is what a process of ours queued and a server took: somebody who
    has the database alone can put nothing into the folder.
    """
    try:
        letter = accepted(session, sent.claim)
        headers = delivery_headers(sender, sent.claim, letter.recipients, letter.subject)
        return headers.message_id, as_offered(headers, letter.mail, sent.signature)
    except (NotApproved, DatabaseTrouble):
        raise
    except Exception as error:  # noqa: BLE001 - a row that was tampered with may hold anything, and must not hide the others
        kind = type(error).__name__
        delivery = sent.claim.delivery_id
        raise NotApproved(f"the message of {delivery} cannot be put together: {kind}") from None


def _record(session: Session, name: str, kept: Kept, now: datetime) -> None:
    """Note how a run went, and let the folder rest if it came to nothing."""
    row = store.give_back(session, name)
    if kept.trouble is None:
        row.trouble = row.troubled_since = row.next_try_at = None
        row.troubles = 0
        return
    row.trouble = without_addresses(kept.trouble)
    row.troubled_since = row.troubled_since or now
    row.troubles = 0 if kept.count else row.troubles + 1
    rest = RESTS[min(row.troubles, len(RESTS)) - 1] if row.troubles else None
    row.next_try_at = now + rest if rest else None


@dataclass(frozen=True, slots=True)
class Standing:
    """How many letters of a mailout have a copy, and why the others have none yet."""

    copied: int
    accepted: int
    trouble: str | None = None
    troubled_since: datetime | None = None
    next_try_at: datetime | None = None


def standing(session: Session, mailout: Mailout, folder: str) -> Standing:
    """Return how a mailout's copies stand; trouble counts while some of its copies are missing."""
    copied, count = store.counts(session, mailout.id)
    row = store.find(session, folder)
    if row is None or row.trouble is None or copied >= count or mailout.state in CLOSED:
        return Standing(copied, count)
    return Standing(copied, count, row.trouble, row.troubled_since, row.next_try_at)
