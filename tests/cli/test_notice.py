from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import Arrival
from dispatch.domain.notice import Action, Category, Notice
from dispatch.incoming import receive
from dispatch.mail.incoming.reader import Reader
from tests import steps
from tests.cli.conftest import Dispatch
from tests.fakes import FakeClock
from tests.mail.classifiers import OBEDIENT
from tests.notices import a_bounce, a_dsn, a_report, came, knows, named, token


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    return sent(app)


def sent(app: App) -> Delivery:
    [found] = steps.deliveries_of(app).values()
    return found


def is_narrow(output: str) -> bool:
    return all(len(line) <= 80 for line in output.splitlines())


def test_what_came_back_is_listed(app: App, dispatch: Dispatch, delivery: Delivery) -> None:
    assert dispatch("notice", "list").output == "Nothing has come back.\n"
    came(app, a_report(delivery, Action.DELIVERED), token(app, delivery))
    done = came(app, a_bounce(delivery, clues=named(delivery)), mail=b"forged")
    output = dispatch("notice", "list", steps.NAME).output
    assert "2 notices" in output
    assert str(done.mail_id)[:8] in output
    assert "unverified" in output
    assert is_narrow(output)
    [row] = json.loads(dispatch("notice", "list", "--category", "bounce", "--json").output)
    assert (row["id"], row["clue"]) == (str(done.mail_id), "returned_message_id")
    assert row["fates"][0]["text"] == "550 5.1.1 no such mailbox"


def test_what_nothing_proves_is_listed_until_it_is_dismissed(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    done = came(app, a_bounce(delivery, clues=knows(app, delivery)))
    came(app, Notice(category=Category.HUMAN, clues=named(delivery)), mail=b"a person")
    output = dispatch("notice", "list", steps.NAME, "--undecided").output
    assert "1 notice" in output
    assert "dispatch notice confirm|dismiss ID" in output
    assert is_narrow(output)
    shown = dispatch("notice", "show", done.mail_id).output
    assert f"dispatch notice confirm {str(done.mail_id)[:8]} --because TEXT" in shown
    assert f"dispatch notice dismiss {str(done.mail_id)[:8]} --because TEXT" in shown
    shown = dispatch("mailout", "unreached", steps.NAME).output
    assert "1 notice came back that nothing proves (1 bounced)" in shown
    assert "perhaps bounced" in shown
    dismissal = ("notice", "dismiss", done.mail_id, "--as", "alex", "--because", "rang them up")
    assert dispatch(*dismissal).output == "Dismissed.\n"
    assert "dismissed by alex" in " ".join(dispatch("notice", "show", done.mail_id).output.split())
    assert "waits for you" not in dispatch("notice", "show", done.mail_id).output
    assert dispatch("notice", "list", "--undecided").output == "Nothing waits.\n"
    assert "nothing proves" not in dispatch("mailout", "status", steps.NAME).output


def test_one_is_shown_as_it_was_read_and_as_it_came(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    mail = a_dsn(app, delivery)
    done = came(app, a_bounce(delivery), token(app, delivery), mail=mail)
    beginning = str(done.mail_id)[:8]
    output = dispatch("notice", "show", beginning).output
    for said in (
        "MAILER-DAEMON@mx.oxo.example",
        "hard bounce: bad address 5.1.1",
        "550 5.1.1 no such mailbox",
        "verified",
        "bounced",
    ):
        assert said in output
    assert dispatch("notice", "show", beginning, "--raw").stdout_bytes == mail
    [row] = json.loads(dispatch("notice", "show", beginning, "--json").output)
    assert row["state"] == "bounced"


def test_no_header_writes_on_the_terminal_by_itself(app: App, dispatch: Dispatch) -> None:
    done = came(app, Notice(category=Category.HUMAN), mail=b"Subject: \x1b[31m red \n\nx")
    assert "\x1b" not in dispatch("notice", "show", done.mail_id).output


@pytest.mark.parametrize("beginning", ["zz", "0123456789abcdef0123456789abcdef"])
def test_an_id_that_nothing_has_is_said(app: App, dispatch: Dispatch, beginning: str) -> None:
    done = dispatch("notice", "show", beginning)
    assert done.exit_code == 1
    assert "dispatch notice list" in done.output


def test_a_person_vouches_for_a_notice(app: App, dispatch: Dispatch, delivery: Delivery) -> None:
    done = came(app, a_bounce(delivery, clues=named(delivery)))
    words = ("notice", "confirm", done.mail_id, "--as", "alex", "--because", "rang them up")
    refused = dispatch(*words, answer="n\n")
    assert "hard bounce: bad address" in refused.output
    assert sent(app).state is DeliveryState.ACCEPTED
    output = dispatch(*words, "--yes").output
    assert output == "it is bounced; its address is suppressed: hard bounce: bad address.\n"
    assert "confirmed by alex" in " ".join(dispatch("notice", "show", done.mail_id).output.split())


def test_a_word_that_changes_nothing_says_so(
    app: App, dispatch: Dispatch, delivery: Delivery
) -> None:
    done = came(app, Notice(category=Category.HUMAN, clues=named(delivery)))
    words = ("notice", "confirm", done.mail_id, "--as", "alex", "--because", "know them", "--yes")
    assert dispatch(*words).output == "No change.\n"


@pytest.fixture
def quarantined(app: App, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of a mail that a reader could not read."""
    monkeypatch.chdir(Path(__file__).parents[2])
    kept = receive.store(app.sessions, b"fail", Arrival(source="file"), now=app.clock())
    with Reader(OBEDIENT) as reader:
        receive.read_due(app.sessions, reader, lease=app.lease, clock=app.clock, limit=1)
    return str(kept.mail_id)


def test_what_could_not_be_read_is_listed_with_the_reason(
    app: App, dispatch: Dispatch, quarantined: str
) -> None:
    output = dispatch("notice", "quarantine").output
    assert quarantined[:8] in output
    assert "its reader failed: ValueError" in " ".join(output.split())
    assert is_narrow(output)
    [row] = json.loads(dispatch("notice", "quarantine", quarantined[:8], "--json").output)
    assert row["id"] == quarantined
    assert "its reader failed" in " ".join(dispatch("notice", "show", quarantined).output.split())


def test_what_could_not_be_read_is_read_again_by_better_rules(
    app: App, dispatch: Dispatch, quarantined: str
) -> None:
    assert dispatch("notice", "quarantine", "--again").output == "1 of 1 could be read.\n"
    assert dispatch("notice", "quarantine").output == "Nothing is in quarantine.\n"


def test_a_file_that_cannot_be_read_is_shown_as_quarantined(
    app: App, dispatch: Dispatch, quarantined: str, tmp_path: Path
) -> None:
    (tmp_path / "a").write_bytes(b"fail")
    [row] = json.loads(dispatch("receive", tmp_path / "a", "--json").output)
    assert row["said"] == "quarantined"
    assert "ValueError" in row["changed"]
