"""Groups of states have one name and one place each."""

from __future__ import annotations

from collections import Counter
from enum import Enum
from types import ModuleType

import pytest

from dispatch.domain import delivery, letter, mailout
from dispatch.domain.tracking import reminders


def groups(module: ModuleType) -> dict[str, frozenset[Enum]]:
    return {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_")
        if isinstance(value, frozenset) and all(isinstance(each, Enum) for each in value)
    }


@pytest.mark.parametrize("module", [delivery, letter, mailout, reminders])
def test_no_two_groups_of_states_have_the_same_members(module: ModuleType) -> None:
    found = Counter(groups(module).values())
    assert [members for members, count in found.items() if count > 1] == []


@pytest.mark.parametrize("module", [delivery, letter, mailout])
def test_every_group_of_states_is_named_where_the_states_are(module: ModuleType) -> None:
    assert groups(module)
    states = set(module.LIFE.moves)
    assert all(members < states for members in groups(module).values())
