from __future__ import annotations

import pytest

from dispatch.domain.notice import Fate, Reason
from dispatch.mail.notices.about_us import Us, is_before_recipient
from dispatch.mail.notices.failures import fates
from dispatch.mail.notices.parsed import parse
from dispatch.mail.notices.prose import squeezed
from tests.mail.notices.mails import CHIEF, a_dsn, a_mail, failed

RETURN_PATH = "b+k7q2@bounce.ombudsman.example"
OURS = Us.of([RETURN_PATH, "letters@ombudsman.example"])
BEFORE = [
    "550 5.1.8 no such domain (in reply to MAIL FROM command)",
    "host mx.oxo.example said: 553 unknown user (in reply to EHLO command)",
    f"SMTP error from remote mail server after MAIL FROM:<{RETURN_PATH}>: 550 user unknown",
    f"SMTP error from remote mail server after MAIL FROM:<{RETURN_PATH}> SIZE=4: 553 no such host",
    "SMTP error from remote mail server after EHLO relay.example: 550 host unknown",
    "SMTP error from remote mail server after initial connection: 554 mailbox unavailable",
    "Connected to 192.0.2.1 but greeting failed.\nRemote host said: 550 no such host",
    "Connected to 192.0.2.1 but sender was rejected.\nRemote host said: 553 unknown user",
    f">>> MAIL From:<{RETURN_PATH}> SIZE=4821\n<<< 553 5.1.8 Domain does not exist",
    ">>> EHLO relay.example\n<<< 550 unknown host",
]
AFTER = [
    "550 5.1.1 user unknown (in reply to RCPT TO command)",
    f"SMTP error from remote mail server after RCPT TO:<{CHIEF}>: 550 user unknown",
    f">>> MAIL From:<{RETURN_PATH}>\n<<< 250 2.1.0 Ok\n>>> RCPT To:<{CHIEF}>\n<<< 550 no such user",
    "Remote host said: 550 user unknown\nGiving up on 192.0.2.1.",
]


def read(mail: bytes) -> Fate:
    [fate] = fates(parse(mail))
    return fate


@pytest.mark.parametrize("said", BEFORE)
def test_the_program_that_reports_says_that_the_recipient_was_not_named_yet(said: str) -> None:
    assert is_before_recipient(squeezed(said))


@pytest.mark.parametrize("said", AFTER)
def test_what_follows_the_recipient_is_about_the_recipient(said: str) -> None:
    assert not is_before_recipient(squeezed(said))


@pytest.mark.parametrize("said", BEFORE)
def test_what_was_refused_before_the_recipient_was_named_is_about_us(said: str) -> None:
    fate = read(a_mail(f"I could not deliver it.\n\n<{CHIEF}>:\n{said}", to=RETURN_PATH))
    assert (fate.reason, fate.is_hard, fate.is_about_us) == (Reason.POLICY, False, True)


@pytest.mark.parametrize("said", AFTER)
def test_what_was_refused_at_the_recipient_makes_the_address_dead(said: str) -> None:
    fate = read(a_mail(f"I could not deliver it.\n\n<{CHIEF}>:\n{said}", to=RETURN_PATH))
    assert (fate.reason, fate.is_hard) == (Reason.BAD_ADDRESS, True)


@pytest.mark.parametrize(
    "diagnostic",
    [
        "550 5.1.0 domain bounce.ombudsman.example not found",
        "554 5.1.8 no such domain: ombudsman.example",
        f"550 <{RETURN_PATH}>: unknown address",
        f"5.1.0 - Unknown address error 553-'<{RETURN_PATH}> may not write to this domain'",
        "550 letters@ombudsman.example: user unknown",
    ],
)
def test_a_reply_that_quotes_us_refuses_us(diagnostic: str) -> None:
    fate = read(a_dsn(failed(status="5.1.0", diagnostic=diagnostic), to=RETURN_PATH))
    assert (fate.reason, fate.is_hard, fate.is_about_us) == (Reason.POLICY, False, True)


@pytest.mark.parametrize(
    "diagnostic",
    [
        f"550 5.1.1 <{CHIEF}>: user unknown, and {RETURN_PATH} was told",
        "550 5.1.1 no such user at oxo.example, writes bounce.ombudsman.example",
        "550 5.1.1 no such user (see postmaster@ombudsman.example.net)",
        "550 5.1.1 user unknown at not-ombudsman.example",
    ],
)
def test_a_reply_that_quotes_the_recipient_or_somebody_else_does_not(diagnostic: str) -> None:
    fate = read(a_dsn(failed(diagnostic=diagnostic), to=RETURN_PATH))
    assert (fate.reason, fate.is_hard) == (Reason.BAD_ADDRESS, True)


def test_without_a_code_nothing_is_a_reply() -> None:
    assert not OURS.are_refused(f"original sender: <{RETURN_PATH}>", CHIEF)


def test_a_full_disk_at_the_sender_is_still_a_full_disk() -> None:
    said = f"SMTP error after MAIL FROM:<{RETURN_PATH}>: 452 insufficient disk space"
    fate = read(a_mail(f"I could not deliver it.\n\n<{CHIEF}>:\n{said}", to=RETURN_PATH))
    assert (fate.reason, fate.is_about_us) == (Reason.SYSTEM, False)
