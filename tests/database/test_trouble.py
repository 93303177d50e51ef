from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from dispatch.database.trouble import in_words, is_outdated


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("attempt to write a readonly database", "disk is read-only"),
        ("database or disk is full", "make room"),
        ("file is not a database", "restore a backup"),
        ("database disk image is malformed", "restore a backup"),
        ("database is locked", "another program keeps it locked"),
        ("unable to open database file", "cannot be opened"),
        ("disk I/O error", "its disk fails"),
        ("connection to server at 127.0.0.1 failed: Connection refused", "start PostgreSQL"),
        ("connection timeout expired", "start PostgreSQL"),
        ('FATAL:  password authentication failed for user "x"', "user and the password"),
        ('FATAL:  role "x" does not exist', "user and the password"),
        ('FATAL:  database "x" does not exist', "have it made"),
        ("[Errno -2] Name or service not known", "check the host"),
        ("failed to resolve host 'db.example'", "check the host"),
        ("FATAL:  sorry, too many clients already", "too many connections"),
        ("cannot execute INSERT in a read-only transaction", "name the primary"),
        ("FATAL:  the database system is starting up", "try again"),
        ("terminating connection due to administrator command", "try again"),
        ("server closed the connection unexpectedly", "try again"),
        ("could not extend file: No space left on device", "make room"),
        ("permission denied for table event", "its administrator"),
    ],
)
def test_the_hint_fits_the_trouble(said: str, hint: str) -> None:
    error = OperationalError("SELECT secret", {}, Exception(f"{said}\nDETAIL: secret"))
    assert hint in in_words(error)
    assert in_words(error).startswith(said)
    assert "secret" not in in_words(error)
    assert not is_outdated(error)


@pytest.mark.parametrize(
    "said", ["no such table: stop", 'relation "stop" does not exist', "no such column: about_us"]
)
def test_only_a_missing_table_or_column_asks_for_an_upgrade(said: str) -> None:
    error = OperationalError("SELECT 1", {}, Exception(said))
    assert is_outdated(error)
    assert in_words(error) == said
