"""Twenty authorities, of which seven have something happen to their letter, until all are reached.

By the commands that the office would type, over SMTP to the mail catcher.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.app import App
from dispatch.cli import main
from dispatch.database.tables import Delivery
from dispatch.domain.digest import sha256
from dispatch.mail.catcher import Catcher
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import SmtpTransport
from tests import steps
from tests.factories import RELEASE_AT, contact_in
from tests.fakes import FakeClock
from tests.notices import a_dsn, token

CODES = [f"C{number:02}" for number in range(20)]
BOUNCES, LEFT, REFUSES, DOUBTFUL = ("C00", "C01"), "C02", "C03", "C04"
CHANGES_BEFORE, CHANGES_AFTER = "C05", "C06"
REPLACED = (*BOUNCES, REFUSES, CHANGES_AFTER)
CHIEF = "chief executive"


class Office:
    """Somebody at a keyboard, where letters go to the mail catcher."""

    def __init__(self, app: App) -> None:
        self.app = app

    def run(self, *words: object, person: str = "sam") -> str:
        """Run a command that is to succeed; return what it says."""
        runner = CliRunner(env={"COLUMNS": "80"})
        done = runner.invoke(main, [str(word) for word in words], obj=self._as(person))
        assert done.exit_code == 0, done.output
        return done.output

    def told(self, *words: object) -> Any:
        return json.loads(self.run(*words, "--json"))

    def _as(self, person: str) -> App:
        return replace(self.app, person=person)

    def first(self, code: str) -> Delivery:
        """Return the first delivery to an authority."""
        [found] = [
            each
            for each in steps.deliveries_of(self.app).values()
            if each.authority_code == code and each.replaces_id is None
        ]
        return found

    def chiefs(self, *which: str) -> list[Any]:
        """Return who held the post that the letters go to."""
        return [each for each in self.told("contacts", "show", *which) if each["role"] == CHIEF]

    def word(self, action: str, delivery: Delivery) -> tuple[str, str]:
        """Return who did something with a delivery, and why."""
        events = steps.events(self.app, f"delivery:{delivery.id}")
        [found] = [event for event in events if event.action == action]
        return found.actor, found.detail["because"]

    def unreached(self) -> dict[str, str]:
        found = self.told("mailout", "unreached", steps.NAME)["unreached"]
        return {each["authority"]: each["why"] for each in found}


@pytest.fixture
def office(app: App, catcher: Catcher) -> Office:
    server = SmtpServer("127.0.0.1", catcher.port, security="none")
    return Office(replace(app, transport=SmtpTransport(server)))


@pytest.mark.slow
def test_everyone_is_reached_once_and_the_history_tells_how(
    office: Office, clock: FakeClock, tmp_path: Path
) -> None:
    one_changes_before_the_release(office)
    clock.reach(RELEASE_AT)
    letters_leave(office)
    assert office.unreached() == {REFUSES: "refused", DOUBTFUL: "in doubt"}

    clock.advance(hours=3)
    some_come_back(office, tmp_path)
    assert office.unreached() == {
        **dict.fromkeys(BOUNCES, "bounced"),
        REFUSES: "refused",
        DOUBTFUL: "in doubt",
    }

    clock.advance(hours=1)
    the_office_enters_what_it_learns(office, tmp_path)
    resend = ("resend", steps.NAME, "--changed", "--because", "in post by now")
    office.run(*resend, "--yes", person="alex")
    letters_leave(office)
    assert "All 20 are reached." in office.run("mailout", "unreached", steps.NAME)
    assert office.told(*resend)["going"] == []

    nobody_had_it_twice(tmp_path)
    the_contacts_tell(office)
    the_ledger_tells(office)


def one_changes_before_the_release(office: Office) -> None:
    app = office.app
    steps.planned(app, *CODES, cc_roles=())
    with app.sessions.begin() as session:
        contact_in(session, REFUSES).address = "refuse.chief@c03.example"
        contact_in(session, DOUBTFUL).address = "drop.chief@c04.example"
    steps.render_again(app)
    office.run("mailout", "approve", steps.NAME, person="alex")
    new = ("--address", "new@c05.example", "--name", "Dr Ann Early", "--because", "their website")
    said = office.run("contacts", "set", CHANGES_BEFORE, "chief-executive", *new, "--yes")
    assert "letters must be rendered and approved again" in " ".join(said.split())
    steps.render_again(app)
    office.run("mailout", "approve", steps.NAME, person="alex")
    office.run("mailout", "schedule", steps.NAME, "--yes")


def letters_leave(office: Office) -> None:
    steps.tick(office.app)
    steps.send_due(office.app)
    steps.tick(office.app)


def some_come_back(office: Office, folder: Path) -> None:
    for code in BOUNCES:
        took_in(office, folder, code, a_dsn(office.app, office.first(code)))
    took_in(office, folder, LEFT, departure(office.app, office.first(LEFT)))


def the_office_enters_what_it_learns(office: Office, folder: Path) -> None:
    settle = ("delivery", "settle", str(office.first(DOUBTFUL).id)[:8], "accepted")
    office.run(*settle, "--because", "their assistant has it", "--yes", person="alex")
    [suggested] = office.told("notice", "suggestions", steps.NAME)
    accept = ("notice", "suggestion", "accept", suggested["id"], "--yes")
    assert f"--authority {LEFT}" in office.run(*accept, person="alex")
    contacts = folder / "contacts.csv"
    contacts.write_text(
        "authority,role,address,honorific,surname\n"
        + "".join(f"{code},{CHIEF},new@{code.lower()}.example,Dr,New\n" for code in REPLACED)
    )
    said = office.run("contacts", "import", contacts, "--yes")
    assert all(f"new@{code.lower()}.example" in said for code in REPLACED)


def took_in(office: Office, folder: Path, code: str, mail: bytes) -> None:
    file = folder / f"{code}.eml"
    file.write_bytes(mail)
    office.run("receive", file)


def departure(app: App, delivery: Delivery) -> bytes:
    recipient = token(app, delivery)
    return f"""\
Return-Path: <>
Delivered-To: {recipient}
From: {delivery.address}
To: {recipient}
Subject: Automatic reply: Annual Review letter 2020
Date: Wed, 22 Jul 2020 11:00:00 +0100
Message-ID: <left@c02.example>
In-Reply-To: <{delivery.id}@ombudsman.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

I have left the council and this mailbox is not read any more.
Please contact my successor, Jo Smith, at jo.smith@c02.example.
""".replace("\n", "\r\n").encode()


def nobody_had_it_twice(folder: Path) -> None:
    """Look into the catcher's Maildir: which letter, as a PDF, lies there for whom."""
    had: Counter[tuple[str, str]] = Counter()
    for path in (folder / "mail" / "new").iterdir():
        mail = message_from_bytes(path.read_bytes())
        [pdf] = [
            part.get_payload(decode=True)
            for part in mail.walk()
            if part.get_content_type() == "application/pdf"
        ]
        assert isinstance(pdf, bytes)
        had[mail["Delivered-To"], sha256(pdf)] += 1
    assert set(had.values()) == {1}
    assert len(had) == len(CODES) - 1 + 5  # the first to all but who refused, and five again
    assert len({digest for _, digest in had}) == len(CODES)


def the_contacts_tell(office: Office) -> None:
    for code in (*REPLACED, LEFT):
        [held, now] = office.chiefs(code)
        assert (held["until"], now["until"]) == (now["from"], None)
    [today] = office.chiefs(CHANGES_BEFORE, "--on", "2020-07-22")
    assert today["contact"]["address"] == "new@c05.example"
    assert today["brought"]["because"] == "their website"


def the_ledger_tells(office: Office) -> None:
    bounced = office.first(BOUNCES[0])
    assert office.told("delivery", "show", str(bounced.id))["state"] == "bounced"
    again = steps.deliveries_of(office.app)["new@c00.example"]
    assert again.replaces_id == bounced.id
    assert office.word("delivery.resent", again) == ("alex", "in post by now")
    settled = office.word("delivery.settled", office.first(DOUBTFUL))
    assert settled == ("alex", "their assistant has it")
