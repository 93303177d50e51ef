from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dispatch.domain.checks.references import TemplateNames, findings, of_template
from dispatch.domain.letters.drafting import Register, draw_up
from dispatch.domain.mailout import Inclusion, Plan
from dispatch.domain.register.authority import Authority
from tests.factories import a_contact, a_plan, an_authority, some_figures

GROUPS = (
    "County Council",
    "District Council",
    "Metropolitan Borough",
    "Unitary Council",
    "London Borough",
)


def known(*authorities: Authority) -> Register:
    return Register(
        authorities={each.code: each for each in authorities},
        contacts={(each.code, "chief executive"): a_contact(each.code) for each in authorities},
        figures={each.code: some_figures(each.code) for each in authorities},
    )


def said(plan: Plan, *authorities: Authority) -> list[tuple[str | None, str, str]]:
    found = findings(plan, known(*authorities))
    return [(each.authority, each.place, each.message) for each in found]


@pytest.mark.parametrize(
    ("group", "meant", "is_taken"),
    [
        ("District Council", None, True),
        ("DISTRICT COUNCIL", None, True),
        ("district-council", None, True),
        ("District  Council", None, True),
        ("District Councils", "District Council", True),
        ("metropolitan boroughs", "Metropolitan Borough", True),
        ("Unitary Authority", "Unitary Council", False),
        ("Non-metropolitan District", "District Council or Metropolitan Borough", False),
        ("County", "County Council", False),
        ("Distrct Council", "District Council", False),
        ("London", "London Borough", False),
    ],
)
def test_a_group_is_taken_however_it_is_spelt_and_a_near_miss_is_a_finding(
    group: str, meant: str | None, *, is_taken: bool
) -> None:
    plan = a_plan(groups=GROUPS, cc_roles=())
    authority = an_authority("ZZA", group=group)
    found = said(plan, authority)
    assert [f"did you mean {meant}?" in message for _, _, message in found] == [True] * bool(meant)
    [draft] = draw_up(plan, known(authority)).drafts
    assert (draft.content.group is not None, draft.content.boxes[0].average is not None) == (
        is_taken,
        is_taken,
    )


def test_a_group_that_is_near_to_none_is_a_finding_as_well() -> None:
    plan = a_plan(groups=("London Borough",))
    [(code, place, message)] = said(plan, an_authority("OXO", group="District Council"))
    assert (code, place) == ("OXO", "group")
    assert message.startswith("no group of the plan is called that: the letter would say that")


def test_an_authority_without_a_group_is_named_if_most_of_its_kind_have_one() -> None:
    park = {"kind": "national park", "group": None}
    plan = a_plan(inclusion=Inclusion(kinds=("council", "national park")))
    found = said(
        plan,
        *(an_authority(code) for code in ("ADU", "OXO")),
        an_authority("ZZA", group=None),
        *(an_authority(code, **park) for code in ("PDN", "NFN")),
    )
    assert [(code, place) for code, place, _ in found] == [("ZZA", "group")]


@pytest.mark.parametrize("kind", ["councils", "Council", "COUNCIL"])
def test_a_kind_is_taken_however_it_is_spelt(kind: str) -> None:
    plan = a_plan(inclusion=Inclusion(kinds=(kind,)))
    assert said(plan, an_authority()) == []
    assert plan.inclusion.covers(an_authority())


def test_a_kind_that_no_authority_has_is_named() -> None:
    plan = a_plan(inclusion=Inclusion(kinds=("councl",)))
    message = 'no authority is of the kind "councl"; did you mean council?'
    assert said(plan, an_authority()) == [(None, "inclusion.kinds", message)]


def test_authorities_of_a_kind_that_is_nearly_the_plans_are_named_since_they_get_no_letter() -> (
    None
):
    plan = a_plan(inclusion=Inclusion(kinds=("council", "national park")))
    park = an_authority("NFN", kind="national park", group=None)
    other = an_authority("PDN", kind="national park authority", group=None)
    regional = an_authority("LVP", kind="regional park authority", group=None)
    [(code, place, message)] = said(plan, an_authority(), park, other, regional)
    assert (code, place) == ("PDN", "kind")
    assert message.endswith("did you mean national park?")


@pytest.mark.parametrize(
    "changes",
    [
        {"bespoke": {"OXX": "A paragraph."}},
        {"attachments": {"OXX": ()}},
        {"substitutes": {"OXX": a_plan().signatory}},
        {"inclusion": Inclusion(kinds=("council",), without=frozenset({"OXX"}))},
    ],
)
def test_a_code_in_the_plan_that_no_authority_has_is_named(changes: dict[str, Any]) -> None:
    [(code, _, message)] = said(a_plan(**changes), an_authority())
    assert code is None
    assert message == "no authority has this code; did you mean OXO?"


def test_a_paragraph_for_an_authority_that_gets_no_letter_is_named() -> None:
    park = an_authority("PDN", kind="national park")
    [(code, place, _)] = said(a_plan(bespoke={"PDN": "A paragraph."}), an_authority(), park)
    assert (code, place) == ("PDN", "bespoke")


def test_a_successor_that_is_not_registered_is_named() -> None:
    gone = an_authority("AYL", last_day=date(2020, 3, 31), successors=("BUX",))
    [(code, place, message)] = said(a_plan(), gone, an_authority("BUC"))
    assert (code, place) == ("AYL", "successors")
    assert message == "no authority has the code of this successor; did you mean BUC?"


def test_a_minimum_of_a_count_that_is_not_known_is_named_since_it_costs_the_letter() -> None:
    plan = a_plan(inclusion=Inclusion(kinds=("council",), minimum={"dealt_with": 5, "upheld": 9}))
    [(code, place, message)] = said(plan, an_authority())
    assert (code, place) == ("OXO", "inclusion.minimum")
    assert message.startswith("gets no letter: the figures lack dealt_with, of which")


def test_constants_are_compared_with_what_the_template_prints() -> None:
    names = TemplateNames(
        needed=frozenset({"courses", "seminar_delegates"}),
        optional=frozenset({"training_remark"}),
        pictures=frozenset({"logo.svg", "signature.svg"}),
    )
    plan = a_plan(
        constants={"courses": 1, "seminar_delegate": 2, "training_remarks": "More.", "other": 3},
        substitutes={"OXO": replace(a_plan().signatory, signature="signiture.svg")},
    )
    used = "the template has no use for this constant"
    assert [(each.place, each.message) for each in of_template(plan, names)] == [
        ("constants.other", used),
        ("constants.seminar_delegate", f"{used}; did you mean seminar_delegates?"),
        ("constants.training_remarks", f"{used}; did you mean training_remark?"),
        (
            "constants.seminar_delegates",
            (
                "the template prints this constant, and the plan does not give it: letters that "
                "print it cannot be made; did you mean seminar_delegate?"
            ),
        ),
        (
            "signatory.signature",
            (
                "there is no picture signiture.svg in the folder of the template annual-review: "
                "letters with this signature cannot be made; did you mean signature.svg?"
            ),
        ),
    ]
