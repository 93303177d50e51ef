from __future__ import annotations

from xml.parsers.expat import ExpatError

import pytest

from dispatch.files.tables import marks


@pytest.mark.parametrize("code", ["0%", "0.0%", "0.00 %", "#,##0%", "0%;[Red]-0%", "[>1]0%;0.0%"])
def test_a_format_with_a_per_cent_sign_is_per_cent(code: str) -> None:
    assert marks.number_format(code) == marks.PER_CENT


@pytest.mark.parametrize(
    "code",
    [
        *("General", "0", "0.00", "#,##0", '0"%"', "0\\%", "dd/mm/yyyy", "[h]:mm", "@", "0;-0;;@"),
        *('_-* #,##0_-;-* #,##0_-;_-* "-"??_-;_-@_-', "[$£-809]#,##0", "mmm\\-yy"),
    ],
)
def test_other_formats_show_the_number_itself(code: str) -> None:
    assert marks.number_format(code) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (";;;", "does not show the number"),
        ('"n/a"', "does not show the number"),
        ('[<5]"*";0', "does not show the number"),
        ("0,", "divided by 1,000"),
        ('#,##0.0,,"M"', "divided by 1,000"),
    ],
)
def test_formats_that_show_something_else_are_told(code: str, said: str) -> None:
    assert said in str(marks.number_format(code))


def test_rows_are_counted_in_words() -> None:
    assert marks.spans({3}) == "3"
    assert marks.spans({4, 3}) == "3 and 4"
    assert marks.spans({3, 4, 5, 9}) == "3 to 5 and 9"
    assert marks.spans(range(1, 40, 2)).endswith("13, 15 and others")


def test_entities_of_a_files_own_are_refused() -> None:
    import io  # noqa: PLC0415

    bomb = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    with pytest.raises(ExpatError):
        marks.parse(io.BytesIO(bomb), lambda *_: None)
