from __future__ import annotations

import pytest

from dispatch.domain.upkeep.given import Standing, standing


@pytest.mark.parametrize(
    ("given", "now", "new", "stands"),
    [
        (None, None, "a", Standing.NEW),
        ("a", "a", "a", Standing.SAME),
        ("a", "b", "b", Standing.SAME),  # taken over by hand
        (None, "a", "a", Standing.SAME),  # laid out by a run that was interrupted
        ("a", "a", "b", Standing.OURS),
        ("a", "x", "a", Standing.YOURS),
        ("a", "x", "b", Standing.BOTH),
        (None, "x", "b", Standing.BOTH),  # the office had a file of that name before
        ("a", None, "a", Standing.REMOVED),
        ("a", None, "b", Standing.REMOVED),
        ("a", "a", None, Standing.DROPPED),
        ("a", "x", None, Standing.DROPPED),
    ],
)
def test_three_digests_say_how_a_file_stands(
    given: str | None, now: str | None, new: str | None, stands: Standing
) -> None:
    assert standing(given, now, new) is stands
