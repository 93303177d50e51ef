from __future__ import annotations

import pytest

from dispatch.domain.notice import Category
from dispatch.mail.notices import classify
from dispatch.mail.notices.autoreplies import machines
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import an_answer


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
    assert machines.is_autoreply(parse(an_answer("x", subject=subject)))


def test_a_subject_that_speaks_of_absence_later_on_does_not() -> None:
    assert not machines.is_autoreply(
        parse(an_answer("x", subject="Letter about leave and vacation"))
    )


@pytest.mark.parametrize(
    "text",
    [
        "This is an automated response.",
        "Dear sender, I am on annual leave.",
        "This message was automatically generated.",
    ],
)
def test_a_text_may_say_so_too(text: str) -> None:
    assert machines.is_autoreply(parse(an_answer(text, subject="Re: letter", headers="X: y")))


def test_a_person_who_was_away_is_not_a_machine() -> None:
    text = "Thank you for the letter of 22 July. I was away when it came, and agree with it."
    assert not machines.is_autoreply(parse(an_answer(text, subject="Re: letter", headers="X: y")))


@pytest.mark.parametrize(
    "subject",
    [
        "Ymateb awtomatig: Llythyr",
        "Odpowiedź automatyczna: List",
        "Автоматический ответ: Письмо",
        "Automatická odpověď: Dopis",
        "Automaattinen vastaus: Kirje",
        "Otomatik cevap: Mektup",
        "Αυτόματη απάντηση: Επιστολή",
        "Automatisch antwoord: Brief",
        "Autosvar: Brev",
        "Automatikus válasz: Levél",
        "AW: Automatische Antwort: Brief",
        "RE: Fuori sede",
        "Niet aanwezig: Brief",
        "Ikke til stede: Brev",
        "Mimo kancelář: Dopis",
        "Házon kívül: Levél",
        "Εκτός γραφείου: Επιστολή",
        "As oifig: Litir",
        "Re: Letter [Out of Office]",
    ],
)
def test_the_subjects_of_other_languages_are_known(subject: str) -> None:
    assert machines.is_autoreply(parse(an_answer("x", subject=subject)))


ABSENCES = [
    "I am on annual leave until 3 August.",
    "Hello, I will be out of the office from 1 to 5 June.",
    "Thank you for your email. I am currently away from my desk and will reply on my return.",
    "Guten Tag, ich bin bis zum 12.12. im Urlaub.",
    "Bonjour, je suis absente jusqu'au 3 août.",
    "Helo, rwyf ar wyliau tan 3 Awst.",
    "Byddaf allan o'r swyddfa tan ddydd Llun 1 Rhagfyr.",
    "Ik ben afwezig tot 5 januari.",
    "Przebywam na urlopie do 7.12.",
    "Estarei de férias até 3 de agosto.",
    "Estoy de vacaciones hasta el 3 de agosto.",
    "I'm on leave.",
    "I work Monday to Wednesday and will reply when I am next at work.",
    "Please note that I am on a career break until 7 December.",
    "Nid wyf yn y swyddfa. Byddaf yn dychwelyd ar 7 Rhagfyr.",
    "Vielen Dank für Ihre Nachricht. Ich bin außer Haus und am 7.12. zurück.",
    "Ik ben tot 1 december niet op kantoor.",
    "Ich befinde mich bis 1. Dezember in Elternzeit.",
]
RECEIPTS = [
    ("RE: Letter [CMP-25-00417]", "Your enquiry has been received, ref CMP-25-00417."),
    ("Case 1002003 opened", "A case was opened for you. Please quote it when you write."),
    ("Acknowledgement of your email", "This is to acknowledge receipt of your message."),
    ("Thank you for your email", "Please do not reply to this message."),
    ("Letter", "Your request 4711 has been logged. We aim to respond within 10 working days."),
    ("Letter", "We have received your message. You will receive a reply within 5 working days."),
    (
        "Thank you for contacting us",
        "We aim to reply in 20 working days.\n\nCustomer Services Team",
    ),
    ("Your enquiry 88", "We have your enquiry. Case 88912. We will write to you within ten days."),
    ("Letter", "Thank you for your complaint. Reference CMP-1122. Expect a reply by 20 December."),
    ("RE: Letter CRM:0012345", "We've got your message. Your reference is #793901."),
    (
        "Thank you for contacting us (Ref: A-17)",
        "Mae croeso i chi ysgrifennu. We will reply within 10 working days.",
    ),
    (
        "RE: Letter",
        "Hello,\n\nThank you for your email. We will answer it within 10 working days. Ref: A-1711",
    ),
    ("Ticket #88123 received", "I am a robot. Please do not reply to this email."),
]
PEOPLE = [
    ("RE: Letter", "Thanks for this. I am on annual leave from tomorrow, so have asked my deputy."),
    ("RE: Letter", "I am away until Monday but have read your letter and agree with it."),
    ("RE: Letter", "I got an automated reply from your office; has my email arrived?"),
    ("RE: Letter", "Please confirm your email address for our press office.\n\nKaren"),
    ("RE: Letter", "I acknowledge receipt of your letter, which I have passed to the Leader."),
    ("RE: Letter", "We will reply within 20 working days.\n\nKind regards,\nKaren Field\n"),
    (
        "RE: Case 12345",
        "We have received your message, ref 12345.\n\nYours sincerely\nKaren Field\n",
    ),
    ("RE: Letter", "The Leader thanks you for the letter. It will go to Cabinet on 9 December."),
    ("RE: Letter", "Our out of office message was wrong last week. My reference is AB/12."),
    ("Letter", "Dear Sir, I have checked your table: for Housing it should say 12, not 14."),
    ("RE: Letter", "You may have been asked to confirm that you are a person. I have your letter."),
    ("RE: Letter", "I am on leave next week, so could we speak before Friday about two cases?"),
    ("Out of date contact details", "I am away next week. Would you call me before that?"),
    ("RE: Letter", "Ich bin mit Ihren Zahlen nicht einverstanden."),
]


@pytest.mark.parametrize("text", ABSENCES)
def test_a_first_sentence_may_tell_of_absence_in_any_language(text: str) -> None:
    assert machines.is_autoreply(parse(an_answer(text, subject="Letter", headers="X: y")))


@pytest.mark.parametrize(("subject", "text"), RECEIPTS)
def test_an_acknowledgement_has_two_signs(subject: str, text: str) -> None:
    assert machines.is_autoreply(parse(an_answer(text, subject=subject, headers="X: y")))


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
@pytest.mark.parametrize("headers", ["X: y", "X-Auto-Response-Suppress: DR, OOF, AutoReply"])
def test_what_a_person_writes_is_a_persons(subject: str, text: str, headers: str) -> None:
    mail = an_answer(text, subject=subject, headers=headers)
    assert classify.read(mail).category is Category.HUMAN
