from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.domain.digest import plain
from dispatch.domain.errors import BadInput
from dispatch.domain.notice import Action, Answer, Category, Clue, Reason
from dispatch.mail.notices import classify
from dispatch.mail.notices.limits import MAX_MAIL
from tests.mail.notices.mails import CHIEF, LETTER, US, a_dsn, a_mail, a_report, an_answer, failed


def test_a_failure_is_a_bounce_with_the_fate_of_each_recipient() -> None:
    other = "leader@oxo.example"
    fields = f"{failed(diagnostic='550 5.1.1 User unknown')}\n{failed(other, status='5.2.2')}"
    said = classify.read(a_dsn(fields))
    assert said.category is Category.BOUNCE
    assert [(each.address, each.reason, each.is_hard) for each in said.fates] == [
        (CHIEF, Reason.BAD_ADDRESS, True),
        (other, Reason.MAILBOX_FULL, False),
    ]
    assert said.message_id == "<1f0e5bd4@ombudsman.example>"
    assert said.clues[Clue.RETURNED_MESSAGE_ID] == ("<1f0e5bd4@ombudsman.example>",)


@pytest.mark.parametrize(
    ("action", "status", "category"),
    [
        ("delayed", "4.4.1", Category.DELAYED),
        ("delivered", "2.0.0", Category.DELIVERED),
        ("relayed", "2.0.0", Category.DELIVERED),
        ("expanded", "2.0.0", Category.DELIVERED),
        ("failed", "4.4.7", Category.BOUNCE),
    ],
)
def test_a_notice_is_what_its_action_says(action: str, status: str, category: Category) -> None:
    said = classify.read(
        a_dsn(f"Final-Recipient: rfc822; {CHIEF}\nAction: {action}\nStatus: {status}\n")
    )
    assert said.category is category
    assert [each.action.value for each in said.fates] == [action]


def test_one_failure_among_deliveries_makes_it_a_bounce() -> None:
    delivered = "Final-Recipient: rfc822; a@oxo.example\nAction: delivered\nStatus: 2.0.0\n"
    assert classify.read(a_dsn(f"{delivered}\n{failed()}")).category is Category.BOUNCE


def test_a_complaint_names_who_complained_and_no_fate() -> None:
    said = classify.read(
        a_report(f"Feedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <{CHIEF}>\n")
    )
    assert said.category is Category.COMPLAINT
    assert (said.about, said.fates) == ((CHIEF,), ())


def test_a_receipt_is_no_bounce_although_it_says_deleted() -> None:
    fields = f"Final-Recipient: rfc822; {CHIEF}\nDisposition: manual-action/MDN-sent-manually; "
    said = classify.read(a_report(f"{fields}deleted\n", kind="disposition-notification"))
    assert (said.category, said.about) == (Category.RECEIPT, (CHIEF,))


def test_a_receipt_with_which_a_filter_throws_the_message_back_is_a_bounce() -> None:
    fields = f"Final-Recipient: rfc822; {CHIEF}\nDisposition: automatic-action/MDN-sent; deleted\n"
    body = (
        f"--b\nContent-Type: text/plain\n\nYour message to <{CHIEF}> was automatically rejected:\n"
        f"Quota exceeded\n\n--b\nContent-Type: message/disposition-notification\n\n{fields}\n--b--"
    )
    said = classify.read(a_mail(body, content_type="multipart/report; boundary=b"))
    assert said.category is Category.BOUNCE
    assert [(each.address, each.reason) for each in said.fates] == [(CHIEF, Reason.MAILBOX_FULL)]


def test_an_autoreply_by_one_who_has_left_suggests_a_successor() -> None:
    said = classify.read(
        an_answer(
            "I no longer work for Oxo Council.\nPlease contact Jane Smith, jane.smith@oxo.example."
        )
    )
    assert (said.category, said.answer) == (Category.AUTOREPLY, Answer.HAS_LEFT)
    assert said.about == ("jo.bloggs@oxo.example",)
    assert said.successor is not None
    assert (said.successor.address, said.successor.name) == ("jane.smith@oxo.example", "Jane Smith")


def test_an_absence_has_an_end_and_no_successor() -> None:
    said = classify.read(
        an_answer(
            "I am on annual leave until 3 August. "
            "If your query is urgent please contact jane.smith@oxo.example."
        )
    )
    assert (said.answer, said.away_until) == (Answer.OUT_OF_OFFICE, date(2020, 8, 3))
    assert said.successor is None


@pytest.mark.parametrize(
    ("text", "headers", "category"),
    [
        (
            "To prove you are a human, click the link so that your message can be delivered.",
            "Auto-Submitted: auto-replied",
            Category.CHALLENGE,
        ),
        ("Oxo Council has sent you a secure message.", "X: y", Category.SECURE_PORTAL),
        ("Thank you. We shall reply by 3 August. Jo", "X: y", Category.HUMAN),
        ("It could not be delivered to my predecessor, who has left.", "X: y", Category.HUMAN),
    ],
)
def test_what_is_no_report_is_told_apart_by_its_words(
    text: str, headers: str, category: Category
) -> None:
    mail = an_answer(text, subject="Re: Annual Review letter", headers=headers)
    assert classify.read(mail).category is category


def test_a_letter_that_a_person_forwards_is_no_bounce() -> None:
    body = (
        "--b\nContent-Type: text/plain\n\nSee the letter below.\n"
        f"--b\nContent-Type: message/rfc822\n\n{LETTER}\n--b--"
    )
    mail = a_mail(
        body,
        sender="Jo <jo@oxo.example>",
        subject="Fwd: Annual Review letter",
        content_type="multipart/mixed; boundary=b",
    )
    assert classify.read(mail).category is Category.HUMAN


def test_a_ticket_with_a_status_is_no_bounce() -> None:
    mail = an_answer(
        "Your enquiry was logged.\n\nStatus: New\nAction: none yet\n", subject="Case 1"
    )
    assert classify.read(mail).category is Category.AUTOREPLY


def test_a_report_written_into_the_text_is_read() -> None:
    mail = a_mail(failed(), sender="gateway@relay.example", subject="Report")
    assert [each.address for each in classify.read(mail).fates] == [CHIEF]


def test_a_bounce_that_a_wrapper_brings_is_read_inside() -> None:
    inner = a_dsn(failed()).decode()
    body = f"--o\nContent-Type: text/plain\n\n\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--"
    said = classify.read(a_mail(body, content_type="multipart/mixed; boundary=o"))
    assert [each.address for each in said.fates] == [CHIEF]


def test_amazons_notification_in_json_is_a_report_too() -> None:
    told = {
        "notificationType": "Bounce",
        "bounce": {
            "bouncedRecipients": [
                {"emailAddress": CHIEF, "status": "5.1.1", "diagnosticCode": "smtp; 550 5.1.1"}
            ]
        },
    }
    said = classify.read(a_mail(json.dumps({"Type": "Notification", "Message": json.dumps(told)})))
    assert [(each.address, each.action, each.is_hard) for each in said.fates] == [
        (CHIEF, Action.FAILED, True)
    ]


def test_only_a_mail_over_the_limit_is_refused() -> None:
    with pytest.raises(BadInput, match="bytes"):
        classify.read(b"x" * (MAX_MAIL + 1))


QUOTE = f"""\
From: Ombudsman <{US}>
Sent: 22 July 2020 09:00
To: {CHIEF}
Subject: Annual Review letter

Last year's could not be delivered to {CHIEF}: the mailbox was full. If you are out of the office
I have sent you a secure message; please verify that you are a person.
"""
PIECES = st.sampled_from(
    [
        *a_dsn(failed(diagnostic="550 5.1.1 User unknown")).splitlines(),
        *a_report(f"Original-Rcpt-To: {CHIEF}\nFeedback-Type: abuse").splitlines(),
        *an_answer("I have left. Contact a@oxo.example until 3.8.2020.").splitlines(),
        b"Content-Type: text/plain; charset=punycode",
        b"Content-Type: text/html; charset*=a; charset*0=b",
        b"Content-Type: multipart/digest; boundary=b",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Subject: =?utf-16?b?YQ==?= =?x?q?=zz?=",
        b"From: \xff\xfe <@>, a@b@c",
        b"Date: Mon, 99 Foo 99999999 99:99:99 +99999999",
        f"<{US}>: host said: 550 5.1.1 unknown".encode(),
        b'{"notificationType": "Bounce", "bounce": {"bouncedRecipients": [1, {}]}}',
        b"--b",
        b"",
    ]
)


@given(st.lists(PIECES | st.binary(max_size=40), max_size=60).map(b"\n".join) | st.binary())
@example(a_dsn(failed()))
def test_no_mail_whatever_raises_anything(mail: bytes) -> None:
    said = classify.read(mail)
    assert json.dumps(plain(asdict(said))).encode()


@given(st.data())
def test_a_notice_damaged_anywhere_is_still_read(data: st.DataObject) -> None:
    whole = a_dsn(failed(diagnostic="550 5.1.1 User unknown"))
    begin = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(begin, len(whole)))
    patch = data.draw(st.binary(max_size=20))
    assert classify.read(whole[:begin] + patch + whole[end:]).category in Category


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("RE: Annual Review letter (the last was undeliverable)", f"Thank you.\n\n{QUOTE}"),
        ("Re: Annual Review letter", "Thank you.\n\n> This is an automated message."),
        ("Delayed response to case 1", "Our reply was delayed. We did not receive your reminder."),
    ],
)
def test_a_person_who_speaks_of_mail_or_quotes_ours_is_no_machine(subject: str, text: str) -> None:
    mail = an_answer(text, subject=subject, headers="X: y")
    assert classify.read(mail).category is Category.HUMAN


def test_a_challenge_in_the_form_of_a_delay_is_a_challenge() -> None:
    fields = f"Final-Recipient: rfc822; {CHIEF}\nAction: delayed\nStatus: 4.7.1\n"
    text = "Your message waits. Click the link below to be added to my guest list."
    assert classify.read(a_dsn(fields, text=text)).category is Category.CHALLENGE
    assert classify.read(a_dsn(fields, text="It will be retried.")).category is Category.DELAYED
