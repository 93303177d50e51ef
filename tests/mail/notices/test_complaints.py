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
