"""A set of messages, from a seed: the same each time, in any order and on any machine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Final

from benchmarks.notices_made import answers, gateways, letters, servers
from benchmarks.notices_made.mail import Made, Maker
from dispatch.domain.notice import Notice

MACHINES: Final[tuple[tuple[Callable[[Maker], Made], int], ...]] = (
    (servers.bounce, 190), (servers.about_us, 15), (servers.no_domain, 10), (gateways.delay, 20),
    (gateways.delivery, 10), (gateways.held, 15), (gateways.challenge, 10), (gateways.complaint, 12),
    (gateways.receipt, 6), (answers.away, 85), (answers.notes_away, 5), (answers.gone, 55),
    (answers.acknowledgement, 60), (answers.portal, 7),
)  # fmt: skip
"""What makes a message, and how many of 500 it makes."""


def machines(seed: int, book: int, share: int = 1) -> Iterator[Made]:
    """Make 500 messages of machines, or one of each `share` of them."""
    for make, count in MACHINES:
        for number in range(0, count, share):
            yield make(Maker(_chances(make.__name__, seed, number), book))


def people(seed: int, book: int, count: int = 300) -> Iterator[Made]:
    """Make the letters of people."""
    for number in range(count):
        yield letters.letter(Maker(_chances("letter", seed, number), book))


def _chances(name: str, seed: int, number: int) -> random.Random:
    return random.Random(f"{name} {seed} {number}")  # noqa: S311 - to be made again, not to be secret


def wrong(made: Made, said: Notice) -> str:
    """Return what is wrong in what was read, or nothing."""
    if said.category.value != made.category:
        return f"{said.category.value}, not {made.category}"
    if made.category == "autoreply":
        answer = said.answer.value if said.answer else "none"
        if answer not in made.answers:
            return f"{answer}, not {' or '.join(sorted(made.answers))}"
        named = said.successor.address if said.successor else None
        return "" if named == made.successor else f"names {named}, not {made.successor}"
    return _wrong_recipients(made, said) if made.recipients else ""


def _wrong_recipients(made: Made, said: Notice) -> str:
    left = {each.address.casefold(): each for each in said.fates}
    for right in made.recipients:
        mine = left.pop(right.address.casefold(), None)
        if mine is None:
            return f"{right.address} is missing"
        is_right = mine.action.value == right.action and mine.is_hard == right.is_hard
        if not is_right or mine.reason.value not in right.reasons:
            return (
                f"{mine.action.value} {mine.reason.value} hard={mine.is_hard}, not "
                f"{right.action} {' or '.join(sorted(right.reasons))} hard={right.is_hard}"
            )
    return f"{', '.join(left)} is not a recipient" if left else ""
