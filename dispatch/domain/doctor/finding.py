"""One thing that the doctor looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from dispatch.domain.reply import Reply
from dispatch.domain.wording.sentences import sentence


class Level(Enum):
    """How bad a finding is, the worst first. The value is what JSON shows."""

    STOPS = "stops"
    """Letters cannot go until it is mended."""

    LOOK = "look"
    """A person should look at it; also whatever could not be checked."""

    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found at one point."""

    check: str
    """The point, by a name that never changes: `smtp.login`."""
    level: Level
    found: str
    """One sentence, short enough for a line."""
    means: str = ""
    """What follows from it, as a sentence; empty if it is fine."""
    to_do: str = ""
    """What mends it, as a sentence; empty if it is fine."""


def fine(check: str, found: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, Level.FINE, found)


def look(check: str, found: str, means: str, to_do: str) -> Finding:
    """Return a finding that a person should look at."""
    return Finding(check, Level.LOOK, found, means, to_do)


def stops(check: str, found: str, means: str, to_do: str) -> Finding:
    """Return a finding that no letter can go with."""
    return Finding(check, Level.STOPS, found, means, to_do)


def of_reply(reply: Reply | None, trouble: str, otherwise: str) -> tuple[str, str]:
    """Return what a reply says and means, and what to do, for the sentences of a finding.

    As the table of replies has it. `trouble` is said if no reply came, and `otherwise` is the
    sentence that says what to do if the table does not know the reply.
    """
    meaning = reply.meaning if reply else None
    said = reply.said if reply else trouble
    means = f"{said}: {meaning.means}." if meaning else f"{said}."
    return means, sentence(meaning.to_do) if meaning else otherwise


def worst(findings: Iterable[Finding]) -> Level:
    """Return the worst level that there is; fine if nothing was looked at."""
    order = list(Level)
    return min((each.level for each in findings), key=order.index, default=Level.FINE)
