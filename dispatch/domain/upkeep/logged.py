"""What may stand in a log: never an address, a person's name or the text of a letter.

The log goes to people and machines that have no business with these. So what is logged are ids,
counts and our own words; this is the second net below that, for the words of libraries.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from dispatch.domain.replies.likeness import without_addresses


class LogFormat(StrEnum):
    """How each line of the log is written."""

    CONSOLE = "console"
    """For people: words and key=value."""

    JSON = "json"
    """For programs: an object a line."""


class LogLevel(StrEnum):
    """From which level on our own lines are logged; those of libraries only from warnings on."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


CREDENTIALS: Final = re.compile(r"(?<=://)[^\s/@]*@(?:[^\s/@]*@)*")
"""User and password in a URL; a password may have an @ that should have been encoded."""

ENCODED: Final = re.compile(r"[^\s<>@%/]{1,320}(?:%40|\uff20)[^\s<>@/]{1,255}", re.IGNORECASE)
"""An address as it stands in a URL, or with the wide sign that some systems write."""

HIDDEN: Final = "<...>"


CODED: Final = re.compile(r"(?:[A-Za-z ]{1,40}: )?[245]\d\d(?:[ -][245]\.\d{1,3}\.\d{1,3})?")
"""A reply's codes at the beginning of a text, with what they answer."""

SIGN: Final = "\ue000"
"""In the place of the @ of a URL, while addresses are looked for."""


def cleaned(text: str) -> str:
    """Return a text without the passwords in URLs and without addresses."""
    if "@" in text:
        hosts = CREDENTIALS.sub(f"***{SIGN}", text)
        text = without_addresses(hosts).replace(SIGN, "@")
    return ENCODED.sub(HIDDEN, text) if "%40" in text or "\uff20" in text else text


def codes_of(trouble: str) -> str:
    """Return trouble that was kept with a server's words as its codes and our own words.

    A server's words may quote the letter, or name the person it was for. They follow a colon or
    stand in quotes; what this machine says of a connection does not come from the server.
    """
    if found := CODED.match(trouble):
        return found[0]
    if LINE.match(trouble) or not (begins := THEIRS.search(trouble)):
        return cleaned(trouble)
    return cleaned(trouble[: begins.end()]) + codes_in(trouble[begins.end() :])


LINE: Final = re.compile(r"connection lost during |[A-Z]+ to ")
"""Begins what this machine says of a connection."""

THEIRS: Final = re.compile(r":\s*|['\"]")
"""Stands before what may be a server's words."""

KNOWN: Final = re.compile(
    r"(?<![\w.])(?:"
    # IMAP (RFC 3501, 5530, 7888)
    r"\[(?:ALERT|ALREADYEXISTS|AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|CANNOT|CLIENTBUG|CONTACTADMIN"
    r"|CORRUPTION|EXPIRED|EXPUNGEISSUED|INUSE|LIMIT|NONEXISTENT|NOPERM|OVERQUOTA|PRIVACYREQUIRED"
    r"|SERVERBUG|TOOBIG|TRYCREATE|UNAVAILABLE)\]"
    # OAuth (RFC 6749 5.2), and Microsoft's own
    r"|invalid_(?:request|client|grant|scope)|unauthorized_client|unsupported_grant_type"
    r"|AADSTS\d{4,8}"
    r")(?!\w)"
)
"""The codes in which protocols say what is wrong: words that stand in a list, and quote nobody."""


def codes_in(theirs: str) -> str:
    """Return the codes in a server's words, and nothing else of them."""
    found = [*filter(None, [CODED.match(theirs)]), *KNOWN.finditer(theirs)]
    return " ".join(each[0] for each in found) or HIDDEN


def ours(words: str, theirs: str) -> str:
    """Return a message with a server's words in it as codes, however they are quoted."""
    for each in filter(None, (theirs, repr(theirs)[1:-1])):
        words = words.replace(each, codes_in(each))
    return words
