from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from dispatch.app import App
from dispatch.database.tables import ContactRow
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.upkeep.retention import retention
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from tests import packs, steps
from tests.cli.conftest import Dispatch
from tests.databases import POSTGRESQL
from tests.fakes import FakeClock, FakeTransport


@pytest.fixture
def over(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    """A mailout that was over five years ago, and settings by which all of it may go."""
    packs.lived_through(app, clock, transport)
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).move_to(MailoutState.SENT)
        sent = Event(clock(), "clock", "mailout.sent", f"mailout:{steps.NAME}")
        journal.append(session, sent)
    clock.advance(days=5 * 366)
    kept = retention("mail=2y addresses=3y letters=4y")
    return replace(app, settings=app.settings.model_copy(update={"keep": kept}))


def test_what_is_past_its_time_is_shown_and_goes_once_somebody_agrees(
    over: App, dispatch: Dispatch
) -> None:
    shown = dispatch("audit", "purge", answer="n\n", obj=over)
    assert shown.exit_code == 3
    assert "addresses  deliveries" in shown.output
    assert "22 July 2022" in shown.output or "2022" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80
    done = dispatch("audit", "purge", "--as", "alex", answer="y\n", obj=over)
    assert done.exit_code == 0, done.output
    assert "Deleted: 1 incoming message." in done.output
    assert "What this does not reach: backups" in done.output
    assert dispatch("audit", "purge", obj=over).output == "Nothing is past its time.\n"
    verified = dispatch("audit", "verify", obj=over)
    assert verified.exit_code == 0, verified.output


@pytest.mark.skipif(bool(POSTGRESQL), reason="its pages are its operator's")
def test_no_byte_of_it_is_left_in_the_files_of_the_database(
    over: App, dispatch: Dispatch, database_url: str
) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))

    def files() -> bytes:
        return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))

    assert b"no such mailbox" in files()
    assert dispatch("audit", "purge", "--yes", "--json", obj=over).exit_code == 0
    assert b"no such mailbox" not in files()
    with over.sessions.read() as session:
        in_post = session.scalars(select(ContactRow).where(ContactRow.surname == "Adeyemi")).all()
    assert files().count(b"Adeyemi") == len(in_post)


def test_other_commands_go_on_and_say_what_is_gone(over: App, dispatch: Dispatch) -> None:
    listed = json.loads(dispatch("notice", "list", "--json", obj=over).output)
    assert dispatch("audit", "purge", "--yes", obj=over).exit_code == 0
    for words in (
        ("audit", "show"),
        ("audit", "show", "--events"),
        ("delivery", "list", steps.NAME),
        ("notice", "list"),
        ("mailout", "status", steps.NAME),
        ("mailout", "unreached", steps.NAME),
        ("suppression", "list", "--all"),
        ("contacts", "show", "OXO"),
    ):
        result = dispatch(*words, obj=over)
        assert result.exit_code == 0, (words, result.output, result.exception)
    mail_id = listed[0]["id"]
    assert "purged, as DISPATCH_KEEP says" in dispatch("notice", "show", mail_id).output
    raw = dispatch("notice", "show", mail_id, "--raw")
    assert (raw.exit_code, "was purged" in raw.output) == (1, True)
    letter = dispatch("letter", "show", steps.NAME, "OXO", obj=over)
    assert letter.exit_code == 1
    assert "was deleted (`dispatch audit purge`)" in letter.output


def test_what_is_due_can_be_asked_for_as_json(over: App, dispatch: Dispatch) -> None:
    told = json.loads(dispatch("audit", "purge", "--json", obj=over).output)
    assert {each["kind"] for each in told} == {"mail", "addresses", "letters"}
    assert all(each["count"] for each in told)
    assert json.loads(dispatch("audit", "purge", "--json", "--yes", obj=over).output) == told
    assert dispatch("audit", "purge", "--json", "--yes", obj=over).output == "[]\n"


def test_without_a_setting_everything_is_kept(dispatch: Dispatch) -> None:
    result = dispatch("audit", "purge")
    assert result.exit_code == 1
    assert "everything is kept for ever: say in DISPATCH_KEEP for how long" in result.output


def test_a_mailout_with_something_open_is_named(over: App, dispatch: Dispatch) -> None:
    with over.sessions.begin() as session:
        session.execute(text("UPDATE delivery SET state = 'in_doubt'"))
    output = dispatch("audit", "purge", "--yes", obj=over).output
    assert f"{steps.NAME} is kept: something of it is not settled" in output
    assert "deliveries" not in output
