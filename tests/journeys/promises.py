"""What must hold of a delivery at every moment: by the mail server and by the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from dispatch.database.tables import Attempt, Delivery
from dispatch.domain.delivery import HELD, WAITING, DeliveryState
from dispatch.domain.proof.ledger import Event

_S = DeliveryState


def check_copies(row: Delivery, copies: int) -> None:
    """Nobody gets a letter twice, and the record says of each what is so."""
    assert copies <= 1
    match row.state:
        case _S.ACCEPTED:
            assert copies == 1
        case _S.OFFERED | _S.IN_DOUBT:
            pass
        case _:
            assert copies == 0


def check_whereabouts(row: Delivery, tries: Sequence[Attempt]) -> None:
    """No letter is lost in silence: somebody moves it on, or its end has a cause."""
    last = tries[-1] if tries else None
    match row.state:
        case state if state in HELD:
            assert row.lease_until
            assert row.attempts
        case state if state in WAITING:
            assert row.lease_until is None
            assert row.due_at < row.not_after + timedelta(days=1)
            if state is _S.DEFERRED:
                assert last
                assert (last.number, last.verdict) == (row.attempts, "deferred")
        case _S.REFUSED:
            assert last
            assert (last.number, last.verdict) == (row.attempts, "refused")
            assert last.code
        case _S.IN_DOUBT:
            assert last
            assert last.number == row.attempts
            assert last.offered_at
            assert last.text
        case state:
            assert state in {_S.ACCEPTED, _S.EXPIRED, _S.CANCELLED}
            assert row.lease_until is None


def check_story(row: Delivery, tries: Sequence[Attempt], story: Sequence[Event]) -> None:
    """The ledger alone tells where a delivery stands, and of each attempt once."""
    told = told_state(story)
    if row.state in HELD | {_S.QUEUED}:
        assert told in WAITING  # a worker took it since, and may have given it back
    else:
        assert told is row.state
    recorded = [
        event.detail["attempt"]
        for event in story
        if "envid" in event.detail and "attempt" in event.detail
    ]
    assert len(recorded) == len(set(recorded))
    known = {str(each.number) for each in tries if "vanished" not in (each.text or "")}
    assert set(recorded) == known
    assert len({each.envid for each in tries}) == len(tries)


def told_state(story: Sequence[Event]) -> DeliveryState:
    """Return the state that a delivery is in by its events."""
    state = _S.QUEUED
    for event in story:
        word = event.action.removeprefix("delivery.")
        if word == "settled":
            state = _S.ACCEPTED if event.detail["as"] == "accepted" else _S.QUEUED
        elif word != "late_reply":
            state = _S(word)
    return state
