from __future__ import annotations

import pytest

from dispatch.domain.posting.envelope import A4_HEIGHT, C5, DL, ENVELOPES, Box, Envelope


def seen(envelope: Envelope, right: float, down: float) -> Box:
    """Return the part of the sheet that is under the window, if the sheet lies there."""
    top = envelope.height - envelope.from_bottom - envelope.window_height - down
    left = envelope.from_left - right
    return Box(left, top, left + envelope.window_width, top + envelope.window_height)


@pytest.mark.parametrize("envelope", ENVELOPES.values(), ids=ENVELOPES)
def test_the_address_shows_however_the_sheet_lies_and_nothing_else_does(
    envelope: Envelope,
) -> None:
    across, along = envelope.slack
    assert across > 0
    assert along > 0
    for right in (0.0, across / 2, across):
        for down in (0.0, along / 2, along):
            assert seen(envelope, right, down).holds(envelope.address)
            assert envelope.may_show.holds(seen(envelope, right, down))
    assert envelope.address.bottom < envelope.folds[0]
    assert envelope.may_show.left > 0


def test_the_lengths_are_those_of_british_envelopes() -> None:
    assert DL.shows == Box(20, 57, 100, 81)
    assert C5.shows == Box(20, 67, 91, 88.5)
    assert DL.folds == (A4_HEIGHT / 3, A4_HEIGHT / 3 * 2)
    assert C5.folds == (A4_HEIGHT / 2,)
