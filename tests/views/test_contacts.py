from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dispatch.domain.register.comparison import Comparison, SharedAddress
from dispatch.domain.register.tenure import Origin, Tenure
from dispatch.register.imports import File, Import
from dispatch.views.contacts import (
    contacts_import,
    how_known,
    import_warnings,
    name_and_address,
    tenure,
)
from dispatch.views.form import as_data
from tests.factories import a_contact

AT = datetime(2020, 7, 1, 9, 0, tzinfo=UTC)
FOUND = Import(
    file=File("contacts", "contacts.csv", b"x"),
    comparison=Comparison(
        (a_contact("OXO"),),
        (),
        3,
        staying=(a_contact("ADU"), a_contact("WOT")),
        shared=(SharedAddress("x@oxo.example", ("ADU", "OXO")),),
    ),
    reopens=("annual-review-2020",),
)
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


def test_what_may_be_a_slip_in_a_file_is_said() -> None:
    assert list(import_warnings(contacts_import(FOUND, is_done=False))) == [
        "x@oxo.example now serves ADU and OXO: is that right?",
        "2 other contacts in these roles are not in the file, and will stay.",
        (
            "annual-review-2020 would go back to draft: its letters must be rendered and approved "
            "again."
        ),
    ]


def test_an_odd_name_in_a_file_is_said_before_it_comes_in() -> None:
    odd = Comparison((replace(a_contact("OXO"), surname="null"),), (), 0)
    found = replace(FOUND, comparison=odd, reopens=())
    assert list(import_warnings(contacts_import(found, is_done=False))) == [
        'Look: the chief executive of OXO: surname "null" stands for one that is missing.'
    ]
    many = replace(odd, new=odd.new * 25)
    *_, last = import_warnings(contacts_import(replace(found, comparison=many), is_done=False))
    assert last == "... and 5 more"
