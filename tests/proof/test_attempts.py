from __future__ import annotations

from uuid import uuid4

import pytest

from dispatch.database import Sessions
from dispatch.domain.proof.ledger import Event
from dispatch.proof.attempts import problems
from dispatch.proof.store.states import Numbered, RecordState, Tried
from tests.factories import RELEASE_AT

TAKEN = Tried("x.1", "accepted", 250)
TOLD = {"attempt": "1", "envid": "x.1", "verdict": "accepted"}
MAIL = "0123456789"


@pytest.mark.parametrize(
    ("tried", "action", "detail", "found"),
    [
        (TAKEN, "delivery.accepted", TOLD, None),
        (TAKEN, "delivery.settled", {"as": "accepted", "because": "by telephone"}, None),
        (TAKEN, "delivery.noticed", {}, None),
        (Tried("x.1", "deferred", 550), "delivery.queued", {}, None),  # it was about us
        (Tried("x.1", "in_doubt", None), "delivery.in_doubt", {}, None),
        (
            Tried("x.1", "refused", 550),
            "delivery.accepted",
            TOLD,
            "has an attempt 1 that is x.1, refused, but an event says x.1, accepted (event 5)",
        ),
        (
            Tried("x.2", "accepted", 250),
            "delivery.accepted",
            TOLD,
            "has an attempt 1 that is x.2, accepted, but an event says x.1, accepted (event 5)",
        ),
        (
            TAKEN,
            "delivery.accepted",
            {**TOLD, "attempt": "2"},
            "has no attempt 2, of which an event tells (event 5)",
        ),
        (
            Tried("x.1", "accepted", 550),
            "delivery.accepted",
            TOLD,
            "has an attempt 1 that cannot be accepted by a reply 550",
        ),
        (
            Tried("x.1", "refused", 250),
            "delivery.queued",
            {},
            "has an attempt 1 that cannot be refused by a reply 250",
        ),
        (
            Tried("x.1", "read", None),
            "delivery.queued",
            {},
            "has an attempt 1 that cannot be read without a reply",
        ),
        (
            TAKEN,
            "delivery.delivered",
            {},
            "is told to be delivered, but no attempt, message or reason is named (event 5)",
        ),
        (
            TAKEN,
            "delivery.bounced",
            {"mail": MAIL},
            "is told to be bounced, but no message 01234567 came in (event 5)",
        ),
    ],
)
def test_what_events_say_rests_on_something(
    sessions: Sessions, tried: Tried, action: str, detail: dict[str, str], found: str | None
) -> None:
    event = Event(RELEASE_AT, "worker", action, "delivery:x", detail)
    delivery = RecordState(uuid4(), "accepted", [Numbered(5, event)], {"1": tried})
    with sessions.read() as session:
        assert list(problems(session, delivery)) == ([found] if found else [])
