"""How what happens is logged: as `config/logging.toml` says, each event as key=value.

Celery, libraries and tracebacks log words of strangers: what lay in a queue, what a server said. So
each line is shown as what it is, no such word begins a line of its own, and a URL has no password.
"""

from __future__ import annotations

import logging.config
import re
import tomllib
from typing import Final

import structlog

from dispatch.domain.wording.characters import visible
from dispatch.files.shipped import shipped

CONFIGURATION: Final = shipped("config") / "logging.toml"

CREDENTIALS: Final = re.compile(r"(?<=://)[^\s/@]*@(?:[^\s/@]*@)*")
"""User and password in a URL; a password may have an @ that should have been encoded."""

GOES_ON: Final = "\n  | "
"""Before each further line of a record."""


def begin() -> None:
    """Set up logging."""
    logging.config.dictConfig(tomllib.loads(CONFIGURATION.read_text()))
    structlog.configure(
        processors=[
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


class Line(logging.Formatter):
    """Writes a record as lines that no terminal obeys, and that nobody else can begin."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines of a record, with those of its traceback."""
        text = CREDENTIALS.sub("***@", super().format(record))
        return visible(text).replace("\n", GOES_ON)
