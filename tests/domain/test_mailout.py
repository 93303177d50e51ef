from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from dispatch.domain.mailout import (
    LIFE,
    REOPENED_BY_CHANGE,
    Inclusion,
    MailoutState,
    Signatory,
)
from tests.factories import a_plan, an_authority, some_figures


def test_every_state_can_be_reached_from_draft() -> None:
    reached = {MailoutState.DRAFT}
    for _ in MailoutState:
        reached |= {new for state in reached for new in LIFE.moves[state]}
    assert reached == set(MailoutState)


def test_a_mailout_can_be_cancelled_until_it_is_public() -> None:
    ended = {MailoutState.UPLOADED, MailoutState.CANCELLED}
    cancellable = {state for state in MailoutState if MailoutState.CANCELLED in LIFE.moves[state]}
    assert cancellable == set(MailoutState) - ended


def test_what_a_change_reopens_can_go_back_to_draft() -> None:
    assert all(MailoutState.DRAFT in LIFE.moves[state] for state in REOPENED_BY_CHANGE)


def test_letters_that_are_leaving_cannot_go_back_to_draft() -> None:
    assert MailoutState.DRAFT not in LIFE.moves[MailoutState.RELEASING]


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        pytest.param(date(2020, 7, 22), datetime(2020, 7, 22, 8, tzinfo=UTC), id="summer"),
        pytest.param(date(2020, 11, 18), datetime(2020, 11, 18, 9, tzinfo=UTC), id="winter"),
    ],
)
def test_letters_go_at_nine_by_londons_clocks(day: date, utc: datetime) -> None:
    assert a_plan(letter_date=day, send_at=time(9)).release_at == utc


def test_only_groups_of_the_plan_are_compared() -> None:
    plan = a_plan(groups=("London Borough",))
    assert plan.group_of(an_authority("CMD", group="London Borough")) == "London Borough"
    assert plan.group_of(an_authority(group="District Council")) is None


def test_a_substitute_signs_for_one_authority() -> None:
    substitute = Signatory(name="Nigel Ellis", lines=("Chief Executive",))
    plan = a_plan(substitutes={"EAL": substitute})
    assert plan.signatory_for("EAL") is substitute
    assert plan.signatory_for("OXO") is plan.signatory


def test_inclusion_is_by_kind_by_name_and_by_size() -> None:
    inclusion = Inclusion(kinds=("council",), minimum={"upheld": 2}, without=frozenset({"ADU"}))
    assert inclusion.covers(an_authority())
    assert not inclusion.covers(an_authority("ADU"))
    assert not inclusion.covers(an_authority(kind="fire authority"))
    assert inclusion.reaches(some_figures(upheld=2))
    assert not inclusion.reaches(some_figures(upheld=1))
