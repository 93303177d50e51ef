"""The sample year, from files to letters in a Maildir, as `make run` does it.

A small sample of it in `make test`; the whole year in `.ci/run` alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dispatch.app import from_environ
from dispatch.cli import main
from dispatch.cli.demo import linger
from dispatch.database import Sessions, connect
from dispatch.database.tables import Document
from dispatch.documents import Templates
from dispatch.documents.check import conformance
from dispatch.domain.digest import sha256
from dispatch.domain.errors import Unavailable
from dispatch.domain.letter import Made, letter_digest
from dispatch.letters import render
from dispatch.letters.store import letters as stored_letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries as stored_deliveries
from tests.conftest import ROOT
from tests.journeys.services import environ
from tests.patience import HANG_SECONDS

NAME = "annual-review-2020"


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run dispatch from another folder, with no setting but the home."""
    environ = {name: value for name, value in os.environ.items() if "DISPATCH" not in name}
    return subprocess.run(
        [sys.executable, "-m", "dispatch", *words],
        env={**environ, "DISPATCH_HOME": str(home)},
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )


def here(home: Path, *words: str) -> Result:
    """Run dispatch in this process, which is quicker, with no setting but the home."""
    return CliRunner().invoke(main, words, obj=from_environ(environ(DISPATCH_HOME=str(home))))


@dataclass(frozen=True, kw_only=True)
class Size:
    """A sample, and what a demo with it comes to."""

    options: tuple[str, ...]
    letters: int
    deliveries: int
    refused: int
    in_doubt: int

    @property
    def accepted(self) -> int:
        return self.deliveries - self.refused - self.in_doubt


pytestmark = pytest.mark.slow

WHOLE = Size(options=(), letters=346, deliveries=692, refused=3, in_doubt=2)
SMALL = Size(options=("--small",), letters=39, deliveries=78, refused=1, in_doubt=1)


@dataclass
class Demo:
    """What a demo said and left behind."""

    size: Size
    home: Path
    result: dict[str, Any]

    @cached_property
    def sessions(self) -> Sessions:
        return connect(f"sqlite:///{self.home}/dispatch.db")

    @cached_property
    def mails(self) -> list[EmailMessage]:
        files = sorted((self.home / "mail" / "new").iterdir())
        return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


@pytest.fixture(
    scope="module",
    params=[pytest.param(SMALL, id="small"), pytest.param(WHOLE, id="whole")],
)
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    size: Size = request.param
    home = tmp_path_factory.mktemp("demo") / "home"
    done = run(home, "demo", "--once", "--json", "--seed", "7", *size.options)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    demo = Demo(size, Path(result["home"]), result)
    yield demo
    demo.sessions.dispose()


def test_it_ends_with_one_object_in_which_everything_is_counted(demo: Demo) -> None:
    result, size = demo.result, demo.size
    assert (result["letters"], result["deliveries"]) == (size.letters, size.deliveries)
    assert [result[state] for state in ("accepted", "refused", "in_doubt")] == [
        size.accepted,
        size.refused,
        size.in_doubt,
    ]
    waiting = ("queued", "claimed", "offered", "deferred", "expired", "cancelled")
    assert [result[state] for state in waiting] == [0] * len(waiting)
    assert result["reached"] + len(result["unreached"]) == size.letters
    assert result["seconds"] > 0


def test_each_accepted_delivery_is_one_message_with_its_letter(demo: Demo) -> None:
    with demo.sessions.read() as session:
        deliveries = stored_deliveries.of_mailout(session, mailout_named(session, NAME))
    taken = {each.address for each in deliveries if each.state.value in {"accepted", "in_doubt"}}
    ids = {str(each.id) for each in deliveries if each.state.value in {"accepted", "in_doubt"}}
    # What is in doubt was taken too: the connection was lost after that.
    assert Counter(mail["X-Dispatch-Delivery"] for mail in demo.mails) == Counter(ids)
    taken_count = demo.size.deliveries - demo.size.refused
    assert len({mail["Message-ID"] for mail in demo.mails}) == len(demo.mails) == taken_count
    assert {mail["X-Original-To"] for mail in demo.mails} == taken
    for mail in demo.mails:
        [pdf] = mail.iter_attachments()
        assert pdf.get_content_type() == "application/pdf"
        assert pdf.get_content().startswith(b"%PDF-")


def test_what_was_attached_is_what_was_approved(demo: Demo) -> None:
    with demo.sessions.read() as session:
        letters = stored_letters.in_force(session, mailout_named(session, NAME))
    approved = {letter.parts["pdf"] for letter in letters}
    sent = {sha256(next(mail.iter_attachments()).get_content()) for mail in demo.mails}
    assert sent <= approved
    assert len(approved) == demo.size.letters


def test_nothing_is_addressed_to_anybody_real(demo: Demo) -> None:
    for mail in demo.mails:
        for field in ("To", "Cc", "X-Original-To"):
            for address in mail[field].addresses if field != "X-Original-To" else []:
                assert address.domain.endswith((".example", ".test"))
        assert mail["X-Original-To"].endswith((".example", ".test"))


def test_oxfords_letter_says_what_the_seed_says(demo: Demo) -> None:
    text = " ".join(here(demo.home, "letter", "show", NAME, "OXO").output.split())
    for said in (
        "22 July 2020 By email Mr Mitchell Interim Chief Executive Oxford City Council",
        "Oxford City Council Dear Mr Mitchell",
        "29 July 2020",
        "The Ombudsman carried out no detailed investigations during this period",
        "No recommendations were due for compliance in this period",
        "The Ombudsman did not uphold any detailed investigations during this period",
    ):
        assert said in text
    assert "%" not in text.partition("Statistics for")[2]


def test_two_councils_with_one_chief_executive_get_two_letters(demo: Demo) -> None:
    shared = [mail for mail in demo.mails if "adur-worthing" in mail["X-Original-To"]]
    pdfs = {next(mail.iter_attachments()).get_filename() for mail in shared}
    assert len(shared) == len(pdfs) == 2


def test_a_successor_gets_the_letters_of_those_before_it(demo: Demo) -> None:
    with demo.sessions.read() as session:
        letters = stored_letters.in_force(session, mailout_named(session, NAME))
    gone = {
        letter.authority_code
        for letter in letters
        if letter.draft.content.addressed_to.code == "BUC"
    }
    assert gone == {"BUC", "AYL", "BKM", "CHN", "SBU", "WYO"}


def test_the_same_content_gives_the_same_bytes_in_another_process(demo: Demo) -> None:
    templates = Templates(ROOT / "templates")
    with demo.sessions.read() as session:
        letters = stored_letters.in_force(session, mailout_named(session, NAME))
    for letter in letters[:: demo.size.letters // 5]:
        made = render.render(templates, render.Job(letter.id, 1, letter.draft, None, {}))
        assert isinstance(made, Made)
        digests = {name: sha256(content) for name, content in made.parts.items()}
        assert letter_digest(letter.subject or "", digests, ()) == letter.digest


def test_the_pdfs_of_the_sample_are_accessible(demo: Demo) -> None:
    # All were looked at before they were approved; a few show that it is these that were stored.
    with demo.sessions.read() as session:
        for letter in stored_letters.in_force(session, mailout_named(session, NAME))[::20]:
            assert conformance(session.get_one(Document, letter.parts["pdf"]).content) == []


def test_the_home_can_be_looked_at_afterwards(demo: Demo) -> None:
    status = json.loads(run(demo.home, "mailout", "status", NAME, "--json").stdout)
    assert (status["state"], status["reached"]) == ("sent", demo.result["reached"])
    assert "shifted" not in status


def test_the_services_are_left_running_until_a_person_ends_them() -> None:
    looks = iter([None, None])

    def look() -> None:
        if next(looks, KeyboardInterrupt) is KeyboardInterrupt:
            raise KeyboardInterrupt

    linger(look)
    assert next(looks, "used up") == "used up"


def test_services_that_end_by_themselves_are_noticed() -> None:
    def look() -> None:
        raise Unavailable("the services ended by themselves")

    with pytest.raises(Unavailable):
        linger(look)


def test_a_home_that_is_not_a_demos_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "home" / "demo" / "precious"
    precious.mkdir(parents=True)
    done = here(tmp_path / "home", "demo", "--once")
    assert (done.exit_code, precious.exists()) == (1, True)
    assert "is not a demo's" in done.output
