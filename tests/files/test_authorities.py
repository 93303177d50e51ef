from __future__ import annotations

from datetime import date
from pathlib import Path

from dispatch.domain.register.authority import Authority
from dispatch.files import authorities, load
from tests.files.tables.written import csv_of, problems_of

SAMPLE = Path(__file__).parents[2] / "config/sample/authorities.csv"

OXFORD = {"code": "OXO", "name": "Oxford", "official_name": "Oxford City Council"}


def file_of(*rows: dict[str, str]) -> bytes:
    headings = list(dict.fromkeys(key for row in rows for key in row))
    return csv_of(headings, *([row.get(key, "") for key in headings] for row in rows))


def read(*rows: dict[str, str], known: tuple[str, ...] = ()) -> tuple[Authority, ...]:
    return authorities.read("authorities.csv", file_of(*rows), known=known).values


def problems(*rows: dict[str, str]) -> tuple[str, ...]:
    return problems_of(lambda: read(*rows))


def test_a_whole_row_is_read() -> None:
    row = OXFORD | {
        "kind": "Council",
        "group": "District Council",
        "region": "South East",
        "start_date": "01/04/1974",
        "last_day": "2028-03-31",
        "successors": "bkm, transport-for-london",
        "source": "the register",
    }

    assert read(row, known=("BKM", "transport-for-london")) == (
        Authority(
            code="OXO",
            name="Oxford",
            official_name="Oxford City Council",
            kind="council",
            group="District Council",
            region="South East",
            start_date=date(1974, 4, 1),
            last_day=date(2028, 3, 31),
            successors=("BKM", "transport-for-london"),
            source="the register",
        ),
    )


def test_what_is_blank_has_its_usual_value() -> None:
    [oxford] = read(OXFORD | {"kind": "", "group": "None"})

    assert oxford.kind == "council"
    assert oxford.group is None
    assert oxford.successors == ()


def test_an_authority_without_a_code_goes_by_its_slug_or_its_name() -> None:
    tfl = {"name": "Transport for London", "official_name": "Transport for London"}
    broads = {"name": "Broads", "official_name": "Broads Authority", "slug": "broads-authority"}

    assert [each.code for each in read(tfl, broads)] == ["transport-for-london", "broads-authority"]


def test_a_name_that_makes_no_slug_needs_a_code() -> None:
    assert problems({"name": "???", "official_name": "?"}) == (
        (
            'authorities.csv, row 2, name: "???" has nothing to make a slug from; '
            "give the authority a code or a slug"
        ),
    )


def test_a_code_is_three_letters() -> None:
    [problem] = problems(OXFORD | {"code": "GMCA"})

    assert problem.startswith('authorities.csv, row 2, code: "GMCA" is not a code of three letters')


def test_a_name_must_not_be_blank() -> None:
    assert problems(OXFORD | {"name": "", "official_name": ""}) == (
        "authorities.csv, row 2, name: is blank, and must not be",
        "authorities.csv, row 2, official_name: is blank, and must not be",
    )


def test_a_code_stands_there_once() -> None:
    assert problems(OXFORD, OXFORD | {"name": "Another"}) == (
        'authorities.csv, row 3, code: "OXO" OXO is already in row 2; keep one',
    )


def test_the_last_day_is_not_before_the_first() -> None:
    assert problems(OXFORD | {"start_date": "2020-04-01", "last_day": "2020-03-31"}) == (
        (
            'authorities.csv, row 2, last_day: "2020-03-31" is before the start date, '
            "which is 2020-04-01"
        ),
    )


def test_nobody_succeeds_themselves() -> None:
    assert problems(OXFORD | {"successors": "OXO"}) == (
        'authorities.csv, row 2, successors: "OXO" names the authority itself as its successor',
    )


def test_a_successor_is_in_the_file_or_registered() -> None:
    buckinghamshire = {"code": "BUC", "name": "Buckinghamshire", "official_name": "Bucks Council"}

    assert read(OXFORD | {"successors": "BUC"}, buckinghamshire)[0].successors == ("BUC",)
    assert read(OXFORD | {"successors": "BUC"}, known=("BUC",))[0].successors == ("BUC",)
    assert problems(OXFORD | {"successors": "BUK"}, buckinghamshire) == (
        (
            'authorities.csv, row 2, successors: "BUK" names BUK, which is not the code of '
            "an authority; did you mean BUC?"
        ),
    )


def test_names_must_be_of_characters_that_the_letters_can_show() -> None:
    content = file_of(OXFORD | {"official_name": "Oxford 🙂 Council"})

    [problem] = problems_of(
        lambda: authorities.read("authorities.csv", content, drawable=str.isascii)
    )

    assert "holds 🙂 (U+1F642), which the font of the letters cannot show" in problem


def test_the_sample_is_read_whole() -> None:
    found = authorities.read(*load(SAMPLE)).values

    assert len(found) > 400
    assert len({each.code for each in found}) == len(found)
