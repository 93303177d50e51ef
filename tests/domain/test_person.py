from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import RuleBroken
from dispatch.domain.person import LONGEST_NAME, is_spelt_alike, named, parts_of, same


@given(st.text())
def test_a_name_is_the_same_in_capitals_and_with_spaces(name: str) -> None:
    assert same(name, f" {name} ")
    assert same(name, name)


INVISIBLE = "\u200b\u00ad\u034f\u2060\ufeff\u3164\u202e\x1b\0\ufe0f\U000e0061"


@given(st.text(), st.text())
def test_who_is_the_same_as_another_is_so_the_other_way_round(one: str, other: str) -> None:
    assert same(one, other) == same(other, one)


@given(st.text(max_size=20), st.sampled_from(INVISIBLE), st.integers(0, 20))
def test_what_is_not_seen_makes_no_other_person(name: str, unseen: str, at: int) -> None:
    spelt = name[:at] + unseen + name[at:]
    assert same(spelt, name) or not is_name(spelt)


def is_name(text: str) -> bool:
    try:
        return bool(named(text))
    except RuleBroken:
        return False


@pytest.mark.parametrize("other", ["alex", "samuel", "Sam Jones", "\u0412\u043e\u0432\u0430"])
def test_two_people_are_two(other: str) -> None:
    assert not same("sam", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sam", "s\u0430m"),  # a Cyrillic a
        ("sam", "sa\u034fm."),
        ("sam", "\uff33\uff21\uff2d"),
        ("Jo Smith", "JO-SMITH"),
        ("nick", "\u039dick"),  # a Greek capital that is like an N, and like a v in small letters
        ("SIM\u041eN", "simon"),
        ("Zo\u00eb", "Zoe"),
        ("\u0141ukasz", "lukasz"),
        ("Si\u00e2n \u0174yn", "Sian Wyn"),
        ("\u0391\u039d\u039d\u0391", "Anna"),  # all in Greek
        ("\u039d\u03af\u03ba\u03bf\u03c2", "\u039d\u0399\u039a\u039f\u03a3"),  # Nikos, as he is
        ("Ian", "lan"),
        ("arnold", "amold"),
        ("\u0645\u064f\u062d\u0645\u062f", "\u0645\u062d\u0645\u062f"),  # with a vowel point
    ],
)
def test_a_person_is_the_same_however_the_name_is_spelt(one: str, other: str) -> None:
    assert same(one, other)


def test_a_contact_is_somebody_else_as_soon_as_one_letter_differs() -> None:
    assert is_spelt_alike("Van  Smith", "van\uff33mith")
    assert not is_spelt_alike("Smith", "Sm\u0456th")


@pytest.mark.parametrize(
    "name",
    [
        "Si\u00e2n \u0174yn-\u0176",
        "Micha\u0142 \u017b\u00f3\u0142\u0107",
        "\u039d\u03af\u03ba\u03bf\u03c2 \u03a0\u03b1\u03c0\u03ac\u03c2",
        "\u0418\u0432\u0430\u043d \u041f\u0435\u0442\u0440\u043e\u0432",
        "\u738b\u5c0f\u660e",
        "\u5c71\u7530 \u592a\u90ce\u3055\u3093",
        "\u0645\u062d\u0645\u062f \u0639\u0644\u064a",
        "\u05d3\u05d5\u05d3",
        "\uae40\ucca0\uc218",
        "\u0905\u0928\u093f\u0932 \u0915\u0941\u092e\u093e\u0930",
        "\u0e2a\u0e21\u0e0a\u0e32\u0e22",
        "O\u2019Brien",
        "D'Arcy-Smith",
        "Dr. J. R. Smith",
        "uid 1000",
        "j.smith_2",
        "OFFICE\\sam",
        "Jo (temp)",
    ],
)
def test_a_name_of_any_script_is_recorded_as_it_is(name: str) -> None:
    assert named(f"  {name} ") == name
    assert same(name, named(name))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no letter"),
        ("...", "no letter"),
        ("\u200b", "not seen, U\\+200B"),
        ("sam\u202e", "not seen, U\\+202E"),
        ("sam\x1b[2J", "not seen, U\\+001B"),
        ("sam\u2028x", "not seen"),
        ("sa\ud800m", "not seen"),
        ("\u3164", "not seen"),
        ("s\u0430m", "several scripts in one word"),
        ("Jo Sm\u0456th", "several scripts"),
        ("=cmd()", "a sign that no name has, ="),
        ("<b>sam</b>", "a sign that no name has, <"),
        ("w0rker", "the service itself"),
        ("cIock.", "the service itself"),
        ("a" * (LONGEST_NAME + 1), "longer than 100"),
        ("a" * 100_000, "longer than 100"),
    ],
)
def test_what_is_not_a_name_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(RuleBroken, match=f"is not the name of a person: .*{why}") as refused:
        named(text)
    assert len(str(refused.value)) < 150


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Jo Smith", (None, "Jo", "Smith")),
        ("Dr. Jo  van der Smith", ("Dr", "Jo", "van der Smith")),
        ("Ms Siân Wyn-Ó Briain", ("Ms", "Siân", "Wyn-Ó Briain")),
        ("Ms Smith", ("Ms", None, "Smith")),
        ("Prof. Dame Ann Lee", ("Prof Dame", "Ann", "Lee")),
        ("Smith", (None, None, None)),
        ("Dr", (None, None, None)),
        ("", (None, None, None)),
    ],
)
def test_a_name_has_parts_where_they_can_be_told(
    name: str, parts: tuple[str | None, str | None, str | None]
) -> None:
    assert parts_of(name) == parts
