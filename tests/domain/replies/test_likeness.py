from __future__ import annotations

import pytest

from dispatch.domain.replies.likeness import likeness, without_addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5.7.1 <ce@a.example>: no", "5.7.1 <lo@b.example>: no"),
        ("refused [id 4Fx9z] at 10:02:11", "refused [id 7Kq1b] at 10:02:12"),
        ("a.example does not like you", "b.c.example does not like you"),
    ],
)
def test_replies_that_differ_by_the_recipient_alone_are_alike(one: str, other: str) -> None:
    assert likeness(one) == likeness(other) != ""


def test_replies_that_say_something_else_are_not_alike() -> None:
    assert likeness("5.7.1 not today") != likeness("5.7.1 not on a Sunday")


def test_an_address_is_not_repeated() -> None:
    assert without_addresses("<ce@a.example>: no, ce@a.example") == "<...>: no, <...>"
