"""A mail server's reply, and the outcome of an attempt.

Reply codes are those of RFC 5321, enhanced statuses those of RFC 3463. What a reply means is asked
of the table in `domain.replies` first: what is about us is never counted against a recipient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from dispatch.domain.replies.meanings import Meaning, Whose
from dispatch.domain.replies.table import meaning_of

TOO_MANY_RECIPIENTS: Final = 552
"""A 5yz that means "not now" at RCPT, where RFC 5321 4.5.3.1.10 asks us to treat it as 452."""

ABOUT_THE_RECIPIENT: Final = frozenset({"RCPT", "DATA", "."})
"""The verbs whose 5yz refuses this message to this recipient. After EHLO, STARTTLS, AUTH or MAIL it
is about our login, our session or our return path, and must not count against the recipient: one
wrong password would refuse a whole mailout."""

ABOUT_THE_SESSION: Final = frozenset({500, 502, 503, 530, 534, 535, 538})
"""The exceptions at RCPT and DATA, for the same reason: a command that the server does not know or
does not expect (RFC 5321 4.2.3), a login that is missing or has expired (RFC 4954 6)."""

TOO_LARGE: Final = 552
"""The exception at MAIL: it is about the size of this message, declared there (RFC 1870)."""

TAKEN: Final = 2
NEVER: Final = 5
"""The first digits of the codes of a server that took the message, and of one that never will."""

IN_WORDS: Final = {".": "the final dot", "TOKEN": "the request for a token"}
"""What is answered, where the verb does not say it."""

ENHANCED_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")


class Verdict(Enum):
    """What an attempt means for its delivery."""

    ACCEPTED = "accepted"
    """The server has taken charge of the message, which does not mean that anyone has it yet."""

    DEFERRED = "deferred"
    """Not now, and surely not accepted: try again later."""

    REFUSED = "refused"
    """Never: the same message to the same address will fail again."""

    IN_DOUBT = "in_doubt"
    """No reply came to the final dot: it may have been accepted, so nobody repeats it."""

    WITHDRAWN = "withdrawn"
    """Given up before the dot, because the delivery was no longer ours to offer."""

    def fits(self, code: int | None) -> bool:
        """Whether it can rest on a reply with this code, or on none.

        Any other code can defer: many a 5yz is about us and not about the recipient.
        """
        kind = None if code is None else code // 100
        match self:
            case Verdict.ACCEPTED:
                return kind == TAKEN
            case Verdict.REFUSED:
                return kind in {None, NEVER}
            case _:
                return kind != TAKEN


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply from a mail server, word for word, and what it means.

    A token endpoint's counts as one. Its code is the HTTP status, or 0 if there was no answer.
    """

    verb: str
    code: int
    text: str

    @property
    def meaning(self) -> Meaning | None:
        """What it means and whose trouble it is, if the table knows it."""
        return meaning_of(self.verb, self.code, self.text)

    @property
    def verdict(self) -> Verdict:
        if (meaning := self.meaning) and meaning.comes_again:
            return Verdict.DEFERRED
        return self.verdict_by_code

    @property
    def verdict_by_code(self) -> Verdict:
        """What the code alone says, for a reply that is about the recipient."""
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

    @property
    def answers(self) -> str:
        """What it answers, in words: "MAIL", "the final dot"."""
        return IN_WORDS.get(self.verb, self.verb)

    @property
    def said(self) -> str:
        """What was answered, and with what, as a clause: "MAIL was answered with '550 no'"."""
        is_answer = self.code or self.verb != "TOKEN"
        how = "was answered with" if is_answer else "failed:"
        return f"{self.answers} {how} {str(self)!r}"

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code else self.text


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended: the verdict, and the reply or the failure that it rests on."""

    verdict: Verdict
    reply: Reply | None = None
    trouble: str | None = None
    """What happened to the connection, if no reply came."""
    is_ruled: bool = False
    """Whether a person said that such a reply is about the recipient."""

    @classmethod
    def answered(cls, reply: Reply) -> Outcome:
        return cls(reply.verdict, reply)

    @classmethod
    def about_council(cls, reply: Reply) -> Outcome:
        """Return the outcome of a reply that is about the recipient, as a person has said."""
        return cls(reply.verdict_by_code, reply, is_ruled=True)

    @property
    def whose(self) -> Whose | None:
        """Whose trouble it is; None if nobody replied or the table does not know the reply."""
        if self.is_ruled:
            return Whose.COUNCIL
        meaning = self.reply.meaning if self.reply else None
        return meaning.whose if meaning else None

    def __str__(self) -> str:
        return str(self.reply) if self.reply else self.trouble or self.verdict.value
