from __future__ import annotations

from collections import Counter

import pytest

from dispatch.demo import people
from dispatch.domain.register.authority import Contact
from tests.demo.test_sample import REALS, rows

SEEDS = (1, 2, 2020)
COUNCILS = {row["code"]: row for row in rows(REALS / "authorities.csv") if row["kind"] == "council"}
WORDS = ("refuse", "defer", "slow", "drop")


@pytest.fixture(params=SEEDS)
def contacts(request: pytest.FixtureRequest) -> list[Contact]:
    invented = people.contacts(request.param, COUNCILS)
    return [
        Contact(**{key: value or None for key, value in row.items()})  # type: ignore[arg-type]
        for row in invented
    ]


def of(code: str, contacts: list[Contact], role: str = "chief executive") -> Contact:
    [contact] = (each for each in contacts if (each.authority, each.role) == (code, role))
    return contact


def test_no_address_can_be_anyones(contacts: list[Contact]) -> None:
    assert all(contact.address.isascii() for contact in contacts)
    assert all(contact.address.endswith(".example") for contact in contacts)


def test_only_adur_and_worthing_share_a_mailbox_and_its_chief_executive(
    contacts: list[Contact],
) -> None:
    addresses = Counter(contact.address for contact in contacts)

    assert [address for address, count in addresses.items() if count > 1] == [
        "chief.executive@adur-worthing.example"
    ]
    assert of("ADU", contacts).full_name == of("WOT", contacts).full_name


def test_oxfords_letter_is_addressed_as_the_real_one_was(contacts: list[Contact]) -> None:
    oxford = of("OXO", contacts)

    assert oxford.addressee == "Mr Mitchell"
    assert oxford.title == "Interim Chief Executive"
    assert oxford.salutation == "Dear Mr Mitchell"
    assert oxford.address == "chief.executive@oxford.example"
    assert of("OXO", contacts, "link officer").address == "link.officer@oxford.example"


def test_names_and_titles_are_as_various_as_real_ones(contacts: list[Contact]) -> None:
    chiefs = [contact for contact in contacts if contact.role == "chief executive"]

    assert {"Mr", "Ms", "Mrs", "Dr", "Mx", "Sir", "Dame", None} == {
        contact.honorific for contact in chiefs
    }
    assert any(contact.surname is None for contact in chiefs)
    assert any(contact.surname and not contact.honorific for contact in chiefs)
    assert {"Managing Director", "Town Clerk & Chief Executive"} < {
        contact.job_title for contact in chiefs
    }


def test_a_few_mailboxes_are_for_the_catcher_to_treat_specially(contacts: list[Contact]) -> None:
    special = [
        (word, contact)
        for contact in contacts
        for word in WORDS
        if contact.address.startswith(f"{word}.")
    ]

    assert Counter(word for word, _ in special) == {"refuse": 3, "defer": 6, "slow": 3, "drop": 2}
    assert {word for word, contact in special if contact.role == "chief executive"} == set(WORDS)
    assert not {"OXO", "ADU", "WOT", "BIR"} & {contact.authority for _, contact in special}
