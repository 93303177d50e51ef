from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dispatch.domain.letter import Draft, RecipientKind
from dispatch.domain.letters.drafting import Drafting, Register, draw_up
from dispatch.domain.mailout import Averaging, Inclusion
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.figure_set import Breakdown, FigureSet
from dispatch.domain.register.figures import Average, Figures, Measure
from tests.factories import a_contact, a_plan, an_authority, some_figures


def known(
    *authorities: Authority,
    contacts: Iterable[Contact] | None = None,
    figures: Iterable[Figures] | None = None,
    suppressed: Iterable[str] = (),
) -> Register:
    """A register in which everyone has both contacts and figures, unless a test says who has."""
    if contacts is None:
        roles = ("chief executive", "link officer")
        contacts = [a_contact(each.code, role) for each in authorities for role in roles]
    if figures is None:
        figures = [some_figures(each.code) for each in authorities]
    return Register(
        authorities={each.code: each for each in authorities},
        contacts={(each.authority, each.role): each for each in contacts},
        figures={each.authority: each for each in figures},
        suppressed=frozenset(suppressed),
    )


def only(drafting: Drafting) -> Draft:
    [draft] = drafting.drafts
    return draft


def said(drafting: Drafting) -> list[tuple[str | None, bool, str]]:
    return [(each.authority, each.is_fatal, each.message) for each in drafting.findings]


def test_each_authority_gets_one_letter_to_its_roles() -> None:
    drafting = draw_up(a_plan(), known(an_authority("OXO"), an_authority("ADU")))

    assert [draft.content.authority.code for draft in drafting.drafts] == ["ADU", "OXO"]
    assert not drafting.findings
    recipients = drafting.drafts[1].recipients
    assert [(each.kind, each.role, each.address) for each in recipients] == [
        (RecipientKind.TO, "chief executive", "chief.executive@oxo.example"),
        (RecipientKind.CC, "link officer", "link.officer@oxo.example"),
    ]


def test_an_authority_outside_the_remit_gets_none() -> None:
    fire = an_authority("AVF", kind="fire authority")
    assert not draw_up(a_plan(), known(fire)).drafts


def test_an_authority_left_out_by_name_or_by_size_gets_none() -> None:
    left_out = Inclusion(kinds=("council",), without=frozenset({"OXO"}))
    too_small = Inclusion(kinds=("council",), minimum={"investigated": 5})
    for inclusion in (left_out, too_small):
        drafting = draw_up(a_plan(inclusion=inclusion), known(an_authority()))
        assert not drafting.drafts
        assert not drafting.findings


def test_missing_figures_are_named() -> None:
    drafting = draw_up(a_plan(), known(an_authority(), figures=()))
    assert said(drafting) == [("OXO", True, "has no figures for 2019-20")]
    assert not drafting.drafts


def test_counts_that_a_measure_needs_are_named() -> None:
    figures = Figures(authority="OXO", year="2019-20", counts={"investigated": 4, "upheld": 2})
    drafting = draw_up(a_plan(), known(an_authority(), figures=[figures]))
    lacking = "lacks in its figures for 2019-20: compliance_outcomes, complied, remedied"
    assert said(drafting) == [("OXO", True, lacking)]


def test_a_missing_chief_executive_stops_the_letter_and_a_missing_link_officer_does_not() -> None:
    no_chief = known(an_authority(), contacts=[a_contact(role="link officer")])
    no_link = known(an_authority(), contacts=[a_contact()])

    assert said(draw_up(a_plan(), no_chief)) == [
        ("OXO", True, "has no chief executive to write to")
    ]
    drafting = draw_up(a_plan(), no_link)
    assert said(drafting) == [("OXO", False, "has no link officer to write to")]
    assert len(only(drafting).recipients) == 1


def test_a_suppressed_address_is_pointed_out_and_stays_a_recipient() -> None:
    register = known(an_authority(), suppressed=["chief.executive@oxo.example"])
    drafting = draw_up(a_plan(), register)
    [(_, is_fatal, message)] = said(drafting)
    assert not is_fatal
    assert "chief executive's address is suppressed" in message
    assert len(only(drafting).recipients) == 2


def test_who_holds_two_roles_gets_the_letter_once() -> None:
    both = [
        a_contact(address="Clerk@oxo.example"),
        a_contact(role="link officer", address="clerk@OXO.example"),
    ]
    [recipient] = only(draw_up(a_plan(), known(an_authority(), contacts=both))).recipients
    assert (recipient.kind, recipient.role) == (RecipientKind.TO, "chief executive")


def test_two_authorities_that_share_a_chief_executive_get_two_letters() -> None:
    shared = [a_contact(code, address="chief@adur-worthing.example") for code in ("ADU", "WOT")]
    drafting = draw_up(
        a_plan(cc_roles=()), known(an_authority("ADU"), an_authority("WOT"), contacts=shared)
    )
    assert [draft.recipients[0].address for draft in drafting.drafts] == [
        "chief@adur-worthing.example",
        "chief@adur-worthing.example",
    ]


def test_the_letter_of_an_abolished_authority_goes_to_its_successor() -> None:
    gone = an_authority("AYL", last_day=date(2020, 3, 31), successors=("BUC",))
    new = an_authority("BUC", start_date=date(2020, 4, 1))
    figures = [some_figures("AYL"), some_figures("BUC", investigated=0, upheld=0)]
    contacts = [a_contact("BUC"), a_contact("BUC", "link officer")]

    drafting = draw_up(a_plan(), known(gone, new, contacts=contacts, figures=figures))

    [about_old, about_new] = drafting.drafts
    assert (about_old.content.authority, about_old.content.addressed_to) == (gone, new)
    assert about_old.recipients == about_new.recipients


def test_an_abolished_authority_without_figures_is_due_no_letter() -> None:
    gone = an_authority("AYL", last_day=date(2020, 3, 31))
    drafting = draw_up(a_plan(), known(gone, figures=()))
    assert not drafting.drafts
    [(code, is_fatal, message)] = said(drafting)
    assert (code, is_fatal) == ("AYL", False)
    assert message.endswith("has no figures for 2019-20: nobody gets a letter about it")


@pytest.mark.parametrize(
    ("successors", "why"),
    [
        ((), "ended on 31 March 2020, and no successor is known for the letter date"),
        (("AYL",), "more than 5 successions follow each other: does one lead back?"),
        (("BUC", "ZZZ"), "its successor ZZZ is not among the authorities"),
        (("BUC", "NEW"), "NEW does not exist before 1 April 2021, and no successor is known for"),
    ],
)
def test_an_abolished_authority_without_a_successor_stops_all_its_letters(
    successors: tuple[str, ...], why: str
) -> None:
    gone = an_authority("AYL", last_day=date(2020, 3, 31), successors=successors)
    later = an_authority("NEW", start_date=date(2021, 4, 1))
    drafting = draw_up(a_plan(), known(gone, an_authority("BUC"), later))
    [(code, is_fatal, message)] = [each for each in said(drafting) if each[:2] == ("AYL", True)]
    assert (code, is_fatal) == ("AYL", True)
    assert message.startswith(why)
    assert "AYL" not in {each.content.authority.code for each in drafting.drafts}


def boxes(drafting: Drafting, code: str) -> list[tuple[int | None, int | None]]:
    [draft] = [each for each in drafting.drafts if each.content.authority.code == code]
    return [(box.percent, box.average) for box in draft.content.boxes]


@pytest.mark.parametrize(("averaging", "upheld"), [(Averaging.POOLED, 25), (Averaging.MEAN, 50)])
def test_averages_are_of_the_authoritys_own_group(averaging: Averaging, upheld: int) -> None:
    one = {"compliance_outcomes": 0, "remedied": 0}
    figures = [
        some_figures("OXO", investigated=1, upheld=1, **one),
        some_figures("ADU", investigated=3, upheld=0, **one),
        some_figures("CMD", investigated=2, upheld=2, **one),
    ]
    authorities = [
        an_authority("OXO"),
        an_authority("ADU"),
        an_authority("CMD", group="London Borough"),
    ]
    drafting = draw_up(a_plan(averaging=averaging), known(*authorities, figures=figures))
    assert boxes(drafting, "OXO")[0] == (100, upheld)
    assert boxes(drafting, "CMD")[0] == (100, 100)


def test_given_averages_are_taken_as_they_are() -> None:
    shares = {"upheld": 45, "compliance": 99, "remedies": 11}
    given = {"District Council": {key: Average(percent=each) for key, each in shares.items()}}
    plan = a_plan(averaging=Averaging.GIVEN, given_averages=given)
    drafting = draw_up(plan, known(an_authority()))
    assert [average for _, average in boxes(drafting, "OXO")] == [45, 99, 11]


def test_a_body_outside_the_groups_has_no_average() -> None:
    park = an_authority("PEAK", kind="national park authority", group=None)
    plan = a_plan(inclusion=Inclusion(kinds=("national park authority",)))
    drafting = draw_up(plan, known(park))
    assert [average for _, average in boxes(drafting, "PEAK")] == [None, None, None]


def test_only_tables_that_add_up_are_shown() -> None:
    whole = {"received": 3, "received_housing": 1, "received_other": 2}
    gaps: dict[str, Any] = {"decided": 9, "decided_upheld": 2}
    drafting = draw_up(a_plan(), known(an_authority(), figures=[some_figures(**whole, **gaps)]))
    [table] = only(drafting).content.tables
    assert (table.key, table.total, table.rows) == (
        "received",
        3,
        (("housing", 1), ("other", 2)),
    )


def test_each_of_two_successors_gets_a_letter_of_its_own() -> None:
    gone = an_authority("AYL", last_day=date(2020, 3, 31), successors=("CHI", "OXO"))
    chain = an_authority("CHI", last_day=date(2020, 5, 31), successors=("BUC",))
    drafting = draw_up(a_plan(), known(gone, chain, an_authority("BUC"), an_authority("OXO")))
    assert said(drafting) == [
        (
            "AYL",
            False,
            "ended on 31 March 2020, and BUC and OXO came after it: each gets a letter about it",
        )
    ]
    about = [each for each in drafting.drafts if each.content.authority == gone]
    assert [each.content.code for each in about] == ["AYL/BUC", "AYL/OXO"]
    assert [each.content.addressee.authority for each in about] == ["BUC", "OXO"]
    assert [[other.code for other in each.content.also_to] for each in about] == [["OXO"], ["BUC"]]
    assert about[0].content.boxes == about[1].content.boxes


def test_a_successor_that_has_ended_as_well_does_not_hide_the_other() -> None:
    gone = an_authority("AYL", last_day=date(2020, 3, 31), successors=("CHI", "OXO"))
    ended = an_authority("CHI", last_day=date(2020, 5, 31))
    drafting = draw_up(a_plan(), known(gone, an_authority("OXO"), ended, figures=()))
    assert [each.authority for each in drafting.findings if "successor" in each.message] == []


def test_those_below_the_minimum_get_a_letter_without_figures_where_a_plan_says_so() -> None:
    small = Inclusion(kinds=("council",), minimum={"investigated": 5}, writes_below=True)
    figures = [Figures(authority="OXO", year="2019-20", counts={"investigated": 4})]

    content = only(draw_up(a_plan(inclusion=small), known(an_authority(), figures=figures))).content

    assert content.is_below_minimum
    assert not content.boxes


def test_a_letter_compares_with_the_period_before_where_a_plan_says_so() -> None:
    now = known(an_authority("OXO"), an_authority("ADU"))
    then = {"OXO": some_figures("OXO", investigated=10, upheld=1)}
    plan = a_plan(with_previous=True)

    adur, oxford = (each.content for each in draw_up(plan, replace(now, before=then)).drafts)

    assert (oxford.year, oxford.year_before) == ("2019-20", "2018-19")
    assert oxford.boxes[0].before
    assert (oxford.boxes[0].percent, oxford.boxes[0].before.percent) == (50, 10)
    assert oxford.boxes[0].before.average == 10
    assert adur.boxes[0].before is None


def test_a_scheme_counts_what_its_plan_names_in_the_order_of_its_set() -> None:
    findings = Breakdown(
        key="findings", title="Findings", rows={"none": "No fault", "fault": "Fault"}
    )
    counts = {"findings": 3, "findings_fault": 1, "findings_none": 2, "orders": 7}
    plan = a_plan(
        measures=(Measure(key="fault", title="Fault", count="findings_fault", base="findings"),),
        figures=FigureSet(counts={"orders": "Orders"}, tables=(findings,), shown=("orders",)),
    )
    figures = [Figures(authority="OXO", year="2019-20", counts=counts)]

    content = only(draw_up(plan, known(an_authority(), figures=figures))).content

    assert content.tables[0].rows == (("none", 2), ("fault", 1))
    assert content.tables[0].title == "Findings"
    assert content.tables[0].called == {"none": "No fault", "fault": "Fault"}
    assert content.counts == {"orders": 7}
