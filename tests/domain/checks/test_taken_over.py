from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dispatch.domain.checks.taken_over import findings
from dispatch.domain.mailout import Plan, Signatory
from tests.factories import a_plan

FACTS: dict[str, Any] = {
    "website": "https://www.ombudsman.example/2020",
    "contact": "review@ombudsman.example",
    "ombudsman": "The Ombudsman of the Isles",
    "groups": ["District Councils", "London Boroughs"],
    "is_long": True,
    "courses": 118,
    "map_launched": "last year",
    "context": "Since the spring, councils have been answering a pandemic.",
    "places": ["London", "Leeds"],
    "numbers": {"delegates": 178},
}
BEFORE = a_plan(
    name="before",
    year="2018-19",
    year_end=date(2019, 3, 31),
    constants=FACTS,
    bespoke={"OXO": "You were late.", "ADU": "You were in time."},
)


def said(plan: Plan, *planned: Plan, example: Plan | None = None) -> list[str]:
    return [each.message for each in findings(plan, planned, [example] if example else [])]


def test_what_goes_out_of_date_is_listed_once_and_addresses_and_names_are_not() -> None:
    plan = a_plan(constants=FACTS, bespoke={"OXO": "You were late.", "ADU": "You were late."})
    [message] = said(plan, BEFORE)
    assert message == (
        "these are word for word those of before, for 2018-19: the constants courses (118); "
        "map_launched (last year); context (Since the spring, councils have been …); places "
        "(London, Leeds); numbers (delegates: 178); the paragraphs of OXO (You were late.); the "
        "signatory (Michael King). Are they still so?"
    )


def test_a_plan_that_changed_everything_is_left_alone() -> None:
    changed = a_plan(constants={"courses": 119}, signatory=Signatory(name="Ann Lee", lines=()))
    assert said(changed, BEFORE) == []


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(BEFORE, template="quarterly"), id="another template"),
        pytest.param(replace(BEFORE, year_end=date(2020, 3, 31)), id="the same year"),
        pytest.param(replace(BEFORE, year_end=date(2021, 3, 31)), id="a later year"),
    ],
)
def test_only_earlier_years_of_the_same_template_count(other: Plan) -> None:
    assert said(a_plan(constants=FACTS), other) == []


def test_the_newest_plan_counts_and_an_example_for_what_only_it_has() -> None:
    older = replace(BEFORE, name="older", year_end=date(2018, 3, 31), constants=FACTS)
    newest = replace(BEFORE, constants={"courses": 118})
    example = replace(BEFORE, name="example", constants={"courses": 118, "people": 1400})
    found = said(a_plan(constants={"courses": 118, "people": 1400}), older, newest, example=example)
    assert [message.partition(";")[0].partition(", for")[0] for message in found] == [
        "these are word for word those of before",
        "these are word for word those of example",
    ]
    assert "courses" not in found[1]


def test_a_substitute_who_signed_before_is_named() -> None:
    deputy = {"EAL": Signatory(name="Ann Lee", lines=("Deputy",))}
    before = replace(BEFORE, substitutes=deputy)
    assert "the substitute for EAL (Ann Lee)" in said(a_plan(substitutes=deputy), before)[0]


@pytest.mark.parametrize(
    ("title", "wrong"),
    [
        ("Annual Review letter 2020", None),
        ("Annual Review letter 2019-20", None),
        ("Annual Review letter 2019\u201320", None),
        ("Annual Review letter 2019/2020", None),
        ("Annual Review letter, 2019 to 2020", None),
        ("Annual Review letter", None),
        ("Letter of 12 pages", None),
        ("Annual Review letter 2019", "2019"),
        ("Annual Review letter 2018-19", "2018-19"),
        ("Annual Review letter 18/19", "2018-19"),
        ("Letters 2017 and 2020", "2017"),
    ],
)
def test_a_title_names_the_year_of_the_figures_or_of_the_letters(
    title: str, wrong: str | None
) -> None:
    found = [each.message for each in findings(a_plan(title=title), [])]
    expected = f'the title, "{title}", names {wrong}: the figures are of 2019-20, and the letters'
    assert [message.startswith(expected) for message in found] == [True] * bool(wrong)
