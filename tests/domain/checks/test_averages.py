from __future__ import annotations

from dispatch.domain.checks.averages import findings
from dispatch.domain.letters.drafting import Register
from dispatch.domain.mailout import Averaging, Plan
from tests.factories import a_plan, an_authority, some_figures

CODES = ("ADU", "OXO", "WOT")


def said(plan: Plan, *codes: str, **counts: int) -> list[str]:
    """Return what is said of districts, of which the first has these counts."""
    figures = {code: some_figures(code) for code in codes} | {
        code: some_figures(code, **counts) for code in codes[:1]
    }
    authorities = {code: an_authority(code) for code in codes}
    register = Register(authorities=authorities, contacts={}, figures=figures)
    return [each.message for each in findings(plan, register)]


def test_an_average_of_one_authority_is_its_own_figure() -> None:
    own = "the averages of District Council are taken from OXO alone: they are its own figures"
    assert said(a_plan(), "OXO") == [own]


def test_of_two_each_can_work_out_the_other() -> None:
    [message] = said(a_plan(averaging=Averaging.MEAN), "ADU", "OXO")
    assert "are taken from ADU and OXO alone: each can work out the other's figures" in message


def test_three_are_enough_and_an_authority_without_a_base_does_not_count() -> None:
    assert said(a_plan(), *CODES) == []
    [message] = said(a_plan(), *CODES, compliance_outcomes=0)
    assert message.startswith("the averages of District Council for compliance are taken from OXO")


def test_averages_that_are_given_are_not_looked_at() -> None:
    assert said(a_plan(averaging=Averaging.GIVEN), "OXO") == []
