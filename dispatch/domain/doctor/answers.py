"""What the DNS answered to one question. No answer is never taken for "there is nothing"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The records of one name and type, or why there are none."""

    values: tuple[str, ...] = ()
    """As text; the strings of a TXT record joined, hosts without a final dot."""
    is_name_absent: bool = False
    """Whether the name itself does not exist (NXDOMAIN)."""
    trouble: str | None = None
    """Why nothing is known: a time-out, or a server that failed."""


Ask = Callable[[str, str], Answer]
"""Asks for the records of a name and a type, such as ("ombudsman.example", "TXT")."""
