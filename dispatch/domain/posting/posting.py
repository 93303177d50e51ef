"""The life of a posting: one letter to one postal address, from the print file to the post.

    printed ──▶ posted ──▶ returned
      │  ▲────────┘  ▲────────┘
      └──▶ withdrawn

A posting is a delivery of its own kind, and no mail server ever says anything about it. What it
proves is what a person said: that the office posted this letter to this address on this day; not
that it arrived. So `posted` is never counted as reached. A slip is put right by another event: the
day that was said before stays in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from dispatch.domain.calendar import day_in_words
from dispatch.domain.life import Life


class PostingState(Enum):
    """Where a posting stands. The value is what the database and reports show."""

    PRINTED = "printed"
    """Its print file was made; nobody has said that the letter is in the post."""

    POSTED = "posted"
    """Somebody said on which day they put it in the post."""

    RETURNED = "returned"
    """Somebody said on which day it came back."""

    WITHDRAWN = "withdrawn"
    """It is not to be posted: another print file took its place, or somebody said so."""


_S = PostingState

LIFE: Final = Life(
    "a posting",
    {
        _S.PRINTED: frozenset({_S.POSTED, _S.WITHDRAWN}),
        # Back to printed only if a person says that it was not posted after all.
        _S.POSTED: frozenset({_S.RETURNED, _S.PRINTED}),
        # That it came back may be a slip as well.
        _S.RETURNED: frozenset({_S.POSTED}),
        _S.WITHDRAWN: frozenset(),
    },
    begins=frozenset({_S.PRINTED}),
    # The same file may be made again, and the day of posting put right.
    again=frozenset({_S.PRINTED, _S.POSTED}),
)


@dataclass(frozen=True, slots=True)
class ByPost:
    """Where a letter by post stands, and the day that somebody said."""

    state: PostingState
    on: date | None = None

    @property
    def in_words(self) -> str:
        """Say where it stands, and no more than that proves."""
        day = day_in_words(self.on) if self.on else "a day that is not known"
        return WORDS[self.state].format(day=day)


WORDS: Final = {
    PostingState.PRINTED: "printed, to be posted",
    PostingState.POSTED: "posted on {day}, not proved to have arrived",
    PostingState.RETURNED: "posted, and came back on {day}",
    PostingState.WITHDRAWN: "not to be posted",
}

EVER_POSTED: Final = frozenset({_S.POSTED, _S.RETURNED})
"""Somebody said that it was in the post."""
