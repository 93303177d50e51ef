from __future__ import annotations

import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import NoReturn

import pytest
import structlog
from sqlalchemy.exc import IntegrityError
from structlog.contextvars import bound_contextvars

from dispatch import log
from dispatch.database import DatabaseTrouble
from dispatch.domain.errors import BadInput, RuleBroken, Unavailable
from dispatch.domain.upkeep.logged import LogFormat, LogLevel


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave the logging of this process as it was."""
    loggers = [logging.getLogger(each) for each in ("", "dispatch", "celery")]
    before = [(each.handlers[:], each.level) for each in loggers]
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (warnings, "showwarning")):
        monkeypatch.setattr(module, name, getattr(module, name))
    yield
    for logger, (handlers, level) in zip(loggers, before, strict=True):
        logger.handlers[:] = handlers
        logger.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def record(said: object, *, is_failure: bool = False) -> logging.LogRecord:
    failure = sys.exc_info() if is_failure else None
    return logging.LogRecord("celery", logging.ERROR, "", 1, "said: %s", (said,), failure)


def line(said: object, *, is_failure: bool = False) -> str:
    """Return the line of a record for people, without its time."""
    return log.console().format(record(said, is_failure=is_failure)).partition(" ")[2]


def entry(said: object, *, is_failure: bool = False) -> dict[str, object]:
    found: dict[str, object] = json.loads(log.as_json().format(record(said, is_failure=is_failure)))
    return found


def test_the_log_says_what_happened_as_words_and_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.begin()
    structlog.stdlib.get_logger("dispatch.worker").info("deliveries tried", count=20)
    assert 'dispatch.worker event="deliveries tried" count=20' in capsys.readouterr().err


def test_one_setting_makes_each_line_an_object_ours_and_those_of_libraries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.begin(LogFormat.JSON)
    with bound_contextvars(task="dispatch.send_letters", task_id="7"):
        structlog.stdlib.get_logger("dispatch.worker").info("deliveries tried", count=20)
        logging.getLogger("celery.worker").warning("the broker is away")
    ours, theirs = map(json.loads, capsys.readouterr().err.splitlines())
    assert ours.pop("timestamp").endswith("Z")
    assert ours == {
        "event": "deliveries tried",
        "count": 20,
        "logger": "dispatch.worker",
        "level": "info",
        "task": "dispatch.send_letters",
        "task_id": "7",
    }
    assert (theirs["event"], theirs["level"]) == ("the broker is away", "warning")
    assert theirs["task_id"] == "7"


@pytest.mark.parametrize(
    ("level", "shown"),
    [(LogLevel.DEBUG, ["a", "b", "c"]), (LogLevel.INFO, ["b", "c"]), (LogLevel.ERROR, ["c"])],
)
def test_the_level_is_of_our_own_lines(
    level: LogLevel, shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    log.begin(LogFormat.JSON, level)
    logger = structlog.stdlib.get_logger("dispatch.sending")
    logger.debug("a")
    logger.info("b")
    logger.error("c")
    assert [json.loads(each)["event"] for each in capsys.readouterr().err.splitlines()] == shown


def test_what_libraries_log_of_their_work_is_dropped_at_any_level(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.begin(LogFormat.JSON, LogLevel.DEBUG)
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").info("Row ('jo', 'Dear Jo')")
    logging.getLogger("imapclient").debug("Dear Jo")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "[U+001B]]52;c;aGk=[U+0007]"),
        ("\u202ereverse", "[U+202E]reverse"),
        ("a\n2026-07-22 ERROR celery all letters were sent", r"a\n2026-07-22 ERROR"),
        ("a\r2026", "a[U+000D]2026"),
        ("rediss://u:s3cret@broker:1/0", "rediss://***@broker:1/0"),
        ("postgresql+psycopg://u:s3@cret@db/x", "postgresql+psycopg://***@db/x"),
        ("smtp://:s3cret@mail and imaps://u:s3cret@box", "smtp://***@mail and imaps://***@box"),
        ("to <jo.smith@wot.example>: no", "to <...>: no"),
        ("imaps://mail/jo.s3%40wot.example", "imaps://mail/<...>"),
        ("jo.s3\uff20wot.example", "<...>"),
    ],
)
def test_words_of_strangers_passwords_and_addresses_are_not_logged_as_they_are(
    said: str, shown: str
) -> None:
    written = line(said)
    assert written.startswith(f'error    celery event="said: {shown}'), written
    assert "\n" not in written
    for either in (written, json.dumps(entry(said))):
        assert not any(each in either for each in ("s3", "smith", "\x1b", "\u202e"))


def test_no_value_is_logged_with_an_address_however_deep(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.begin(LogFormat.JSON)
    told = [{"jo@wot.example": ("a", "jo@wot.example")}]
    structlog.stdlib.get_logger("dispatch.worker").info("x", told=told, seconds=1.5)
    shown = json.loads(capsys.readouterr().err)
    assert shown["told"] == [{"<...>": ["a", "<...>"]}]
    assert shown["seconds"] == 1.5


def failed(error: Exception) -> dict[str, object]:
    """Return what is logged of an error that another one led to."""
    try:
        _fail(error)
    except Exception:  # noqa: BLE001 - whichever it is
        return entry("it failed", is_failure=True)


def _fail(error: Exception) -> NoReturn:
    try:
        int("Dear Jo, this is a letter")
    except ValueError as cause:
        raise error from cause
    raise AssertionError


def test_an_error_is_logged_with_its_places_and_causes_and_without_any_value() -> None:
    shown = failed(KeyError("jo.smith@wot.example"))
    assert "Dear" not in json.dumps(shown)
    assert "jo" not in json.dumps(shown)
    errors = shown["exception"]
    assert isinstance(errors, list)
    assert [each["exc_type"] for each in errors] == ["KeyError", "ValueError"]
    assert {frame["name"] for each in errors for frame in each["frames"]} == {"failed", "_fail"}
    assert all(frame.keys() == {"filename", "lineno", "name"} for frame in errors[0]["frames"])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (TypeError("unhashable type: 'list'"), "unhashable type: 'list'"),
        (OSError(28, "No space left on device", "/home/jo/letter"), "No space left on device"),
        (RuleBroken("this home has no secret key\nDear Jo"), "this home has no secret key"),
        (Unavailable("the server says: no jo@wot.example"), "the server says: no <...>"),
        (Unavailable("it says: Dear Jo", theirs="Dear Jo"), "it says: <...>"),
        (
            RuleBroken("it says '550 5.1.1 Dear Jo'", theirs="550 5.1.1 Dear Jo"),
            "it says '550 5.1.1'",
        ),
        (BadInput("row 3: Jo Smith"), ""),
        (ValueError("Dear Jo"), ""),
        (IntegrityError("INSERT", ("Jo",), OSError("UNIQUE failed\nJo")), "UNIQUE failed"),
    ],
)
def test_an_errors_own_words_are_logged_only_where_they_cannot_quote_a_letter(
    error: Exception, words: str
) -> None:
    assert log.said_by(error) == words
    shown = failed(error)["exception"]
    assert isinstance(shown, list)
    assert shown[0]["exc_value"] == words


def test_an_error_among_the_words_of_a_library_is_named_by_its_type() -> None:
    assert entry(ValueError("Dear Jo"))["event"] == "said: ValueError"
    assert entry(DatabaseTrouble("SELECT", {}, OSError("it is gone")))["event"] == (
        "said: DBAPIError: it is gone"
    )


def test_people_see_where_an_error_happened_line_by_line() -> None:
    try:
        _fail(OSError(28, "No space left on device"))
    except OSError:
        shown = line("it failed", is_failure=True)
    first, error, *places, cause, last = shown.splitlines()
    assert first.endswith('event="said: it failed"')
    assert error == "  | OSError: No space left on device"
    assert [each.rpartition(" ")[2] for each in places] == [
        "test_people_see_where_an_error_happened_line_by_line",
        "_fail",
    ]
    assert cause == "  | ValueError"
    assert last.endswith("in _fail")


def test_warnings_and_what_ends_a_process_or_a_thread_are_logged_alike(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log.begin(LogFormat.JSON)
    warnings.showwarning(UserWarning("jo@wot.example is old"), UserWarning, "x.py", 1)
    sys.excepthook(ValueError, ValueError("Dear Jo"), None)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    shown = capsys.readouterr().err
    lines = [json.loads(each) for each in shown.splitlines() if each.startswith("{")]
    assert [each["logger"] for each in lines] == ["py.warnings", "dispatch", "dispatch"]
    assert [each["exception"][0]["exc_type"] for each in lines[1:]] == [
        "ValueError",
        "ZeroDivisionError",
    ]
    assert "Dear Jo" not in shown
    assert "@" not in shown
    assert "KeyboardInterrupt" in shown
