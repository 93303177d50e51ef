from __future__ import annotations

from dataclasses import replace
from typing import Any

from dispatch.domain.digest import sha256
from dispatch.domain.letter import Content
from dispatch.domain.mailout import Averaging
from dispatch.domain.publishing.bundle import FIGURES, LETTERS
from dispatch.domain.publishing.published import figure_rows, letter_row, made_up_groups
from dispatch.domain.publishing.spreadsheet import Row
from dispatch.domain.register.figures import Box, Figures
from tests.documents.contents import DECIDED, MITCHELL, OXFORD, a_content, boxes
from tests.factories import a_plan

PDF = b"%PDF-1.7"
MEASURED = boxes((43, 72, 57), (9, 10, 99), (0, 43, 11))


def rows(content: Content, known: Figures | None = None, **plan: Any) -> dict[str, Row]:
    made_up = made_up_groups([content])
    found = list(figure_rows(content, a_plan(**plan), known, made_up))
    assert all(tuple(row) == FIGURES.names for row in found)
    return {row["figure"]: row for row in found}


def values(content: Content, **plan: Any) -> dict[str, str]:
    return {name: row["value"] for name, row in rows(content, **plan).items()}


def figures(*made_up: str, source: str = "committees.example", **counts: int) -> Figures:
    known = {"upheld": 43, "investigated": 72} | counts
    return Figures(authority="OXO", year="2019-20", counts=known, synthetic=made_up, source=source)


def test_the_row_of_a_letter_says_which_file_it_is_and_of_whom_nothing() -> None:
    row = letter_row(a_content(), "letters/a/oxford.pdf", PDF)
    assert tuple(row) == LETTERS.names
    assert row["sha256"] == sha256(PDF)
    assert row["bytes"] == "8"
    assert row["letter_date"] == "2020-07-22"
    assert not any(
        word in cell
        for cell in row.values()
        for word in (MITCHELL.address, "Mitchell", "Interim", "@")
    )


def test_the_letter_of_an_abolished_authority_names_its_successor() -> None:
    content = a_content(addressed_to=replace(OXFORD, code="NEW", official_name="New Council"))
    assert letter_row(content, "f", PDF)["addressed_to"] == "New Council"


def test_the_figures_are_those_that_the_letter_shows() -> None:
    assert values(a_content(boxes=MEASURED)) == {
        "investigated": "72",
        "upheld": "43",
        "upheld_percent": "60",
        "upheld_average_percent": "57",
        "compliance_outcomes": "10",
        "complied": "9",
        "compliance_percent": "90",
        "compliance_average_percent": "99",
        "remedied": "0",
        "remedies_percent": "0",
        "remedies_average_percent": "11",
    }


def test_what_had_nothing_to_measure_has_counts_and_no_rate() -> None:
    assert values(a_content()) == dict.fromkeys(
        ["investigated", "upheld", "compliance_outcomes", "complied", "remedied"], "0"
    )


def test_a_table_has_its_total_and_its_rows() -> None:
    found = rows(a_content(tables=(DECIDED,)))
    assert found["decided"]["value"] == "441"
    assert found["decided_referred_back"]["value"] == "221"
    assert found["decided_referred_back"]["label"] == "Decided: referred back"


def test_a_rate_by_residents_stands_beside_the_percentage() -> None:
    box = Box(
        key="upheld", title="Upheld", count=43, base=72, average=57, rate="4", rate_average="3.9"
    )
    found = rows(a_content(boxes=(box,)))
    assert found["upheld_rate"]["value"] == "4"
    assert found["upheld_average_rate"]["value"] == "3.9"
    assert found["upheld_rate"]["unit"] == "per 100,000 residents"


def made_up(found: dict[str, Row]) -> set[str]:
    return {name for name, row in found.items() if row["is_synthetic"] == "true"}


def test_nothing_is_marked_where_all_is_real() -> None:
    assert made_up(rows(a_content(boxes=MEASURED), figures())) == set()


def test_a_made_up_figure_is_marked_and_so_is_what_is_worked_out_from_it() -> None:
    content = a_content(boxes=MEASURED[:1], is_synthetic=True)
    assert made_up(rows(content, figures("upheld"))) == {
        "upheld",
        "upheld_percent",
        "upheld_average_percent",
    }


def test_all_is_marked_where_the_register_does_not_say_that_these_very_counts_are_real() -> None:
    content = a_content(boxes=MEASURED[:1], is_synthetic=True)
    everything = {"investigated", "upheld", "upheld_percent", "upheld_average_percent"}
    assert made_up(rows(content, None)) == everything
    assert made_up(rows(content, figures(upheld=44, investigated=73))) == everything


def test_an_average_that_was_given_is_not_made_up_by_the_figures_of_the_group() -> None:
    content = a_content(boxes=MEASURED[:1], is_synthetic=True)
    found = rows(content, figures("upheld"), averaging=Averaging.GIVEN)
    assert made_up(found) == {"upheld", "upheld_percent"}


def test_a_real_authority_in_a_group_with_made_up_figures_has_a_made_up_average() -> None:
    groups = made_up_groups([a_content(is_synthetic=True)])
    found = figure_rows(a_content(boxes=MEASURED[:1]), a_plan(), figures(), groups)
    assert made_up({row["figure"]: row for row in found}) == {"upheld_average_percent"}


def test_a_figure_names_where_it_was_published_and_a_made_up_one_does_not() -> None:
    found = rows(a_content(boxes=MEASURED[:1], is_synthetic=True), figures("upheld"))
    sources = {name: row["source"] for name, row in found.items() if row["source"]}
    assert sources == {"investigated": "committees.example"}


def test_a_source_with_an_address_in_it_is_left_out() -> None:
    known = figures(source="a mail of jo.smith@oxford.example, 3 May")
    assert rows(a_content(boxes=MEASURED), known)["upheld"]["source"] == ""
