from __future__ import annotations

import pytest

from dispatch.domain.notice import Category
from dispatch.mail.notices import classify
from tests.mail.notices.mails import CHIEF, a_dsn, a_mail

QUOTE = "-----Original Message-----\nFrom: us@ombudsman.example\nTo: jo@oxo.example\n\nDear Jo"
GATEWAY = "Mail Gateway <noreply@gateway.example>"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Message on hold", "Your message to the Chief Executive has been placed on hold."),
        ("Your message was held", "The email was held for review by an administrator."),
        ("Quarantine summary", "These messages are in quarantine: Annual Review letter."),
        ("Awaiting approval", "Your email is awaiting moderator approval."),
        ("Your message", "Your message has been quarantined by our security policy."),
        ("Your message", "Your message was sent to the moderators of the group."),
        ("Your message", "Your email is being held until it is approved by the recipient."),
        ("Your message", "The message is pending release by the IT service desk."),
    ],
)
def test_a_gateway_says_that_it_holds_the_letter(subject: str, text: str) -> None:
    mail = a_mail(text, sender=GATEWAY, subject=subject)
    assert classify.read(mail).category is Category.HELD


def test_a_notification_of_delay_may_say_that_it_is_held() -> None:
    fields = f"Final-Recipient: rfc822; {CHIEF}\nAction: delayed\nStatus: 4.7.0\n"
    notice = classify.read(a_dsn(fields, text="Your message is on hold, pending review."))
    assert notice.category is Category.HELD
    assert [each.address for each in notice.fates] == [CHIEF]


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("Jo <jo@oxo.example>", "Your letter is on hold until the Leader is back."),
        ("Jo <jo@oxo.example>", "The message was held at the gateway; I have it now."),
        (GATEWAY, "Your message was held for review and has been released."),
        ("Jo <jo@oxo.example>", f"It was being held in quarantine. I have it now.\n\n{QUOTE}"),
        (GATEWAY, "Thank you for your message."),
        (GATEWAY, "Click this link so that your message, which is being held, is delivered."),
    ],
)
def test_other_words_about_holding_are_not_a_hold(sender: str, text: str) -> None:
    assert classify.read(a_mail(text, sender=sender, subject="x")).category is not Category.HELD
