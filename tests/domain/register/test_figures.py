from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.register.figures import (
    Average,
    Figures,
    half_up,
    mean,
    per_100k,
    percent,
    pooled,
)
from tests.factories import MEASURES, some_figures

UPHELD, COMPLIANCE, REMEDIES = MEASURES


@pytest.mark.parametrize(
    ("count", "base", "printed"),
    [
        pytest.param(2, 16, 13, id="12.5 rounds up, as published"),
        pytest.param(43, 72, 60, id="Birmingham 2017-18"),
        pytest.param(1, 1, 100, id="West Devon 2021-22"),
        pytest.param(0, 9, 0, id="none upheld"),
        pytest.param(119, 153, 78, id="Birmingham 2019-20"),
    ],
)
def test_percentages_match_the_published_ones(count: int, base: int, printed: int) -> None:
    assert percent(count, base) == printed


@given(st.fractions(min_value=0, max_value=10**6))
def test_half_up_is_never_further_than_a_half_and_never_rounds_a_half_down(value: Fraction) -> None:
    assert value - Fraction(1, 2) < half_up(value) <= value + Fraction(1, 2)


@pytest.mark.parametrize(
    ("count", "population", "printed"),
    [(8, 200_000, "4"), (17, 500_000, "3.4"), (0, 90_000, "0"), (1, 80_000, "1.3")],
)
def test_rates_per_100_000_have_one_decimal_and_drop_a_zero(
    count: int, population: int, printed: str
) -> None:
    assert per_100k(count, population) == printed


def test_each_measure_says_which_counts_it_lacks() -> None:
    figures = Figures(authority="OXO", year="2019-20", counts={"upheld": 0})
    assert UPHELD.missing(figures) == ("investigated",)
    assert COMPLIANCE.missing(figures) == ("compliance_outcomes", "complied")


def test_nothing_of_nothing_needs_no_count() -> None:
    figures = Figures(authority="OXO", year="2019-20", counts={"compliance_outcomes": 0})
    assert COMPLIANCE.missing(figures) == ()
    box = COMPLIANCE.box(figures, Average(percent=99))
    assert (box.count, box.base, box.percent) == (0, 0, None)


def test_a_pooled_average_weighs_authorities_by_their_cases() -> None:
    group = [some_figures(investigated=1, upheld=1), some_figures(investigated=3, upheld=0)]
    assert pooled(UPHELD, group).percent == 25
    assert mean(UPHELD, group).percent == 50


def test_an_authority_with_nothing_to_measure_is_left_out_of_the_mean() -> None:
    group = [some_figures(investigated=2, upheld=1), some_figures(investigated=0, upheld=0)]
    assert mean(UPHELD, group).percent == 50


@pytest.mark.parametrize("average", [pooled, mean])
def test_a_group_with_nothing_to_measure_has_no_average(average: object) -> None:
    assert callable(average)
    assert average(REMEDIES, [some_figures(upheld=0, remedied=0)]) == Average()


BY_RESIDENTS = replace(UPHELD, is_by_residents=True)


def test_a_rate_by_residents_needs_to_know_how_many_there_are() -> None:
    assert BY_RESIDENTS.missing(some_figures()) == ("population",)
    assert BY_RESIDENTS.missing(some_figures(population=0)) == ("population",)
    assert BY_RESIDENTS.missing(some_figures(population=150_000)) == ()


def test_a_box_shows_rates_only_where_the_measure_is_by_residents() -> None:
    figures = some_figures(upheld=2, population=50_000)
    average = Average(percent=45, rate="3.4")
    plain, by_residents = UPHELD.box(figures, average), BY_RESIDENTS.box(figures, average)
    assert (plain.rate, plain.rate_average) == (None, None)
    assert (by_residents.rate, by_residents.rate_average) == ("4", "3.4")


def test_rates_are_averaged_as_percentages_are() -> None:
    group = [
        some_figures(upheld=1, population=100_000),
        some_figures(upheld=0, remedied=0, population=300_000),
        some_figures(upheld=1),
    ]
    assert pooled(UPHELD, group).rate == "0.3"
    assert mean(UPHELD, group).rate == "0.5"


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1))
def test_an_average_lies_between_the_rates_it_is_made_of(pairs: list[tuple[int, int]]) -> None:
    group = [some_figures(upheld=min(p), investigated=max(p)) for p in pairs]
    rates = [percent(min(p), max(p)) for p in pairs if max(p)]
    for average in (pooled(UPHELD, group).percent, mean(UPHELD, group).percent):
        assert (average is None) == (not rates)
        assert average is None or min(rates) <= average <= max(rates)
