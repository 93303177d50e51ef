from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.mail.incoming.reader import LARGEST
from tests.cli.conftest import Dispatch
from tests.mail.notices.mails import CHIEF, a_dsn, a_mail, a_report, an_answer, failed

LEFT = "I no longer work for Oxo Council.\nPlease contact Jane Smith, jane.smith@oxo.example."


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder beside the database."""
    folder = tmp_path / "mail"
    folder.mkdir()
    return folder


@pytest.fixture
def folder(empty: Path) -> Path:
    """A folder of mail that came back."""
    (empty / "new").mkdir()
    (empty / "b.eml").write_bytes(a_dsn(failed(diagnostic="550 5.1.1 User unknown")))
    (empty / "a.eml").write_bytes(an_answer(LEFT))
    complaint = a_report(f"Feedback-Type: abuse\nOriginal-Rcpt-To: {CHIEF}")
    (empty / "new" / "c.eml").write_bytes(complaint)
    (empty / ".hidden").write_bytes(b"x")
    return empty


def test_each_mail_is_a_line_of_json_in_the_order_of_the_paths(
    dispatch: Dispatch, folder: Path
) -> None:
    outcome = dispatch("notice", "classify", folder, "--json")
    assert outcome.exit_code == 0
    assert [json.loads(line) for line in outcome.stdout.splitlines()] == [
        {
            "file": str(folder / "a.eml"),
            "category": "autoreply",
            "subtype": "has_left",
            "recipients": [
                {
                    "address": "jo.bloggs@oxo.example",
                    "action": "autoreply",
                    "status": "",
                    "reason": "autoreply",
                    "hard": False,
                }
            ],
            "message_id": None,
            "suggestion": {
                "address": "jane.smith@oxo.example",
                "name": "Jane Smith",
                "sentence": "Please contact Jane Smith, jane.smith@oxo.example.",
            },
        },
        {
            "file": str(folder / "b.eml"),
            "category": "bounce",
            "subtype": "hard",
            "recipients": [
                {
                    "address": CHIEF,
                    "action": "failed",
                    "status": "5.1.1",
                    "reason": "bad_address",
                    "hard": True,
                }
            ],
            "message_id": "<1f0e5bd4@ombudsman.example>",
            "suggestion": None,
        },
        {
            "file": str(folder / "new" / "c.eml"),
            "category": "complaint",
            "subtype": None,
            "recipients": [
                {
                    "address": CHIEF,
                    "action": "feedback",
                    "status": "",
                    "reason": "feedback",
                    "hard": False,
                }
            ],
            "message_id": "<1f0e5bd4@ombudsman.example>",
            "suggestion": None,
        },
    ]


def test_a_person_sees_a_table(dispatch: Dispatch, folder: Path) -> None:
    outcome = dispatch("notice", "classify", folder)
    assert outcome.exit_code == 0
    words = " ".join(outcome.stdout.split())
    assert "hard bounce: bad address 5.1.1" in words
    assert "write to jane.smith@oxo.example" in words
    assert max(map(len, outcome.stdout.splitlines())) <= 80


def test_the_table_tells_delays_deliveries_and_absences(dispatch: Dispatch, empty: Path) -> None:
    delayed = f"Final-Recipient: rfc822; {CHIEF}\nAction: delayed\nStatus: 4.4.1\n"
    delivered = f"Final-Recipient: rfc822; {CHIEF}\nAction: delivered\nStatus: 2.0.0\n"
    (empty / "1").write_bytes(a_dsn(delayed))
    (empty / "2").write_bytes(a_dsn(delivered))
    (empty / "3").write_bytes(an_answer("I am on leave until 3 August 2020."))
    (empty / "4").write_bytes(a_dsn(failed(status="5.2.2")))
    words = " ".join(dispatch("notice", "classify", empty).stdout.split())
    assert "delayed: network 4.4.1" in words
    assert "delivered 2.0.0" in words
    assert "autoreply: out of office until 3 August 2020" in words
    assert "soft bounce: mailbox full 5.2.2" in words


def test_what_cannot_be_read_costs_only_itself_and_shows_in_the_exit_status(
    dispatch: Dispatch, empty: Path
) -> None:
    mail = b"From x@y.example Mon Mar 18 11:39:41 2013\nReceived: from x\n" + a_mail("Dear")
    line = mail.partition(b"\n")[0]
    (empty / "box").write_bytes(b"\n".join([mail, line, an_answer(LEFT)]))
    (empty / "empty").write_bytes(b" \n")
    (empty / "good").write_bytes(mail)
    outcome = dispatch("notice", "classify", empty, empty / "gone", "--json")
    assert outcome.exit_code == 1
    rows = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [(Path(row["file"]).name, row["category"]) for row in rows] == [
        ("box (message 1)", "bounce"),
        ("box (message 2)", "autoreply"),
        ("good", "bounce"),
    ]
    assert outcome.stderr.splitlines() == [
        f"Error: {empty / 'empty'}: the file is empty",
        f"Error: {empty / 'gone'}: No such file or directory",
    ]


def test_a_bounce_is_hard_only_if_it_is_for_all(dispatch: Dispatch, empty: Path) -> None:
    fields = f"{failed()}\n{failed('other@oxo.example', status='5.2.2')}"
    (empty / "a").write_bytes(a_dsn(fields))
    (empty / "b").write_bytes(a_mail("It could not be delivered."))
    lines = dispatch("notice", "classify", empty, "--json").stdout.splitlines()
    assert [json.loads(line)["subtype"] for line in lines] == ["soft", None]


def test_a_message_that_cannot_be_read_is_named_and_the_next_is_read(
    dispatch: Dispatch, folder: Path
) -> None:
    with (folder / "a-vast.eml").open("wb") as vast:
        vast.truncate(LARGEST + 1)
    outcome = dispatch("notice", "classify", folder, "--json")
    assert outcome.exit_code == 1
    assert outcome.stderr == (
        f"Error: {folder / 'a-vast.eml'}: the message could not be read: "
        f"it has {LARGEST + 1} bytes, and 50 MB are the most that is read\n"
    )
    assert [Path(json.loads(line)["file"]).name for line in outcome.stdout.splitlines()] == [
        "a.eml",
        "b.eml",
        "c.eml",
    ]
