from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from dispatch.domain.people.signing_in import LONGEST_WAIT, wait_after


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900)]
)
def test_an_account_waits_longer_after_each_failure(failures: int, seconds: int) -> None:
    assert wait_after(failures) == timedelta(seconds=seconds)


def test_no_wait_is_shorter_than_the_one_before_or_too_long() -> None:
    waits = [wait_after(each) for each in (*range(40), 10**9)]
    assert all(before <= after for before, after in pairwise(waits))
    assert max(waits) == LONGEST_WAIT
