from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.demo import figures as sample_figures
from dispatch.demo.figures import COUNT_COLUMNS, PROFILES
from dispatch.domain.register.figure_set import problems
from dispatch.domain.register.figures import PERCENTAGES, Figures, Measure, percent, pooled
from tests.demo.test_sample import REALS, rows

SEEDS = (1, 2, 2020)
GROUPS = {
    row["code"]: row["group"] for row in rows(REALS / "authorities.csv") if row["kind"] == "council"
}
FEW = {code: GROUPS[code] for code in list(GROUPS)[:80]}
PUBLISHED = {row["authority"]: row for row in rows(REALS / "figures-2019-20.csv")}
SOURCES = {
    "upheld_pct": ("upheld", "investigated"),
    "compliance_pct": ("complied", "compliance_outcomes"),
    "remedied_pct": ("remedied", "upheld"),
}
Year = dict[str, Figures]


def to_figures(row: dict[str, str]) -> Figures:
    return Figures(
        authority=row["authority"],
        year=row["year"],
        counts={name: int(row[name]) for name in COUNT_COLUMNS if row[name]},
        percentages={name: int(row[name]) for name in PERCENTAGES if row[name]},
        synthetic=tuple(row["synthetic"].split()),
        source=row["source"],
    )


def a_year(seed: int) -> Year:
    drawn = sample_figures.figures(seed, GROUPS, PUBLISHED)
    return {row["authority"]: to_figures(row) for row in drawn}


@pytest.fixture(scope="module", params=SEEDS)
def year(request: pytest.FixtureRequest) -> Year:
    return a_year(request.param)


def test_all_of_it_adds_up(year: Year) -> None:
    for figures in year.values():
        assert list(problems(figures)) == []
        counts = figures.counts
        if "decided" in counts:
            assert counts["decided_upheld"] == counts["upheld"]
            assert counts["decided_not_upheld"] == counts["investigated"] - counts["upheld"]


def test_what_was_published_stays_and_what_was_not_is_named_as_made_up(year: Year) -> None:
    for code, figures in year.items():
        if code not in PUBLISHED:
            assert figures.synthetic == ("all",)
            assert figures.percentages == {}
            continue
        real = {name: int(value) for name, value in PUBLISHED[code].items() if value.isdecimal()}
        assert real.items() <= {**figures.counts, **figures.percentages}.items()
        assert set(figures.synthetic) == figures.counts.keys() - real.keys()


def test_made_up_counts_give_the_percentages_that_were_published(year: Year) -> None:
    checked = [
        percent(figures.counts[count], figures.counts[base]) == figures.percentages[name]
        for figures in year.values()
        for name, (count, base) in SOURCES.items()
        if name in figures.percentages
    ]

    assert len(checked) == 6
    assert all(checked)


def test_oxford_has_nothing_to_report_and_nothing_made_up(year: Year) -> None:
    oxford = year["OXO"]

    assert set(oxford.counts.values()) == {0}
    assert oxford.synthetic == ()
    assert "received" not in oxford.counts
    assert oxford.table("received") == oxford.table("decided") == {}


def test_a_council_that_began_after_the_year_has_only_zeros(year: Year) -> None:
    assert set(year["BUC"].counts.values()) == {0}


def test_a_council_abolished_before_the_year_has_next_to_nothing(year: Year) -> None:
    assert year["TAU"].counts["received"] == 2
    assert year["WSO"].counts["received"] == 1


@pytest.mark.parametrize(
    "case",
    [
        lambda c: c["investigated"] == c["compliance_outcomes"] == 0,
        lambda c: c["upheld"] > 0 and c["compliance_outcomes"] == 0,
        lambda c: c["upheld"] > 0 and c["remedied"] == 0,
        lambda c: c["received"] > 0 and c["investigated"] == 0 and c["compliance_outcomes"] > 0,
        lambda c: c["investigated"] > 0 and c["upheld"] == 0,
        lambda c: c["complied"] < c["compliance_outcomes"],
        lambda c: c["complied_late"] == 5,
        lambda c: c["investigated"] == c["upheld"] == 1,
    ],
    ids=[
        "nothing to report",
        "no recommendations due",
        "none put right before",
        "none investigated",
        "none upheld",
        "not all complied",
        "complied late",
        "one of one",
    ],
)
def test_every_variant_is_there(year: Year, case: Callable[[dict[str, int]], bool]) -> None:
    assert any(case(dict(f.counts)) for f in year.values() if f.authority not in PUBLISHED)


@pytest.mark.parametrize(
    ("group", "published_average"),
    [("District Council", 45), ("Metropolitan Borough", 67), ("London Borough", 70)],
)
def test_averages_come_out_near_the_published_ones(
    year: Year, group: str, published_average: int
) -> None:
    upheld = Measure(key="upheld", title="Upheld", count="upheld", base="investigated")
    average = pooled(upheld, (year[code] for code in GROUPS if GROUPS[code] == group)).percent

    assert average is not None
    assert abs(average - published_average) <= 6


@st.composite
def some_counts(draw: st.DrawFn) -> dict[str, int]:
    investigated = draw(st.integers(1, 60))
    upheld = draw(st.integers(1, investigated))
    outcomes = draw(st.integers(1, 60))
    return {
        "investigated": investigated,
        "upheld": upheld,
        "remedied": draw(st.integers(0, upheld)),
        "compliance_outcomes": outcomes,
        "complied": draw(st.integers(0, outcomes)),
    }


@settings(max_examples=50)
@given(
    st.integers(0, 2**32),
    st.sampled_from(sorted(PROFILES)),
    some_counts(),
    st.sets(st.sampled_from(sorted(SOURCES))),
    st.sets(st.sampled_from(sorted(sum(SOURCES.values(), start=())))),
)
def test_whatever_part_is_published_the_rest_is_made_to_fit(
    seed: int, group: str, counts: dict[str, int], percentages: set[str], known: set[str]
) -> None:
    shown = {
        name: percent(counts[count], counts[base])
        for name, (count, base) in SOURCES.items()
        if name in percentages
    }
    cells = {name: str(counts[name]) for name in known} | {k: str(v) for k, v in shown.items()}
    blank = dict.fromkeys(("source", "note", *COUNT_COLUMNS, *PERCENTAGES), "")
    real = {"authority": "ADU", "year": "2019-20"} | blank | cells

    row = sample_figures.figures(seed, FEW | {"ADU": group}, {"ADU": real})[0]

    figures = to_figures(row)
    assert list(problems(figures)) == []
    assert {name: figures.counts[name] for name in known} == {name: counts[name] for name in known}
    for name, percentage in shown.items():
        count, base = SOURCES[name]
        assert percent(figures.counts[count], figures.counts[base]) == percentage
