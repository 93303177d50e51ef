from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.proposal import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Proposal):
    mailout: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Proposal):
    mailout: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Proposal):
    delivery_id: UUID
    address: str
    remark: str

    @property
    def effect(self) -> object:
        return [str(self.delivery_id), self.address]


WHOLE = Whole(mailout="letters-2020", codes=("OXO", "ADU"))
PART = Part(delivery_id=UUID(int=1), address="chief@oxo.example", remark="first")


def test_what_was_agreed_to_may_be_done() -> None:
    WHOLE.check(WHOLE.digest)
    replace(WHOLE).check(WHOLE.digest)


@pytest.mark.parametrize(
    "now", [replace(WHOLE, codes=("OXO",)), replace(WHOLE, codes=("ADU", "OXO")), PART]
)
def test_anything_else_is_to_be_reviewed_again(now: Proposal) -> None:
    with pytest.raises(ChangedMeanwhile, match="changed since it was shown: review it again"):
        now.check(WHOLE.digest)


def test_nothing_is_agreed_to_by_an_empty_digest() -> None:
    with pytest.raises(RuleBroken):
        WHOLE.check("")


def test_the_same_values_of_another_kind_of_proposal_are_another_proposal() -> None:
    assert Other(mailout=WHOLE.mailout, codes=WHOLE.codes).digest != WHOLE.digest


def test_what_is_not_part_of_the_effect_may_change() -> None:
    replace(PART, remark="second").check(PART.digest)
    with pytest.raises(ChangedMeanwhile):
        replace(PART, address="other@oxo.example").check(PART.digest)


def test_an_effect_that_cannot_be_spelled_is_a_mistake_of_ours() -> None:
    @dataclass(frozen=True, slots=True)
    class Wrong(Proposal):
        delivery_id: UUID

    with pytest.raises(TypeError, match="JSON has no UUID"):
        _ = Wrong(UUID(int=1)).digest
