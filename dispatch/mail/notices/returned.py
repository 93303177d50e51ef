"""Where the returned message begins in the plain text of a notice."""

from __future__ import annotations

import re
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from typing import Final

MAX_MARK: Final = 200
_MARK: Final = re.compile(
    r"""[\s\-=*|>_#+~]{0,80}(?:
      (?:this|below|here|enclosed|following|attached)\b.{0,40}\bcopy\ of\b.{0,60}
    | a\ copy\ of\ (?:the|your)\ (?:original\ )?message.{0,60}
    | (?:start\ of\ |below\ is\ )?(?:the\ |your\ )?
      (?:original|unsent|returned|undelivered|bounced|failed|rejected)[ ]
      (?:message|mail|e-?mail)s?
      (?:\ (?:text|body|headers?|info|follows?|details|is|was|below|attached|begins?|starts?)){0,3}
    | (?:the\ )?headers?\ of\ the\ original\ message.{0,40}
    | (?:the\ )?message\ (?:headers?|text|body)(?:\ (?:only\ )?follows?)
    | old\ message
    | (?:original|urspr.ngliche)\ ?nachricht | message\ d'origine | mensaje\ original
    | 元のメッセージ | 元メール.{0,10}
    )[\s\-=*|<>_#+~:.]{0,90}""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER: Final = re.compile(
    r"(?:Received|Return-Path|DKIM-Signature|X-Received|ARC-Seal|Delivered-To)[ \t]?:.*",
    re.IGNORECASE,
)
_NAMED: Final = re.compile(r"\s*[A-Za-z][A-Za-z0-9-]{1,40}[ \t]?:")


def parted(text: str) -> tuple[str, str]:
    """Return a notice's own words, and the message quoted below them, if there is one."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if len(line) < MAX_MARK and _MARK.fullmatch(line):
            return "\n".join(lines[:number]), "\n".join(lines[number + 1 :])
        if _HEADER.match(line) and number:
            return "\n".join(lines[:number]), "\n".join(lines[number:])
    return text, ""


def headers(quoted: str) -> Message:
    """Return the headers of a quoted message, wherever in the quotation they begin."""
    lines = quoted.split("\n")[:400]
    first = next((n for n, line in enumerate(lines) if _NAMED.match(line)), len(lines))
    indent = len(lines[first]) - len(lines[first].lstrip()) if first < len(lines) else 0
    body = "\n".join(line[indent:] if line[:indent].isspace() else line for line in lines[first:])
    return HeaderParser(policy=compat32).parsestr(body, headersonly=True)
