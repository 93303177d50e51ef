from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.domain.sending.envelope import Sender, coded
from dispatch.mail.outgoing.address import Mailbox
from dispatch.mail.outgoing.body import body
from dispatch.mail.outgoing.headers import Headers, message, message_id

DELIVERY = UUID("0190a2b4-0000-7000-8000-000000000001")
OFFICE = Sender(
    name="Ombudsman",
    address="letters@ombudsman.example",
    reply_to="",
    return_path="bounces@ombudsman.example",
    key=b"a key for tests only",
)
OMBUDSMAN = Mailbox("Local Government Ombudsman", "letters@ombudsman.example")
CHIEF = Mailbox("Mr Gordon Mitchell", "chief@oxford.example")
LEADER = Mailbox("Cllr Susan Brown", "leader@oxford.example")
LINK = Mailbox("", "link@oxford.example")

names = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('ab,;<>()[]"\\@.:é=?_ \r\n\t'),
    max_size=150,
)


def headers(
    *,
    sender: Mailbox = OMBUDSMAN,
    to: tuple[Mailbox, ...] = (CHIEF,),
    cc: tuple[Mailbox, ...] = (),
    reply_to: Mailbox | None = None,
    subject: str = "Annual Review letter 2020",
) -> Headers:
    return Headers(
        sender=sender,
        to=to,
        cc=cc,
        reply_to=reply_to,
        subject=subject,
        at=datetime(2020, 7, 22, 8, tzinfo=UTC),
        message_id=message_id(DELIVERY, OFFICE),
        delivery_id=DELIVERY,
    )


def read(content: bytes) -> Message:
    """Parse as a mail program does that has no opinion about what it reads."""
    return message_from_bytes(content)


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def mailboxes(field: str) -> list[Mailbox]:
    return [Mailbox(decoded(name), address) for name, address in getaddresses([field])]


def one_line(text: str) -> str:
    """What a value is meant to look like: control characters and runs of space are one space."""
    shown = (" " if char.isspace() or not is_graphic(char) else char for char in text)
    return " ".join("".join(shown).split())


def is_graphic(char: str) -> bool:
    return not (char < " " or "\x7f" <= char <= "\x9f")


def lines_of(content: bytes) -> list[bytes]:
    """Split into lines, having made sure that each ends in CRLF."""
    assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")
    assert content.endswith(b"\r\n")
    return content.split(b"\r\n")


def test_a_message_names_sender_recipients_and_delivery() -> None:
    reply_to = Mailbox("", "replies@ombudsman.example")
    parsed = read(message(headers(cc=(LEADER, LINK), reply_to=reply_to), body("Hello", "", [])))

    assert mailboxes(parsed["From"]) == [OMBUDSMAN]
    assert mailboxes(parsed["To"]) == [CHIEF]
    assert mailboxes(parsed["Cc"]) == [LEADER, LINK]
    assert parsed["Reply-To"] == "replies@ombudsman.example"
    assert parsed["Subject"] == "Annual Review letter 2020"
    assert parsed["Message-ID"] == f"<{DELIVERY}@ombudsman.example>"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert parsed["X-Dispatch-Delivery"] == str(DELIVERY)
    assert parsed["MIME-Version"] == "1.0"


def test_the_date_is_as_londons_clocks_show_it() -> None:
    parsed = read(message(headers(), b"\r\n"))

    assert parsed["Date"] == "Wed, 22 Jul 2020 09:00:00 +0100"


def test_headers_without_a_value_are_left_out() -> None:
    parsed = read(message(headers(to=(), cc=(LEADER,)), b"\r\n"))

    assert "To" not in parsed
    assert "Reply-To" not in parsed


def test_a_message_id_is_in_ascii_whatever_the_domain() -> None:
    there = replace(OFFICE, address="office@sir-gâr.example")
    assert message_id(DELIVERY, there) == f"<{DELIVERY}@xn--sir-gr-0ta.example>"


def test_a_message_id_has_a_code_unless_its_delivery_is_of_an_earlier_release() -> None:
    made = message_id(coded(DELIVERY), OFFICE)
    assert re.fullmatch(rf"<{coded(DELIVERY)}\.[a-z2-7]{{16}}@ombudsman\.example>", made)
    assert made != message_id(coded(DELIVERY), replace(OFFICE, key=b"another"))
    assert message_id(DELIVERY, OFFICE) == f"<{DELIVERY}@ombudsman.example>"


@given(subject=names)
@example("00000000 000¡¡¡¡¡¡ࠀ𐀀𐀀𐀀𐀀 ¡")  # loses a space to email.policy.SMTP
@example("=?utf-8?q?not_encoded?=")
@example("a" * 150)
def test_any_subject_comes_back_as_itself_on_lines_of_bounded_length(subject: str) -> None:
    content = message(headers(subject=subject), b"\r\n")

    assert decoded(read(content).get("Subject", "")) == one_line(subject)
    assert max(map(len, lines_of(content))) <= 120


@given(people=st.lists(names, min_size=1, max_size=4))
@example(["00 00000¡¡¡¡𐀀𐀀𐀀", ""])  # loses its comma to email.policy.SMTP
@example(["Smith, John", 'Jo "the chief" O\\Neil', "x" * 150])
def test_any_names_come_back_as_themselves_each_with_its_address(people: list[str]) -> None:
    to = tuple(Mailbox(name, f"p{n}@oxford.example") for n, name in enumerate(people))

    content = message(headers(to=to), b"\r\n")

    meant = [Mailbox(one_line(mailbox.name), mailbox.address) for mailbox in to]
    assert mailboxes(read(content)["To"]) == meant
    assert max(map(len, lines_of(content))) <= 120


@given(text=names)
def test_no_value_begins_a_header_of_its_own(text: str) -> None:
    hostile = f"{text}\r\nBcc: all@oxford.example"
    plain = read(message(headers(subject="x", sender=OMBUDSMAN), b"\r\n")).keys()

    sender = Mailbox(hostile, "letters@ombudsman.example")
    parsed = read(message(headers(subject=hostile, sender=sender), b"\r\n"))

    assert parsed.keys() == plain


def test_an_address_with_a_line_end_is_refused() -> None:
    with pytest.raises(BadInput):
        message(headers(to=(Mailbox("", "a@b.example\r\nBcc: c@d.example"),)), b"\r\n")


def test_an_international_domain_stands_in_the_headers_in_ascii() -> None:
    there = headers(to=(Mailbox("Siân", "prif@sir-gâr.example"),))

    assert not there.needs_smtputf8
    assert mailboxes(read(message(there, b"\r\n"))["To"]) == [
        Mailbox("Siân", "prif@xn--sir-gr-0ta.example")
    ]


@pytest.mark.parametrize("field", ["sender", "to", "cc", "reply_to"])
def test_a_local_part_outside_ascii_anywhere_needs_smtputf8(field: str) -> None:
    sian = Mailbox("Siân", "siân@sir-gâr.example")
    fields = {"sender": OMBUDSMAN, "to": (), "cc": (), "reply_to": None}
    fields[field] = (sian,) if field in {"to", "cc"} else sian

    international = headers(**fields)  # type: ignore[arg-type]

    assert international.needs_smtputf8
    assert "siân@sir-gâr.example".encode() in message(international, b"\r\n")
