from __future__ import annotations

import pytest

from dispatch.domain.proof.ledger import Event
from dispatch.proof.states import agrees, replayed
from tests.factories import RELEASE_AT


def told(*actions: str, **detail: str) -> str | None:
    return replayed(Event(RELEASE_AT, "sam", action, "x:y", detail) for action in actions)


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        ((), None),
        (("delivery.noticed",), None),
        (("delivery.queued", "delivery.accepted", "delivery.noticed"), "accepted"),
        (("delivery.accepted", "delivery.bounced", "delivery.late_reply"), "bounced"),
        (("delivery.resent",), "queued"),
        (("letter.rendered",), "rendered"),
        (("letter.proposed", "letter.approved"), "rendered"),
        (("letter.proposed", "letter.withdrawn"), "void"),
        (("mailout.planned", "mailout.render"), "draft"),
        (("mailout.approved", "mailout.reopened"), "draft"),
        (("mailout.sent", "contact.replaced"), "sent"),
    ],
)
def test_the_last_word_counts(actions: tuple[str, ...], state: str | None) -> None:
    assert told(*actions) == state


def test_a_doubt_is_settled_as_the_event_says() -> None:
    assert told("delivery.in_doubt", "delivery.settled", **{"as": "accepted"}) == "accepted"
    assert told("delivery.in_doubt", "delivery.settled", **{"as": "not-sent"}) == "queued"


def test_a_delivery_moves_without_a_word_while_it_is_on_its_way() -> None:
    assert agrees("offered", "deferred")
    assert agrees("accepted", "accepted")
    assert not agrees("accepted", "queued")
    assert not agrees("queued", "accepted")
    assert not agrees("queued", None)
