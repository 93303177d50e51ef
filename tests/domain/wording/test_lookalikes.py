"""Two texts that a reader may take for each other have one skeleton."""

import pytest

from dispatch.domain.wording.lookalikes import is_like, is_mixed, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("oxo.example", "0xo.example"),
        ("oxford.example", "oxf0rd.example"),
        ("ombudsman.example", "ornbudsman.example"),
        ("swale.example", "svvale.example"),
        ("dudley.example", "cludley.example"),
        ("bristol.example", "brist01.example"),
        ("oxo.example", "\u043e\u0445\u043e.example"),
        ("bath.example", "ba\u0165h.example"),
        ("leeds.example", "\u0142eeds.example"),
        ("Sam Able", "S\u0430m \u0410ble"),
        ("Sam Able", "\ua4e2am \u13aable"),
        ("Sam Able", "sam\u200b able"),
        ("Sam Able", "\U0001d412am A\u0300ble"),
        ("NHS", "\u039dHS"),
    ],
)
def test_what_looks_the_same_has_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    assert is_like(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("oxford.example", "exeter.example"), ("Sam Able", "Kim Poe"), ("Ann Lee", "Ann Lea")],
)
def test_what_looks_different_has_another(one: str, other: str) -> None:
    assert not is_like(one, other)


def test_a_text_is_not_like_itself() -> None:
    assert not is_like("oxo.example", "oxo.example")


def test_a_long_text_has_one() -> None:
    assert skeleton("\u200b" * 100_000) == ""


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("s\u0430m", True),
        ("Anna \u0410\u043d\u043d\u0430", False),
        ("Anna-\u0410\u043d\u043d\u0430", False),
        ("\u5c71\u7530\u3055\u3093", False),
        ("O\u02bcBrien 2", False),
    ],
)
def test_a_word_is_mixed_if_its_letters_are_of_several_scripts(text: str, *, mixed: bool) -> None:
    assert is_mixed(text) is mixed
