from __future__ import annotations

import pytest

from dispatch.domain.register.file_names import FileNames
from tests.factories import an_authority

KNOWN = {
    each.code: each
    for each in (
        an_authority("OXO"),
        an_authority("ADU"),
        an_authority("AND", name="Andover", official_name="Andover Council"),
        an_authority("YRK", name="York", official_name="City of York Council"),
        an_authority(
            "north-york-moors", name="North York Moors", official_name="North York Moors Park"
        ),
    )
}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("OXO.xlsx", "OXO"),
        ("oxo.xlsx", "OXO"),
        ("OXO_cases-2026.xlsx", "OXO"),
        ("Cases and decisions for Oxford 2026.xlsx", "OXO"),
        ("oxford_city_council.csv", "OXO"),
        ("north york moors, cases.xlsx", "north-york-moors"),
        ("north-york-moors.xlsx", "north-york-moors"),
        ("York.xlsx", "YRK"),
        ("OXO and ADU.xlsx", None),
        ("OXO Adur.xlsx", None),
        ("Oxfordshire.xlsx", None),
        ("cases and decisions.xlsx", None),
        ("2026.xlsx", None),
    ],
)
def test_a_file_is_matched_with_the_one_authority_that_its_name_names(
    name: str, code: str | None
) -> None:
    assert FileNames(KNOWN.values()).authority_in(name) == code
