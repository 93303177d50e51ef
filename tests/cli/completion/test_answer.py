from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from dispatch.app import App, from_environ
from dispatch.cli.completion.answer import answer
from dispatch.database import schema
from dispatch.database.tables import IncomingMail
from dispatch.domain.incoming.message import FILE, Arrival
from dispatch.incoming import receive
from tests import steps

TRIED = [
    ("dispatch mailout stat", ["status"]),
    ("dispatch mailout status ann", ["annual-review-2020"]),
    ("dispatch mailout status x", []),
    ("dispatch contacts show o", ["OXO"]),
    ("dispatch contacts set OXO chief", ["chief-executive"]),
    ("dispatch upload ann", ["annual-review-2020"]),
    ("dispatch upload annual-review-2020 --alth", ["--although"]),
    ("dispatch resend annual-review-2020 --authority A", ["ADU"]),
    ("dispatch delivery list annual-review-2020 --state refu", ["refused"]),
    ("dispatch mailout list --format js", ["json", "jsonl"]),
    ("dispatch template preview annual", ["annual-review"]),
    ("dispatch token make ann", []),
    ("dispatch completion f", ["fish"]),
    ("dispatch nonsense x", []),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a mailout to OXO and ADU, in which a shell asks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DISPATCH_HOME", str(tmp_path / "home"))
    for name in ("DISPATCH_DATABASE_URL", "DISPATCH_TEMPLATES"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def office(home: Path) -> App:
    app = from_environ({"DISPATCH_HOME": str(home)})
    with app.sessions.begin() as session:
        schema.upgrade(session)
    steps.planned(app, "OXO", "ADU")
    return app


def asked(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    words = line.split(" ")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
    answer("bash_complete")


def test_a_word_is_completed_by_commands_options_and_what_the_database_knows(
    office: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offered = {}
    for line, _ in TRIED:
        asked(line, monkeypatch)
        lines = filter(None, capsys.readouterr().out.splitlines())
        offered[line] = [each.partition(",")[2] for each in lines]
    office.sessions.dispose()
    assert offered == dict(TRIED)


def test_an_id_is_offered_by_its_beginning(
    office: App, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    message, arrival = b"From: a@b.example\r\n\r\nHello.\r\n", Arrival(source=FILE, folder="-")
    receive.store(office.sessions, message, arrival, now=office.clock())
    with office.sessions.read() as session:
        [id_] = session.scalars(select(IncomingMail.id))
    asked(f"dispatch notice show {str(id_)[:3]}", monkeypatch)
    office.sessions.dispose()
    assert capsys.readouterr().out == f"plain,{str(id_)[:8]}\n"


@pytest.mark.parametrize(
    "url", ["", "sqlite:////nowhere/at/all.db", "postgresql+psycopg://a@127.0.0.1:1/none"]
)
def test_where_nothing_can_be_looked_up_nothing_is_said(
    home: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISPATCH_DATABASE_URL", url)
    asked("dispatch mailout status ", monkeypatch)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")
    assert not home.exists()


def test_nothing_is_imported_that_completion_does_not_need() -> None:
    heavy = "{'sqlalchemy', 'celery', 'pydantic', 'jinja2', 'rich', 'psycopg', 'structlog'}"
    program = f"from dispatch.cli.completion import answer; print({heavy} & set(sys.modules))"
    done = subprocess.run(  # noqa: S603 - Python, with a program of ours
        [sys.executable, "-c", f"import sys; import dispatch.cli; {program}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
