from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.domain.letters.file_names import pdf_name, public_name, wrong_pattern
from tests.documents.contents import a_content


def test_a_plan_says_what_files_are_called() -> None:
    usual = a_content()
    assert pdf_name(usual) == f"{usual.title} - {usual.authority.official_name}.pdf"
    assert public_name(usual, "oxford-city-council") == "oxford-city-council-2020.pdf"

    own = replace(
        usual, pdf_name="{code} {year}", public_name="{authority}-{letter_date}", version=2
    )
    assert pdf_name(own) == f"{usual.code} 2019-20 (version 2).pdf"
    assert public_name(own, "oxford") == "oxford-2020-07-22.pdf"


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("{title", "has a brace that is not closed"),
        ("{authority} {name}", "has {name} in it; it may have {title}, {authority}"),
        ("{authority.__class__}", "has {authority.__class__} in it"),
        ("{title} 2026", "would call the letters of all authorities the same"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, rule: str) -> None:
    assert (wrong_pattern(pattern) or "").startswith(rule)
