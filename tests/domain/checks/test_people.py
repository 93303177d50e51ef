from __future__ import annotations

from datetime import date

import pytest

from dispatch.domain.checks.people import findings, odd_capitals
from dispatch.domain.letters.drafting import Register
from dispatch.domain.register.authority import Authority, Contact
from tests.factories import a_contact, a_plan, an_authority, some_figures


def said(contacts: list[Contact], *authorities: Authority) -> list[tuple[str | None, str, str]]:
    register = Register(
        authorities={each.code: each for each in authorities},
        contacts={each.role_at: each for each in contacts},
        figures={each.code: some_figures(each.code) for each in authorities},
    )
    found = findings(a_plan(), register)
    return [(each.authority, each.value or "", each.message) for each in found]


@pytest.mark.parametrize(
    ("contact", "value", "words"),
    [
        (a_contact(surname="null"), "null", "surname stands for one that is missing"),
        (a_contact(surname="SMITH"), "SMITH", "surname is all in capitals"),
        (a_contact(address="jos\u00e9@oxo.example"), "jos\u00e9@oxo.example", "SMTPUTF8"),
    ],
)
def test_who_gets_a_letter_is_looked_at(contact: Contact, value: str, words: str) -> None:
    [(code, found, message)] = said([contact], an_authority())
    assert (code, found) == ("OXO", value)
    assert message.startswith("the chief executive's ")
    assert words in message


def test_who_gets_no_letter_is_left_alone() -> None:
    assert said([a_contact(role="leader", surname="null")], an_authority()) == []


def test_a_contact_who_gets_two_letters_is_named_once() -> None:
    gone = an_authority("AYL", last_day=date(2020, 3, 31), successors=("BUC",))
    new = an_authority("BUC")
    [(code, _, _)] = said([a_contact("BUC", surname="null")], gone, new)
    assert code == "BUC"


def test_an_authority_whose_name_is_in_capitals_is_named() -> None:
    loud = an_authority(name="ZED", official_name="Zed Borough Council")
    message = "the name is in capitals, and the letter would print it so"
    assert said([], loud) == [("OXO", "ZED", message)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("Oxford City Council", None),
        ("City of London", None),
        ("BCP Council", None),
        ("Stoke-on-Trent City Council", None),
        ("ZED BOROUGH COUNCIL", "is in capitals"),
        ("Zed BOROUGH Council", "has a word in capitals"),
        ("zed borough council", "is all in small letters"),
        ("City Of Bradford", 'has a capital in "Of"'),
        ("Stoke-On-Trent", 'has a capital in "On"'),
    ],
)
def test_odd_capitals_are_found(name: str, rule: str | None) -> None:
    assert odd_capitals(name) == rule
