from __future__ import annotations

import pytest

from dispatch.domain.bearing import bearing, leads_to
from dispatch.domain.delivery import TRANSITIONS, DeliveryState
from dispatch.domain.notice import Action, Category, Fate, Notice, Reason

OURS = "Chief@OXO.example"


def a_notice(*fates: Fate, category: Category = Category.BOUNCE) -> Notice:
    return Notice(category=category, fates=fates)


def a_fate(
    address: str = "chief@oxo.example", action: Action = Action.FAILED, **more: bool
) -> Fate:
    return Fate(address=address, action=action, **more)  # type: ignore[arg-type]


def test_our_own_address_counts_among_many_and_its_worst_fate_holds() -> None:
    delayed, failed = a_fate(action=Action.DELAYED), a_fate()
    said = bearing(a_notice(a_fate("a@b.example"), delayed, failed), OURS)
    assert said
    assert (said.fate, said.is_own_address) == (failed, True)


def test_one_other_address_is_ours_by_another_name() -> None:
    said = bearing(a_notice(a_fate("a@b.example"), a_fate("A@b.example")), OURS)
    assert said
    assert not said.is_own_address
    assert not said.counts_against_address


def test_several_others_are_not_ours() -> None:
    assert bearing(a_notice(a_fate("a@b.example"), a_fate("c@d.example")), OURS) is None


@pytest.mark.parametrize(
    ("category", "action"),
    [(Category.BOUNCE, Action.FAILED), (Category.DELAYED, Action.DELAYED)],
)
def test_a_report_without_names_is_about_the_one_recipient(
    category: Category, action: Action
) -> None:
    said = bearing(a_notice(category=category), OURS)
    assert said
    assert (said.fate.action, said.fate.is_hard) == (action, False)


@pytest.mark.parametrize(
    "category", [each for each in Category if each not in {Category.BOUNCE, Category.DELAYED}]
)
def test_nothing_else_says_anything_without_names(category: Category) -> None:
    assert bearing(a_notice(category=category), OURS) is None


def test_only_a_report_tells_a_fate() -> None:
    assert bearing(a_notice(a_fate(), category=Category.AUTOREPLY), OURS) is None


def test_what_is_held_against_us_does_not_count_against_the_address() -> None:
    for fate in (a_fate(is_about_us=True), a_fate(action=Action.DELAYED)):
        said = bearing(a_notice(fate), OURS)
        assert said
        assert not said.counts_against_address
    said = bearing(a_notice(Fate(address=OURS, action=Action.FAILED, reason=Reason.DISABLED)), OURS)
    assert said
    assert said.counts_against_address


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("address", [OURS, "else@where.example"])
def test_a_notice_moves_a_delivery_only_where_the_table_allows_and_never_back(
    state: DeliveryState, action: Action, address: str
) -> None:
    said = bearing(a_notice(a_fate(address, action)), OURS)
    assert said
    to = leads_to(state, said)
    if to is not None:
        assert to in TRANSITIONS[state]
        assert to in {DeliveryState.DELIVERED, DeliveryState.BOUNCED}
        assert state is not DeliveryState.BOUNCED
