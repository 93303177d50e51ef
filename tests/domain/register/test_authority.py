from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dispatch.domain.register.authority import slugified
from tests.factories import a_contact, an_authority


@pytest.mark.parametrize(
    ("person", "first_line", "salutation"),
    [
        pytest.param(
            {"honorific": "Mr", "surname": "Mitchell"},
            "Mr Mitchell",
            "Dear Mr Mitchell",
            id="usual",
        ),
        pytest.param(
            {"honorific": None, "given_name": "Jo", "surname": "Ng"},
            "Jo Ng",
            "Dear Jo Ng",
            id="no honorific",
        ),
        pytest.param(
            {"honorific": "Sir", "given_name": "John", "surname": "Smith"},
            "Sir John Smith",
            "Dear Sir John",
            id="knight",
        ),
        pytest.param(
            {"honorific": "Professor Dame", "given_name": "Ann", "surname": "Lee"},
            "Professor Dame Ann Lee",
            "Dear Dame Ann",
            id="dame and professor",
        ),
        pytest.param(
            {"honorific": "Sir", "given_name": None, "surname": "Smith"},
            "Chief Executive",
            "Dear Chief Executive",
            id="knight without a given name",
        ),
        pytest.param(
            {"honorific": "Lord", "given_name": "John", "surname": "Smith"},
            "Lord Smith",
            "Dear Lord Smith",
            id="peer",
        ),
        pytest.param(
            {"honorific": "The Rt Hon", "given_name": "Jo", "surname": "Smith"},
            "The Rt Hon Jo Smith",
            "Dear Jo Smith",
            id="right honourable",
        ),
        pytest.param(
            {"honorific": "Rt. Hon. Lord", "given_name": "Jo", "surname": "Smith"},
            "Rt. Hon. Lord Smith",
            "Dear Lord Smith",
            id="right honourable peer",
        ),
        pytest.param(
            {"honorific": None, "surname": "Ng"}, "Ng", "Dear Chief Executive", id="surname alone"
        ),
        pytest.param(
            {"honorific": None, "surname": None},
            "Chief Executive",
            "Dear Chief Executive",
            id="nobody named",
        ),
        pytest.param(
            {"honorific": None, "surname": None, "job_title": "Interim Chief Executive"},
            "Interim Chief Executive",
            "Dear Chief Executive",
            id="nobody named, interim",
        ),
    ],
)
def test_every_addressee_reads_well(
    person: dict[str, Any], first_line: str, salutation: str
) -> None:
    contact = a_contact(**person)
    assert (contact.addressee, contact.salutation) == (first_line, salutation)
    assert contact.is_greeted_by_name == (salutation != "Dear Chief Executive")


def test_the_name_before_an_address_is_as_full_as_it_is_known() -> None:
    assert a_contact(honorific="Dr", given_name="Ann", surname="Lee").full_name == "Dr Ann Lee"
    assert a_contact(honorific=None, surname=None).full_name == "Chief Executive"


def test_an_authority_is_there_on_its_last_day_and_not_after() -> None:
    ended = an_authority("AYL", last_day=date(2020, 3, 31))
    assert ended.exists_on(date(2020, 3, 31))
    assert not ended.exists_on(date(2020, 4, 1))


def test_an_authority_is_not_there_before_it_began() -> None:
    assert not an_authority("BUC", start_date=date(2020, 4, 1)).exists_on(date(2020, 3, 31))


def test_only_a_council_is_called_one() -> None:
    assert an_authority().noun == "Council"
    assert an_authority(kind="national park authority").noun == "Authority"


def test_a_name_becomes_its_slug() -> None:
    assert slugified("Transport for London") == "transport-for-london"
    assert slugified("King's Lynn & West Norfolk") == "kings-lynn-west-norfolk"
    assert slugified("Ynys Môn") == "ynys-mon"
