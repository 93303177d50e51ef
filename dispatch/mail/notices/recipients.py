"""The recipients that plain text names as failed, and the words about each.

Before RFC 3464, and beside it, every server wrote notices in its own way, but the ways are few:
the address begins a line and the reason follows (qmail, Postfix, Exim, Yahoo); it follows a
label; a sentence says that something could not be delivered to it; or it is in the transcript
of an SMTP session.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dispatch.domain.address import folded
from dispatch.mail.notices.fields import MAX_RECIPIENTS
from dispatch.mail.notices.prose import Found, found, lines

MAX_WORDS: Final = 2000
"""Characters kept about one recipient."""

MAX_LINES: Final = 800
_BULLET: Final = re.compile(
    r"[\s>*<\"'\[(|.\-]{0,12}(?:smtp:|mailto:|rfc822;|address:\s*<?|c=.{0,80}dda:smtp=)?",
    re.IGNORECASE,
)
_AFTER_HEAD: Final = re.compile(
    r"""[>"'\])]{0,3}\s*(?:$|[:;,]|\.\.\.|\s-\s|[<(\[|]|\s(?:on|failed|was|is|could|because|said)\b)""",
    re.IGNORECASE,
)
_EDGES: Final = " \t<>\"'[(*|.-"
_ALIAS: Final = re.compile(r"\s*\(?(?:ultimately\s)?generated (?:from|by)\s", re.IGNORECASE)
_EXPANDED: Final = re.compile(r"\s*\(expanded from:?\s", re.IGNORECASE)
"""How Sendmail names the address that it was sent to, below the one that it went on to."""

_BARE: Final = re.compile(r"[ \t]{1,16}([A-Za-z][\w.'-]{0,62}\w)(?:[ \t]{2,}\S.*)?")
"""A local part on a line by itself, or before a column with the reason."""

_BEFORE_BARE: Final = re.compile(
    r"(?:recipient|addressee|address|name|user|mailbox|account|people|person|deliver|reach)"
    r".{0,160}:$",
    re.IGNORECASE | re.DOTALL,
)
"""How the paragraph ends that introduces them."""

_FROM: Final = re.compile(r"\bfrom:?\s*<?$", re.IGNORECASE)
_PART: Final = (
    r"(?:first|last|fore|sur|family|given|your|user|some|an?)?[._-]?(?:name|initial|one|body)"
)
_EXAMPLE: Final = re.compile(
    rf"(?:{_PART}|first|last)(?:[._-]?(?:{_PART}|first|last))?@", re.IGNORECASE
)
"""An address that shows the form of others."""

_LABEL: Final = re.compile(
    r"""(?:^|[\s*\[(,;])(?:(?:original|final|failed|intended|target|e-?mail|mail|envelope|actual)\s)*
    (?:recipients?|recipient\saddress|addressee|address(?:es)?|mail\saddress|user(?:id|name)?
      |unknown\suser|delivery\sfailed|failed\sto|mailbox|account|empf(?:ä|ae)nger|destinataire|destinatario
      |宛先|送信先)
    (?:\(s\)|\(es\))?\s*(?::|=|is|was)\s*(?:rfc822\s*;\s*)?[<"'\[]{0,2}$""",
    re.IGNORECASE | re.VERBOSE,
)
_SENTENCE: Final = re.compile(
    r"""\b(?:
      (?:(?:un)?deliver(?:ed|ing|y|able)?|sen[dt]|sending|reach|transmit|forward|addressed|relay(?:ed)?|accepted)\b.{0,90}
      |(?:message|mail|e-?mail)(?:\s\w+){0,4}\s(?:to|for|an|à|a|para)
      |(?:recipients?|address(?:es)?|user|mailbox|account|member)\b.{0,60}
      |full|unknown|exceeded|violation|errors?|invalid|rejected
    )\s*(?:to|for|at|von|an|à|a|is|are|:|list|recipients?|user|address(?:es)?)?\s*:?\s*[<"'\[(]{0,3}$""",
    re.IGNORECASE | re.VERBOSE,
)
_RCPT: Final = re.compile(r"rcpt\s?to\s?:\s?<?$", re.IGNORECASE)
_REPLY: Final = re.compile(r"^(?!\s*<<<)(?:.{0,80}\s)?[45]\d\d[\s-].{0,300}$")
_SPOKEN: Final = re.compile(r"\s*(?:[45]\d\d[\s-]|>>>|<<<|(?:In|Out):\s)")
"""How a line of a transcript begins."""

_HELP: Final = re.compile(
    r"(?:mailer-?daemon|post-?master|hostmaster|mail-?daemon|mdaemon|abuse|support|helpdesk)@",
    re.IGNORECASE,
)
_CONTACT: Final = re.compile(
    r"contact|assistance|questions?|help|support|administrator|kontakt", re.IGNORECASE
)
_ADVICE: Final = re.compile(
    r"^(?!.*\b(?:not|could|unable|fail\w*|errors?)\b)(?:\s*to the address|.*\b(?:contact"
    r"|(?:send|reply|questions|mail|write)\b.{0,30} to(?: the address)?))\s*:?$",
    re.IGNORECASE,
)
"""How a line ends that introduces an address to contact."""


@dataclass(frozen=True, slots=True)
class Named:
    """A recipient that a text names, and the words about it."""

    address: str
    words: str


def named(text: str, *, ours: Iterable[str] = (), domain: str = "") -> tuple[Named, ...]:
    """Return the recipients that a text names, by the surest form that names any.

    `ours` are addresses that are not meant, such as the sender's: they count only if the form
    names nobody else. `domain` is that of the server which reports: some name the local part alone.
    """
    apart = {folded(address) for address in ours}
    rows = lines(text)[:MAX_LINES]
    for form in (_headed, _labelled, _in_sentences, _transcribed):
        given = tuple(islice(_once(form(rows)), MAX_RECIPIENTS))
        meant = tuple(each for each in given if _is_meant(each.address, apart))
        if meant or (given and form is _headed):
            return meant or given
    return tuple(islice(_once(_bare(rows, domain)), MAX_RECIPIENTS)) if domain else ()


def _bare(rows: list[str], domain: str) -> Iterator[Named]:
    """Yield the local parts that stand on lines of their own below "these recipients:"."""
    above: list[str] = []
    is_listed = False
    for number, row in enumerate(rows):
        if (each := _BARE.fullmatch(row)) and (is_listed or _introduces(above)):
            is_listed = True
            yield Named(f"{each[1]}@{domain}", "\n".join(rows[number : number + 6]))
        elif row.strip():
            above = [] if is_listed else [*above[-2:], row.strip()]
            is_listed = False


def _introduces(above: list[str]) -> bool:
    return bool(_BEFORE_BARE.search(" ".join(above)))


def _is_meant(address: str, apart: set[str]) -> bool:
    return folded(address) not in apart and not is_help_address(address)


def is_help_address(address: str) -> bool:
    """Whether an address is one to contact for help, a postmaster's say, or only an example."""
    return bool(_HELP.match(address) or _EXAMPLE.match(address))


def not_senders(text: str) -> tuple[str, ...]:
    """Return the addresses in a text, each once, but for those after "from"."""
    return tuple(dict.fromkeys(each.address for each in found(text) if not _is_sender(text, each)))


def _is_sender(text: str, each: Found) -> bool:
    return bool(_FROM.search(text[max(0, each.start - 12) : each.start]))


def _once(given: Iterable[Named]) -> Iterator[Named]:
    """Yield each recipient once, with all the words about it, in the order of the text."""
    words: dict[str, tuple[str, list[str]]] = {}
    for each in given:
        words.setdefault(folded(each.address), (each.address, []))[1].append(each.words)
    for address, said in words.values():
        yield Named(address, "\n".join(filter(None, said))[:MAX_WORDS])


def _headed(rows: list[str]) -> Iterator[Named]:
    """Yield the addresses that begin a line, each with the lines down to the next."""
    return _sections(rows, _head)


def _labelled(rows: list[str]) -> Iterator[Named]:
    return _sections(rows, lambda row: _behind(row, _LABEL))


def _in_sentences(rows: list[str]) -> Iterator[Named]:
    for number, row in enumerate(rows):
        before = rows[number - 1] if number else ""
        joined = f"{before} {row}" if before.strip() else row
        if _SPOKEN.match(row) or _ADVICE.search(before[:200]):
            continue
        for each in found(row):
            if _CONTACT.search(joined[-400:]) or _is_sender(row, each):
                continue
            if _SENTENCE.search(joined[: len(joined) - len(row) + each.start][-160:]):
                yield Named(each.address, "\n".join(rows[number : number + 6]))


def _transcribed(rows: list[str]) -> Iterator[Named]:
    """Yield the addresses in a transcript, from RCPT or a refusal, each with the lines round it."""
    begin = 0
    for number, row in enumerate(rows):
        each = _behind(row, _REPLY) or _behind(row, _RCPT)
        if each:
            is_reply = _REPLY.search(row[: each.start])
            chosen = rows[begin : number + 1] if is_reply else rows[number : number + 12]
            yield Named(each.address, "\n".join(chosen))
            begin = number + 1 if is_reply else begin


def _sections(rows: list[str], head: Callable[[str], Found | None]) -> Iterator[Named]:
    current: str = ""
    words: list[str] = []
    before = ""
    for row in rows:
        each = head(row) if not _ADVICE.search(before[:200]) else None
        before = row if row.strip() else before
        if each is None:
            words.append(row)
            continue
        if _ALIAS.match(row) and current:
            continue
        if _EXPANDED.match(row) and current:
            current = each.address
            continue
        if current:
            yield Named(current, "\n".join(words[:40]))
        rest = row[each.end :].lstrip(">\"'])<:;, ")
        current, words = each.address, [f"{row[: each.start].strip(_EDGES)} {rest}".strip()]
    if current:
        yield Named(current, "\n".join(words[:40]))


def _head(row: str) -> Found | None:
    """Return the address that begins a line, if a reason or nothing follows it."""
    each = next(found(row), None)
    if each is None:
        return None
    before = row[: each.start]
    if (
        _ALIAS.match(row)
        or _EXPANDED.match(row)
        or (_BULLET.fullmatch(before) and _AFTER_HEAD.match(row, each.end))
    ):
        return each
    return None


def _behind(row: str, pattern: re.Pattern[str]) -> Found | None:
    """Return the first address of a line that follows a match of the pattern."""
    return next((each for each in found(row) if pattern.search(row[: each.start][-320:])), None)
