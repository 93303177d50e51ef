from __future__ import annotations

import pytest

from dispatch.mail.notices.autoreplies.typed import typed

WRITER = "ann@adur.example"

YES = [
    "Yes",
    "*Yes*",
    "Confirmed.",
    "Yes,\nJo",
    "Yes thank you",
    "yes.\n\nJo Smith\nChief Executive\nAdur",
    "Hi Sam,\n\nYes, that\u2019s right.\n\nKind regards\nJo\nPlease do not print this.",
    "Dear Ombudsman\nYes I am still the chief executive.\nThanks\nJo\nThis email is confidential.",
    "Yes - correct contact\n\nSent from my iPhone",
    "Yes, I can confirm that I am the right person",
    "Thank you for your email. Yes, I am the right person.",
    "Thanks for checking - yes that's right\nJo",
    "yes\n\nOn Mon, 1 June 2026 at 10:00, Ombudsman <o@x.example> wrote:\n> If that is right\n",
]

NEITHER = [
    "",
    "No",
    "No, it is Jo Smith.",
    "What letter?",
    "Is that right?",
    "Right",
    "I am not the right person",
    "Please confirm who you are",
    "We are right behind you",
    "Yes, but from 1 June it will be Ann Bell.",
    "Yes, until 31 March",
    "Yes I am\nBut not from May",
    "Yes\nPlease copy Tom too",
    "Yes.\n\nPS from May it is Jo, jo@adur.example",
    "Yes.\n\nRegards\nAnn\n\nPS: from May it is Jo",
    "Yes, and copy tom@adur.example",
    "Thanks for writing but Jo has left, yes",
    "Jo Smith\njo@adur.example",
    "I am the chief executive. My PA is pa@adur.example",
    "I'm on annual leave. Please contact jo@adur.example",
    "No, it is jo@adur.example or tom@adur.example",
    "Please also copy tom@adur.example",
    "If it is urgent write to jo@adur.example instead",
    f"No longer at this address, I left.\n\nRegards\nAnn\n{WRITER}",
]

INSTEAD = [
    ("no, it is\nJo Smith jo@adur.example", "Jo Smith"),
    (f"No, it is Jo Smith <jo@adur.example>.\n\nRegards\nAnn {WRITER}", "Jo Smith"),
    ("I have left. Please write to Jo Smith, jo@adur.example.", "Jo Smith"),
    ("Not old@adur.example but jo@adur.example is the new chief executive", ""),
    ("The new chief executive is Jo Smith (jo@adur.example), who began in May.", "Jo Smith"),
    ("Thanks but no, it's jo@adur.example", ""),
    ("Good afternoon,\n\nUnfortunately not. Please use jo@adur.example instead.", ""),
    ("Please update your records: it is now Ms Jo Smith, jo@adur.example", "Ms Jo Smith"),
]


@pytest.mark.parametrize("text", YES)
def test_a_plain_yes(text: str) -> None:
    found = typed(text, apart=(WRITER,))
    assert found.is_yes
    assert found.successor is None


@pytest.mark.parametrize("text", NEITHER)
def test_what_is_not_plain_is_left_to_a_person(text: str) -> None:
    found = typed(text, apart=(WRITER,))
    assert not found.is_yes
    assert found.successor is None


@pytest.mark.parametrize(("text", "name"), INSTEAD)
def test_somebody_else_who_is_named_plainly(text: str, name: str) -> None:
    found = typed(text, apart=(WRITER,))
    assert not found.is_yes
    assert found.successor
    assert (found.successor.address, found.successor.name) == ("jo@adur.example", name)
    assert "jo@adur.example" in found.successor.sentence
