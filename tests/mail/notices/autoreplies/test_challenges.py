from __future__ import annotations

import pytest

from dispatch.mail.notices.autoreplies import challenges
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import an_answer


@pytest.mark.parametrize(
    "text",
    [
        "Please verify you are a human to have this passed on.",
        "Click the link below so that your message can be delivered.",
        "Your message is being held until you confirm it.",
        "This mailbox is protected by Boxbe.",
        "Jo is protecting herself from receiving junk mail.",
        "Click the link below so I can receive your emails.",
    ],
)
def test_a_challenge_asks_for_a_proof(text: str) -> None:
    mail = parse(an_answer(text))
    assert challenges.is_challenge(mail)
    assert not challenges.is_portal(mail)


@pytest.mark.parametrize(
    "text",
    [
        "I am writing to confirm receipt of your message.",
        "We can confirm that your e-mail has been received. A reply will be delivered by post.",
        "The meeting is being held on 3 August, until noon.",
        "Please verify the figures in your letter.",
        "Please confirm by reply that the figures are right.",
        "Click here to see how the remedies will be delivered to residents of the borough.",
        "Our IT people use TMDA-like greylisting, which may be why your letter came late.",
        "Please confirm your email address, and verify that you sent the same to the Leader.",
        "We had Boxbe once. Please reply to this by Friday.",
    ],
)
def test_a_person_who_confirms_something_asks_for_no_proof(text: str) -> None:
    assert not challenges.is_challenge(parse(an_answer(text, subject="Re: letter")))


@pytest.mark.parametrize(
    "text",
    [
        "Oxo has sent you an encrypted message.",
        "You have received a new secure email.",
        "To read it, log in to the Mimecast Secure Messaging portal.",
    ],
)
def test_a_portal_keeps_the_message(text: str) -> None:
    assert challenges.is_portal(parse(an_answer(text)))


def test_a_person_whose_council_has_a_portal_is_none() -> None:
    text = "Thank you.\n\nOxo Council uses Egress Switch. Visit our secure email portal."
    assert not challenges.is_portal(parse(an_answer(text, subject="Re: Annual Review letter")))
