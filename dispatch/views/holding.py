"""What pausing, resuming or cancelling a mailout does, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dispatch.domain.mailout import Plan
from dispatch.domain.wording.counts import counted
from dispatch.sending.holding import Act, Holding

TITLES: Final[Mapping[Act, str]] = {
    Act.PAUSE: "Pause the mailout",
    Act.RESUME: "Let the mailout go on",
    Act.CANCEL: "Cancel the mailout",
}

BUTTONS: Final[Mapping[Act, str]] = {
    Act.PAUSE: "Pause",
    Act.RESUME: "Go on",
    Act.CANCEL: "Cancel the mailout for ever",
}


def how_far(found: Holding) -> list[tuple[str, str]]:
    """Say what has left and what waits: a label and a value for each line."""
    if not found.is_released:
        return [("Left", "nothing yet"), ("Will go to", _addresses(found.waiting))]
    return [
        ("Left", _addresses(found.left)),
        ("Being handed over now", _addresses(found.leaving)),
        ("Waiting", _addresses(found.waiting)),
    ]


def _addresses(count: int) -> str:
    return counted(count, "address", "addresses") if count else "none"


def does(found: Holding, plan: Plan) -> str:
    """Say what the act does."""
    match found.act:
        case Act.PAUSE:
            return (
                "What has not left waits until somebody lets it go on. A letter that is being "
                "handed over at this moment still goes."
            )
        case Act.RESUME if found.is_released:
            return f"Letters to {_addresses(found.waiting)} leave from now on."
        case Act.RESUME:
            return f"The clock releases the letters on {plan.letter_date:%-d %B %Y} as planned."
        case _:
            return (
                "What has not left never will, and this cannot be undone. A letter that has left "
                "cannot be called back."
            )


def refused(found: Holding) -> str:
    """Say why the act cannot be done."""
    what = {Act.PAUSE: "paused", Act.RESUME: "let go on", Act.CANCEL: "cancelled"}[found.act]
    left = f"; its letters have gone to {_addresses(found.left)}" if found.left else ""
    return f"This mailout is {found.state.value} and cannot be {what}{left}."


def done(found: Holding) -> str:
    """Say what was done."""
    match found.act:
        case Act.PAUSE:
            return "The mailout is paused."
        case Act.RESUME:
            return "The mailout goes on."
        case _:
            return f"The mailout is cancelled: letters to {_addresses(found.waiting)} never leave."
