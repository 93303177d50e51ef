"""What a mail server answered, and what became of one attempt.

The reply code is RFC 5321's, the enhanced status RFC 3463's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

TOO_MANY_RECIPIENTS: Final = 552
"""Reads as permanent and means temporary: RFC 5321 4.5.3.1.10 asks us to retry it at RCPT."""

ABOUT_THE_RECIPIENT: Final = frozenset({"RCPT", "DATA", "."})
"""The verbs whose 5yz refuses this message to this recipient. One to EHLO, STARTTLS, AUTH or MAIL
is trouble with our login, our session or our return path, of which no recipient should be the
victim: one wrong password would refuse a whole mailout."""

ABOUT_THE_SESSION: Final = frozenset({500, 502, 503, 530, 534, 535, 538})
"""The exceptions at RCPT and DATA, with the same reason: a command that the server does not know or
does not expect (RFC 5321 4.2.3), a login that it misses or that has run out (RFC 4954 6)."""

TOO_LARGE: Final = 552
"""The exception at MAIL: the size that we declared there is this message's own (RFC 1870)."""

ENHANCED_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


class Verdict(Enum):
    """What an attempt means for its delivery."""

    ACCEPTED = "accepted"
    """The server has taken charge of the message: not yet that anyone has it."""

    DEFERRED = "deferred"
    """Not now, and surely not taken: try again later."""

    REFUSED = "refused"
    """Not ever: the same message to the same address will fail again."""

    IN_DOUBT = "in_doubt"
    """The final dot may have been read and no answer came: nobody knows, so nobody repeats it."""

    WITHDRAWN = "withdrawn"
    """Given up by us before the dot, since the delivery was no longer ours to offer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer from a mail server, kept word for word beside what we make of it."""

    verb: str
    code: int
    text: str

    @property
    def verdict(self) -> Verdict:
        match self.code // 100:
            case 2:
                return Verdict.ACCEPTED
            case 5 if self._is_about_this_message:
                return Verdict.REFUSED
            case _:
                return Verdict.DEFERRED

    @property
    def _is_about_this_message(self) -> bool:
        match self.verb, self.code:
            case "MAIL", code:
                return code == TOO_LARGE
            case "RCPT" | "DATA", code if code in ABOUT_THE_SESSION:
                return False
            case "RCPT", code if code == TOO_MANY_RECIPIENTS:
                return False
            case verb, _:
                return verb in ABOUT_THE_RECIPIENT

    @property
    def enhanced_status(self) -> str | None:
        """The status that the text begins with, such as "5.1.1"."""
        found = ENHANCED_STATUS.match(self.text)
        return found[1] if found else None

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended: the verdict, and the reply or the trouble that it rests on."""

    verdict: Verdict
    reply: Reply | None = None
    trouble: str | None = None
    """What happened to the line, where no reply came."""

    @classmethod
    def answered(cls, reply: Reply) -> Outcome:
        return cls(reply.verdict, reply)

    def __str__(self) -> str:
        return str(self.reply) if self.reply else self.trouble or self.verdict.value
