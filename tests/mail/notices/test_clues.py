from __future__ import annotations

from dispatch.domain.notice import Clue
from dispatch.mail.notices.clues import MAX_CLUES, clues, message_id
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import LETTER, a_dsn, a_mail, a_report, failed


def test_every_clue_is_given_word_for_word() -> None:
    mail = a_dsn(
        f"Original-Envelope-Id: 1f0e5bd4.2\n\n{failed()}",
        text="Your message identifier is <Quoted@ombudsman.example>.",
        to="bounces+token@ombudsman.example",
        headers="In-Reply-To: <a@b>\nReferences: <c@d>\n <a@b>\nDelivered-To: x+y@z.example",
    )
    assert clues(parse(mail)) == {
        Clue.RETURN_PATH: ("x+y@z.example", "bounces+token@ombudsman.example"),
        Clue.RETURNED_MESSAGE_ID: ("<1f0e5bd4@ombudsman.example>",),
        Clue.ANSWERED: ("<a@b>", "<c@d>"),
        Clue.QUOTED_MESSAGE_ID: ("<Quoted@ombudsman.example>",),
        Clue.ENVELOPE_ID: ("1f0e5bd4.2",),
        Clue.DELIVERY_HEADER: ("1f0e5bd4",),
    }


def test_a_mail_without_clues_has_none() -> None:
    assert clues(parse(a_mail("Dear"))) == {}


def test_headers_quoted_as_text_are_clues_as_returned_ones_are() -> None:
    mail = parse(a_mail(f"Gone.\n--- Below this line is a copy of the message.\n\n{LETTER}"))
    assert clues(mail)[Clue.RETURNED_MESSAGE_ID] == ("<1f0e5bd4@ombudsman.example>",)


def test_an_address_in_brackets_may_be_a_clue_but_is_not_the_message() -> None:
    mail = parse(a_mail("<chief@oxo.example>: unknown"))
    found = clues(mail)
    assert found == {Clue.QUOTED_MESSAGE_ID: ("<chief@oxo.example>",)}
    assert message_id(mail, found) == ""


def test_clues_of_a_kind_are_bounded() -> None:
    text = " ".join(f"<{n}@x.example>" for n in range(500))
    assert len(clues(parse(a_mail(text)))[Clue.QUOTED_MESSAGE_ID]) == MAX_CLUES


def test_a_complaint_brings_the_return_path_that_the_message_had() -> None:
    fields = "Feedback-Type: abuse\nOriginal-Mail-From: <bounces+one@ombudsman.example>"
    reported = f"Return-Path: <bounces+two@ombudsman.example>\n{LETTER}"
    assert clues(parse(a_report(fields, returned=reported)))[Clue.RETURN_PATH] == (
        "bounces+one@ombudsman.example",
        "bounces+two@ombudsman.example",
    )
    assert Clue.RETURN_PATH not in clues(parse(a_dsn(failed(), returned=reported)))
