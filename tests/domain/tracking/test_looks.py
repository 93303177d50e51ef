from __future__ import annotations

import pytest

from dispatch.domain.tracking.looks import LONGEST_SECONDS, SHARE, wait_after


@pytest.mark.parametrize(("took", "waits"), [(0.001, 0.25), (0.1, 15.0), (9.0, LONGEST_SECONDS)])
def test_the_longer_a_look_took_the_longer_the_next_waits_but_not_for_ever(
    took: float, waits: float
) -> None:
    assert wait_after(took, least=0.25) == pytest.approx(waits)


def test_a_look_takes_less_than_a_hundredth_of_a_core() -> None:
    assert 1 / (1 + SHARE) < 0.01
