from __future__ import annotations

import logging
import sys

import pytest
import structlog

from dispatch import log


def line(said: str, *, is_failure: bool = False) -> str:
    failure = sys.exc_info() if is_failure else None
    record = logging.LogRecord("celery", logging.ERROR, "", 1, "said: %s", (said,), failure)
    return log.Line("%(levelname)s %(message)s").format(record)


def test_the_log_says_what_happened_as_words_and_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = logging.getLogger().handlers[:]
    try:
        log.begin()
        [handler] = logging.getLogger().handlers
        assert isinstance(handler.formatter, log.Line)
        structlog.stdlib.get_logger("dispatch.worker").info("deliveries tried", count=20)
    finally:
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
    assert 'dispatch.worker event="deliveries tried" count=20' in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "[U+001B]]52;c;aGk=[U+0007]"),
        ("\u202ereverse", "[U+202E]reverse"),
        ("a\n2026-07-22 ERROR celery all letters were sent", "a\n  | 2026-07-22 ERROR"),
        ("a\r2026", "a[U+000D]2026"),
        ("rediss://u:s3cret@broker:1/0", "rediss://***@broker:1/0"),
        ("postgresql+psycopg://u:s3@cret@db/x", "postgresql+psycopg://***@db/x"),
        ("smtp://:s3cret@mail and imaps://u:s3cret@box", "smtp://***@mail and imaps://***@box"),
    ],
)
def test_words_of_strangers_and_passwords_are_not_logged_as_they_are(said: str, shown: str) -> None:
    assert line(said).startswith(f"ERROR said: {shown}")
    assert "s3" not in line(said)


def test_a_traceback_is_shown_as_what_it_is_as_well() -> None:
    def fail() -> None:
        raise ValueError("\x1b[2J of redis://u:s3cret@broker")

    try:
        fail()
    except ValueError:
        logged = line("it failed", is_failure=True)
    assert "ValueError: [U+001B][2J of redis://***@broker" in logged
    assert "\n  | Traceback" in logged
