from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.outgoing.smtp import commands, xtext

TO_CHIEF = Envelope("bounces+x1@ombudsman.example", "chief@adur.example", "a1+b=2")
EVERYTHING = dict.fromkeys(("size", "8bitmime", "smtputf8", "dsn"), "")


def test_a_server_without_extensions_hears_only_addresses() -> None:
    assert commands(TO_CHIEF, b"Hello\r\n", {}) == {
        "MAIL": "MAIL FROM:<bounces+x1@ombudsman.example>",
        "RCPT": "RCPT TO:<chief@adur.example>",
        "DATA": "DATA",
    }


def test_the_size_is_told_to_a_server_that_asks() -> None:
    said = commands(TO_CHIEF, b"Hello\r\n", {"size": "10240000"})

    assert said["MAIL"].endswith("> SIZE=7")


def test_notifications_are_asked_for_where_they_are_offered() -> None:
    said = commands(TO_CHIEF, b"Hello\r\n", {"dsn": ""})

    assert said["MAIL"].endswith("> RET=HDRS ENVID=a1+2Bb+3D2")
    assert said["RCPT"].endswith("> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;chief@adur.example")


def test_eight_bits_are_declared_only_when_there_are_any() -> None:
    assert "BODY" not in commands(TO_CHIEF, b"Hello\r\n", EVERYTHING)["MAIL"]
    assert "BODY=8BITMIME" in commands(TO_CHIEF, "Ŵ\r\n".encode(), EVERYTHING)["MAIL"]


@pytest.mark.parametrize(
    ("mail_from", "rcpt_to"),
    [
        ("letters@ombudsman.example", "siân@adur.example"),
        ("llythyrau-ŵ@ombudsman.example", "chief@adur.example"),
    ],
)
def test_smtputf8_is_asked_for_when_an_address_needs_it(mail_from: str, rcpt_to: str) -> None:
    said = commands(Envelope(mail_from, rcpt_to, "1"), b"Hello\r\n", EVERYTHING)

    assert said["MAIL"].startswith(f"MAIL FROM:<{mail_from}> SIZE=7 SMTPUTF8 ")
    assert ("ORCPT" in said["RCPT"]) is rcpt_to.isascii()


def test_smtputf8_is_asked_for_when_the_headers_need_it() -> None:
    said = commands(TO_CHIEF, b"Hello\r\n", EVERYTHING, needs_smtputf8=True)

    assert "SMTPUTF8" in said["MAIL"]


def test_an_international_domain_is_said_in_ascii() -> None:
    said = commands(Envelope("letters@ombudsman.example", "prif@sir-gâr.example", "1"), b"", {})

    assert said["RCPT"] == "RCPT TO:<prif@xn--sir-gr-0ta.example>"


def test_the_empty_return_path_is_one() -> None:
    assert commands(Envelope("", "chief@adur.example", "1"), b"", {})["MAIL"] == "MAIL FROM:<>"


@pytest.mark.parametrize(
    ("content", "rcpt_to", "extension"),
    [(b"", "siân@adur.example", "SMTPUTF8"), ("Ŵ".encode(), "chief@adur.example", "8BITMIME")],
)
def test_what_the_server_cannot_be_told_is_not_said(
    content: bytes, rcpt_to: str, extension: str
) -> None:
    with pytest.raises(BadInput, match=extension):
        commands(Envelope("letters@ombudsman.example", rcpt_to, "1"), content, {})


def test_an_address_cannot_smuggle_in_a_command() -> None:
    with pytest.raises(BadInput):
        commands(Envelope("", "a@b.example>\r\nRCPT TO:<c@d.example", "1"), b"", {})


@given(st.text(st.characters(max_codepoint=127)))
def test_any_ascii_value_survives_as_xtext(value: str) -> None:
    spelled = xtext(value)

    assert spelled.isascii()
    assert all("!" <= char <= "~" and char != "=" for char in spelled)
    first, *rest = spelled.split("+")
    assert first + "".join(chr(int(part[:2], 16)) + part[2:] for part in rest) == value
