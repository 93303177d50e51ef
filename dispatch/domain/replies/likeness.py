"""When two replies say the same about different recipients.

Servers put the recipient, a queue id and the time into what they say, so texts are compared without
names of domains and mailboxes and without anything that has a digit in it.
"""

from __future__ import annotations

import re
from typing import Final

ADDRESS: Final = re.compile(r"<?[^\s<>@]{1,320}@[^\s<>@]{1,255}>?")
"""An address, in angle brackets or not, with what stands next to it."""

DIGIT: Final = re.compile(r"\d")
"""In a queue id, a time or a number."""

HOST: Final = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
"""The name of a host or a domain. It begins where the one before cannot reach, and gives nothing
back: a receiving server may put thousands of letters into its reply, and time must be linear."""

WORD: Final = re.compile(r"\w+")
MOST_WORDS: Final = 40


def without_addresses(text: str) -> str:
    """Return a reply's text with the addresses taken out, for what is kept and shown to all."""
    return ADDRESS.sub("<...>", text)


def likeness(text: str) -> str:
    """Return what is left of a reply's text when all that varies by recipient is taken out."""
    apart = ADDRESS.sub(" ", text).split()
    plain = " ".join(HOST.sub(" ", each) for each in apart if not DIGIT.search(each)).lower()
    return " ".join(WORD.findall(plain)[:MOST_WORDS])
