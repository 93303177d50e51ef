"""Files that came in by a page: what was read in one, and whether it was taken in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from dispatch.domain.register.comparison import SharedAddress
from dispatch.domain.register.mail_domains import Odd


class StagedState(Enum):
    """How far a file is."""

    UNREAD = "unread"
    """A worker will read it, since it is large."""

    FAULTY = "faulty"
    """Something is wrong in it, so that nothing of it can be taken in."""

    READ = "read"
    """What it changes is known, and waits for a person to agree."""

    TAKEN_IN = "taken_in"

    ASIDE = "aside"
    """A spreadsheet for one authority, kept aside until it is put into a plan."""


class LineKind(Enum):
    """What one line of a reading is about."""

    FAULT = "fault"
    """A row with something wrong in it."""

    CHANGED = "changed"
    ENDED = "ended"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file with what is wrong, or one value that it changes."""

    kind: LineKind
    content: Mapping[str, Any]
    """Of a fault the `row`, its `cells`, and `wrong`: what is wrong in words, each with the
    position of the cell or null. Of a change the value `before`, `after`, or both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voided:
    """A mailout that goes back to draft, and what that undoes."""

    mailout: str
    letters: tuple[str, ...]
    """The codes of authorities whose letters change."""
    approval: tuple[str, datetime] | None = None
    """Who approved its letters and when, if somebody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read in a file; its single lines are kept beside it."""

    about_file: tuple[str, ...] = ()
    """What is wrong with the file as a whole, in words."""
    headings: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """How many lines there are of each kind."""
    unchanged: int = 0
    staying: int = 0
    """Contacts in the roles of a file who are not in it, and stay."""
    notes: tuple[str, ...] = ()
    """How the file was read, where that is not plain: a sentence each."""
    odd: tuple[Odd, ...] = ()
    shared: tuple[SharedAddress, ...] = ()
    without_chief_executive: tuple[str, ...] = ()
    voided: tuple[Voided, ...] = ()
    may_pass_over: bool = False
    """Whether it would do to pass over the columns that mean nothing here."""
    may_be_right: bool = False
    """Whether a person may say that addresses at other authorities' domains are right."""
