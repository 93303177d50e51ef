from __future__ import annotations

from dispatch.domain.letters.finding import Finding, grouped


def test_findings_that_say_the_same_are_put_together_and_those_that_stop_letters_are_first() -> (
    None
):
    look = [Finding(authority=code, place="contacts", message="look") for code in ("ADU", "OXO")]
    stop = Finding(authority="WOT", place="figures", is_fatal=True, message="none")
    assert [group.findings for group in grouped([*look, stop])] == [(stop,), tuple(look)]
