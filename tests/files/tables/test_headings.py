from __future__ import annotations

import pytest

from dispatch.files.tables import kinds
from dispatch.files.tables.grid import COLUMNS
from dispatch.files.tables.headings import Columns
from dispatch.files.tables.sheet import Sheet
from tests.files.tables.written import csv_of, problems_of, refusal_of

OXFORD = ["OXO", "chief executive", "a@oxford.example"]


@pytest.mark.parametrize(
    ("columns", "heading", "column"),
    [
        (kinds.CONTACTS, "Council", "authority"),
        (kinds.CONTACTS, "Local authority", "authority"),
        (kinds.CONTACTS, "E-mail", "address"),
        (kinds.CONTACTS, "Email Address*", "address"),
        (kinds.CONTACTS, "e-mail\naddress", "address"),
        (kinds.CONTACTS, "Title", "honorific"),
        (kinds.CONTACTS, "First name", "given_name"),
        (kinds.CONTACTS, "Forename", "given_name"),
        (kinds.CONTACTS, "Last Name", "surname"),
        (kinds.CONTACTS, "Full name", "name"),
        (kinds.FIGURES, "Council name", "authority"),
        (kinds.FIGURES, "Complaints received", "received"),
        (kinds.FIGURES, "Upheld", "upheld"),
        (kinds.FIGURES, "Upheld %", "upheld_pct"),
        (kinds.FIGURES, "% upheld", "upheld_pct"),
        (kinds.FIGURES, "Upheld (per cent)", "upheld_pct"),
        (kinds.FIGURES, "Uphold rate", "upheld_pct"),
        (kinds.AVERAGES, "Percentage", "percent"),
        (kinds.AVERAGES, "Average (%)", "percent"),
        (kinds.AUTHORITIES, "Legal name", "official_name"),
    ],
)
def test_headings_that_offices_use_are_understood(
    columns: Columns, heading: str, column: str
) -> None:
    assert columns.named(heading) == column


@pytest.mark.parametrize("columns", kinds.EVERY, ids=lambda each: each.kind)
def test_every_column_and_other_name_means_one_column(columns: Columns) -> None:
    assert all(columns.named(name) == name for name in columns.names)
    assert {*columns.aliases.values()} <= {*columns.names}
    assert not [each for each in columns.ambiguous if columns.named(each)]
    assert [columns.named(each) for each in columns.aliases] == [*columns.aliases.values()]


def read(columns: Columns, *rows: list[str]) -> Sheet:
    return Sheet.read("a.csv", csv_of(*rows), columns)


def test_a_column_under_another_name_is_named() -> None:
    sheet = read(kinds.CONTACTS, ["Council", "ROLE", "E-mail"], OXFORD)

    assert sheet.notes == (
        'Columns read under their usual names: "Council" as authority, "E-mail" as address.',
    )


def test_a_heading_that_may_mean_two_things_gets_one_hint() -> None:
    headings = ["Code", "Position", "Email Address", "Salutation"]

    assert problems_of(lambda: read(kinds.CONTACTS, headings, [*OXFORD, "Ms"])) == (
        (
            'a.csv, row 1: "Salutation" may mean honorific (Ms, Dr) or a whole greeting; '
            "call it honorific or delete it"
        ),
        (
            "a.csv, row 1: there is no column role; the headings must name it; "
            '"Position" was taken for job_title: if it says the role, call it role'
        ),
    )


@pytest.mark.parametrize(
    ("columns", "headings", "said"),
    [
        (
            kinds.AUTHORITIES,
            ["Council", "Role", "E-mail"],
            "of contacts, not of authorities; import",
        ),
        (kinds.CONTACTS, ["code", "name", "official_name"], "dispatch import authorities FILE"),
        (kinds.CONTACTS, ["authority", "year", "upheld"], "dispatch import figures FILE"),
        (kinds.FIGURES, ["group", "measure", "percent"], "averages, not of figures; a plan names"),
    ],
)
def test_a_file_of_another_kind_is_named(columns: Columns, headings: list[str], said: str) -> None:
    assert said in refusal_of(lambda: read(columns, headings, ["a", "b", "c"]))


def test_headings_below_a_title_are_found_and_refused() -> None:
    rows = (["Our contacts"], ["authority", "role", "address"], OXFORD)

    assert "the headings are in row 2, and must be the first row" in refusal_of(
        lambda: read(kinds.CONTACTS, *rows)
    )


def test_a_line_of_very_many_headings_is_refused_before_they_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read_ones: list[str] = []
    monkeypatch.setattr(Columns, "named", lambda _, heading: read_ones.append(heading))
    headings = ["what"] * 1_000_000
    assert "1000000 columns, and 200 are the most" in refusal_of(
        lambda: read(kinds.CONTACTS, headings)
    )
    assert len(read_ones) < 10 * COLUMNS
