from __future__ import annotations

import pytest

from dispatch.mail.notices import kinds
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import CHIEF, LETTER, a_mail, a_report, an_answer


@pytest.mark.parametrize(
    "sender",
    [
        "MAILER-DAEMON@relay.example",
        "Mail Delivery Subsystem <mds@relay.example>",
        "post_master@relay.example",
        '"InterScan MSS" <x@relay.example>',
        "MAILER-DAEMON <>",
        "mailer-daemon",
        "Postmaster <>",
    ],
)
def test_a_mail_system_is_known_by_its_name(sender: str) -> None:
    assert kinds.is_daemon(parse(a_mail("x", sender=sender)))


def test_a_person_is_not_taken_for_a_mail_system() -> None:
    assert not kinds.is_daemon(parse(a_mail("x", sender="Jo Daemon <jo@oxo.example>")))


@pytest.mark.parametrize(
    ("sender", "subject", "text", "expected"),
    [
        ("MAILER-DAEMON@x.example", "Hello", "It could not be delivered.", True),
        ("MAILER-DAEMON@x.example", "failure notice", "?", True),
        ("MAILER-DAEMON@x.example", "Statistics", "All is well.", False),
        ("jo@oxo.example", "Undeliverable: letter", "It could not be delivered.", True),
        ("jo@oxo.example", "Re: letter", "It could not be delivered.", False),
        ("no-reply@oxo.example", "Letter", "It could not be delivered.", False),
        ("jo@oxo.example", "Undeliverable: letter", "What is this?", False),
        ("jo@oxo.example", "RE: Undeliverable", "Thanks.\n> It could not be delivered.", False),
    ],
)
def test_a_failure_needs_a_mail_system_or_two_signs(
    sender: str, subject: str, text: str, *, expected: bool
) -> None:
    assert kinds.is_failure(parse(a_mail(text, sender=sender, subject=subject))) is expected


def test_a_machine_that_brings_the_message_back_needs_no_subject() -> None:
    text = f"Could not be delivered.\n\n----- Original message -----\n{LETTER}"
    mail = an_answer(text, subject="Mail", headers="Return-Path: <>")
    assert kinds.is_failure(parse(mail))
    assert not kinds.is_failure(parse(an_answer(text, subject="Mail", headers="X: y")))


def test_failed_recipients_in_the_headers_are_sign_enough() -> None:
    mail = a_mail(
        "x", sender="x@y.example", subject="x", headers="X-Failed-Recipients: a@b.example"
    )
    assert kinds.is_failure(parse(mail))


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("Warning: message delayed 24 hours", "It has not been delivered yet.", True),
        ("Delivery delayed: letter", "x", True),
        ("Warning: could not send message for past 4 hours", "x", True),
        ("Returned mail", "THIS IS A WARNING MESSAGE ONLY", True),
        ("Retardé : Lettre annuelle", "x", True),
        ("Vertraagd: Brief", "x", True),
        ("Nachricht", "Die Zustellung an folgende Empfänger verzögert sich.", True),
        ("WARNING: delayed mail", "It is a permanent error.", False),
        ("Undeliverable: your delayed letter", "x", False),
        ("Warning: user unknown!", "no such user here", False),
    ],
)
def test_a_delay_is_told_from_a_failure(subject: str, text: str, *, expected: bool) -> None:
    assert kinds.is_delay(parse(a_mail(text, subject=subject))) is expected


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied (vacation)",
        "Precedence: auto_reply",
        "X-Autorespond: letter",
        "X-OTRS-Loop: yes",
        "Return-Path: <>",
        "X-MS-Exchange-Inbox-Rules-Loop: jo@oxo.example",
    ],
)
def test_a_machine_says_so_in_its_headers(header: str) -> None:
    assert kinds.is_automatic(parse(an_answer("x", headers=header)))


@pytest.mark.parametrize("header", ["Auto-Submitted: no", "Precedence: bulk", "X-Autoreply:"])
def test_other_headers_do_not_make_a_machine(header: str) -> None:
    assert not kinds.is_automatic(parse(an_answer("x", headers=header)))


def test_a_refusal_is_a_receipt_that_a_machine_gave_in_anger() -> None:
    refused = a_report("Disposition: automatic-action/x; deleted", kind="disposition-notification")
    assert kinds.is_refusal(parse(refused.replace(b"This is a report.", b"It was rejected.")))
    assert not kinds.is_refusal(parse(refused))


def test_a_code_beside_an_address_above_a_returned_message_is_a_failure() -> None:
    text = f"== These failed ==\n\n<{CHIEF}>: gone (550)\n\n== Your mail ==\n\n{LETTER}"
    assert kinds.is_failure(parse(a_mail(text, sender="forwarder@gw.example", subject="Your mail")))
    assert not kinds.is_failure(
        parse(a_mail(text[:60], sender="forwarder@gw.example", subject="x"))
    )


def test_a_mail_system_that_says_only_that_nobody_is_there_reports_a_failure() -> None:
    text = f"You sent mail to {CHIEF}. This is not a valid user here."
    assert kinds.is_failure(parse(a_mail(text, sender="<>", subject="")))
    assert not kinds.is_failure(parse(a_mail(text, sender="tom@oxo.example", subject="")))
