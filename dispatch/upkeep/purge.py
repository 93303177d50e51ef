"""Delete what is past the time that it is kept for.

The ledger covers digests, so it verifies afterwards. Each thing that is deleted has an event in the
same transaction, and transactions are small: after a power cut each thing is whole or deleted, and
the next purge goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from dispatch.batches import batches
from dispatch.database import Session, Sessions
from dispatch.domain.errors import RuleBroken
from dispatch.domain.proposal import Proposal
from dispatch.domain.upkeep.retention import KeptKind, Limit, Retention, limits
from dispatch.domain.word import Word
from dispatch.ledger import journal, upkeep_events
from dispatch.proof.seal import catch_up
from dispatch.upkeep.store import erase, expired
from dispatch.upkeep.store.erase import Erased

BATCH: Final = 200
"""What is deleted in one transaction, at most."""


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of thing that is kept for a time."""

    kind: KeptKind
    what: str
    """Its name in events and in JSON, which must not change."""
    words: tuple[str, str]
    """What people read: for one, and for several."""
    due: Callable[[Session, Limit, expired.Among], Sequence[Any]]
    """Returns the keys of what is past its time, the oldest first; with some, which of these."""
    erase: Callable[[Session, Sequence[Any]], Iterator[Erased]]
    """Deletes these, and yields what the event about each must say."""


SORTS: Final = (
    Sort(
        KeptKind.MAIL,
        "mails that came in",
        ("incoming message", "incoming messages"),
        expired.messages,
        erase.messages,
    ),
    Sort(
        KeptKind.ADDRESSES,
        "deliveries",
        ("delivery", "deliveries"),
        expired.deliveries,
        erase.deliveries,
    ),
    Sort(
        KeptKind.ADDRESSES,
        "addressees of letters",
        ("letter's addressees", "letters' addressees"),
        expired.letters,
        erase.letters,
    ),
    Sort(
        KeptKind.ADDRESSES,
        "postings",
        ("letter by post", "letters by post"),
        expired.postings,
        erase.postings,
    ),
    Sort(
        KeptKind.ADDRESSES,
        "contacts who left",
        ("former contact", "former contacts"),
        expired.contacts,
        erase.contacts,
    ),
    Sort(
        KeptKind.ADDRESSES,
        "lifted suppressions",
        ("lifted suppression", "lifted suppressions"),
        expired.suppressions,
        erase.suppressions,
    ),
    Sort(
        KeptKind.ADDRESSES,
        "files of contacts",
        ("imported file of contacts", "imported files of contacts"),
        expired.files,
        erase.files,
    ),
    Sort(
        KeptKind.ADDRESSES,
        "files to be taken in",
        ("file brought in by a page", "files brought in by a page"),
        expired.staged,
        erase.staged,
    ),
    Sort(
        KeptKind.LETTERS,
        "documents",
        ("document", "documents"),
        expired.documents,
        erase.documents,
    ),
)
WORDS: Final = {sort.what: sort.words for sort in SORTS}


@dataclass(frozen=True, slots=True)
class Past:
    """How much of one sort is past its time, or was deleted."""

    kind: KeptKind
    what: str
    count: int
    before: date
    """It is older than this day."""

    @property
    def in_words(self) -> str:
        """What people read for it, in the plural unless it is one."""
        one, several = WORDS[self.what]
        return one if self.count == 1 else several


@dataclass(frozen=True, slots=True)
class PurgeProposal(Proposal):
    """What a purge would delete."""

    past: tuple[Past, ...]
    """Sort by sort, without those of which nothing is past its time."""
    records: Mapping[str, tuple[str, ...]]
    """The ids or digests of all that would be deleted, by sort."""
    held_up: tuple[str, ...]
    """Mailouts of which nothing is deleted, though it is time, because they are not over."""


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge has deleted."""

    past: tuple[Past, ...]
    trouble: RuleBroken | None = None
    """Why some sort was not deleted whole, if one was not; all other sorts are deleted."""
    is_compact: bool = True
    """Whether the database's own files are free of what was deleted."""


def propose(session: Session, kept: Retention, *, now: datetime) -> PurgeProposal:
    """Return what is past its time."""
    ends = limits(kept, now)
    return _proposal(_due(session, ends), ends, _held_up(session, ends))


def _due(session: Session, ends: Mapping[KeptKind, Limit]) -> dict[Sort, Sequence[Any]]:
    return {sort: sort.due(session, ends[sort.kind], None) for sort in SORTS if sort.kind in ends}


def _proposal(
    due: Mapping[Sort, Sequence[Any]], ends: Mapping[KeptKind, Limit], held_up: Sequence[str]
) -> PurgeProposal:
    return PurgeProposal(
        past=tuple(
            Past(sort.kind, sort.what, len(keys), ends[sort.kind].day)
            for sort, keys in due.items()
            if keys
        ),
        records={sort.what: tuple(map(str, keys)) for sort, keys in due.items()},
        held_up=tuple(held_up),
    )


def _held_up(session: Session, ends: Mapping[KeptKind, Limit]) -> list[str]:
    of_mailouts = [ends[kind] for kind in (KeptKind.ADDRESSES, KeptKind.LETTERS) if kind in ends]
    return sorted({name for limit in of_mailouts for name in expired.held_up(session, limit)})


def purge(
    sessions: Sessions,
    kept: Retention,
    digest: str,
    word: Word,
    *,
    clock: Callable[[], datetime],
) -> Purged:
    """Delete what the proposal with this digest says, as a person decided.

    Owns its transactions. Before and after, all that waits is sealed; afterwards a SQLite database
    is rewritten, so that its files hold nothing of what was deleted. Raises `ChangedMeanwhile` if
    anything else is past its time now.
    """
    catch_up(sessions, clock)
    done = delete(sessions, kept, digest, word)
    catch_up(sessions, clock)
    return replace(done, is_compact=sessions.compact())


def delete(sessions: Sessions, kept: Retention, digest: str, word: Word) -> Purged:
    """Delete what the proposal with this digest says, batch by batch, and nothing around it.

    What is not sealed, or is not as it was sealed, stops its sort and is returned as `trouble`.
    Raises `ChangedMeanwhile`.
    """
    ends = limits(kept, word.at)
    with sessions.read() as session:
        due = _due(session, ends)
        _proposal(due, ends, _held_up(session, ends)).check(digest)
    deleted, troubles = [], list[RuleBroken]()
    for sort, agreed in due.items():
        count = 0
        try:
            for batch in _batches(sessions, sort, ends[sort.kind], agreed, word):
                count += batch
        except RuleBroken as error:
            troubles.append(error)
        if count:
            deleted.append(Past(sort.kind, sort.what, count, ends[sort.kind].day))
    if deleted:
        _record(sessions, deleted, kept, word)
    return Purged(tuple(deleted), next(iter(troubles), None))


def _batches(
    sessions: Sessions, sort: Sort, limit: Limit, agreed: Sequence[Any], word: Word
) -> Iterator[int]:
    """Delete what was agreed on of one sort; yield how many, each time that some are deleted."""
    for some in batches(agreed, BATCH):
        with sessions.begin() as session:
            expired.hold_still(session)
            # Asked again under the lock: somebody may need some of it since.
            keys = sort.due(session, limit, some)
            for each in sort.erase(session, keys):
                journal.append(session, each.event(word))
        yield len(keys)


def _record(sessions: Sessions, deleted: Sequence[Past], kept: Retention, word: Word) -> None:
    detail = {each.what: str(each.count) for each in deleted}
    detail |= {kind.value: str(period) for kind, period in kept.items()}
    with sessions.begin() as session:
        journal.append(session, upkeep_events.AUDIT_PURGED.by(word, "all", **detail))
