"""An office with councils of the sample year: dispatch at the command line, and its mail server.

Everything goes through commands, as a person gives them, and through `tests.steps` where workers
and the clock do it. Files are named relative to the folder where the tests run, so that no path
of a machine is in what is printed.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from dispatch.app import App
from dispatch.cli import main
from dispatch.database.tables import Delivery
from dispatch.demo import sample
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from dispatch.settings import Settings
from dispatch.tracking.store import heartbeats
from tests import steps
from tests.conftest import ROOT
from tests.fakes import FakeClock, FakeLine, FakeTransport

CONFIG: Final = ROOT / "config"
PLAN: Final = CONFIG / "mailouts" / "annual-review-2020.toml"
NAME: Final = steps.NAME
KEY: Final = Path(__file__).parent / "ledger" / "key-for-tests-only.pem"
WITHOUT_LINK_OFFICER: Final = ("CMD", "HOR")


@dataclass
class Mailboxes(FakeTransport):
    """A mail server that answers as it was told to for each address, and takes all the rest."""

    answers: dict[str, deque[Outcome]] = field(default_factory=dict)

    def connect(self) -> FakeLine | Outcome:
        self.lines += 1
        return MailboxLine(self, answers=self.answers)


@dataclass
class MailboxLine(FakeLine):
    """One session with that server."""

    answers: Mapping[str, deque[Outcome]] = field(default_factory=dict)

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        if waiting := self.answers.get(envelope.rcpt_to):
            self.transport.outcomes.appendleft(waiting.popleft())
        return super().offer(
            envelope, message, before_dot=before_dot, needs_smtputf8=needs_smtputf8
        )


@dataclass
class Office:
    """A person at the keyboard, and what they were shown."""

    app: App
    clock: FakeClock
    server: Mailboxes
    shown: dict[str, Any] = field(default_factory=dict)
    """What programs were given, by the name of its file."""
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By which words."""

    def run(self, *words: object, exit_code: int = 0) -> str:
        """Give a command; return what it printed on standard output."""
        spelt = [str(word) for word in words]
        done = CliRunner(env={"COLUMNS": "80"}).invoke(main, spelt, obj=self.app)
        assert done.exit_code == exit_code, (spelt, done.output, done.exception)
        return done.stdout

    def run_into(self, file: Path, *words: object, exit_code: int = 0) -> None:
        """Give a command that prints into a file: `run` holds all that is printed in memory."""
        spelt = [str(word) for word in words]
        with (
            file.open("w", encoding="utf-8") as out,
            redirect_stdout(out),
            redirect_stderr(out),
            patch.dict("os.environ", COLUMNS="80"),
            pytest.raises(SystemExit) as ended,
        ):
            main(spelt, obj=self.app)
        assert (ended.value.code or 0) == exit_code, spelt

    def show(self, name: str, *words: object, exit_code: int = 0) -> Any:
        """Give a command with --json, and keep what it printed under a name."""
        assert name not in self.shown
        text = self.run(*words, "--json", exit_code=exit_code)
        is_lines = words[:2] == ("notice", "classify")
        given = [json.loads(line) for line in text.splitlines()] if is_lines else json.loads(text)
        self.shown[name], self.words[name] = given, tuple(str(word) for word in words)
        return given

    def show_csv(self, name: str, *words: object) -> None:
        """Give a command with --csv, and keep what it printed under a name."""
        reader = csv.DictReader(
            io.StringIO(self.run(*words, "--csv").removeprefix("\ufeff"), newline="")
        )
        self.shown[name] = {"columns": reader.fieldnames, "rows": list(reader)}

    def beat(self) -> None:
        """Show that a clock and a worker are alive, as they do."""
        for kind in ("clock", "worker"):
            with self.app.sessions.begin() as session:
                heartbeats.beat(session, kind, f"{kind}@here", self.clock(), timedelta(seconds=10))

    def send(self) -> None:
        """Do what the workers and the clock do until nothing is due."""
        steps.send_due(self.app)
        steps.tick(self.app)

    def address(self, code: str, role: str = "chief executive") -> str:
        """Return where the letter of a council goes."""
        recipients = steps.letters_of(self.app)[code].draft.recipients
        return next(each.address for each in recipients if each.role == role)

    def delivery(self, code: str, role: str = "chief executive") -> Delivery:
        """Return the first delivery of a council's letter to a role."""
        with self.app.sessions.read() as session:
            found = deliveries.of_mailout(session, mailout_named(session, NAME))
        rows = [each for each in found if (each.authority_code, each.role) == (code, role)]
        return min(rows, key=lambda each: each.created_at)


def opened(app: App, clock: FakeClock, **settings: str) -> Office:
    """Open an office in the folder where the test runs."""
    server = Mailboxes()
    given = {"home": "home", "signing_key": KEY, **settings}
    Path("home").mkdir()
    made = replace(app, settings=Settings.model_validate(given), transport=server)
    return Office(made, clock, server)


def elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in another folder and home than the machine's."""
    (folder / "anybody").mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder / "anybody"))


def sample_files(codes: Iterable[str]) -> None:
    """Write the sample year's files into the folder `sample`, with these councils alone."""
    written = sample.write(Path("sample"), 2020, CONFIG / "sample", set(codes))
    with written.contacts.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not _is_missing(row)]
    with written.contacts.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _is_missing(row: Mapping[str, str]) -> bool:
    return row["role"] == "link officer" and row["authority"] in WITHOUT_LINK_OFFICER


SUBSTITUTE: Final = """
[signatory.substitutes.ENO]
name = "Jo Deputy"
lines = ["Deputy Ombudsman"]
"""


def fuller_plan() -> Path:
    """Write the year's plan with what it has no use for: an attachment, and a substitute."""
    folder = Path("plan")
    shutil.copytree(PLAN.parent, folder)
    (folder / "attachments" / "WYC").mkdir(parents=True)
    (folder / "attachments" / "WYC" / "decided.csv").write_text("case,decision\n1,upheld\n")
    plan = folder / PLAN.name
    text = plan.read_text(encoding="utf-8")
    text = text.replace("[dates]", 'attachments = "attachments"\n\n[dates]')
    plan.write_text(text + SUBSTITUTE, encoding="utf-8")
    return plan


def scheduled(office: Office, codes: Iterable[str] | None, plan: Path = PLAN) -> None:
    """Take councils of the sample year, or all, from their files to a scheduled mailout."""
    planned(office, codes, plan)
    steps.render_again(office.app)
    steps.schedule_again(office.app)


def planned(office: Office, codes: Iterable[str] | None, plan: Path) -> None:
    """Bring the files in, and plan the mailout."""
    if codes is None:
        sample.write(Path("sample"), 2020, CONFIG / "sample")
    else:
        sample_files(codes)
    for kind in ("authorities", "contacts", "figures"):
        office.run("import", kind, f"sample/{kind}.csv")
    office.run("mailout", "new", plan)
