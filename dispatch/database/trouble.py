"""What an error of the database means, in words, and what to do about it.

By the words of SQLite and PostgreSQL. What fits none of them is quoted alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy.exc import DBAPIError

PASSING: Final[tuple[tuple[str, str], ...]] = (
    (
        r"database (?:table )?is locked|lock timeout|deadlock",
        "another program keeps it locked: try again when that has ended",
    ),
    (
        r"resolve host|translate host|name resolution|Name or service not known|getaddrinfo",
        "check the host in DISPATCH_DATABASE_URL",
    ),
    (
        r"too many clients|connection slots",
        "it has too many connections: lower DISPATCH_WORKERS, or let it have more",
    ),
    (
        r"refused|Is the server running|timed? ?out|unreachable|No such file or directory",
        "nothing answers there: start PostgreSQL, or check DISPATCH_DATABASE_URL",
    ),
    (
        r"starting up|shutting down|closed the connection|terminat|lost|EOF|reset by peer",
        "it has just been stopped or started: try again",
    ),
)
"""What may be over in a minute, without anybody here."""

LASTING: Final[tuple[tuple[str, str], ...]] = (
    (
        r"readonly database",
        "it cannot be written to: check who owns its folder, and whether its disk is read-only",
    ),
    (
        r"disk is full|No space left on device|could not extend file|disk quota",
        "its disk is full: make room",
    ),
    (
        r"not a database|malformed|file is encrypted",
        "its file is damaged, or is something else: restore a backup by `dispatch db restore`",
    ),
    (
        r"unable to open database file",
        "its file cannot be opened: check its folder, who owns that, and whether its disk is full",
    ),
    (r"disk I/O error", "its disk fails, or is full: look at the system's log"),
    (
        r"password|authentication|pg_hba|role \S+ does not exist",
        "check the user and the password in DISPATCH_DATABASE_URL",
    ),
    (
        r"database \S+ does not exist",
        "have it made, or correct its name in DISPATCH_DATABASE_URL",
    ),
    (
        r"read-only transaction|in recovery mode",
        "it only lets us read, as a standby does: name the primary in DISPATCH_DATABASE_URL",
    ),
    (r"permission denied", "its user lacks a right there: ask its administrator"),
    (r"\bSSL\b|certificate", "check its certificate and the TLS options in DISPATCH_DATABASE_URL"),
)
"""What stays until somebody has mended it."""

OUTDATED: Final = re.compile(
    r"no such (?:table|column)|(?:relation|column) \S+ does not exist|has no column", re.IGNORECASE
)


def in_words(error: DBAPIError) -> str:
    """Return one line: what the database says, without SQL or its values, and what to do."""
    said = str(error.orig).partition("\n")[0]
    hint = _hint(said, LASTING) or _hint(said, PASSING)
    return f"{said}; {hint}" if hint and not is_outdated(error) else said


def _hint(said: str, hints: Iterable[tuple[str, str]]) -> str | None:
    return next((hint for pattern, hint in hints if re.search(pattern, said, re.IGNORECASE)), None)


def is_passing(error: DBAPIError) -> bool:
    """Whether it may be over in a minute, without anybody here: a lock, a server that restarts."""
    said = str(error.orig)
    return _hint(said, LASTING) is None and _hint(said, PASSING) is not None


def is_outdated(error: DBAPIError) -> bool:
    """Whether it lacks a table or a column, which bringing its schema up to date would add."""
    return OUTDATED.search(str(error.orig)) is not None
