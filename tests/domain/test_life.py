from __future__ import annotations

from enum import Enum
from itertools import product

import pytest

from dispatch.domain import delivery, letter, mailout
from dispatch.domain.errors import ImpossibleMove
from dispatch.domain.life import Life
from dispatch.domain.tracking import reminders


class Light(Enum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


LIFE = Life(
    "a light",
    {
        Light.GREEN: frozenset({Light.AMBER}),
        Light.AMBER: frozenset({Light.RED}),
        Light.RED: frozenset(),
    },
    begins=frozenset({Light.GREEN, Light.RED}),
    unseen=frozenset({Light.AMBER}),
)


@pytest.mark.parametrize(
    ("before", "then", "may"),
    [
        (None, Light.GREEN, True),
        (None, Light.AMBER, False),
        (Light.GREEN, Light.AMBER, True),
        (Light.GREEN, Light.RED, True),  # by way of amber, which no event tells of
        (Light.GREEN, Light.GREEN, False),
        (Light.RED, Light.GREEN, False),
    ],
)
def test_events_may_leave_out_a_state_that_none_tells_of(
    before: Light | None, then: Light, *, may: bool
) -> None:
    assert LIFE.tells(before, then) is may


def test_a_move_in_the_table_is_made() -> None:
    assert LIFE.move(Light.GREEN, Light.AMBER) is Light.AMBER


def test_any_other_move_is_refused() -> None:
    with pytest.raises(ImpossibleMove, match="a light that is green cannot become red"):
        LIFE.move(Light.GREEN, Light.RED)
    with pytest.raises(ImpossibleMove, match="that is red cannot become red"):
        LIFE.move(Light.RED, Light.RED)


def test_one_state_that_cannot_follow_is_enough_to_refuse_a_move_of_many() -> None:
    LIFE.check([Light.GREEN], Light.AMBER)
    LIFE.check([], Light.GREEN)
    with pytest.raises(ImpossibleMove, match="that is red cannot become amber"):
        LIFE.check([Light.GREEN, Light.RED], Light.AMBER)


def test_a_life_ends_where_nothing_follows() -> None:
    assert LIFE.ends == {Light.RED}


@pytest.mark.parametrize(
    "life", [delivery.LIFE, letter.LIFE, mailout.LIFE, reminders.LIFE], ids=lambda life: life.record
)
def test_every_state_has_its_line_in_the_table_and_moves_only_as_it_says(life: Life[Enum]) -> None:
    states = list(type(next(iter(life.moves))))
    assert set(life.moves) == set(states)
    for current, new in product(states, states):
        if new in life.moves[current]:
            assert life.move(current, new) is new
        else:
            with pytest.raises(ImpossibleMove, match=f"that is {current.value} cannot become"):
                life.move(current, new)
