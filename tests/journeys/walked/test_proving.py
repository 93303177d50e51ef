"""Letters become public, and somebody is shown what was sent; in each way of people."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from dispatch.domain.digest import sha256
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from tests import packs, steps, uploads
from tests.journeys.sighted import needs_chromium
from tests.journeys.walked.acts import (
    Attach,
    Await,
    Become,
    Follow,
    Meanwhile,
    Press,
    See,
    Take,
    Tick,
    Type,
    go,
)
from tests.journeys.walked.office import Office
from tests.journeys.walked.ways import IN_EVERY_WAY, Person
from tests.patience import HANG_SECONDS

pytestmark = [needs_chromium, IN_EVERY_WAY]


def has_letters(_: Office, file: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    assert {"index.html", "check.html", "manifest.json"} <= {*names}


MADE_PUBLIC = (
    Become(AccountRole.APPROVER),
    Follow("Mailouts"),
    Follow("Annual Review letter 2020"),
    Follow("Making it public"),
    See("1 of 2"),
    Press("Make 2 letters public"),
    See("Give a reason"),
    Type("Why make them public all the same?", "rung up: they have it on paper"),
    Press("Make 2 letters public"),
    See("waits for a worker"),
    Meanwhile(Office.work),
    Await("The letters are public since"),
    Take("Download the public folder", has_letters),
)


def test_letters_are_made_public_although_somebody_is_not_reached(
    office: Office, person: Person
) -> None:
    uploads.sent(office.app, office.clock, "OXO", "ADU")
    uploads.bounced(office.app, "ADU")
    go(person, MADE_PUBLIC)
    assert steps.state_of(office.app) is MailoutState.UPLOADED


def holds(office: Office, file: Path) -> None:
    """Check a pack as its receiver does, without dispatch."""
    folder = office.folder / file.stem
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    [program] = folder.rglob("verify.py")
    done = subprocess.run(
        [sys.executable, "-I", program, "--key", str(packs.signer(office.app).public)],
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


PROVEN = (
    Become(AccountRole.EDITOR),
    Follow("Audit"),
    Press("Search"),
    See("There is a problem"),
    Type("Authority", "oxford"),
    Press("Search"),
    See("Shown:"),
    Follow("Letters, deliveries and evidence packs of OXO"),
    Follow("chief.executive@oxo.example"),
    See("What this proves"),
    Follow("make one"),
    See("Evidence about the letter to Oxford"),
    Tick("Whole: with everything"),
    Take("Make the pack", holds, by_button=True),
)


def test_an_auditor_finds_a_letter_and_gives_a_pack_that_anybody_can_check(
    office: Office, person: Person
) -> None:
    packs.lived_through(office.app, office.clock, office.transport)
    go(person, PROVEN)


def test_the_public_page_says_of_a_file_whether_it_is_one_of_the_letters(
    office: Office, person: Person
) -> None:
    uploads.sent(office.app, office.clock, "OXO")
    public = office.folder / "public"
    uploads.uploaded(office.app, public)
    [letter] = public.glob("letters/*/*.pdf")
    person.page.goto((public / "check.html").as_uri())
    if not person.has_script:
        go(person, See("Scripts are off"), See("Check by hand"))
        go(person, See(sha256(letter.read_bytes())))
        return
    go(
        person,
        Attach("Choose the PDF file", "letter.pdf", letter.read_bytes()),
        See("Yes: this is a letter of ours"),
        Attach("Choose the PDF file", "other.pdf", letter.read_bytes() + b" "),
        See("No: this file is not one of these letters"),
    )
