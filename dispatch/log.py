"""How what happens is logged: as `config/logging.toml` says, for people or as JSON.

Celery, libraries and tracebacks log words of strangers: what lay in a queue, what a server said. So
each line is shown as what it is, no such word begins a line of its own, and a URL has no password.

The lines of libraries go through the same formatter as ours, and only from warnings on: below that
they log what they handle, such as rows of the database and whole messages. Of an error it is logged
where it happened and of which type it is; its own words only where they cannot quote a letter.
"""

from __future__ import annotations

import json
import logging.config
import sys
import threading
import tomllib
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Final

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from dispatch.database import DatabaseTrouble
from dispatch.database.trouble import in_words
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.upkeep.logged import LogFormat, LogLevel, cleaned, ours
from dispatch.domain.wording.characters import visible
from dispatch.files.shipped import shipped

CONFIGURATION: Final = shipped("config") / "logging.toml"

GOES_ON: Final = "\n  | "
"""Before each further line of a record."""

OURS: Final = "dispatch"

MOST_FRAMES: Final = 30

ABOUT_CODE: Final = (
    *(ArithmeticError, AttributeError, ImportError, MemoryError, NameError, RecursionError),
    *(NotImplementedError, TypeError),
)
"""Errors whose words are about code, and not about what it was given."""

logger: Final = structlog.stdlib.get_logger(OURS)


def begin(form: LogFormat = LogFormat.CONSOLE, level: LogLevel = LogLevel.INFO) -> None:
    """Set up logging, also of warnings and of what ends a process or a thread."""
    configuration = tomllib.loads(CONFIGURATION.read_text())
    for handler in configuration["handlers"].values():
        handler["formatter"] = form.value
    configuration["loggers"][OURS]["level"] = level.value.upper()
    logging.config.dictConfig(configuration)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SAID,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    sys.excepthook = _ended
    threading.excepthook = _thread_ended


def _ended(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Log what ends this process, unless somebody stopped it."""
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, traceback)
        return
    logger.critical("the process ends by an error", exc_info=error)


def _thread_ended(args: threading.ExceptHookArgs) -> None:
    """Log what ends a thread."""
    if args.exc_value is not None and isinstance(args.exc_value, Exception):
        logger.error("a thread ends by an error", exc_info=args.exc_value)


class Quiet(logging.Filter):
    """Lets lines of ours through, and of libraries what is a warning or worse."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record."""
        is_ours = record.name == OURS or record.name.startswith(f"{OURS}.")
        return is_ours or record.levelno >= logging.WARNING


def said_by(error: BaseException) -> str:
    """Return the words of an error for the log; empty where they may quote what it was given."""
    match error:
        case DatabaseTrouble():
            words = in_words(error)
        case RuleBroken() | Unavailable():
            words = ours(str(error), error.theirs).partition("\n")[0]
        case OSError():
            words = error.strerror or ""
        case _ if type(error) in ABOUT_CODE:
            words = str(error)
        case _:
            words = ""
    return cleaned(str(words))


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Formats our lines and those of libraries alike."""

    def __init__(self, *last: Processor) -> None:
        net = (self.remove_processors_meta, _described, _cleaned)
        super().__init__(processors=[*net, *last], foreign_pre_chain=list(SAID))

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record; of an error among its values only what may be said."""
        if isinstance(record.args, tuple):
            args = (_named(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
            record = logging.makeLogRecord({**record.__dict__, "args": tuple(args)})
        return super().format(record)


def console() -> Formatter:
    """Return what writes for people: lines that no terminal obeys, and that nobody else begins."""
    return Formatter(_line)


def as_json() -> Formatter:
    """Return what writes for programs: an object a line, with an error as `exception`."""
    return Formatter(structlog.processors.JSONRenderer(default=str))


def _named(error: BaseException) -> str:
    words = said_by(error)
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


_TRACEBACK: Final = ExceptionDictTransformer(show_locals=False, max_frames=MOST_FRAMES)


def _described(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Describe the error of a line by type and place."""
    found = event.pop("exc_info", None)
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    elif found and not isinstance(found, tuple):
        found = sys.exc_info()
    if found and found[1] is not None:
        event["exception"] = traced(found)
    return event


def traced(error: ExcInfo) -> list[dict[str, Any]]:
    """Return an error and its causes, each with where it happened and what may be said of it."""
    stacks = _TRACEBACK(error)
    for stack in _all(stacks):
        stack.update(exc_value="", exc_notes=[], syntax_error=None)
    for stack, each in zip(stacks, _chain(error[1]), strict=False):
        stack["exc_value"] = said_by(each)
    return stacks


def _all(stacks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the stacks, and those of the errors in groups."""
    for stack in stacks:
        yield stack
        for group in stack.get("exceptions") or ():
            yield from _all(group)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what led to it, in the order of structlog."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _cleaned(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    return {name: _clean(value) for name, value in event.items()}


def _clean(value: object) -> object:
    """Return a value without addresses and passwords, however deep they lie."""
    match value:
        case None | bool() | int() | float():
            return value
        case BaseException():
            return _named(value)
        case Mapping():
            return {cleaned(str(name)): _clean(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(each) for each in value]
        case _:
            return cleaned(str(value))


_LOGFMT: Final = structlog.processors.LogfmtRenderer(key_order=["event"])


def _line(logger_: WrappedLogger, name: str, event: EventDict) -> str:
    """Write one record for people, with a line for each place that an error went through."""
    at, level, of = (event.pop(key, "") for key in ("timestamp", "level", "logger"))
    errors = event.pop("exception", [])
    values = {key: _flat(value) for key, value in event.items()}
    words = _LOGFMT(logger_, name, values)
    lines = [f"{at} {level:<8} {of} {words}"]
    for each in errors:
        lines.append(f"{each['exc_type']}: {each['exc_value']}".rstrip(": "))
        lines += [
            f"  {frame['filename']}:{frame['lineno']} in {frame['name']}"
            for frame in each["frames"]
        ]
    return visible(GOES_ON.join(lines))


def _flat(value: object) -> object:
    """Return a value as it stands after its name."""
    return json.dumps(value, default=str) if isinstance(value, dict | list) else value


SAID: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,  # which task or request it belongs to
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
"""What is said of each line, ours or not."""
