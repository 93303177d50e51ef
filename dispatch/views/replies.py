"""Replies of mail servers, token endpoints and mailboxes: what people paste, and what it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.replies.reading import answered_in
from dispatch.domain.reply import ENHANCED_STATUS, Reply
from dispatch.domain.sending.explanation import WHOSE, Explanation, explained
from dispatch.domain.wording.sentences import sentence

LONGEST: Final = 20_000
"""Characters that are looked at, many times a reply's length."""

VERBS: Final = {
    "CONNECT": "CONNECT",
    "EHLO": "EHLO",
    "HELO": "EHLO",
    "STARTTLS": "STARTTLS",
    "AUTH": "AUTH",
    "MAIL": "MAIL",
    "RCPT": "RCPT",
    "DATA": "DATA",
    "DOT": ".",
    ".": ".",
    "TOKEN": "TOKEN",
    "LOGIN": "AUTHENTICATE",
    "AUTHENTICATE": "AUTHENTICATE",
    "SELECT": "SELECT",
}
"""What a reply may answer, as a person names it, and as the table of replies does. DOT is the end
of the message, TOKEN the request for an access token, LOGIN and SELECT are of IMAP."""

OF_TOKEN: Final = re.compile(
    r"\bAADSTS\d|^\W*(?:\d{3} )?(?:invalid_(?:grant|client|scope)|unauthorized_client)\b"
)
OF_IMAP: Final = re.compile(r"^(?:\S+ )?(?:NO|BAD|BYE)\b")
"""An answer of IMAP (RFC 9051 7.1), with or without its tag."""

OF_LOGIN: Final = re.compile(
    r"^(?:53[458])\b|^\d{3}[ -]5\.(?:7\.(?:3|139)|5\.124)\b|^(?:432|454)[ -]4\.7\.12\b"
)
"""Replies that come to AUTH only (RFC 4954), or that Microsoft gives to it."""

FIRST: Final = re.compile(r"(?<![\d.])([2345]\d\d)(?=[ -]\D|[ -]\d\.\d|\s*$)", re.MULTILINE)
"""The code at which a reply begins, with anything in front of it such as a line of a log."""

CONTINUED: Final = re.compile(r"\r?\n[ \t]*(?:[2345]\d\d(?:[ -]|$))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyView:
    """A reply and what it means."""

    answers: str
    """What it is taken to answer: a command of SMTP, or the request for a token."""
    code: int | None
    enhanced_status: str | None
    text: str
    whose: Whose | None
    is_known: bool
    means: str
    to_do: str
    then: str
    """What dispatch does with it."""


def reply_of(pasted: str, at: str | None = None) -> Reply:
    """Return the reply in what a person pasted, and what it answers if `at` does not say so.

    Raises `BadInput` if there is none.
    """
    text = pasted[:LONGEST].strip()
    if not text:
        raise BadInput("there is no reply to explain")
    verb = VERBS[at] if at else None
    if verb == "TOKEN" or (verb is None and OF_TOKEN.search(text)):
        return _of_token(text)
    if verb in {"AUTHENTICATE", "SELECT"} or (verb is None and OF_IMAP.match(text)):
        return Reply(verb or _asked_of_imap(text), 0, text)
    found = FIRST.search(text)
    if found is None and (status := ENHANCED_STATUS.match(text)):
        return reply_of(f"{status[1][0]}50 {text}", at)
    if found is None:
        raise BadInput(
            f"{text[:60]!r} has no reply code: three digits, such as in `550 5.1.1 User unknown`"
        )
    said = text[found.start() :]
    words = CONTINUED.sub("\n", said[3:].lstrip(" -"))
    return Reply(verb or _answered(said, int(found[1]), words), int(found[1]), words)


def _of_token(text: str) -> Reply:
    """Return an answer of a token endpoint, with the HTTP status that it may begin with."""
    code, _, words = text.partition(" ")
    is_status = code.isascii() and code.isdecimal() and len(code) == 3  # noqa: PLR2004 - RFC 9110 15
    return Reply("TOKEN", int(code), words) if is_status else Reply("TOKEN", 0, text)


def _asked_of_imap(text: str) -> str:
    return "SELECT" if "not connected" in text.lower() else "AUTHENTICATE"


def _answered(said: str, code: int, words: str) -> str:
    """Return what a reply most likely answers: the dot, or what alone makes it known."""
    if verb := answered_in(said):
        return verb
    if OF_LOGIN.match(said):
        return "AUTH"
    for verb in (".", "RCPT"):
        if Reply(verb, code, words).meaning:
            return verb
    return "RCPT"


def reply_view(reply: Reply) -> ReplyView:
    """Return the view of a reply."""
    found = explained(reply)
    return ReplyView(
        answers=reply.answers,
        code=reply.code or None,
        enhanced_status=reply.enhanced_status,
        text=reply.text,
        whose=found.whose,
        is_known=found.is_known,
        means=found.means,
        to_do=found.to_do,
        then=found.then,
    )


def explanation_rows(reply: Reply) -> Iterator[tuple[str, str]]:
    """Yield what a person is shown about a reply: a label and a sentence for each line."""
    found = explained(reply)
    yield "Reply", " ".join(str(reply).split())
    yield "Answers", reply.answers
    yield "Whose", _whose(found)
    yield "Means", sentence(found.means)
    yield "To do", sentence(found.to_do)
    yield "Then", sentence(found.then)


def _whose(found: Explanation) -> str:
    if found.is_known and found.whose is None:
        return "nobody's: it is a yes."
    return sentence(WHOSE[found.whose])
