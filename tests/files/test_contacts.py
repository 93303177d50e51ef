from __future__ import annotations

import pytest

from dispatch.domain.register.authority import ROLES, Authority, Contact
from dispatch.files import contacts
from dispatch.files.contacts import Accepts
from tests.files.tables.written import csv_of, problems_of

HEADINGS = ["authority", "role", "address", "honorific", "given_name", "surname", "job_title"]
KNOWN = ("OXO", "ADU", "transport-for-london")


def read(*rows: list[str]) -> tuple[Contact, ...]:
    return contacts.read("contacts.csv", csv_of(HEADINGS, *rows), known=KNOWN).values


def problems(*rows: list[str]) -> tuple[str, ...]:
    return problems_of(lambda: read(*rows))


def address_problem(address: str) -> str:
    [problem] = problems(["OXO", "leader", address])
    return problem


def test_a_whole_row_is_read() -> None:
    row = ["oxo", "Chief Executive", "G.Mitchell@OXFORD.Example", "Mr", "G", "Mitchell", "Interim"]

    assert read(row) == (
        Contact(
            authority="OXO",
            role="chief executive",
            address="G.Mitchell@oxford.example",
            honorific="Mr",
            given_name="G",
            surname="Mitchell",
            job_title="Interim",
        ),
    )


def test_every_part_of_a_name_may_be_missing() -> None:
    [contact] = read(["OXO", "leader", "leader@oxford.example"])

    assert contact.surname is None
    assert contact.salutation == "Dear Leader"


def test_the_headings_of_other_systems_are_understood() -> None:
    content = csv_of(
        ["Code", "Role", "E-mail", "Title", "First name", "Last name", "Post"],
        ["OXO", "leader", "a@oxford.example", "Cllr", "Jo", "Smith", "Leader of the Council"],
    )

    [contact] = contacts.read("contacts.csv", content, known=KNOWN).values

    assert contact.full_name == "Cllr Jo Smith"
    assert contact.job_title == "Leader of the Council"


@pytest.mark.parametrize(
    "address", ["jo@oxford.test", "jo+letters@a.b.example", "zoë@bücher.example", "o'neil@a.test"]
)
def test_addresses_that_reach_nobody_and_international_ones_are_taken(address: str) -> None:
    assert read(["OXO", "leader", address])[0].address == address


@pytest.mark.parametrize(
    "address",
    [
        "jo@",
        "jo.oxford.example",
        "jo@localhost",
        "jo smith@oxford.example",
        "jo@oxford..example",
        "jo@[192.0.2.1]",
        '"jo smith"@oxford.example',
        "j" * 65 + "@oxford.example",
        "jo@" + "a." * 130 + "example",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    assert "is not an email address: " in address_problem(address)


@pytest.mark.parametrize(
    ("address", "character"),
    [
        ("o\u2019brien@oxford.example", "U+2019 RIGHT SINGLE QUOTATION MARK"),
        ("j\u043e@oxford.example", "U+043E CYRILLIC SMALL LETTER O"),
        ("jo@\u043exford.example", "U+043E CYRILLIC SMALL LETTER O"),
        ("jo@xn--xford-iye.example", "U+043E CYRILLIC SMALL LETTER O"),
    ],
)
def test_a_character_that_only_looks_right_is_refused_by_name(address: str, character: str) -> None:
    assert character in address_problem(address)


@pytest.mark.parametrize(
    "address", ["Jo Smith <jo@oxford.example>", "a@oxford.example; b@oxford.example"]
)
def test_more_than_an_address_is_refused_with_what_belongs_there(address: str) -> None:
    assert address_problem(address).endswith("; one address alone goes here")


def test_an_address_that_is_wrong_is_told_with_its_place() -> None:
    assert address_problem("jo@") == (
        'contacts.csv, row 2, address: "jo@" is not an email address: '
        "There must be something after the @-sign"
    )


def test_an_unknown_authority_is_refused_with_the_nearest() -> None:
    assert problems(["OXP", "leader", "a@oxford.example"]) == (
        (
            'contacts.csv, row 2, authority: "OXP" is not the code or the name of an authority; '
            "did you mean OXO?"
        ),
    )


LATER = "; a role that no plan names yet is known once its mailout is planned"


def test_an_unknown_role_is_refused_with_all_of_them() -> None:
    known = f"; these are known: {', '.join(ROLES)}{LATER}"
    assert problems(["OXO", "mayor", "a@oxford.example"]) == (
        f'contacts.csv, row 2, role: "mayor" is not a role{known}',
    )


def test_two_people_in_one_post_are_both_named() -> None:
    assert problems(
        ["OXO", "leader", "a@oxford.example", "Cllr", "Jo", "Smith"],
        ["ADU", "leader", "a@oxford.example"],
        ["oxo", "Leader", "b@oxford.example"],
    ) == (
        (
            'contacts.csv, row 4, role: "Leader" two people are in this post at OXO: '
            "Cllr Jo Smith <a@oxford.example> in row 2 and b@oxford.example here; keep one"
        ),
    )


def test_a_row_that_is_there_twice_is_told_as_such() -> None:
    row = ["OXO", "leader", "a@oxford.example"]
    assert problems(row, row) == (
        'contacts.csv, row 3, role: "leader" of OXO is in row 2 as well, and the same; keep one',
    )


def test_one_contact_spelt_out_is_read_as_a_row_would_be() -> None:
    cells = {"authority": "oxo", "role": "Leader", "address": " jo@OXFORD.example ", "surname": "X"}
    assert contacts.one(cells, known=KNOWN) == Contact(
        authority="OXO", role="leader", address="jo@oxford.example", surname="X"
    )


def test_what_is_wrong_with_one_contact_is_told_at_once() -> None:
    cells = {"authority": "OXO", "role": "leader", "address": "jo@", "surname": "李"}
    first, second = problems_of(
        lambda: contacts.one(cells, known=KNOWN, accepts=Accepts(str.isascii))
    )
    assert first.startswith('the contact, address: "jo@" is not an email address')
    assert second.startswith('the contact, surname: "李" holds 李')


def test_a_name_may_have_300_characters_and_no_invisible_one() -> None:
    assert read(["OXO", "leader", "a@oxford.example", "", "", "x" * 300])[0].surname == "x" * 300
    assert problems(["OXO", "leader", "a@oxford.example", "", "", "Smi\nth"]) == (
        (
            'contacts.csv, row 2, surname: "Smi\\x0ath" holds the invisible character U+000A; '
            "type it again without it"
        ),
    )


def test_names_must_be_of_characters_that_the_letters_can_show() -> None:
    content = csv_of(HEADINGS, ["OXO", "leader", "a@oxford.example", "", "", "李"])

    [problem] = problems_of(
        lambda: contacts.read("contacts.csv", content, known=KNOWN, accepts=Accepts(str.isascii))
    )

    assert "surname" in problem
    assert "the font of the letters cannot show" in problem


OXFORD = Authority(code="OXO", name="Oxford", official_name="Oxford City Council")
BATH = Authority(code="BAT", name="Bath & Wells", official_name="Bath and Wells Council")
TWINS = [Authority(code=code, name="Newtown", official_name=f"{code} Council") for code in "AB"]
REGISTERED = {each.code: each for each in (OXFORD, BATH, *TWINS)}


def of(name: str, authority: str = "OXO") -> Contact:
    rows = (["Council", "Role", "E-mail", "Name"], [authority, "leader", "a@oxford.example", name])
    [contact] = contacts.read("contacts.csv", csv_of(*rows), known=REGISTERED).values
    return contact


@pytest.mark.parametrize(
    ("authority", "code"),
    [
        ("oxo", "OXO"),
        ("Oxford", "OXO"),
        ("OXFORD  city council", "OXO"),
        ("The Oxford City Council", "OXO"),
        ("Bath and Wells", "BAT"),
        ("Bath & Wells Council", "BAT"),
    ],
)
def test_an_authority_may_be_given_by_its_name(authority: str, code: str) -> None:
    assert of("", authority).authority == code


@pytest.mark.parametrize(
    ("authority", "said"),
    [
        ("Newtown", "is the name of several authorities; write the code: A, B"),
        ("Oxford City", "is not the code or the name of an authority; did you mean OXO?"),
        ("Oxfrod City Council", "did you mean OXO?"),
    ],
)
def test_a_name_that_is_not_one_authoritys_is_refused(authority: str, said: str) -> None:
    [problem] = problems_of(lambda: of("", authority))

    assert problem.endswith(said)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ms Jo Smith", ("Ms", "Jo", "Smith")),
        ("Dr van der Berg", ("Dr", None, "van der Berg")),
        ("", (None, None, None)),
    ],
)
def test_a_whole_name_is_split(name: str, parts: tuple[str | None, ...]) -> None:
    contact = of(name)

    assert (contact.honorific, contact.given_name, contact.surname) == parts


@pytest.mark.parametrize("name", ["Smith", "Smith, Jo", "Jo Smith OBE", "Chief Executive"])
def test_a_whole_name_that_shows_no_surname_is_refused(name: str) -> None:
    assert len(problems_of(lambda: of(name))) == 1


@pytest.mark.parametrize("role", ["chief-executive", "CHIEF  Executive", "chief\u2011executive"])
def test_a_role_is_read_however_it_is_spelt(role: str) -> None:
    assert read(["OXO", role, "a@oxford.example"])[0].role == "chief executive"


def test_markup_in_a_name_comes_in_to_be_looked_at() -> None:
    [contact] = read(["OXO", "leader", "a@oxford.example", "Mr", "<b>Jo</b>", "Smith&amp;"])
    assert (contact.given_name, contact.surname) == ("<b>Jo</b>", "Smith&amp;")
