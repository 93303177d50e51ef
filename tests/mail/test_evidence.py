from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.domain.envelope import envid
from dispatch.domain.errors import BadInput
from dispatch.mail.compose import message_id
from dispatch.mail.evidence import MAX_BYTES, evidence_in

DOMAIN = "ombudsman.example"
ONE = UUID("1f0e5bd4-6c1b-4c66-9f3f-7f0a5ad1c001")
OTHER = UUID("1f0e5bd4-6c1b-4c66-9f3f-7f0a5ad1c002")

DSN = b"""\
Return-Path: <>
Date: Wed, 22 Jul 2020 09:00:05 +0100 (BST)
From: MAILER-DAEMON@relay.example (Mail Delivery System)
Subject: %(subject)s
To: bounces+token@ombudsman.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4jY9pC53qMzJHWq.1606/relay.example"
Message-Id: <20200722080005.4jY9pC53qMzJHWq@relay.example>

This is a MIME-encapsulated message.

--4jY9pC53qMzJHWq.1606/relay.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host relay.example.

--4jY9pC53qMzJHWq.1606/relay.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example
%(envelope_id)sX-Postfix-Queue-ID: AAA3F210082
Arrival-Date: Wed, 22 Jul 2020 09:00:03 +0100 (BST)

Final-Recipient: rfc822; chief.executive@oxo.example
Action: %(action)s
Status: 2.0.0

--4jY9pC53qMzJHWq.1606/relay.example
Content-Description: Message
Content-Type: %(returned_type)s

%(returned)s
--4jY9pC53qMzJHWq.1606/relay.example--
"""


def a_notice(
    *,
    envelope_id: str | None = None,
    returned: str = "Subject: Annual Review letter 2020",
    returned_type: str = "text/rfc822-headers",
    action: str = "failed",
) -> bytes:
    """Return a notice as Postfix 3.7 writes them."""
    parts = {
        "subject": "Undelivered Mail Returned to Sender",
        "envelope_id": f"Original-Envelope-Id: {envelope_id}\n" if envelope_id else "",
        "action": action,
        "returned_type": returned_type,
        "returned": returned,
    }
    return DSN % {key.encode(): value.encode() for key, value in parts.items()}


def a_reply(headers: str) -> bytes:
    lines = f"From: chief@oxo.example\nMessage-ID: <reply@oxo.example>\n{headers}\nSubject: Re: x\n"
    return f"{lines}\nThank you for your letter.\n".encode()


def named(mail: bytes) -> list[tuple[UUID, int | None]]:
    return [(each.delivery_id, each.attempt) for each in evidence_in(mail, domain=DOMAIN)]


@pytest.mark.parametrize("action", ["failed", "delayed", "delivered", "relayed", "expanded"])
def test_a_notice_of_any_action_proves_that_the_first_server_took_the_message(action: str) -> None:
    notice = a_notice(envelope_id=envid(ONE, 2), action=action)
    assert named(notice) == [(ONE, 2)]


def test_a_notice_says_when_it_was_written_and_how_to_find_it() -> None:
    [evidence] = evidence_in(a_notice(envelope_id=envid(ONE, 1)), domain=DOMAIN)
    assert evidence.at == datetime(2020, 7, 22, 8, 0, 5, tzinfo=UTC)
    assert str(evidence) == "DSN: <20200722080005.4jY9pC53qMzJHWq@relay.example>"


@pytest.mark.parametrize("returned_type", ["text/rfc822-headers", "message/rfc822"])
@pytest.mark.parametrize("fold", ["", "\n "])
def test_the_returned_message_or_its_headers_name_the_delivery(
    returned_type: str, fold: str
) -> None:
    returned = f"Subject: x\nMessage-ID:{fold} {message_id(ONE, DOMAIN)}\n\nDear Ms Adeyemi"
    assert named(a_notice(returned=returned, returned_type=returned_type)) == [(ONE, None)]


def test_the_envelope_id_is_the_more_exact_of_two_names() -> None:
    returned = f"Message-ID: {message_id(ONE, DOMAIN)}"
    assert named(a_notice(envelope_id=envid(ONE, 3).upper(), returned=returned)) == [(ONE, 3)]


def test_headers_are_read_in_whatever_encoding_they_come_back() -> None:
    encoded = b64encode(f"Message-ID: {message_id(ONE, DOMAIN)}\n".encode()).decode()
    returned_type = "text/rfc822-headers\nContent-Transfer-Encoding: base64"
    assert named(a_notice(returned=encoded, returned_type=returned_type)) == [(ONE, None)]


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_a_reply_proves_that_its_writer_has_the_letter(header: str) -> None:
    reply = a_reply(f"{header}: <thread@oxo.example>\n {message_id(ONE, DOMAIN).upper()}")
    [evidence] = evidence_in(reply, domain=DOMAIN)
    assert evidence.delivery_id == ONE
    assert str(evidence) == "reply: <reply@oxo.example>"


def test_a_mail_may_name_several_deliveries() -> None:
    reply = a_reply(f"References: {message_id(ONE, DOMAIN)} {message_id(OTHER, DOMAIN)}")
    assert named(reply) == [(ONE, None), (OTHER, None)]


def test_a_domain_outside_ascii_is_found_as_mail_spells_it() -> None:
    reply = a_reply(f"In-Reply-To: <{ONE}@xn--bcher-kva.example>")
    [evidence] = evidence_in(reply, domain="bücher.example")
    assert evidence.delivery_id == ONE


@pytest.mark.parametrize(
    "mail",
    [
        a_reply(f"In-Reply-To: <{ONE}@elsewhere.example>"),
        a_reply(f"In-Reply-To: <{ONE}@ombudsman.example.evil>"),
        a_reply("In-Reply-To: <not-an-id@ombudsman.example>"),
        a_notice(envelope_id="QQ314159"),
        b"",
    ],
    ids=["another's", "longer domain", "no delivery's", "another's envelope id", "nothing"],
)
def test_what_names_none_of_ours_proves_nothing(mail: bytes) -> None:
    assert named(mail) == []


def test_a_copy_of_the_letter_itself_proves_nothing() -> None:
    assert named(f"Message-ID: {message_id(ONE, DOMAIN)}\nSubject: x\n\nDear".encode()) == []


@pytest.mark.parametrize("date", ["", "Date: yesterday", "Date: Fri, 31 Dec 9999 23:59:59 -2359"])
def test_a_date_that_cannot_be_read_costs_only_the_date(date: str) -> None:
    headers = "\n".join(filter(None, [f"In-Reply-To: {message_id(ONE, DOMAIN)}", date]))
    [evidence] = evidence_in(a_reply(headers), domain=DOMAIN)
    assert evidence.at is None


def test_a_mail_without_an_id_of_its_own_says_so() -> None:
    [evidence] = evidence_in(f"In-Reply-To: {message_id(ONE, DOMAIN)}\n\n".encode(), domain=DOMAIN)
    assert evidence.quote == "without a Message-ID"


def test_a_mail_of_countless_parts_is_read_for_its_headers_only() -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(3000)
    )
    mail = (
        f"In-Reply-To: {message_id(ONE, DOMAIN)}\n{nested}Message-ID: {message_id(OTHER, DOMAIN)}"
    )
    assert named(mail.encode()) == [(ONE, None)]


def test_parameters_that_the_parser_stumbles_over_cost_only_the_parts() -> None:
    mail = (
        f"In-Reply-To: {message_id(ONE, DOMAIN)}\n"
        f"Content-Type: multipart/mixed; boundary*=a; boundary*0=b\n\n--a\n"
    )
    assert named(mail.encode()) == [(ONE, None)]


def test_what_lies_beyond_the_bound_is_not_read() -> None:
    filler = "x" * MAX_BYTES
    assert named(f"Subject: {filler}\nIn-Reply-To: {message_id(ONE, DOMAIN)}\n\n".encode()) == []


def test_a_domain_that_mail_cannot_carry_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(BadInput):
        evidence_in(b"", domain="two words")


FRAGMENTS = st.sampled_from(
    [
        *a_notice(envelope_id=envid(ONE, 1), returned_type="message/rfc822").splitlines(),
        message_id(ONE, DOMAIN).encode(),
        b"In-Reply-To: ",
        b"Content-Type: multipart/digest; boundary=b",
        b"Content-Type: text/rfc822-headers; charset*=a; charset*0=b",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Date: Mon, 99 Foo 99999999 99:99:99 +99999999",
        b"--b",
        b"",
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=40), max_size=40).map(b"\n".join) | st.binary())
@example(a_notice())
def test_no_mail_whatever_raises_anything(mail: bytes) -> None:
    evidence = evidence_in(mail, domain=DOMAIN)
    assert {each.delivery_id for each in evidence} <= {ONE}
