from __future__ import annotations

from base64 import b64encode

import pytest

from dispatch.mail.notices.parsed import decoded, parse
from tests.mail.notices.mails import CHIEF, LETTER, US, a_dsn, a_mail, a_report, failed


def test_a_notice_is_taken_apart() -> None:
    mail = parse(a_dsn(failed(), text="Not delivered."))
    assert mail.text.strip() == "Not delivered."
    assert "5.1.1" in mail.status
    assert mail.returned_addresses("To") == (CHIEF,)
    assert (mail.has_status, mail.has_feedback, mail.has_disposition) == (True, False, False)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers", "message/global"])
def test_what_it_brings_back_is_read_for_its_headers(kind: str) -> None:
    mail = parse(a_dsn(failed(), returned_type=kind))
    assert [each["Message-ID"] for each in mail.returned] == ["<1f0e5bd4@ombudsman.example>"]


def test_a_message_quoted_in_the_text_is_brought_back_too() -> None:
    mail = parse(a_mail(f"Not delivered.\n\n----- Original message -----\n\n{LETTER}"))
    assert mail.text.strip() == "Not delivered."
    assert mail.returned_addresses("From") == (US,)


def test_reports_have_their_fields() -> None:
    assert "abuse" in parse(a_report("Feedback-Type: abuse")).feedback
    receipt = a_report("Disposition: x; displayed", kind="disposition-notification")
    assert "displayed" in parse(receipt).disposition


def test_fields_that_were_encoded_are_decoded() -> None:
    encoded = b64encode(failed().encode()).decode()
    body = (
        "--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        f"{encoded}\n--b--"
    )
    mail = parse(a_mail(body, content_type="multipart/report; boundary=b"))
    assert CHIEF in mail.status


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "x-unknown", "punycode", "us-ascii"])
def test_words_are_decoded_as_claimed_or_as_they_fit(charset: str) -> None:
    mail = parse(a_mail("送信できません", content_type=f"text/plain; charset={charset}"))
    assert mail.text.strip() == "送信できません"


def test_html_is_read_where_there_is_nothing_else() -> None:
    assert parse(a_mail("<p>Gone<br>away", content_type="text/html")).text == "\nGone\naway"


def test_parameters_that_the_parser_stumbles_over_cost_only_the_parts() -> None:
    mail = a_mail("--a\n", content_type="multipart/mixed; boundary*=a; boundary*0=b")
    assert parse(mail).header("Subject") == "Undelivered Mail Returned to Sender"


def test_headers_are_decoded_on_one_line() -> None:
    assert decoded("=?utf-8?Q?Unzustellbar=3A_Gr=C3=BC=C3=9Fe?=\n x") == "Unzustellbar: Grüße x"
    assert decoded("=?x-unknown?Q?zz?=") == "=?x-unknown?Q?zz?="


@pytest.mark.parametrize("name", ["From", "To"])
def test_brackets_without_end_hide_no_address(name: str) -> None:
    parsed = parse(f"{name}: {'(' * 2000} a@x.example\n\nhi\n".encode())
    assert parsed.addresses(name) == ("a@x.example",)
