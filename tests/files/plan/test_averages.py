from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.domain.register.figures import Average
from dispatch.files import load
from dispatch.files.plan import averages
from tests.factories import MEASURES
from tests.files.tables.written import csv_of, problems_of, xlsx_of

SAMPLE = Path(__file__).parents[3] / "config/sample/averages.csv"
HEADINGS = ["group", "year", "measure", "percent"]
UPHELD = MEASURES[0]
GROUPS = ("District Council", "London Borough")

WHOLE = [
    ["District Council", "2019-20", "upheld", "45%"],
    ["London Borough", "2019-20", "upheld", "70"],
]


def read(*rows: list[str]) -> averages.Averages:
    content = csv_of(HEADINGS, *rows)
    return averages.read("averages.csv", content, year="2019-20", groups=GROUPS, measures=[UPHELD])


def test_each_group_has_its_averages() -> None:
    assert read(*WHOLE) == {
        "District Council": {"upheld": Average(percent=45)},
        "London Borough": {"upheld": Average(percent=70)},
    }


def test_a_row_without_a_year_is_for_any() -> None:
    assert read(WHOLE[0], ["London Borough", "", "upheld", "70"])["London Borough"] == {
        "upheld": Average(percent=70)
    }


def test_rows_of_other_years_groups_and_measures_are_passed_over() -> None:
    others = [
        ["District Council", "2018-19", "upheld", "44"],
        ["All England", "2019-20", "upheld", "99.4"],
        ["District Council", "2019-20", "upheld_per_100k", "1.2"],
    ]

    assert read(*WHOLE, *others) == read(*WHOLE)


def test_an_average_that_is_missing_is_named() -> None:
    assert problems_of(lambda: read(WHOLE[0])) == (
        "averages.csv: there is no average of upheld for London Borough in 2019-20",
    )


def test_an_average_stands_there_once() -> None:
    assert problems_of(lambda: read(*WHOLE, WHOLE[0])) == (
        (
            'averages.csv, row 4, measure: "upheld" District Council has an average for it in a '
            "row above; keep one"
        ),
    )


def test_an_average_is_a_whole_percentage() -> None:
    assert problems_of(
        lambda: read(
            ["District Council", "2019-20", "upheld", "99.4"],
            ["London Borough", "2019-20", "upheld", "101"],
        )
    ) == (
        (
            'averages.csv, row 2, percent: "99.4" is not a whole percentage; '
            "write it as 78 or 78%, rounded as published"
        ),
        'averages.csv, row 3, percent: "101" must not be above 100',
    )


def test_the_published_averages_can_be_given() -> None:
    name, content = load(SAMPLE)

    found = averages.read(
        name, content, year="2022-23", groups=["County Council"], measures=MEASURES[:2]
    )

    assert found == {
        "County Council": {"upheld": Average(percent=80), "compliance": Average(percent=100)}
    }


def read_rates(*rates: str) -> averages.Averages:
    headings = ["group", "measure", "percent", "per_100k"]
    rows = [[group, "upheld", "80", rate] for group, rate in zip(GROUPS, rates, strict=True)]
    content = csv_of(headings, *rows)
    measure = replace(UPHELD, is_by_residents=True)
    return averages.read("averages.csv", content, year="2022-23", groups=GROUPS, measures=[measure])


def test_a_measure_by_residents_has_an_average_rate() -> None:
    found = read_rates("3.4", "4.0")
    assert [found[group]["upheld"].rate for group in GROUPS] == ["3.4", "4"]


def test_a_rate_that_is_missing_or_none_is_named() -> None:
    [missing, wrong] = problems_of(lambda: read_rates("", "3.45"))
    assert "row 2, per_100k" in missing
    assert wrong == (
        'averages.csv, row 3, per_100k: "3.45" is not a rate for each 100,000 residents; '
        "write it as 3.4 or 4"
    )


@pytest.mark.parametrize(
    ("group", "year", "measure"),
    [
        ("district councils", "2019-20", "Upheld"),
        ("DISTRICT COUNCIL", "", "Complaints upheld"),
        ("District-Council", "2019-20", "complaints  upheld"),
    ],
)
def test_groups_and_measures_are_found_however_they_are_spelt(
    group: str, year: str, measure: str
) -> None:
    assert read([group, year, measure, "45"], WHOLE[1]) == read(*WHOLE)


@pytest.mark.parametrize(
    ("row", "hint"),
    [
        (["Districts", "2019-20", "upheld", "45"], "; did you mean it by group Districts?"),
        (["District Council", "2019-20", "uphelt", "45"], "; did you mean it by measure uphelt?"),
    ],
)
def test_a_missing_average_that_may_be_misspelt_is_named(row: list[str], hint: str) -> None:
    assert problems_of(lambda: read(row, WHOLE[1])) == (
        f"averages.csv: there is no average of upheld for District Council in 2019-20{hint}",
    )


def test_a_per_cent_cell_counts_as_a_person_sees_it() -> None:
    rows = [
        [group, "2019-20", "upheld", share] for group, share in zip(GROUPS, (1, 0.5), strict=True)
    ]
    content = xlsx_of(HEADINGS, *rows, formats={"D": "0%"})

    found = averages.read("a.xlsx", content, year="2019-20", groups=GROUPS, measures=[UPHELD])

    assert [each["upheld"].percent for each in found.values()] == [100, 50]
