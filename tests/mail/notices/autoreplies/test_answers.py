from __future__ import annotations

import pytest

from dispatch.domain.notice import Answer
from dispatch.mail.notices.autoreplies import answers
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import an_answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I no longer work for Oxo Council.", Answer.HAS_LEFT),
        ("Jo Bloggs is no longer the Chief Executive.", Answer.HAS_LEFT),
        ("Jo has now left the authority.", Answer.HAS_LEFT),
        ("Herr Muster ist nicht mehr im Unternehmen.", Answer.HAS_LEFT),
        ("I have left the office for the day.", Answer.OUT_OF_OFFICE),
        ("I am on annual leave until 3 August.", Answer.OUT_OF_OFFICE),
        ("I don't work on Fridays.", Answer.OUT_OF_OFFICE),
        ("Je suis en congé.", Answer.OUT_OF_OFFICE),
        ("Ich bin im Urlaub.", Answer.OUT_OF_OFFICE),
        ("Estoy de vacaciones.", Answer.OUT_OF_OFFICE),
        ("休暇をいただいております。", Answer.OUT_OF_OFFICE),
        ("This mailbox is no longer monitored; use our online form.", Answer.MAILBOX_RETIRED),
        ("My email address has changed.", Answer.MAILBOX_RETIRED),
        ("Please complete our online form.", Answer.USE_A_FORM),
        (
            "Thank you for contacting us; we aim to respond within 10 days. See our online form.",
            Answer.ACKNOWLEDGEMENT,
        ),
        ("Your call will be returned in two working days.", Answer.ACKNOWLEDGEMENT),
        ("For absent voting see our website.", Answer.ACKNOWLEDGEMENT),
        ("Hello", Answer.ACKNOWLEDGEMENT),
    ],
)
def test_what_lasts_longest_is_what_an_answer_says(text: str, expected: Answer) -> None:
    assert answers.answer(parse(an_answer(text, subject="Re: letter"))) is expected


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: letter",
        "Out of Office: letter",
        "AUTO: Jo is away",
        "Re: Out of the office",
        "Abwesenheitsnotiz",
        "Réponse automatique : lettre",
        "Respuesta automática: carta",
        "自動応答: letter",
    ],
)
def test_a_subject_may_say_that_a_machine_answers(subject: str) -> None:
    assert answers.is_answer(parse(an_answer("x", subject=subject)))


def test_a_subject_that_speaks_of_absence_later_on_does_not() -> None:
    assert not answers.is_answer(parse(an_answer("x", subject="Letter about leave and vacation")))


@pytest.mark.parametrize(
    "text",
    [
        "Please verify you are a human to have this passed on.",
        "Click the link below so that your message can be delivered.",
        "Your message is being held until you confirm it.",
        "This mailbox is protected by Boxbe.",
    ],
)
def test_a_challenge_asks_for_a_proof(text: str) -> None:
    mail = parse(an_answer(text))
    assert answers.is_challenge(mail)
    assert not answers.is_portal(mail)


@pytest.mark.parametrize(
    "text",
    [
        "I am writing to confirm receipt of your message.",
        "We can confirm that your e-mail has been received. A reply will be delivered by post.",
        "The meeting is being held on 3 August, until noon.",
        "Please verify the figures in your letter.",
        "Please confirm by reply that the figures are right.",
        "Click here to see how the remedies will be delivered.",
    ],
)
def test_a_person_who_confirms_something_asks_for_no_proof(text: str) -> None:
    assert not answers.is_challenge(parse(an_answer(text, subject="Re: letter")))


@pytest.mark.parametrize(
    "text",
    [
        "Oxo has sent you an encrypted message.",
        "You have received a new secure email.",
        "To read it, log in to the Mimecast Secure Messaging portal.",
    ],
)
def test_a_portal_keeps_the_message(text: str) -> None:
    assert answers.is_portal(parse(an_answer(text)))


def test_a_person_whose_council_has_a_portal_is_none() -> None:
    text = "Thank you.\n\nOxo Council uses Egress Switch. Visit our secure email portal."
    assert not answers.is_portal(parse(an_answer(text, subject="Re: Annual Review letter")))


@pytest.mark.parametrize(
    "text",
    [
        "This is an automated response.",
        "Dear sender, I am on annual leave.",
        "This message was automatically generated.",
    ],
)
def test_a_text_may_say_so_too(text: str) -> None:
    assert answers.is_answer(parse(an_answer(text, subject="Re: letter", headers="X: y")))


def test_a_person_who_was_away_is_not_a_machine() -> None:
    text = "Thank you for the letter of 22 July. I was away when it came, and agree with it."
    assert not answers.is_answer(parse(an_answer(text, subject="Re: letter", headers="X: y")))
