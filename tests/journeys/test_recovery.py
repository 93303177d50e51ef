"""The recovery guide: each failure happens, shows what the guide quotes, and is mended by it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from dispatch.app import App
from dispatch.cli.output import asked
from dispatch.doctor import dns, recipients
from tests.conftest import ROOT
from tests.fakes import FakeClock
from tests.guides import DOCS, Section, Terminal, sections, walk
from tests.journeys.recovery import incoming, machine, record, sending
from tests.journeys.recovery.sending import Refused
from tests.journeys.recovery.service import NAMES, Service

GUIDE: Final = {each.title: each for each in sections(DOCS / "running/failures.md")}
LABELS: Final = ("**You see**", "**Meanwhile**", "**Do**", "**It is mended when**")

Case = Callable[[Service], str]
"""Makes a failure happen; returns what people see of it."""

LOGIN: Final = Refused("AUTH", "535 5.7.8 authentication failed")
SENDER: Final = Refused(
    "MAIL", "550 5.7.60 client does not have permissions to send as this sender"
)
QUOTA: Final = Refused("MAIL", "452 4.5.3 daily sending quota exceeded")

CASES: Final[Mapping[str, Sequence[Case]]] = {
    "A worker dies while letters leave": [sending.a_worker_dies],
    "The clock stops": [machine.the_clock_stops],
    "A clock is set wrong": [machine.the_clock_is_wrong],
    "A clock was wrong, and is right now": [machine.the_clock_was_wrong],
    "The machine was off": [machine.the_machine_was_off],
    "The broker is lost": [machine.the_broker_is_lost],
    "The mail server cannot be reached": [sending.the_server_is_away],
    "The mail server refuses us": [LOGIN, SENDER, QUOTA],
    "No access token is to be had": [sending.no_token],
    "The database goes away while letters leave": [sending.the_database_goes],
    "The database is lost": [record.the_database_is_lost],
    "A database was copied or put back by other means": [record.it_was_copied],
    "A backup is bad or cut off": [record.a_bad_backup],
    "The disk is full": [machine.the_disk_is_full],
    "A key is missing": [record.a_key_is_missing],
    "A key is lost, and nobody has a copy": [record.a_key_is_lost],
    "Others may change or read our files": [machine.files_are_open],
    "A machine has other templates": [machine.other_templates],
    "The record was altered": [record.it_was_altered],
    "The program is newer than the database": [record.the_database_is_older],
    "The program is older than the database": [record.the_database_is_newer],
    "The mailbox cannot be read": [incoming.it_cannot_be_read],
    "Nothing that came back was read for days": [incoming.nobody_read_it],
    "A letter is in doubt": [sending.in_doubt],
    "Letters did not leave in time": [sending.not_in_time],
    "The service is started twice": [machine.started_twice],
    "The certificate that signs the letters has ended": [machine.the_certificate_has_ended],
    "Something that a page asked for is not done": [machine.a_job_is_not_done],
}
SLOW: Final[frozenset[Case]] = frozenset(
    {
        QUOTA,
        SENDER,
        machine.the_machine_was_off,
        incoming.it_cannot_be_read,
        incoming.nobody_read_it,
        machine.other_templates,
        machine.the_broker_is_lost,
        machine.the_certificate_has_ended,
        machine.the_clock_stops,
        record.a_bad_backup,
        record.it_was_altered,
        record.the_database_is_lost,
        record.the_database_is_older,
        sending.a_worker_dies,
        sending.in_doubt,
        sending.no_token,
        sending.not_in_time,
        sending.the_server_is_away,
    }
)


@pytest.fixture
def service(
    app: App, clock: FakeClock, migrated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """A service that runs, with somebody at its terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asked, "can_answer", lambda: True)
    for asking_others in (dns, recipients):
        monkeypatch.setattr(asking_others, "find", lambda *_: iter(()))
    app.settings.home.mkdir(mode=0o700)
    with ExitStack() as stack:
        terminal = Terminal(tmp_path, app, fill={**NAMES})
        made = Service(clock, tmp_path, monkeypatch, stack, migrated, terminal)
        terminal.meanwhile = made.work
        yield made


def the(case: Case) -> str:
    return getattr(case, "__name__", None) or str(case)


EACH: Final = [
    pytest.param(title, case, id=the(case), marks=[pytest.mark.slow] if case in SLOW else [])
    for title, cases in CASES.items()
    for case in cases
]


@pytest.mark.parametrize(("title", "case"), EACH)
def test_a_failure_is_mended_as_the_guide_says(title: str, case: Case, service: Service) -> None:
    shown = case(service)
    section = GUIDE[title]
    for line in section.lines:
        if line.startswith("systemctl "):
            service.terminal.by_hand.setdefault(line, lambda: None)
    walk(section, service.terminal, shown)
    left_over = {*service.terminal.by_hand} - {*section.lines}
    assert not left_over, "the guide does not say so"


def test_each_failure_of_the_guide_happens_in_a_test() -> None:
    assert [*GUIDE] == [*CASES]


@pytest.mark.parametrize("section", GUIDE.values(), ids=GUIDE)
def test_a_section_says_what_is_seen_what_to_do_and_how_it_ends(section: Section) -> None:
    places = [section.text.find(label) for label in LABELS]
    assert -1 not in places
    assert places == sorted(places)
    ends = section.text[places[-1] :]
    assert re.search(r"^> ", ends, re.MULTILINE)
    assert re.search(r"^> ", section.text[places[0] : places[1]], re.MULTILINE)


def test_a_unit_of_systemd_that_is_named_is_one_of_ours() -> None:
    units = {path.name for path in (ROOT / "config" / "systemd").iterdir()}
    named = {
        word
        for section in GUIDE.values()
        for line in section.lines
        if line.startswith("systemctl ")
        for word in line.split()[2:]
        if word.startswith("dispatch")
    }
    assert {re.sub(r"@\d$", "@", word).removesuffix(".target") for word in named} <= {
        unit.rpartition(".")[0] for unit in units
    }
