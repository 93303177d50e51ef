"""Events: what happened, who did it and to what, appended with what they record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

WORKER: Final = "worker"
CLOCK: Final = "clock"
"""The actors that are not people."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened: who did what to which record, and when.

    `subject` is the kind and the name or id of the record, such as `mailout:annual-review-2020`.
    No event holds a letter's text or an address that its record does not hold already.
    """

    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, str] = field(default_factory=dict)
