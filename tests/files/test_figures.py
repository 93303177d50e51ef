from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.register.figures import Figures
from dispatch.files import authorities, figures, load
from tests.files.tables.written import csv_of, problems_of, xlsx_of

SAMPLE = Path(__file__).parents[2] / "config/sample"

KNOWN = ("BIR", "OXO")


def file_of(*rows: dict[str, str]) -> bytes:
    rows = tuple({"authority": "BIR", "year": "2017-18"} | row for row in rows)
    headings = list(dict.fromkeys(key for row in rows for key in row))
    return csv_of(headings, *([row.get(key, "") for key in headings] for row in rows))


def read(*rows: dict[str, str]) -> tuple[Figures, ...]:
    return figures.read("figures.csv", file_of(*rows), known=KNOWN).values


def problems(*rows: dict[str, str]) -> tuple[str, ...]:
    return problems_of(lambda: read(*rows))


BIRMINGHAM = {
    "decided": "441",
    "investigated": "72",
    "upheld": "43",
    "upheld_pct": "60%",
    "decided_invalid_incomplete": "21",
    "decided_advice_given": "34",
    "decided_referred_back": "221",
    "decided_closed_after_initial": "93",
    "decided_not_upheld": "29",
    "decided_upheld": "43",
}


def test_a_whole_row_is_read() -> None:
    [found] = read(BIRMINGHAM | {"source": "the review of 2017-18", "note": "as published"})

    assert found.counts["decided"] == 441
    assert list(found.table("decided")) == [
        "invalid_incomplete",
        "advice_given",
        "referred_back",
        "closed_after_initial",
        "not_upheld",
        "upheld",
    ]
    assert found.percentages == {"upheld_pct": 60}
    assert found.synthetic == ()
    assert found.source == "the review of 2017-18"


def test_a_blank_cell_is_a_count_that_is_not_known() -> None:
    [found] = read({"received": "1,234", "upheld": ""})

    assert found.counts == {"received": 1234}


def test_a_spreadsheet_of_numbers_reads_the_same() -> None:
    content = xlsx_of(["authority", "year", "received", "upheld"], ["BIR", "2017-18", 455, 43.0])

    [found] = figures.read("figures.xlsx", content, known=KNOWN).values

    assert found.counts == {"received": 455, "upheld": 43}


@pytest.mark.parametrize("value", ["12.5", "-3", "n/a"])
def test_a_count_is_a_whole_number(value: str) -> None:
    assert problems({"received": value}) == (
        (
            f'figures.csv, row 2, received: "{value}" is not a whole number of 0 or more; '
            f"leave it blank if it is not known"
        ),
    )


def test_an_unknown_authority_and_a_wrong_year_are_refused_together() -> None:
    assert problems({"authority": "BIM", "year": "2017-19"}) == (
        (
            'figures.csv, row 2, authority: "BIM" is not the code or the name of an authority; '
            "did you mean BIR?"
        ),
        (
            'figures.csv, row 2, year: "2017-19" is not a year of data: '
            "2017 is followed by the next year"
        ),
    )


def test_an_authority_has_figures_for_a_year_once() -> None:
    assert problems({"received": "1"}, {"received": "2", "year": "2018-19"}, {"received": "3"}) == (
        (
            'figures.csv, row 4, year: "2017-18" BIR has figures for that year in row 2 already; '
            "keep one"
        ),
    )


def test_a_table_that_does_not_add_up_is_told_with_row_and_sum() -> None:
    assert problems(BIRMINGHAM, BIRMINGHAM | {"authority": "OXO", "decided": "440"}) == (
        'figures.csv, row 3, decided: "440" should be equal to the sum of decided_…, which is 441',
    )


def test_a_table_with_a_blank_may_fall_short_of_its_total_but_not_exceed_it() -> None:
    read(BIRMINGHAM | {"decided_referred_back": ""})

    assert problems(BIRMINGHAM | {"decided_referred_back": "", "decided": "200"}) == (
        'figures.csv, row 2, decided: "200" should be not below the sum of decided_…, which is 220',
    )


def test_a_part_is_not_above_its_whole() -> None:
    assert problems({"upheld": "5", "investigated": "4"}) == (
        'figures.csv, row 2, upheld: "5" should be not above investigated, which is 4',
    )


def test_more_outcomes_than_upheld_cases_is_right() -> None:
    assert read({"upheld": "43", "compliance_outcomes": "45", "complied": "45"})


def test_a_percentage_is_not_above_100() -> None:
    assert problems({"upheld_pct": "101"}) == (
        'figures.csv, row 2, upheld_pct: "101" should be not above 100',
    )


def test_a_percentage_is_its_counts_rounded_half_up() -> None:
    assert read({"upheld": "2", "investigated": "16", "upheld_pct": "13"})
    assert problems({"upheld": "2", "investigated": "16", "upheld_pct": "12"}) == (
        'figures.csv, row 2, upheld_pct: "12" should be 13: upheld is 2, and investigated is 16',
    )


def test_a_percentage_of_nothing_is_nought_or_blank() -> None:
    assert read({"upheld": "0", "investigated": "0", "upheld_pct": "0"})
    assert problems({"upheld": "0", "investigated": "0", "upheld_pct": "50"}) == (
        'figures.csv, row 2, upheld_pct: "50" should be 0: upheld is 0, and investigated is 0',
    )


def test_a_percentage_without_its_counts_is_taken_as_it_is() -> None:
    assert read({"upheld": "2", "upheld_pct": "12"})


def test_made_up_counts_are_named() -> None:
    assert read({"received": "5", "upheld": "2", "synthetic": "upheld"})[0].synthetic == ("upheld",)
    assert read({"received": "5", "upheld": "2", "synthetic": "All"})[0].synthetic == (
        "received",
        "upheld",
    )
    assert problems({"received": "5", "synthetic": "received decided"}) == (
        (
            'figures.csv, row 2, synthetic: "received decided" names decided, which is not a count '
            'in this row; write "all", or the names of the made-up counts, such as received, or '
            "leave it blank"
        ),
    )


def test_a_misspelt_count_is_refused_rather_than_left_out() -> None:
    assert problems({"investgated": "5"}) == (
        (
            'figures.csv, row 1: "investgated" is not a column of this kind of file; '
            "did you mean investigated?"
        ),
    )


def test_the_published_figures_are_read_whole() -> None:
    known = {each.code for each in authorities.read(*load(SAMPLE / "authorities.csv")).values}

    found = figures.read(*load(SAMPLE / "figures-2019-20.csv"), known=known).values

    assert len(found) == 13
