"""Every command on a home that the release before has left, once it is upgraded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import pytest
from click.testing import CliRunner

from dispatch.app import App, from_environ
from dispatch.cli import main
from dispatch.database import Sessions, connect
from dispatch.domain.mailout import MailoutState
from dispatch.mailouts.store import mailout_named
from tests import dumps, steps
from tests.commands import every_command
from tests.conftest import KEY
from tests.databases import POSTGRESQL
from tests.fakes import FakeClock
from tests.frozen import golden, previous
from tests.frozen.office import Office, elsewhere, opened
from tests.frozen.previous import APPROVED, CANCELLED, DRAFT, PAST, SCHEDULED, SENT
from tests.frozen.story import PUBLIC_AT

WHY: Final = "--because reason --as kim"
YES: Final = f"{WHY} --yes"
SIGNED: Final = "--as alex --yes"

Line = tuple[str, int]
"""A command, in which {NAMES} are filled in, and its exit status."""

READING: Final[tuple[Line, ...]] = (
    ("db upgrade", 0),
    ("mailout list", 0),
    ("metrics", 0),
    ("clock", 0),
    ("doctor", 1),  # no worker runs
    *((f"mailout show {name}", 0) for name in (PAST, SENT, SCHEDULED, APPROVED, CANCELLED, DRAFT)),
    *((f"mailout status {name}", 0) for name in (PAST, SENT, SCHEDULED, APPROVED, CANCELLED)),
    (f"mailout status {DRAFT}", 0),
    (f"mailout check {SCHEDULED}", 0),
    (f"mailout check {DRAFT}", 0),
    (f"mailout unreached {SENT}", 0),
    (f"mailout unreached {PAST}", 0),
    (f"mailout post {SENT} --dry-run", 0),
    (f"mailout posted {SENT}", 0),
    ("template list", 0),
    (f"template values {SENT}", 0),
    (f"template preview {SCHEDULED}", 0),
    (f"letter show {SENT} DUR", 0),
    (f"letter show {SENT} DUR --version 1", 0),
    (f"letter show {PAST} DUR", 1),  # it is purged
    (f"letter send-test {SENT} DUR --to you@ombudsman.example", 0),
    (f"delivery list {SENT}", 0),
    (f"delivery list {PAST}", 0),
    ("delivery show {delivery}", 0),
    (f"delivery doubtful {SENT}", 0),
    (f"notice list {SENT}", 0),
    ("notice show {notice}", 0),
    ("notice quarantine", 0),
    (f"notice suggestions {SENT} --all", 0),
    ("contacts show MAN", 0),
    (f"contacts confirm {SCHEDULED} --list", 0),
    ("suppression list --all", 0),
    ("audit verify", 0),
    ("audit key", 0),
    ("audit show", 0),
    ("audit show --events", 0),
    ("audit show --authority MAN", 0),
    (f"audit evidence {SENT} DUR --out sent.zip", 0),
    (f"audit evidence {SENT} MAN --out redacted.zip --redact", 0),
    (f"audit evidence {PAST} DUR --out past.zip", 1),  # it is purged
    ("audit checkpoint --out checkpoint.txt", 0),
    ("audit purge --dry-run", 0),
    (f"upload bundle {SENT} --out public --dry-run", 1),  # it is not time, and one is in doubt
    (f"resend {SENT} --unreached {WHY} --json", 0),
    (f"resend {SENT} --changed {WHY} --json", 0),
    (f"mailout reissue {SENT} --authority BIR {WHY} --json", 1),  # nothing has changed
    ("delivery reconcile --postfix-log mail.log --dry-run", 0),
    ("db backup home.backup", 0),
    ("user list", 0),
    ("token list", 0),
)
"""What only looks, and what proposes."""

DOING: Final[tuple[Line, ...]] = (
    (f"mailout pause {SENT} --because reason", 0),
    (f"mailout resume {SENT} --yes", 0),
    (f"delivery settle {{doubt}} accepted {YES}", 0),
    (f"notice confirm {{notice}} {YES}", 1),  # it is believed already
    ("notice dismiss {notice} --as alex --because no", 1),
    (f"resend {SENT} --authority BIR --to clerk@birmingham.example {YES}", 0),
    (f"mailout withdraw {SENT} --authority {previous.PROPOSED} {WHY}", 0),
    (f"mailout reissue {SENT} --authority {previous.PROPOSED} {YES}", 0),
    (f"mailout approve {SENT} --authority {previous.PROPOSED} {SIGNED}", 0),
    ("receive --again", 0),
    (f"contacts set MAN leader --address new@manchester.example --surname Smith {YES}", 0),
    (f"contacts end MAN leader {YES}", 0),
    ("suppression add somebody@somewhere.example --because reason --as kim", 0),
    ("suppression lift somebody@somewhere.example --because reason --as kim", 0),
    (f"mailout schedule {APPROVED} --yes", 1),  # the templates have changed since its approval
    (f"mailout cancel {SCHEDULED} --because reason --yes", 0),
    (f"mailout proof {APPROVED} --to colleague@ombudsman.example --authority DUR --yes", 0),
    (f"mailout ask-approval {APPROVED}", 1),  # it has been approved
    (f"mailout send-back {APPROVED} --because reason --as kim", 0),
)
"""What changes something, two days after the release."""

PUBLIC: Final[tuple[Line, ...]] = (
    (f"upload bundle {SENT} --out public --although reason {SIGNED}", 0),
    ("upload verify public", 0),
    ("audit verify --checkpoint checkpoint.txt", 0),
)
"""What is done on the day of the upload."""

PEOPLE: Final[tuple[Line, ...]] = (
    ("user add Kim --role admin", 0),
    ("user add Alex --role approver --also alexm", 0),
    ("user change alexm --role editor", 0),
    ("user new-code Alex", 0),
    ("token make board --scope events --as alexm", 0),
    (f"mailout cancel {DRAFT} --because reason --yes", 1),  # who is at the keyboard has no account
    ("user end Alex --because reason --yes", 0),
)
"""What is done last, since no name will do any more that is in nobody's account."""

LEFT_OUT: Final = {
    "token end": "needs the id of a token",
    "settings": "reads no database",
    "completion": "reads no database",
    "catcher list": "reads no database",
    "catcher show": "reads no database",
    "demo": "makes a home of its own",
    "template import": "reads no database",
    "init": "lays a folder out, and reads no database",
    "rehearse": "plans and sends a rehearsal, in a home that is for that",
    "alive": "looks for processes of this machine",
    "run": "runs until it is stopped",
    "open": "opens a browser",
    "listen": "runs until it is stopped",
    "db restore": "needs an empty database; PostgreSQL's is restored",
    "audit new-keys": "is for a home whose keys are lost",
    "db restored": "is about a database that lost something",
    "notice classify": "needs no database",
    "explain": "needs no database",
    "keys dkim": "needs no database",
    "notice suggestion accept": "was done in the home",
    "notice suggestion decline": "would need another",
    "import": "reads a file, and is the same for any home",
    "contacts import": "reads a file, and is the same for any home",
    "mailout new": "reads a file, and is the same for any home",
    "mailout render": "waits for workers, which the rest of these tests are",
}
"""Commands that are in no table, and why."""


@pytest.fixture
def office(
    app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """An office with that home, in a database of its own."""
    elsewhere(tmp_path, monkeypatch)
    if golden.RENEWS == "home":
        previous.renewed(opened(app, clock))
        pytest.fail("another home is made: see what these tests say of it")
    clock.reach(previous.TAKEN_AT)
    with closing_sessions(connect(f"sqlite:///{previous.put(tmp_path)}", KEY)) as sessions:
        yield opened(
            replace(app, sessions=sessions), clock, keep="mail=1y addresses=7y letters=10y"
        )


@contextmanager
def closing_sessions(sessions: Sessions) -> Iterator[Sessions]:
    yield sessions
    sessions.dispose()


def test_a_home_that_lacks_the_secret_key_makes_none_for_a_database_that_was_written_with_one(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    previous.put(tmp_path).rename(home / "dispatch.db")
    app = from_environ({"DISPATCH_HOME": str(home), "DISPATCH_SMTP_URL": "catcher"})
    done = CliRunner().invoke(main, ["db", "upgrade"], obj=app)
    app.sessions.dispose()
    assert done.exit_code == 1
    assert f"copy secret.key of the home that has it to {home}" in done.output
    assert not (home / "secret.key").exists()


def test_every_command_works_on_a_home_of_the_release_before(office: Office) -> None:
    _upgraded(office)
    _all_work(office, [*READING, *DOING])
    _public(office)
    _all_work(office, [*PUBLIC, *PEOPLE])


@pytest.mark.slow
def test_a_backup_of_the_release_before_is_restored(office: Office, tmp_path: Path) -> None:
    office.run("db", "backup", "before.backup")
    with dumps.emptiness(tmp_path) as empty:
        new = Office(replace(office.app, sessions=empty), office.clock, office.server)
        new.run("db", "restore", "before.backup", "--nothing-lost", "--yes")
        new.run("mailout", "resume", SENT, "--yes")
        _all_work(new, [*READING, *DOING] if POSTGRESQL else READING)
        empty.dispose()


def _upgraded(office: Office) -> None:
    refused = CliRunner().invoke(main, ["mailout", "list"], obj=office.app)
    assert "dispatch db upgrade" in refused.output
    assert refused.exit_code == 1
    office.run("db", "upgrade")


def _all_work(office: Office, lines: Iterable[Line]) -> None:
    Path("mail.log").write_text("Jul 24 09:00:00 relay postfix/master[1]: daemon started\n")
    ids = _ids(office)
    wrong = [said for line, status in lines if (said := _wrong(office, line.format(**ids), status))]
    assert not wrong, "\n".join(wrong)


def _ids(office: Office) -> dict[str, str]:
    """Return the ids that the commands name."""
    asked = {
        "delivery": ("delivery", "list", SENT),
        "notice": ("notice", "list", SENT, "--category", "bounce"),
        "doubt": ("delivery", "doubtful", SENT),
    }
    found = {what: json.loads(office.run(*words, "--json")) for what, words in asked.items()}
    return {what: rows[0]["id"] if rows else "" for what, rows in found.items()}


def _wrong(office: Office, line: str, status: int) -> str | None:
    """Give a command; return how it went wrong."""
    done = CliRunner(env={"COLUMNS": "80"}).invoke(main, line.split(), obj=office.app)
    if isinstance(done.exception, SystemExit | None) and done.exit_code == status:
        return None
    return f"{line}: {done.exit_code} for {status}, {done.exception!r}: {done.output[-400:]}"


def _public(office: Office) -> None:
    """Let all that waits be sent, and the day of the upload come."""
    steps.send_due(office.app)
    office.clock.reach(PUBLIC_AT)
    steps.tick(office.app)
    with office.app.sessions.read() as session:
        assert mailout_named(session, SENT).state is MailoutState.SENT


def test_every_command_is_tried_or_left_out_for_a_reason() -> None:
    tried = {tuple(line.split()) for line, _ in (*READING, *DOING, *PUBLIC, *PEOPLE)}
    every = [words for words, command in every_command() if not isinstance(command, click.Group)]
    untried = {
        " ".join(words) for words in every if not any(each[: len(words)] == words for each in tried)
    }
    assert untried == LEFT_OUT.keys()
