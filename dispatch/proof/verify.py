"""Audit: whether the ledger holds, and all else that is stored is what it says.

Each seal must follow the one before it and hold its events and imprints. Each record that is
written once must be as its imprint has it, and have one. States must be those that the events
lead to, and contents must have their digests. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from dispatch.database import Session
from dispatch.domain.checkpoint import Checkpoint
from dispatch.domain.seal import Seal
from dispatch.proof.store import contents, seals, states
from dispatch.proof.trail import ENOUGH, Walk


@dataclass(frozen=True, slots=True)
class Audit:
    """What was gone through, and what is wrong."""

    last: Seal | None
    """The last seal that is in order; None where nothing has been sealed."""
    unsealed: int
    """Events that wait to be sealed."""
    late: int
    """Events that were sealed long after they happened: until then nothing held them."""
    late_until: datetime | None
    """When the last of these was sealed."""
    wrong: tuple[str, ...]
    """In words, a line each, up to twenty: the first is what to look at."""


def audit(session: Session, checkpoints: Mapping[str, Checkpoint] | None = None) -> Audit:
    """Go through the ledger and all that it covers, in a session that has read nothing yet.

    `checkpoints`, by the names of their files, show what the database alone cannot: that its end
    was cut off, or that it is an older one.
    """
    seals.hold_still(session)
    walk = Walk(session, checkpoints or {})
    wrong = tuple(islice(_wrong(session, walk), ENOUGH))
    return Audit(
        last=walk.last.seal if walk.last else None,
        unsealed=walk.unsealed,
        late=walk.late,
        late_until=walk.late_until,
        wrong=wrong,
    )


def _wrong(session: Session, walk: Walk) -> Iterator[str]:
    walk.go()
    yield from chain(
        walk.wrong, walk.unrecorded(), states.untold(session), contents.altered(session)
    )
