"""The page of one authority."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dispatch.domain.letter import Content, Table
from tests.documents.contents import OXFORD, boxes
from tests.documents.site.telling import CAMDEN, LATER, Page, a_letter, told

PAGE = "authorities/oxo.html"
GROUP = [
    replace(OXFORD, code=code, name=code, official_name=f"{code} Council")
    for code in ("ADU", "WOT", "HAS")
]


def next_year(content: Content, **changes: Any) -> Content:
    return replace(content, mailout="review-2021", year="2020-21", **LATER, **changes)


def test_it_has_the_letters_and_the_figures_of_all_years_as_chart_and_table() -> None:
    measured = boxes((1, 4, 40), (9, 10, 99))
    first = a_letter(boxes=measured)
    page = told(first, next_year(first, version=2, boxes=boxes((3, 6, 45))))[PAGE]
    text = Page(page).text
    assert "21 July 2021 (PDF, 1 kB) corrected: version 2" in text
    assert "2020-21 50% 3 of 6 45% 2019-20 25% 1 of 4 40%" in text
    assert "2020-21 nothing to measure \u2013 \u2013 2019-20 90% 9 of 10 99%" in text
    assert "fewer than five cases" in text
    bars = re.findall(r'<rect x="(\d+)" y="\d+" width="36" height="(\d+)"/>', page)
    assert bars[:2] == [("18", "20"), ("90", "40")]
    ticks = re.findall(r'class="tick"[^>]*>([^<]*)<', page)
    assert ticks[:2] == ["2019-20", "2020-21"]


def test_where_there_was_nothing_to_measure_it_says_so_without_a_chart() -> None:
    page = told(a_letter())[PAGE]
    assert "There was nothing to measure" not in page  # nothing is measured in any letter
    page = told(a_letter(), a_letter(CAMDEN, boxes=boxes((1, 2, 40))))[PAGE]
    assert "There was nothing to measure in 2019-20 ." in Page(page).text.replace("20.", "20 .")
    assert "<svg" not in page


def test_it_says_how_the_group_lies_without_naming_or_ranking_anybody() -> None:
    others = [
        a_letter(each, boxes=boxes((count, 10, 50)))
        for each, count in zip(GROUP, (1, 5, 6), strict=True)
    ]
    page = Page(told(a_letter(boxes=boxes((4, 10, 50))), *others)[PAGE]).text
    assert "District Council, 2019-20: in which range the results of 4 authorities lie." in page
    assert "0 to 19% 1" in page
    assert "40 to 59% 2 Oxford is here" in page
    assert "60 to 79% 1" in page
    assert "ADU" not in page


@pytest.mark.parametrize("others", [[], [a_letter(GROUP[0], boxes=boxes((1, 2, 50)))]])
def test_a_group_of_two_is_not_shown_since_that_would_name_the_other(others: list[Content]) -> None:
    page = told(a_letter(boxes=boxes((4, 10, 50))), *others)[PAGE]
    assert "in which range" not in page


def test_a_body_outside_every_group_has_neither_an_average_nor_a_group() -> None:
    park = replace(OXFORD, group=None, kind="national park")
    page = told(a_letter(park, boxes=boxes((4, 10, None))))[PAGE]
    assert "Similar authorities" not in page
    assert "in which range" not in page
    assert "National park." in Page(page).text


def test_counts_are_a_table_by_year_with_the_total_last() -> None:
    tables = (Table(key="received", rows=(("adult_care", 3), ("housing", 4)), total=7),)
    first = a_letter(tables=tables, is_synthetic=True)
    text = Page(told(first, next_year(first, tables=()))[PAGE]).text
    assert "Adult care \u2013 3* Housing \u2013 4* Total \u2013 7*" in text
    assert "Some figures here are made up" in text


def test_years_with_long_names_are_numbered_under_the_bars() -> None:
    measured = boxes((1, 4, 40))
    quarters = [
        replace(
            a_letter(boxes=measured), mailout=f"quarter-{number}", title=f"Quarter {number} of it"
        )
        for number in (1, 2)
    ]
    page = told(*quarters)[PAGE]
    assert re.findall(r'class="tick"[^>]*>([^<]*)<', page)[:2] == ["1", "2"]
    assert "2. Quarter 2 of it" in Page(page).text


def test_an_authority_that_ended_leads_to_the_page_of_its_successor() -> None:
    ended = replace(OXFORD, last_day=date(2020, 3, 31))
    page = told(a_letter(ended, addressed_to=CAMDEN), a_letter(CAMDEN))[PAGE]
    assert "It ended on 31 March 2020." in Page(page).text
    assert '<a href="../authorities/cmd.html">London Borough of Camden</a>' in page
    alone = told(a_letter(ended, addressed_to=CAMDEN))[PAGE]
    assert "sent to London Borough of Camden" in Page(alone).text


def test_the_office_may_leave_out_what_it_says_above_the_figures() -> None:
    page = Page(told(a_letter(boxes=boxes((1, 4, 40))))[PAGE]).text
    assert "does not make one authority better than another" in page
    assert "those in which there was fault" in page
