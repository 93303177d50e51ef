from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.domain.posting.address import MOST_LINES, NotAnAddress, block, read
from tests.factories import a_contact, an_authority


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Town Hall, High Street, Anytown, AB1 2CD", "Town Hall, High Street, Anytown, AB1 2CD"),
        ("Town Hall\nHigh Street\r\nAnytown\nab12cd", "Town Hall, High Street, Anytown, AB1 2CD"),
        ("12, High Street, Anytown AB1 2CD", "12 High Street, Anytown, AB1 2CD"),
        ("Unit 3; 14-16,  Long   Road; EC1A 1BB; UK", "Unit 3, 14-16 Long Road, EC1A 1BB"),
        ("Town Hall, Anytown, AB1 2CD, England", "Town Hall, Anytown, AB1 2CD"),
    ],
)
def test_an_address_is_kept_in_one_spelling(text: str, kept: str) -> None:
    assert read(text) == kept
    assert read(kept) == kept


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "does not end with a postcode"),
        ("Town Hall, Anytown", "does not end with a postcode"),
        ("AB1 2CD", "is a postcode alone"),
        ("a, b, c, d, e, f, AB1 2CD", "has 7 lines"),
        (f"{'Long ' * 10}Street, AB1 2CD", "put a comma where it may break"),
    ],
)
def test_what_post_cannot_reach_is_refused_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(NotAnAddress, match=rule):
        read(text)


def test_the_window_has_who_their_post_the_authority_and_where() -> None:
    contact = a_contact(job_title="Chief Executive", postal_address="Town Hall, Anytown, AB1 2CD")
    authority = replace(an_authority(), official_name="Oxford City Council")
    assert block(contact, authority) == (
        "Ms Adeyemi",
        "Chief Executive",
        "Oxford City Council",
        "Town Hall",
        "Anytown",
        "AB1 2CD",
    )


@pytest.mark.parametrize(
    ("where", "first"),
    [
        ("A, B, C, D, AB1 2CD", "Ms Adeyemi, Chief Executive"),  # together, for want of room
        ("Oxford City Council, A, B, AB1 2CD", "Ms Adeyemi"),  # the authority is named once
    ],
)
def test_no_window_has_more_lines_than_it_can_show(where: str, first: str) -> None:
    authority = replace(an_authority(), official_name="Oxford City Council")
    lines = block(a_contact(postal_address=where), authority)
    assert lines[0] == first
    assert len(lines) <= MOST_LINES
    assert lines.count("Oxford City Council") == 1


def test_a_contact_without_a_name_is_addressed_by_the_post() -> None:
    contact = a_contact(honorific=None, surname=None, postal_address="Town Hall, AB1 2CD")
    assert block(contact, an_authority())[0] == "Chief Executive"
    with pytest.raises(NotAnAddress, match="has no postal address"):
        block(a_contact(), an_authority())
