from __future__ import annotations

import pytest

from dispatch.domain.address import (
    domain_of,
    folded,
    misspelling,
    needs_smtputf8,
    oddity,
)


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


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("o\u2019brien@x.example", "(U+2019 RIGHT SINGLE QUOTATION MARK); a straight apostrophe"),
        ("o\u02bcbrien@x.example", "(U+02BC MODIFIER LETTER APOSTROPHE); a straight apostrophe"),
        (
            "\u201cjo\u201d@x.example",
            "(U+201C LEFT DOUBLE QUOTATION MARK); type it again without it",
        ),
        ("jo\u2013lee@x.example", "(U+2013 EN DASH); a hyphen (-) may be meant"),
        ("jo\uff0elee@x.example", "(U+FF0E FULLWIDTH FULL STOP); a full stop (.) may be meant"),
        ("jo\uff20x.example", "(U+FF20 FULLWIDTH COMMERCIAL AT); @ may be meant"),
        ("\uff2ao@x.example", "(U+FF2A FULLWIDTH LATIN CAPITAL LETTER J); J may be meant"),
        ("\ufb01ona@x.example", "(U+FB01 LATIN SMALL LIGATURE FI); fi may be meant"),
        ("m\u0251ry@x.example", "(U+0251 LATIN SMALL LETTER ALPHA); a may be meant"),
        ("jo\U0001f600@x.example", "(U+1F600 GRINNING FACE); type it again without it"),
        (
            "j\u043e@x.example",
            "(U+043E CYRILLIC SMALL LETTER O) among Latin letters; o may be meant",
        ),
        ("iv\u03b1n@x.example", "(U+03B1 GREEK SMALL LETTER ALPHA) among Latin letters; a may be"),
        ("\u0438jo@x.example", "among Latin letters; write it in one alphabet"),
        ("jo\u0661@x.example", "(U+0661 ARABIC-INDIC DIGIT ONE) among Latin letters"),
        ("\u0441\u0435\u043e@x.example", "letters that look Latin and are not, such as \u0441"),
        ("\u0441\u0435\u043e1@x.example", "ceo1 may be meant"),
        ("jo@oxf\u043erd.example", "(U+043E CYRILLIC SMALL LETTER O) among Latin letters"),
        ("jo@\u043e\u0445\u043e.example", "oxo may be meant"),
        ("jo\u200blee@x.example", "the invisible character U+200B (ZERO WIDTH SPACE)"),
        ("jo\u00a0lee@x.example", "the invisible character U+00A0 (NO-BREAK SPACE)"),
        ("jo\u3164@x.example", "the invisible character U+3164 (HANGUL FILLER)"),
        ("jo\ufe0f@x.example", "the invisible character U+FE0F (VARIATION SELECTOR-16)"),
        ("jo\x07@x.example", "the invisible character U+0007 (a control character)"),
    ],
)
def test_a_character_that_nobody_can_have_meant_is_named(address: str, said: str) -> None:
    assert said in (misspelling(address) or "")
    assert oddity(address) == misspelling(address)


@pytest.mark.parametrize(
    "address",
    [
        "o'brien@x.example",
        "jo@b\u00fccher.example",
        "jo@xn--bcher-kva.example",
        "jo@\u0445.\u0440\u0444",
    ],
)
def test_an_address_with_an_ascii_local_part_has_nothing_odd(address: str) -> None:
    assert not needs_smtputf8(address)
    assert oddity(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "si\u00e2n.jones@x.example",
        "k\u0131l\u0131\u00e7@x.example",
        "\u0438\u0432\u0430\u043d@x.example",
        "\u674ejo@x.example",
    ],
)
def test_a_local_part_outside_ascii_is_right_and_few_servers_take_it(address: str) -> None:
    assert misspelling(address) is None
    assert needs_smtputf8(address)
    assert "most mail servers cannot take that: it needs SMTPUTF8" in (oddity(address) or "")
