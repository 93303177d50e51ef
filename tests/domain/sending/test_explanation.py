from __future__ import annotations

import pytest

from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Reply
from dispatch.domain.sending.explanation import explained, in_short, may_be_about_us

DENIED = Reply(".", 554, "5.2.252 SendAsDenied")
NOBODY = Reply("RCPT", 550, "5.1.1 no such user")
ODD = Reply("RCPT", 550, "5.9.9 mumble")


@pytest.mark.parametrize(
    ("reply", "whose", "then"),
    [
        (DENIED, Whose.US, "add `--about-council`"),
        (Reply("AUTH", 535, "5.7.3 no"), Whose.US, "`dispatch mailout resume NAME`"),
        (Reply("RCPT", 451, "4.7.500 Server busy"), Whose.PACE, "more slowly"),
        (NOBODY, Whose.COUNCIL, "is not offered again"),
        (Reply("RCPT", 450, "4.7.1 Greylisted"), Whose.COUNCIL, "is offered again, until"),
        (Reply("SELECT", 0, "BAD User is authenticated but not connected"), Whose.US, "is read"),
        (ODD, None, "from 5 receiving domains in a row"),
        (Reply("RCPT", 451, "4.3.0 local error"), None, "is offered again"),
        (Reply("CONNECT", 421, "4.3.2 busy"), None, "left alone for a while"),
        (Reply(".", 250, "2.0.0 queued"), None, "counts as accepted"),
    ],
)
def test_a_reply_is_explained_by_whose_it_is_and_what_happens(
    reply: Reply, whose: Whose | None, then: str
) -> None:
    found = explained(reply)
    assert found.whose is whose
    assert then in found.then


def test_a_reply_that_nobody_knows_is_told_as_such_with_what_its_class_means() -> None:
    found = explained(Reply("RCPT", 451, "4.3.1 mumble"))
    assert not found.is_known
    assert "not a reply that dispatch knows" in found.means
    assert "not now" in found.means
    assert "no room left" in found.means


def test_what_ends_in_a_yes_needs_no_words() -> None:
    assert in_short(None) is None
    assert in_short(Reply(".", 250, "2.0.0 queued")) is None
    assert (in_short(NOBODY) or "").startswith("there is no such mailbox; ")


def test_only_what_may_be_about_us_counts_for_a_row() -> None:
    rows = [(DENIED, False), (NOBODY, False), (ODD, True), (Reply(".", 250, "ok"), False)]
    assert [may_be_about_us(reply, is_first=True) for reply, _ in rows] == [
        is_so for _, is_so in rows
    ]
    busy = Reply("RCPT", 451, "4.3.0 not now")
    assert not may_be_about_us(busy, is_first=True)
    assert may_be_about_us(busy, is_first=False)
