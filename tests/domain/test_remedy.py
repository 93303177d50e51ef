from __future__ import annotations

from dispatch.domain.remedy import PASSIVE, Remedy, RemedyKind


def test_to_wait_is_not_an_act() -> None:
    assert not Remedy(kind=RemedyKind.WAIT).is_act
    assert Remedy(kind=RemedyKind.RENDER, mailout="letters-2020").is_act
    assert RemedyKind.NOTHING in PASSIVE
