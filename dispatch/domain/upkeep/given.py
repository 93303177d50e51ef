"""Where a file that dispatch gave to an office stands, once either side may have changed it.

Three digests say so: of what was given last, of what is in the office's folder now, and of what
this version of dispatch would give.
"""

from __future__ import annotations

from enum import StrEnum


class Standing(StrEnum):
    """How a file in an office's folder compares with what dispatch gives."""

    NEW = "new"
    """This version gives it for the first time, and the office has no file of that name."""

    SAME = "same"
    """As it was given, or as this version gives it."""

    OURS = "ours"
    """This version gives another one, and the office has not changed what it was given."""

    YOURS = "yours"
    """The office has changed it, and dispatch has not."""

    BOTH = "both"
    """The office has changed it, and this version gives another one."""

    REMOVED = "removed"
    """The office has deleted it."""

    DROPPED = "dropped"
    """This version no longer gives it."""


def standing(given: str | None, now: str | None, new: str | None) -> Standing:
    """Compare the digests of a file: None for a file that was not given, or is not there."""
    if new is None:
        return Standing.DROPPED
    if now is None:
        return Standing.NEW if given is None else Standing.REMOVED
    if now == new:
        return Standing.SAME
    if now == given:
        return Standing.OURS
    return Standing.YOURS if new == given else Standing.BOTH
