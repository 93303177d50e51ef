"""Every command that the documentation shows is given.

Pages that tell one story are walked by tests of their own. The commands of the others are given
here, one by one, on a home with mailouts in every state. Each does what it is for; or it says that
it is for another state, and then another test carries it out.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from openpyxl import Workbook

from dispatch.app import App
from dispatch.cli.output import asked
from dispatch.database import connect
from dispatch.doctor import dns, recipients
from tests import steps
from tests.commands import every_command
from tests.conftest import KEY, ROOT
from tests.fakes import FakeClock
from tests.frozen import previous
from tests.frozen.office import Office, elsewhere, opened, sample_files
from tests.frozen.previous import APPROVED, SCHEDULED, SENT
from tests.guides import DOCS, Terminal
from tests.notices import a_dsn

WALKED: Final = {
    "running/failures.md": "tests/journeys/test_recovery.py",
    "running/proof.md": "tests/journeys/test_guides.py",
    "running/schemes.md": "tests/journeys/test_schemes.py",
    "using/from-word.md": "tests/journeys/test_guides.py",
    "using/year.md": "tests/journeys/test_year.py",
}
"""Pages whose commands another test gives in their order."""

NOT_GIVEN: Final = {
    "dispatch run": ("it runs until it is stopped", "tests/journeys/test_procfile.py"),
    "dispatch rehearse": ("it needs the services that run", "tests/journeys/test_rehearsal.py"),
    "--graph": ("it asks Microsoft", "tests/mail/test_graph.py"),
    "preview annual-review --watch": ("it goes on until Ctrl-C", "tests/cli/test_template.py"),
    "status annual-review-2021 --watch": ("it goes on until the end", "tests/cli/test_status.py"),
}
"""Parts of the commands that are not given here: why, and which test tries them."""


def commands(page: Path) -> list[str]:
    """Return the commands of ours in a page's code blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    lines = (line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines())
    return [
        line.removeprefix(".venv/bin/")
        for line in lines
        if line.startswith(("dispatch ", ".venv/bin/dispatch "))
    ]


EVERY: Final = {
    path.relative_to(DOCS).as_posix(): found
    for path in sorted(DOCS.rglob("*.md"))
    if (found := commands(path))
}
PAGES: Final = [page for page in EVERY if page not in WALKED]

LAST: Final = {"running/backups.md", "running/people.md"}
"""Pages after whose commands the office is another one."""

MAILOUTS: Final[Mapping[str, str]] = {
    "using/approve.md": APPROVED,
    "using/contacts.md": SCHEDULED,
    "using/plan.md": APPROVED,
    "using/render.md": APPROVED,
}
"""The mailout that a page is about, where it is not the one that was sent."""

ANSWERS: Final = (
    "accepted already",
    "believed already",
    "Correct what stops letters",
    "finding stops the letters",
    "has no letter for",
    "is approved",
    "is cancelled",
    "is draft",
    "is not an upload",
    "is releasing",
    "letters that are still on their way",
    "no new version of a letter",
    "nobody is in post",
    "not in doubt",
    "Nothing is past its time",
    "Nothing was written",
    "Nothing will be resent",
    "propose it again",
    "signs no messages",
    "the database is not empty",
    "the keys of this home are those that the database knows",
    "There is no letter to print",
    "there is no version 2",
    "There is nothing to record",
    "There is nothing to send again",
    "would be the same",
)
"""What a command says that is for another state than the one this office is in."""

DONE: Final = {
    "contacts end": "tests/cli/test_contacts.py",
    "keys dkim": "tests/cli/test_dkim.py",
    "mailout withdraw": "tests/cli/test_versions.py",
    "mailout posted": "tests/cli/test_post.py",
    "notice confirm": "tests/cli/test_notice.py",
    "notice dismiss": "tests/cli/test_notice.py",
    "notice suggestion accept": "tests/cli/test_suggestions.py",
    "notice suggestion decline": "tests/cli/test_suggestions.py",
}
"""Which test carries out a command that is refused here, where no page that is walked does."""


@pytest.fixture
def office(
    app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """An office with a home of the release before, brought up to date."""
    elsewhere(tmp_path, monkeypatch)
    monkeypatch.setattr(asked, "can_answer", lambda: True)
    for asking_others in (dns, recipients):
        monkeypatch.setattr(asking_others, "find", lambda *_: iter(()))
    clock.reach(previous.TAKEN_AT)
    sessions = connect(f"sqlite:///{previous.put(tmp_path)}", KEY)
    made = opened(replace(app, sessions=sessions), clock, keep="mail=1y addresses=7y letters=10y")
    made.run("db", "upgrade")
    yield made
    sessions.dispose()


def examples(office: Office) -> dict[str, object]:
    """Make what the commands name; return what is called otherwise here."""
    files(office)
    doubts = json.loads(office.run("delivery", "doubtful", SENT, "--json"))
    notices = json.loads(office.run("notice", "list", SENT, "--category", "bounce", "--json"))
    suggested = json.loads(office.run("notice", "suggestions", "--all", "--json"))
    return {
        "config/mailouts/annual-review-2021.toml": "config/mailouts/annual-review-2020.toml",
        "annual-review-2021": SENT,
        "/backups/": "",
        "/var/log/": "",
        "you@office.example": "you@ombudsman.example",
        "5d0c": notices[0]["id"],
        "8e1b": suggested[0]["id"],
        "4f2a": suggested[0]["id"],
        "3f2a": doubts[0]["id"],
        "77c1": doubts[-1]["id"],
        "2021-07-21T22:00": "2020-07-24T10:00",
        "2021-07-26": "2020-07-24",
    }


def files(office: Office) -> None:
    """Write the files that commands read."""
    sample_files(("DUR", "OXO", "HAT"))
    for path in Path("sample").glob("*.csv"):
        shutil.copy(path, path.name)
    shutil.copy("figures.csv", "corrected.csv")
    book = Workbook()
    with Path("contacts.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.reader(rows):
            book.worksheets[0].append(row)
    book.save("contacts.xlsx")
    shutil.copytree(ROOT / "config", "config")
    Path("bounce.eml").write_bytes(a_dsn(office.app, office.delivery("OXO")))
    Path("folder-of-messages").mkdir()
    shutil.copy("bounce.eml", "folder-of-messages")
    Path("mail.log").write_text("Jul 24 09:00:00 relay postfix/master[1]: daemon started\n")
    Path("trace.csv").write_text("Received,Sender,Recipient,Status,Message ID\n")
    for name in ("checkpoint-of-last-month.txt", "theirs.txt"):
        office.run("audit", "checkpoint", "--out", name)
    for name in ("old.backup", "move.backup"):
        office.run("db", "backup", name)


@pytest.mark.slow
def test_each_command_of_the_other_pages_is_given(office: Office) -> None:
    terminal = Terminal(Path(), office.app, around=lambda: steps.working(office.app))
    terminal.fill = examples(office)
    wrong, refused = [], set()
    for page in sorted(PAGES, key=LAST.__contains__):
        terminal.fill["annual-review-2021"] = MAILOUTS.get(page, SENT)
        for line in EVERY[page]:
            if any(part in line for part in NOT_GIVEN):
                continue
            done = terminal.dispatch(*shlex.split(terminal.filled(line))[1:])
            said = " ".join(done.output.split())
            if done.exit_code:
                refused.add(named(line))
            if done.exit_code and not any(answer in said for answer in ANSWERS):
                wrong.append(f"{page}: {line}: {done.exit_code}, {said[-300:]}")
    assert not wrong, "\n".join(wrong)
    walked = {named(line) for page in WALKED for line in EVERY[page]}
    assert refused - walked - DONE.keys() == set()


KNOWN: Final = [words for words, _ in every_command()]


def named(line: str) -> str:
    """Return the command that a line gives."""
    words = tuple(shlex.split(line)[1:])
    return " ".join(max(each for each in KNOWN if words[: len(each)] == each))


def test_what_is_not_given_here_is_tried_elsewhere() -> None:
    lines = [line for found in EVERY.values() for line in found]
    assert [part for part in NOT_GIVEN if not any(part in line for line in lines)] == []
    assert WALKED.keys() <= EVERY.keys()
    tests = [*WALKED.values(), *DONE.values(), *(test for _, test in NOT_GIVEN.values())]
    assert [test for test in tests if not (ROOT / test).is_file()] == []
