from __future__ import annotations

import pytest

from dispatch.domain.replies.likeness import likeness, without_addresses
from dispatch.domain.replies.reading import LINE_END


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


def test_words_and_hosts_are_told_apart_within_one_run_of_characters() -> None:
    """Whole runs with a digit go, and names of hosts; what stands next to those stays."""
    assert likeness("no (mx.oxo.example) _user-x.y_ q1:bad relay:denied a..b") == (
        "no relay denied a b"
    )


@pytest.mark.parametrize("text", ["a-", "@", "a.", " "])
def test_a_long_reply_without_a_space_costs_linear_time(text: str) -> None:
    """A pattern that gave back would take minutes for these; a receiving server may choose them."""
    long = text * (20_000 // len(text))
    assert len(likeness(long)) <= len(long)
    assert len(LINE_END.sub(" ", long)) == len(long)
