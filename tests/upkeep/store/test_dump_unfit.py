"""Rows that our tables cannot hold are refused by the line, and nothing of the file is restored."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.database import Sessions
from dispatch.domain.errors import BadInput
from dispatch.files.dumps import Dump
from dispatch.upkeep.store import dump
from tests.database import next_migration
from tests.dumps import contents, packed

MOMENT = "2020-01-01T00:00:00+00:00"
BEAT = {"table": "heartbeat", "columns": ["name", "kind", "seen_at"]}
BUCKET = {"table": "bucket", "columns": ["key", "tat", "strikes"]}
CONTACT = {
    "table": "contact",
    "columns": ["id", "authority_code", "role", "address", "valid_from"],
}
DOCUMENT = {"table": "document", "columns": ["sha256", "media_type", "content"]}
MAIL = {
    "table": "incoming_mail",
    "columns": ["id", "sha256", "content", "received_at", "state", "due_at", "tries"],
}

CASES: dict[str, tuple[list[object], str]] = {
    "an unknown column": (
        [{**BEAT, "columns": ["name", "nope", "seen_at"]}, ["a", "b", MOMENT]],
        "line 3: the table heartbeat has no column nope",
    ),
    "a table of another program": (
        [{"table": "evil", "columns": ["a"]}, [1]],
        "line 3: our tables have none of the name evil",
    ),
    "the table of the revision": (
        [{"table": "alembic_version", "columns": ["version_num"]}, ["9999"]],
        "line 3: our tables have none of the name alembic_version",
    ),
    "half a character": ([BEAT, ["\ud800", "b", MOMENT]], "line 3: the column name"),
    "a number for a name": ([BEAT, [5, "b", MOMENT]], "line 3: the column name"),
    "a list for a name": ([BEAT, [["a"], "b", MOMENT]], "line 3: the column name"),
    "a word for a moment": ([BEAT, ["a", "b", "today"]], "line 3: the column seen_at"),
    "a number for a moment": ([BEAT, ["a", "b", 5]], "line 3: the column seen_at"),
    "nothing for a moment": ([BEAT, ["a", "b", None]], "line 3: the table heartbeat cannot hold"),
    "a row twice": (
        [BEAT, ["a", "clock", MOMENT], ["a", "clock", MOMENT]],
        "lines 3 to 4: the table heartbeat cannot hold a row of them",
    ),
    "a key that points nowhere": (
        [CONTACT, ["0" * 32, "NONE", "chief_executive", "a@b.example", "2020-01-01"]],
        "line 3: the table contact cannot hold",
    ),
    "a key that is not one": (
        [CONTACT, [5, "NONE", "chief_executive", "a@b.example", "2020-01-01"]],
        "line 3: the column id of the table contact",
    ),
    "a number too large": ([BUCKET, ["a", MOMENT, 10**30]], "line 3: the column strikes"),
    "a truth for a number": ([BUCKET, ["a", MOMENT, True]], "line 3: the column strikes"),
    "a fraction for a number": ([BUCKET, ["a", MOMENT, 0.5]], "line 3: the column strikes"),
    "a state that there is not": (
        [MAIL, ["0" * 32, "0" * 64, "", MOMENT, "eaten", MOMENT, 0]],
        "a row of the table incoming_mail is not one of ours",
    ),
    "octets that are not base64": (
        [DOCUMENT, ["0" * 64, "text/plain", "%%%%"]],
        "line 3: the column content of the table document",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_what_our_tables_cannot_hold_is_named_by_its_line(
    case: str, sessions: Sessions, tmp_path: Path
) -> None:
    (begin, *rows), why = CASES[case]
    assert isinstance(begin, dict)
    tables = {begin["table"]: len(rows)}
    path = packed(tmp_path / "b.gz", begin, *rows, revision=next_migration.head(), tables=tables)
    with pytest.raises(BadInput) as refused, sessions.begin() as session:
        dump.load(session, Dump(path))
    said = str(refused.value)
    assert f"{path} cannot be restored: {why}" in said
    assert "\n" not in said
    assert not any(contents(sessions).values())
