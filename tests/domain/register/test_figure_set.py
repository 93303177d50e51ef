from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.domain.register.figure_set import ANNUAL, Breakdown, FigureSet, problems, together
from dispatch.domain.register.figures import Figures, Problem
from tests.factories import some_figures

LANDLORDS = FigureSet(
    counts={"determinations": "Determinations", "orders": "Orders", "kept": "Orders kept"},
    tables=(
        Breakdown(
            key="findings",
            title="Findings",
            rows={
                "severe": "Severe maladministration",
                "service": "Service failure",
                "none": "None",
            },
        ),
    ),
    sums={"upheld": ("findings_severe", "findings_service")},
    not_above=(("kept", "orders"),),
    percentages={"upheld_pct": ("upheld", "findings")},
)


def test_figures_that_add_up_have_no_problems() -> None:
    figures = some_figures(
        received=3, received_housing=1, received_other=2, decided=2, decided_upheld=2
    )
    assert list(problems(figures)) == []


@pytest.mark.parametrize(
    ("counts", "column", "rule"),
    [
        pytest.param({"upheld": 5}, "upheld", "not above investigated, which is 4", id="upheld"),
        pytest.param(
            {"complied": 4}, "complied", "not above compliance_outcomes, which is 3", id="complied"
        ),
        pytest.param(
            {"complied_late": 4}, "complied_late", "not above complied, which is 3", id="late"
        ),
        pytest.param({"remedied": 3}, "remedied", "not above upheld, which is 2", id="remedied"),
        pytest.param(
            {"received": 9, "received_housing": 4},
            "received",
            "equal to the sum of received_…, which is 4",
            id="received",
        ),
        pytest.param(
            {"dealt_with": 9, "not_for_us": 1, "assessed_closed": 2},
            "dealt_with",
            "equal to not_for_us + assessed_closed + investigated, which is 7",
            id="dealt with",
        ),
    ],
)
def test_each_thing_that_cannot_be_is_named_with_its_sum(
    counts: dict[str, int], column: str, rule: str
) -> None:
    value = counts[column]
    assert list(problems(some_figures(**counts))) == [Problem(column, value, rule)]


def test_a_table_with_gaps_may_fall_short_of_its_total_but_not_exceed_it() -> None:
    short = some_figures(received=9, received_housing=4)
    over = some_figures(received=3, received_housing=4)

    assert list(problems(short, whole_tables=())) == []
    [problem] = problems(over, whole_tables=())
    assert problem.rule == "not below the sum of received_…, which is 4"


def test_a_table_without_its_total_is_not_judged() -> None:
    assert list(problems(some_figures(received_housing=4))) == []


def test_a_percentage_over_100_cannot_be() -> None:
    figures = Figures(authority="OXO", year="2019-20", counts={}, percentages={"upheld_pct": 101})
    assert list(problems(figures)) == [Problem("upheld_pct", 101, "not above 100")]


def test_more_outcomes_than_upheld_cases_are_right() -> None:
    assert not list(problems(some_figures(investigated=72, upheld=43, compliance_outcomes=45)))


def of(**counts: int) -> Figures:
    return Figures(authority="L01", year="2025-26", counts=counts)


def test_a_scheme_has_the_counts_that_it_names_and_no_others() -> None:
    for name in ("determinations", "findings", "findings_severe", "upheld", "population"):
        assert LANDLORDS.has(name)
    for name in ("received", "findings_mild", "finding", "complied"):
        assert not LANDLORDS.has(name)
    assert ANNUAL.has("received_any_subject")


def test_sums_and_totals_are_worked_out_where_all_parts_are_known() -> None:
    whole = LANDLORDS.completed(of(findings_severe=1, findings_service=2, findings_none=4))
    assert (whole.counts["findings"], whole.counts["upheld"]) == (7, 3)

    part = of(findings_severe=1, findings_none=4)
    assert LANDLORDS.completed(part) is part


def test_a_sum_of_a_made_up_count_is_made_up() -> None:
    figures = replace(of(findings_severe=1, findings_service=2), synthetic=("findings_severe",))

    assert LANDLORDS.completed(figures).synthetic == ("findings_severe", "upheld")


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        (
            {"upheld": 4, "findings_severe": 1, "findings_service": 2},
            Problem("upheld", 4, "equal to findings_severe + findings_service, which is 3"),
        ),
        ({"kept": 3, "orders": 2}, Problem("kept", 3, "not above orders, which is 2")),
        (
            {"findings": 9, "findings_severe": 1, "findings_none": 2},
            Problem("findings", 9, "equal to the sum of findings_…, which is 3"),
        ),
    ],
)
def test_the_rules_of_a_scheme_are_looked_at(counts: dict[str, int], found: Problem) -> None:
    assert list(problems(of(**counts), LANDLORDS)) == [found]


def test_several_schemes_are_read_by_what_any_of_them_counts() -> None:
    both = together([LANDLORDS, ANNUAL, LANDLORDS])

    assert both.has("received_housing")
    assert both.has("findings_severe")
    assert both.label("findings_severe") == "Findings: Severe maladministration"
    assert together([]) is ANNUAL
    assert together([LANDLORDS, LANDLORDS]) is LANDLORDS


def test_a_table_that_one_of_them_leaves_open_is_open() -> None:
    own = FigureSet(counts={}, tables=(Breakdown(key="received", rows={"housing": "Homes"}),))

    assert together([own, ANNUAL]).has("received_planning")
