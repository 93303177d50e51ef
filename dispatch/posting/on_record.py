"""Where letters by post stand, as events of ours say: the rows only repeat it.

Somebody who has the database alone can set a row to posted, and nobody would look after that
letter any more. So where one stands is what its events lead to, if all of them are ours.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout, Posting
from dispatch.domain.posting.posting import EVER_POSTED, PostingState
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import catalogue, journal, posting_events
from dispatch.ledger.kinds import Subject
from dispatch.posting import store

ON: Final = "on"


@dataclass(frozen=True, slots=True)
class Stand:
    """One letter by post, and where it stands."""

    row: Posting
    state: PostingState | None
    """None if no events of ours say so: then it counts for nothing."""
    on: date | None = None
    """The day on which it was posted, as somebody said; of one that came back, the day of that."""
    posted_on: date | None = None
    """The day on which it was posted, whatever happened since."""
    said_by: str | None = None
    said_at: datetime | None = None
    because: str = ""

    @property
    def is_posted(self) -> bool:
        """Whether somebody said that it is in the post, and not that it came back."""
        return self.state is PostingState.POSTED


def of_mailout(session: Session, mailout: Mailout) -> list[Stand]:
    """Return the letters of a mailout that go by post."""
    return stands(session, store.of_mailout(session, mailout))


def stands(session: Session, rows: Iterable[Posting]) -> list[Stand]:
    """Return where some postings stand."""
    found = list(rows)
    subjects = {row.id: Subject.POSTING.of(row.id) for row in found}
    actions = posting_events.MOVES_POSTING
    told = journal.all_of_ours(session, subjects.values(), actions) if found else {}
    return [_stand(row, told[subjects[row.id]] or ()) for row in found]


def _stand(row: Posting, told: Iterable[Event]) -> Stand:
    posted_on: date | None = None
    last: tuple[Event, PostingState] | None = None
    for event in told:
        state = catalogue.leads_to(event)
        if isinstance(state, PostingState):
            last = event, state
            if state is PostingState.POSTED:
                posted_on = _day(event)
    if last is None:
        return Stand(row, None)
    event, state = last
    return Stand(
        row,
        state,
        on=_day(event),
        posted_on=posted_on if state in EVER_POSTED else None,
        said_by=event.actor,
        said_at=event.at,
        because=event.detail.get("because", ""),
    )


def _day(event: Event) -> date | None:
    said = event.detail.get(ON)
    return date.fromisoformat(said) if said else None


def by_letter(found: Iterable[Stand], letters: Collection[UUID]) -> dict[UUID, list[Stand]]:
    """Return those of some letters, without the withdrawn, by the letter's id."""
    kept: dict[UUID, list[Stand]] = {each: [] for each in letters}
    for each in found:
        if each.row.letter_id in kept and each.state not in {None, PostingState.WITHDRAWN}:
            kept[each.row.letter_id].append(each)
    return kept
