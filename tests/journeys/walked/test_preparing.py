"""Files are brought in, a mailout is begun and its letters are looked at, in each way of people."""

from __future__ import annotations

from pathlib import Path

from dispatch.domain.people.account import AccountRole
from dispatch.register.store import contacts
from tests import steps
from tests.factories import register, some_figures
from tests.files.tables.written import csv_of
from tests.journeys.offices import SCRIPT
from tests.journeys.sighted import needs_chromium
from tests.journeys.walked.acts import (
    Attach,
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

pytestmark = [needs_chromium, IN_EVERY_WAY]

HEADINGS = ["authority", "role", "address", "honorific", "surname"]
OXFORD = ["OXO", "chief executive", "jo@oxo.example", "Mr", SCRIPT]
FAULTY = csv_of(HEADINGS, OXFORD, ["ADX", SCRIPT, "al@adu.example", "Dr", "Jones"])


def opened(office: Office, file: Path) -> None:
    office.noted["given"] = file.read_text(encoding="utf-8-sig")


def mended(office: Office) -> bytes:
    """Correct the rows of the file that the page gave."""
    given = office.noted["given"]
    assert "ADX" in given
    return given.replace(f"ADX,{SCRIPT}", "ADU,leader").encode()


BROUGHT_IN = (
    Become(AccountRole.EDITOR),
    Follow("Imports"),
    Follow("Bring in a file"),
    Press("Bring it in"),
    See("Choose what is in the file"),
    Tick("Contacts"),
    Attach("The file", f"{SCRIPT.replace('/', '')}.csv", FAULTY),
    Press("Bring it in"),
    See("1 row has something wrong. Nothing of it has been taken in."),
    Take("Download your file with what is wrong", opened),
    Attach("The file", "mended.csv", mended),
    Press("Bring it in"),
    See("1 new, 1 changed"),
    See(SCRIPT),
    Type("Why?", "the link officers' round"),
    Press("Take in 2 changes"),
    See("mended.csv is taken in: 2 changes."),
)


def test_a_file_with_faults_is_mended_looked_at_and_taken_in(
    office: Office, person: Person
) -> None:
    with office.app.sessions.begin() as session:
        register(session, "OXO", "ADU")
    go(person, BROUGHT_IN)
    with office.app.sessions.read() as session:
        found = {each.address for each in contacts.current(session).values()}
    assert {"jo@oxo.example", "al@adu.example"} <= found


BEGUN = (
    Become(AccountRole.EDITOR),
    Follow("Mailouts"),
    Follow("New mailout"),
    Follow("Annual Review letter 2020"),
    Type("Upload date", "20/07/2021"),
    Press("Plan the mailout"),
    See("There is a problem"),
    Type("Upload date", "28/07/2021"),
    Press("Plan the mailout"),
    Follow("See who gets a letter and what is missing"),
    See("What stops letters"),
    Follow("Import the figures"),
    Attach(
        "The file",
        "figures.csv",
        csv_of(
            ["authority", "year", *some_figures().counts],
            ["OXO", "2020-21", *map(str, some_figures().counts.values())],
        ),
    ),
    Press("Bring it in"),
    Press("Take in 1 change"),
    Follow("Mailouts"),
    Follow("Annual Review letter 2021"),
    Follow("Have the letters made"),
    Press("Have 1 letter made"),
    Meanwhile(Office.work),
    Follow("Mailouts"),
    Follow("Annual Review letter 2021"),
    Follow("The letters"),
    Follow("Oxford City Council"),
    See("The pages of the PDF"),
    Follow("Message"),
    Take("Download the message"),
    Follow("Compare"),
    Follow("Back to the letter"),
    Follow("Annual Review letter 2021"),
    Follow("Proof copies"),
    Type("The colleague's address", "jo@elsewhere.example"),
    Press("Send proof copies"),
    See("Proof copies go to colleagues only"),
    Type("The colleague's address", "jo@ombudsman.example"),
    Press("Send proof copies"),
    See("1 proof copy is on the way."),
    See("jo@ombudsman.example"),
)


def test_a_mailout_is_begun_checked_made_read_and_sent_as_a_proof(
    office: Office, person: Person
) -> None:
    steps.planned(office.app, "OXO")
    go(person, BEGUN)
    assert [each.rcpt_to for each, _ in office.transport.sent] == ["jo@ombudsman.example"]
