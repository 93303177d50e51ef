from __future__ import annotations

import pytest

from dispatch.domain.register.search import Match, Named

YNM = Named(code="YNM", names=("Ynys Môn", "Isle of Anglesey County Council / Cyngor Sir Ynys Môn"))
BAS = Named(
    code="BAS", names=("Bath & North East Somerset", "Bath and North East Somerset Council")
)
SAL = Named(code="SAL", names=("St Albans", "St. Albans City & District Council"))
KIN = Named(
    code="KIN",
    names=("King's Lynn and West Norfolk", "Borough Council of King\u2019s Lynn & West Norfolk"),
)
NYM = Named(
    code="peak-district",
    names=("Peak District", "Peak District National Park Authority"),
    former=("Peak Park Joint Planning Board",),
)


@pytest.mark.parametrize(
    ("named", "typed", "how"),
    [
        (YNM, "ynm", Match.CODE),
        (YNM, "YN", Match.CODE_BEGINS),
        (YNM, "ynys mon", Match.NAME_BEGINS),
        (YNM, "Ynys Mo\u0302n", Match.NAME_BEGINS),
        (YNM, "anglesey", Match.NAME),
        (YNM, "cyngor sir", Match.NAME),
        (BAS, "bath and n", Match.NAME_BEGINS),
        (BAS, "Bath & North", Match.NAME_BEGINS),
        (BAS, "north east som", Match.NAME),
        (SAL, "saint alb", Match.NAME_BEGINS),
        (SAL, "st. albans", Match.NAME_BEGINS),
        (KIN, "kings lynn", Match.NAME_BEGINS),
        (KIN, "king\u2019s lynn & west", Match.NAME_BEGINS),
        (NYM, "Peak-D", Match.CODE_BEGINS),
        (NYM, "joint planning", Match.FORMER_NAME),
    ],
)
def test_what_is_typed_finds_the_name_as_people_spell_it(
    named: Named, typed: str, how: Match
) -> None:
    found = named.match(typed)
    assert found
    assert found[0] is how


@pytest.mark.parametrize("typed", ["", "   ", "oxford", "mon mon mon", "%", "_", "\x00", "and"])
def test_what_is_typed_finds_nothing_else(typed: str) -> None:
    assert YNM.match(typed) is None


def test_a_long_text_is_cut_before_it_is_looked_for() -> None:
    assert YNM.match("ynys mon " + "x" * 100_000) is None
