from __future__ import annotations

from dispatch.domain.letters.finding import Finding, grouped, listed


def test_findings_that_say_the_same_are_put_together_and_those_that_stop_letters_are_first() -> (
    None
):
    look = [Finding(authority=code, place="contacts", message="look") for code in ("ADU", "OXO")]
    stop = Finding(authority="WOT", place="figures", is_fatal=True, message="none")
    assert [group.findings for group in grouped([*look, stop])] == [(stop,), tuple(look)]


def test_a_long_list_is_counted() -> None:
    assert listed(["ADU"], 2) == "ADU"
    assert listed(["ADU", "OXO"], 2) == "ADU and OXO"
    assert listed(["ADU", "OXO", "WOT", "ZZA"], 2) == "ADU, OXO and 2 more"
