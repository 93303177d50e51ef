from __future__ import annotations

import pytest

from dispatch.domain.notice import Action, Fate, Reason
from dispatch.mail.notices.failures import fates
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import CHIEF, LETTER, US, a_dsn, a_mail, failed

HARD = (Reason.BAD_ADDRESS, True)


def read(mail: bytes) -> tuple[Fate, ...]:
    return fates(parse(mail))


def test_the_fields_tell_the_fate() -> None:
    [fate] = read(a_dsn(failed(diagnostic="550 5.1.1 <x>: User unknown")))
    assert fate == Fate(
        address=CHIEF,
        action=Action.FAILED,
        status="5.1.1",
        reason=Reason.BAD_ADDRESS,
        is_hard=True,
        text="550 5.1.1 <x>: User unknown",
    )


def test_the_text_gives_the_reason_where_the_fields_have_none() -> None:
    [fate] = read(a_dsn(failed(status="5.0.0"), text=f"<{CHIEF}>: mailbox is full"))
    assert (fate.address, fate.reason) == (CHIEF, Reason.MAILBOX_FULL)


def test_each_recipient_has_its_own_reason_from_the_text() -> None:
    other = "leader@oxo.example"
    text = f"<{CHIEF}>: mailbox is full\n\n<{other}>: no such user\n"
    fields = f"{failed(status='5.0.0')}\n{failed(other, status='5.0.0')}"
    assert [each.reason for each in read(a_dsn(fields, text=text))] == [
        Reason.MAILBOX_FULL,
        Reason.BAD_ADDRESS,
    ]


def test_what_is_said_of_one_does_not_make_another_address_dead() -> None:
    text = "The first of these is an unknown user."
    fields = f"{failed(status='5.0.0')}\n{failed('leader@oxo.example', status='5.0.0')}"
    assert [each.is_hard for each in read(a_dsn(fields, text=text))] == [False, False]
    assert [each.is_hard for each in read(a_dsn(failed(status="5.0.0"), text=text))] == [True]


def test_what_may_be_is_not_what_is() -> None:
    [fate] = read(a_mail(f"It could not be delivered. The user may be unknown.\n\nTo {CHIEF}."))
    assert (fate.reason, fate.is_hard) == (Reason.UNKNOWN, False)


@pytest.mark.parametrize(
    ("fields", "text", "headers"),
    [
        ("Action: failed\nStatus: 5.1.1\n", "x", ""),
        ("Action: failed\nStatus: 5.1.1\n", f"<{CHIEF}>: gone", ""),
        ("Action: failed\nStatus: 5.1.1\n", "x", f"X-Failed-Recipients: {CHIEF}"),
        ("Final-Recipient: rfc822;|/bin/filter\nAction: failed\nStatus: 5.1.1\n", "x", ""),
    ],
    ids=["whom it was for", "the text", "the header", "a pipe"],
)
def test_a_recipient_that_the_fields_do_not_name_is_found_elsewhere(
    fields: str, text: str, headers: str
) -> None:
    assert [each.address for each in read(a_dsn(fields, text=text, headers=headers))] == [CHIEF]


def test_nobody_is_named_rather_than_somebody_else() -> None:
    two = LETTER.replace(f"To: {CHIEF}", "To: a@oxo.example, b@oxo.example")
    assert read(a_dsn("Action: failed\nStatus: 5.1.1\n", returned=two)) == ()
    assert read(a_mail(f"Mail of {US} was not delivered. Ask postmaster@relay.example.")) == ()


@pytest.mark.parametrize("action", ["error", "expired", "failure", "Failed (expired)"])
def test_an_action_that_is_misnamed_is_a_failure(action: str) -> None:
    [fate] = read(a_dsn(f"Final-Recipient: rfc822; {CHIEF}\nAction: {action}\nStatus: 5.0.0\n"))
    assert fate.action is Action.FAILED


def test_a_failure_is_one_even_if_the_time_was_up() -> None:
    text = "THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE."
    [fate] = read(a_dsn(failed(status="4.4.7", diagnostic="451 message expired"), text=text))
    assert (fate.action, fate.reason, fate.is_hard) == (Action.FAILED, Reason.NETWORK, False)


def test_a_delay_is_never_hard() -> None:
    fields = f"Final-Recipient: rfc822; {CHIEF}\nAction: delayed\nDiagnostic-Code: x; user unknown"
    [fate] = read(a_dsn(fields))
    assert (fate.action, fate.is_hard) == (Action.DELAYED, False)


def test_a_delay_without_a_reason_is_the_networks() -> None:
    [fate] = read(a_dsn(f"Final-Recipient: rfc822; {CHIEF}\nAction: delayed\nStatus: 4.0.0\n"))
    assert fate.reason is Reason.NETWORK


def test_our_own_standing_is_told_apart() -> None:
    said = "550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus"
    [fate] = read(a_dsn(failed(status="5.7.1", diagnostic=said)))
    assert (fate.is_about_us, fate.is_hard, fate.reason) == (True, False, Reason.POLICY)


def test_a_notice_within_the_quoted_text_counts_if_nothing_else_names_anybody() -> None:
    text = f"Sorry.\n\n--- Original message ---\n\n{LETTER}\n\n{failed()}"
    assert [each.address for each in read(a_mail(text))] == [CHIEF]


FORMS: dict[str, tuple[str, str, tuple[Reason, bool]]] = {
    "qmail": (
        "failure notice",
        (
            f"Hi. This is the qmail-send program at x.\n\n<{CHIEF}>:\n192.0.2.9 does not like "
            "recipient.\nRemote host said: 550 5.1.1 User unknown\nGiving up on 192.0.2.9.\n\n"
            f"--- Below this line is a copy of the message.\n\n{LETTER}"
        ),
        HARD,
    ),
    "exim": (
        "Mail delivery failed: returning message to sender",
        (
            "A message that you sent could not be delivered to one or more of its recipients. "
            f"The following address(es) failed:\n\n  {CHIEF}\n    SMTP error from remote server "
            f"after RCPT TO:<{CHIEF}>:\n    host mx [192.0.2.9]: 552 mailbox is full\n"
        ),
        (Reason.MAILBOX_FULL, False),
    ),
    "sendmail": (
        "Returned mail: see transcript for details",
        (
            "   ----- The following addresses had permanent fatal errors -----\n"
            f"<{CHIEF}>\n    (reason: 550 5.1.1 <{CHIEF}>... User unknown)\n"
        ),
        HARD,
    ),
    "Domino": (
        "DELIVERY FAILURE: User chief not listed in Domino Directory",
        (
            f"Your message\n\n  Subject: x\n\nwas not delivered to:\n\n  {CHIEF}\n\nbecause:\n\n"
            f"  User chief ({CHIEF}) not listed in Domino Directory\n"
        ),
        HARD,
    ),
    "Notes": (
        "Undeliverable: letter",
        (
            "------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n"
            f"{CHIEF}\n\n------- Returned Message --------\n\n{LETTER}"
        ),
        HARD,
    ),
    "GroupWise": (
        "Message status - undeliverable",
        (
            "The message that you sent was undeliverable to the following:\n"
            f"\t{CHIEF} (user not found)\n"
        ),
        HARD,
    ),
    "James": (
        "[BOUNCE]",
        (
            f"I was not able to deliver your message.\n\nFailed recipient(s):\n{CHIEF}\n\n"
            "Error message:\n550 5.7.1 Relaying denied\n"
        ),
        (Reason.POLICY, False),
    ),
    "Courier": (
        "NOTICE: mail delivery status.",
        (
            f"Your message to the following recipients cannot be delivered:\n\n<{CHIEF}>:\n"
            f"    mx [192.0.2.3]:\n>>> RCPT TO:<{CHIEF}>\n<<< 550 5.1.1 <{CHIEF}>... User Unknown\n"
        ),
        HARD,
    ),
    "MailMarshal": (
        "Undeliverable Mail",
        (
            "Could not be delivered because of\n\n550 5.1.1 User unknown\n\n"
            f"The following recipients were affected: \n    {CHIEF}\n"
        ),
        HARD,
    ),
    "Mimecast": (
        "[Postmaster] Email Delivery Failure",
        (
            f"an email you addressed to email address :\n-- {CHIEF}\n\ncould not be delivered. "
            "The problem appears to be :\n-- Recipient server unavailable or busy\n"
        ),
        (Reason.NETWORK, False),
    ),
    "German": (
        "Unzustellbar: Jahresbrief",
        (
            f"Folgende(r) Empfänger kann nicht erreicht werden:\n\n      {CHIEF} am 22.07.2020\n"
            "            Das Postfach ist voll.\n"
        ),
        (Reason.MAILBOX_FULL, False),
    ),
    "French": (
        "Non remis : lettre",
        f"Échec de la remise :\n\n{CHIEF}\nDestinataire inconnu.\n",
        HARD,
    ),
    "Spanish": (
        "Correo devuelto",
        f"Su mensaje no se pudo entregar a:\n\n{CHIEF}\n\nUsuario desconocido.\n",
        HARD,
    ),
    "Japanese": (
        "配信エラー",
        f"次の宛先へは送信できませんでした。\n\n<{CHIEF}>\nメールボックスの容量が一杯です\n",
        (Reason.MAILBOX_FULL, False),
    ),
}


@pytest.mark.parametrize(("subject", "text", "expected"), FORMS.values(), ids=FORMS)
def test_plain_text_is_read_in_the_forms_of_many_servers(
    subject: str, text: str, expected: tuple[Reason, bool]
) -> None:
    given = read(a_mail(text, subject=subject))
    assert [(each.address, (each.reason, each.is_hard)) for each in given] == [(CHIEF, expected)]


@pytest.mark.parametrize(
    "footer",
    [
        "_" * 60 + "\nThis was scanned for viruses by Example.",
        "*" * 70 + "\nThis is confidential. See our policy on spam.",
        "-- \nChecked by Example antivirus: no malware.",
        "--\nChecked by Example antivirus: no malware.",
    ],
)
def test_a_footer_does_not_tell_the_reason(footer: str) -> None:
    text = f"Delivery failed.\n\n   {CHIEF}\n\n{footer}"
    [fate] = read(a_dsn(failed(), text=text))
    assert (fate.reason, fate.is_hard) == HARD
    [fate] = read(a_mail(f"{text}\n", subject="Delivery failed"))
    assert fate.reason is Reason.UNKNOWN
