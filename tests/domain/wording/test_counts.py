from __future__ import annotations

from dispatch.domain.wording.counts import listed, some


def test_a_long_list_is_counted() -> None:
    assert listed(["ADU"], 2) == "ADU"
    assert listed(["ADU", "OXO"], 2) == "ADU and OXO"
    assert listed(["ADU", "OXO", "WOT", "ZZA"], 2) == "ADU, OXO and 2 more"


def test_a_list_for_a_sentence_that_goes_on_has_commas_alone() -> None:
    assert some(["ADU", "OXO"], 2) == "ADU, OXO"
    assert some(["ADU", "OXO", "WOT"], 2) == "ADU, OXO and 1 more"
