from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from dispatch.domain import delivery, letter, mailout
from dispatch.domain.life import Life
from dispatch.domain.proof.ledger import Event
from dispatch.proof.states import agrees, impossible, replayed
from dispatch.proof.store.states import Numbered
from tests.factories import RELEASE_AT


def told(*actions: str, **detail: str) -> str | None:
    return replayed(numbered(actions, detail))


def numbered(actions: Iterable[str], detail: Mapping[str, str]) -> list[Numbered]:
    events = (Event(RELEASE_AT, "sam", action, "x:y", detail) for action in actions)
    return [Numbered(number, event) for number, event in enumerate(events, 1)]


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


@pytest.mark.parametrize(
    ("life", "actions"),
    [
        (delivery.LIFE, "delivery.queued delivery.accepted delivery.delivered delivery.bounced"),
        (delivery.LIFE, "delivery.queued delivery.deferred delivery.deferred delivery.expired"),
        (delivery.LIFE, "delivery.queued delivery.in_doubt delivery.settled delivery.suppressed"),
        (delivery.LIFE, "delivery.queued delivery.refused delivery.given_back delivery.refused"),
        (delivery.LIFE, "delivery.resent delivery.in_doubt delivery.accepted"),
        (delivery.LIFE, "delivery.suppressed"),
        (letter.LIFE, "letter.rendered"),
        (letter.LIFE, "letter.failed"),
        (letter.LIFE, "letter.proposed letter.approved"),
        (letter.LIFE, "letter.proposed letter.withdrawn"),
        (mailout.LIFE, "mailout.planned mailout.rendered mailout.reopened mailout.rendered"),
        (mailout.LIFE, "mailout.planned mailout.cancelled"),
    ],
)
def test_steps_of_a_life_hold(life: Life[Any], actions: str) -> None:
    assert not list(impossible(life, numbered(actions.split(), {})))


@pytest.mark.parametrize(
    ("life", "actions", "found"),
    [
        (
            delivery.LIFE,
            "delivery.queued delivery.refused delivery.accepted",
            "was refused on Wed 22 July 2020 09:00 BST, and cannot then be accepted (event 3)",
        ),
        (
            delivery.LIFE,
            "delivery.queued delivery.accepted delivery.bounced delivery.delivered",
            "was bounced on Wed 22 July 2020 09:00 BST, and cannot then be delivered (event 4)",
        ),
        (delivery.LIFE, "delivery.accepted", "cannot at first be accepted (event 1)"),
        (
            delivery.LIFE,
            "delivery.queued delivery.in_doubt delivery.queued",  # on nobody's word
            "was in doubt on Wed 22 July 2020 09:00 BST, and cannot then be queued (event 3)",
        ),
        (
            delivery.LIFE,
            "delivery.queued delivery.refused delivery.queued",
            "was refused on Wed 22 July 2020 09:00 BST, and cannot then be queued (event 3)",
        ),
        (
            delivery.LIFE,
            "delivery.queued delivery.in_doubt delivery.given_back",
            "was in doubt on Wed 22 July 2020 09:00 BST, and cannot then be queued (event 3)",
        ),
        (
            delivery.LIFE,
            "delivery.queued delivery.accepted delivery.accepted",
            "was accepted on Wed 22 July 2020 09:00 BST, and cannot then be accepted (event 3)",
        ),
        (
            letter.LIFE,
            "letter.rendered letter.rendered",
            "was rendered on Wed 22 July 2020 09:00 BST, and cannot then be rendered (event 2)",
        ),
        (
            mailout.LIFE,
            "mailout.planned mailout.sent",
            "was draft on Wed 22 July 2020",
        ),
    ],
)
def test_a_step_that_no_life_has_is_named(life: Life[Any], actions: str, found: str) -> None:
    [told] = impossible(life, numbered(actions.split(), {}))
    assert told.startswith(found)
