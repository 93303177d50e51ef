from __future__ import annotations

import pytest

from dispatch.domain.address import domain_of, folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Chief@Adur.example", "chief@adur.example", id="case"),
        pytest.param("chief@bücher.example", "chief@xn--bcher-kva.example", id="A-label"),
        pytest.param("chief@BÜCHER.example", "chief@bücher.example", id="case beyond ASCII"),
    ],
)
def test_two_spellings_of_a_mailbox_are_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


def test_two_people_at_a_domain_are_not() -> None:
    assert folded("chief@adur.example") != folded("chief@worthing.example")
    assert folded("a@adur.example") != folded("b@adur.example")


def test_a_domain_that_has_no_ascii_spelling_is_still_compared() -> None:
    long = "x" * 70
    assert folded(f"a@{long}.example") == folded(f"A@{long.upper()}.example")


@pytest.mark.parametrize(
    "written",
    ["chief@b\u00fccher.example", "Chief@xn--BCHER-kva.Example", "B\u00dcCHER.example"],
)
def test_the_domain_of_an_address_is_spelled_one_way(written: str) -> None:
    assert domain_of(written) == "xn--bcher-kva.example"
