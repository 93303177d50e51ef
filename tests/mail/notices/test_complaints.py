from __future__ import annotations

import json

import pytest

from dispatch.domain.notice import Action, Reason
from dispatch.mail.notices import complaints
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import CHIEF, LETTER, a_mail, a_report


def test_complainants_are_those_of_the_report() -> None:
    fields = "Feedback-Type: abuse\nOriginal-Rcpt-To: <a@x.example>\nOriginal-Rcpt-To: b@x.example"
    mail = parse(a_report(fields))
    assert complaints.is_complaint(mail)
    assert complaints.complainants(mail) == ("a@x.example", "b@x.example")


def test_a_report_that_names_nobody_is_about_whom_the_message_was_for() -> None:
    assert complaints.complainants(parse(a_report("Feedback-Type: abuse"))) == (CHIEF,)
    assert complaints.complainants(parse(a_report("Feedback-Type: x", returned="X: y"))) == ()


def test_a_complaint_may_be_written_in_words() -> None:
    words = f"Somebody marked as spam the message below.\n\n----- Original message -----\n{LETTER}"
    mail = parse(a_mail(words, sender="abuse@mailbox.example", subject="Spam complaint"))
    assert complaints.is_complaint(mail)
    assert complaints.complainants(mail) == (CHIEF,)


def test_junk_reports_without_any_fields_are_known_by_their_header() -> None:
    mail = parse(a_report("X: y", returned=f"X-HmXmrOriginalRecipient: a@x.example\n{LETTER}"))
    assert complaints.complainants(mail) == ("a@x.example",)


def test_words_about_spam_that_bring_nothing_back_are_no_complaint() -> None:
    mail = parse(a_mail("We had a complaint about spam.", subject="Spam complaint"))
    assert not complaints.is_complaint(mail)


def told(**said: object) -> bytes:
    return a_mail(f"{json.dumps(said)}\n\n--\nYou are subscribed.")


def test_amazon_tells_of_bounces_complaints_and_deliveries_in_json() -> None:
    row = {"emailAddress": CHIEF, "status": "5.2.2", "diagnosticCode": "smtp; 552 mailbox full"}
    kind, [fate], _ = complaints.announced(
        parse(told(notificationType="Bounce", bounce={"bouncedRecipients": [row]}))
    )
    assert (kind, fate.address, fate.reason) == ("bounce", CHIEF, Reason.MAILBOX_FULL)
    rows = {"complainedRecipients": [{"emailAddress": CHIEF}]}
    assert complaints.announced(parse(told(eventType="Complaint", complaint=rows))) == (
        "complaint",
        (),
        (CHIEF,),
    )
    delivery = {"recipients": [CHIEF], "smtpResponse": "250 2.6.0 Accepted"}
    kind, [fate], _ = complaints.announced(
        parse(told(notificationType="Delivery", delivery=delivery))
    )
    assert (kind, fate.action, fate.status) == ("delivery", Action.DELIVERED, "2.6.0")


@pytest.mark.parametrize("text", ["Dear", "{", "[1]", '{"a": 1}', "{" * 5000, '{"Message": "x"}'])
def test_other_text_is_no_notification(text: str) -> None:
    assert complaints.announced(parse(a_mail(text))) == ("", (), ())


def test_a_receipt_is_by_its_final_recipient_or_its_sender() -> None:
    fields = f"Final-Recipient: rfc822; {CHIEF}\nDisposition: manual-action/x; displayed"
    mail = parse(a_report(fields, kind="disposition-notification"))
    assert list(complaints.readers(mail)) == [CHIEF]
    bare = parse(a_report("Disposition: x; displayed", kind="disposition-notification"))
    assert list(complaints.readers(bare)) == ["reports@mailbox.example"]


def test_a_report_whose_lines_a_server_broke_is_read() -> None:
    headers = [{"name": f"X-{number}", "value": "v" * 40} for number in range(300)]
    said = json.dumps(
        {
            "notificationType": "Bounce",
            "bounce": {"bouncedRecipients": [{"emailAddress": CHIEF, "status": "5.1.1"}]},
            "mail": {"headers": headers},
        }
    )
    for text in (
        "\n ".join(said[at : at + 990] for at in range(0, len(said), 990)),
        "\n".join(said[at : at + 76] for at in range(0, len(said), 76)),
        json.dumps({"Message": said}),
    ):
        kind, fates, _ = complaints.announced(parse(a_mail(text)))
        assert (kind, [each.address for each in fates]) == ("bounce", [CHIEF])


def test_brackets_within_each_other_are_not_read_without_end() -> None:
    assert complaints.announced(parse(a_mail("[" * 60 + "{" * 60)))[0] == ""
    assert complaints.announced(parse(a_mail('{"a":' * 60)))[0] == ""


def test_a_message_that_comes_back_as_junk_has_the_reader_in_its_own_headers() -> None:
    mail = parse(f"X-HmXmrOriginalRecipient: {CHIEF}\n{LETTER}".encode())
    assert complaints.is_complaint(mail)
    assert list(complaints.complainants(mail)) == [CHIEF]


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        ("unsubscribe", "This message was automatically generated.", True),
        ("Opt-out", "", True),
        ("unsubscribe", "Dear Ombudsman, " + "please write to my successor instead. " * 8, False),
        ("Please unsubscribe me", "This message was automatically generated.", False),
    ],
)
def test_the_button_that_unsubscribes_is_a_complaint(
    subject: str, text: str, *, expected: bool
) -> None:
    mail = parse(a_mail(text, sender=CHIEF, subject=subject))
    assert complaints.is_complaint(mail) is expected
    assert list(complaints.complainants(mail)) == ([CHIEF] if expected else [])
