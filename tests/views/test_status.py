from __future__ import annotations

from dispatch.domain.delivery import DeliveryState
from dispatch.views.status import counts


def test_states_are_counted_in_words() -> None:
    assert counts({DeliveryState.ACCEPTED: 687, DeliveryState.IN_DOUBT: 2}) == (
        "687 accepted, 2 in doubt"
    )
    assert counts({}) == "none"
