from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.letter import Draft
from dispatch.letters.wording.faults import Fault, located
from dispatch.letters.wording.preview import made
from tests.documents.contents import CONSTANTS, a_content, source, templates_with

LETTER = source("letter.md")


def fault(folder: Path, **files: str) -> Fault:
    found = made(Draft(content=a_content(), recipients=()), templates_with(folder, **files))
    assert found.fault
    assert found.rendered is None
    return found.fault


@pytest.mark.parametrize(
    ("was", "becomes", "place", "column_at", "remedy"),
    [
        ("{{ title }}", "{{ titel }}", "letter.md, line 30", "titel", "Did you mean title?"),
        (
            "addressee.salutation",
            "addressee.salut",
            "letter.md, line 26",
            "salut",
            "no value salut",
        ),
        (
            "{{ letter_date | day }}",
            "{{ letter_date | dya }}",
            "letter.md, line 12",
            "dya",
            "in_words",
        ),
        ("{% if bespoke %}", "{% if bespoke", "letter.md, line 74", "", "endif"),
        ("## Complaint statistics", "~~Out~~", "letter.md, line 48", "~~", "backslash"),
        ("(logo.svg)", "(nobody.svg)", "letter.md", "", "SVG file"),
        ("::: body", "::: bo dy", "letter.md, line 28", "", "::: body"),
        ("Yours {{", "Yours ☃ {{", "", "", "another character"),
        ("{{ letter_date | day }}\n\nBy", "By", "", "", "{{ letter_date | day }}"),
    ],
)
def test_an_error_is_shown_at_its_place_with_what_to_do(
    tmp_path: Path, was: str, becomes: str, place: str, column_at: str, remedy: str
) -> None:
    assert was in LETTER
    found = fault(tmp_path, letter_md=LETTER.replace(was, becomes, 1))
    assert found.place.startswith(place), found
    if column_at:
        assert found.text[found.column - 1 :].startswith(column_at), found
    assert remedy in found.remedy


def test_an_error_in_the_layout_has_its_column(tmp_path: Path) -> None:
    found = fault(tmp_path, letter_typ="= A\n\n#nobody")
    assert (found.place, found.text) == ("letter.typ, line 3, column 2", "#nobody")


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("plan.toml, line 2, column 3: Expected '='", "plan.toml, line 2, column 3"),
        ("letter.md, line 99: gone", "letter.md, line 99"),
        (
            "letter.md, line 1: OXO.md, line 3: [^1] would print as it is",
            "letter.md, line 1, column 3",
        ),
        (
            "plan.toml: cannot be read as TOML: Invalid value (at line 2, column 1)",
            "plan.toml, line 2, column 1",
        ),
        ("plan.toml cannot be used:\nplan.toml, x.a: is not a day", "plan.toml, line 1, column 1"),
        ("plan.toml, c: is missing", ""),
        ("nothing is known", ""),
    ],
)
def test_the_place_is_read_from_the_message(message: str, place: str) -> None:
    sources = {"letter.md": "  one\ntwo", "plan.toml": "a = 1\nb"}
    assert located(message, sources, facts=CONSTANTS).place == place
