from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dispatch.domain.register.tenure import Origin, Tenure
from dispatch.views.contacts import (
    how_known,
    name_and_address,
    tenure,
)
from dispatch.views.form import as_data
from tests.factories import a_contact

AT = datetime(2020, 7, 1, 9, 0, tzinfo=UTC)
HELD = Tenure(
    contact=a_contact("OXO"),
    valid_from=date(2020, 7, 1),
    valid_until=date(2020, 7, 20),
    brought=Origin("sam", AT, because="rang up", is_suggested=True),
    replaced_by=None,
    ended=Origin("kim", AT, file="contacts.csv"),
)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({}, "Ms Adeyemi <chief.executive@oxo.example>"),
        ({"job_title": "Town Clerk"}, "Ms Adeyemi, Town Clerk <chief.executive@oxo.example>"),
        ({"surname": None}, "chief.executive@oxo.example"),
        ({"surname": None, "address": ""}, "(purged)"),
    ],
)
def test_a_contact_is_shown_on_one_line(changes: dict[str, str], shown: str) -> None:
    assert name_and_address(replace(a_contact("OXO"), **changes)) == shown


def test_a_program_is_told_the_days_by_plain_names() -> None:
    told = as_data(tenure(HELD))
    assert (told["role"], told["from"], told["until"]) == (
        "chief executive",
        "2020-07-01",
        "2020-07-20",
    )
    assert told["brought"]["at"] == "2020-07-01T09:00:00+00:00"


def test_a_tenure_says_how_it_is_known() -> None:
    assert list(how_known(tenure(HELD))) == [
        "suggested by an autoreply, rang up, sam",
        "ended: contacts.csv, kim",
    ]
