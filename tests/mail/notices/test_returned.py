from __future__ import annotations

import pytest

from dispatch.mail.notices import returned

QUOTED = "To: chief@oxo.example\nSubject: x\n\nDear"


@pytest.mark.parametrize(
    "mark",
    [
        "--- Below this line is a copy of the message.",
        "------ This is a copy of the message, including all the headers. ------",
        "--- The header of the original message is following. ---",
        "----- Original message -----",
        "   ----- Unsent message follows -----",
        "Original message follows.",
        "Message headers follow.",
        "|------------------------- Message text follows: ------------------------|",
        "    Below is a copy of the original message:",
        "------- Returned Message --------",
        "bounced E-Mail:",
        "Original message headers:",
        "---- START OF RETURNED MESSAGE ----",
        "-----Ursprüngliche Nachricht-----",
    ],
)
def test_the_message_begins_after_its_mark(mark: str) -> None:
    own, quoted = returned.parted(f"Not delivered.\n{mark}\n\n{QUOTED}")
    assert own == "Not delivered."
    assert returned.headers(quoted)["To"] == "chief@oxo.example"


def test_the_message_begins_at_the_header_that_a_server_puts_first() -> None:
    own, quoted = returned.parted(f"Not delivered.\n\nReceived: from x\n by y\n{QUOTED}")
    assert own == "Not delivered.\n"
    assert returned.headers(quoted)["Subject"] == "x"


def test_an_indented_message_is_read_without_its_indent() -> None:
    assert returned.headers(f"\n  From: a@b.example\n  {QUOTED}")["From"] == "a@b.example"


@pytest.mark.parametrize(
    "text", ["Your original message could not be sent to Jo.", "Dear Madam", "Subject: x"]
)
def test_a_text_that_quotes_nothing_is_its_own(text: str) -> None:
    assert returned.parted(text) == (text, "")


def test_a_quote_without_headers_has_none() -> None:
    assert returned.headers("Message removed").items() == []
