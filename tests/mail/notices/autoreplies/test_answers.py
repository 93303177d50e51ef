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
        ("I am leaving Oxo on 28 November.", Answer.HAS_LEFT),
        ("Jo is leaving the authority at the end of May.", Answer.HAS_LEFT),
        ("Jo has moved on to a new role outside the Council.", Answer.HAS_LEFT),
        ("Jo moved to another council in May.", Answer.HAS_LEFT),
        ("My secondment has come to its end.", Answer.HAS_LEFT),
        ("I have finished my contract at Oxo.", Answer.HAS_LEFT),
        ("The post has been taken up by Dr Roe.", Answer.HAS_LEFT),
        ("Jo retired on 1 May.", Answer.HAS_LEFT),
        ("Nid yw Jo bellach yn gweithio i'r Cyngor.", Answer.HAS_LEFT),
        ("Jo werkt niet meer bij de gemeente.", Answer.HAS_LEFT),
        ("I have left the office for the day.", Answer.OUT_OF_OFFICE),
        ("I am leaving the office at noon and am back on Monday.", Answer.OUT_OF_OFFICE),
        ("I work Tuesdays to Thursdays.", Answer.OUT_OF_OFFICE),
        ("I will read this when I am next in.", Answer.OUT_OF_OFFICE),
        ("I am attending a conference this week.", Answer.OUT_OF_OFFICE),
        ("Our offices are closed until 2 January.", Answer.OUT_OF_OFFICE),
        ("Ik ben afwezig.", Answer.OUT_OF_OFFICE),
        ("The offices of the Chief Executive are closed from 24 December.", Answer.OUT_OF_OFFICE),
        ("I am on a career break.", Answer.OUT_OF_OFFICE),
        ("Nid wyf yn y swyddfa ar hyn o bryd.", Answer.OUT_OF_OFFICE),
        ("Меня не будет в офисе до 1 декабря.", Answer.OUT_OF_OFFICE),
        ("En ole toimistolla ennen 1.12.", Answer.OUT_OF_OFFICE),
        ("Do 1. prosince nejsem v kanceláři.", Answer.OUT_OF_OFFICE),
        ("Sunt plecat din birou până pe 1 decembrie.", Answer.OUT_OF_OFFICE),
        ("December 1-ig nem vagyok az irodában.", Answer.OUT_OF_OFFICE),
        ("Ofis dışındayım.", Answer.OUT_OF_OFFICE),  # noqa: RUF001 - Turkish has such a letter
        ("Βρίσκομαι εκτός γραφείου έως 1/12.", Answer.OUT_OF_OFFICE),
        ("Jag har semester.", Answer.OUT_OF_OFFICE),
        ("Táim as oifig go dtí 1 Nollaig.", Answer.OUT_OF_OFFICE),
        ("I have stood down as Chief Executive.", Answer.HAS_LEFT),
        ("Jo has taken up a post with another authority.", Answer.HAS_LEFT),
        ("I left Oxo on 31 October.", Answer.HAS_LEFT),
        ("Jo does not work here any more.", Answer.HAS_LEFT),
        ("My employment with the Council ended on 1 November.", Answer.HAS_LEFT),
        ("This shared mailbox has been switched off.", Answer.MAILBOX_RETIRED),
        ("We have moved to a new domain.", Answer.MAILBOX_RETIRED),
        ("Nobody reads this mailbox now.", Answer.MAILBOX_RETIRED),
        ("I am working part-time until Easter.", Answer.OUT_OF_OFFICE),
        ("Complaints are taken through our website only: https://oxo.example", Answer.USE_A_FORM),
        ("We have stopped taking requests by email. Fill in our form.", Answer.USE_A_FORM),
        (
            "We do not accept email at this address. Submit it through the customer portal.",
            Answer.USE_A_FORM,
        ),
        ("Nid yw'r blwch post hwn yn cael ei ddefnyddio mwyach.", Answer.MAILBOX_RETIRED),
        ("Jestem na urlopie.", Answer.OUT_OF_OFFICE),
        ("Estou de férias.", Answer.OUT_OF_OFFICE),
        ("Я в отпуске до 5 января.", Answer.OUT_OF_OFFICE),
        ("I am on annual leave until 3 August.", Answer.OUT_OF_OFFICE),
        ("I don't work on Fridays.", Answer.OUT_OF_OFFICE),
        ("Je suis en congé.", Answer.OUT_OF_OFFICE),
        ("Ich bin im Urlaub.", Answer.OUT_OF_OFFICE),
        ("Estoy de vacaciones.", Answer.OUT_OF_OFFICE),
        ("休暇をいただいております。", Answer.OUT_OF_OFFICE),
        ("This mailbox is no longer monitored; use our online form.", Answer.MAILBOX_RETIRED),
        ("My email address has changed.", Answer.MAILBOX_RETIRED),
        ("This address has been replaced by office@oxo.example.", Answer.MAILBOX_RETIRED),
        ("What is sent to this address is not read.", Answer.MAILBOX_RETIRED),
        ("This mailbox will close on 31 December.", Answer.MAILBOX_RETIRED),
        ("Oxo District Council ceased to exist on 1 April.", Answer.MAILBOX_RETIRED),
        ("Oxo was abolished and Wessex has taken over its work.", Answer.MAILBOX_RETIRED),
        ("This inbox is no longer looked at.", Answer.MAILBOX_RETIRED),
        ("Diese Adresse ist nicht mehr gültig.", Answer.MAILBOX_RETIRED),
        ("Dit adres is niet meer in gebruik.", Answer.MAILBOX_RETIRED),
        ("Questo indirizzo non è più attivo.", Answer.MAILBOX_RETIRED),
        ("Este endereço não é mais usado.", Answer.MAILBOX_RETIRED),
        ("Ten adres nie jest już używany.", Answer.MAILBOX_RETIRED),
        ("We no longer accept requests by email. Use our online form.", Answer.USE_A_FORM),
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


def test_how_a_program_begins_each_subject_is_not_what_it_says() -> None:
    for text, expected in (
        ("This mailbox is no longer in use.", Answer.MAILBOX_RETIRED),
        ("Gone fishing.", Answer.OUT_OF_OFFICE),
    ):
        mail = parse(an_answer(text, subject="Out of Office: letter"))
        assert answers.answer(mail) is expected


def test_a_receipt_that_wants_no_replies_speaks_of_itself() -> None:
    text = "Your request 4711 was received. This mailbox is not monitored: please do not reply."
    assert answers.answer(parse(an_answer(text, subject="Re: x"))) is Answer.ACKNOWLEDGEMENT


def test_a_receipt_that_says_of_itself_that_nobody_reads_it_is_a_receipt() -> None:
    text = "Your request 4711 was received. This mailbox is not monitored."
    given = {"noreply": Answer.ACKNOWLEDGEMENT, "chief.executive": Answer.MAILBOX_RETIRED}
    for name, expected in given.items():
        mail = an_answer(text, sender=f"{name}@oxo.example", subject="Your request 4711")
        assert answers.answer(parse(mail)) is expected
