"""What to do next about an authority that is not surely reached: a command, or to wait."""

from __future__ import annotations

from datetime import datetime

from dispatch.cli import show
from dispatch.cli.status import PATIENCE, reason
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.stages.trace import Unreached
from dispatch.stages.track import Status


def why(each: Unreached) -> str:
    """Say in a word why an authority is on the list."""
    if each.is_challenged:
        return "challenged"
    if each.delayed_since:
        return "delayed"
    return reason(each.standing.state if each.standing else None)


def following(status: Status, each: Unreached) -> str:
    """Return what to do next about an authority: a command, or to wait."""
    at = each.standing
    if at is None:
        return _before(status)
    if at.state is DeliveryState.IN_DOUBT:
        word = "accepted|not-sent --because TEXT"
        return f"dispatch delivery settle {_short(each)} {word}"
    if each.is_challenged or each.delayed_since:
        return f"dispatch delivery show {_short(each)}"
    if why(each) in PATIENCE:
        return _waiting(status, at.due_at)
    return _again(status, each)


def _again(status: Status, each: Unreached) -> str:
    if status.state in {MailoutState.CANCELLED, MailoutState.UPLOADED}:
        return f"nothing: it is {status.state.value}"
    if each.is_suggestion_open:
        return f"dispatch notice suggestions {status.name}"
    return f"dispatch resend {status.name} --authority {each.code}{_where(each)} --because TEXT"


def _before(status: Status) -> str:
    match status.state:
        case MailoutState.SCHEDULED:
            return f"wait: the letters go at {show.when(status.release_at)}"
        case MailoutState.PAUSED:
            return f"dispatch mailout resume {status.name}"
        case _:
            return f"dispatch mailout status {status.name}"


def _waiting(status: Status, due_at: datetime) -> str:
    if status.state is MailoutState.PAUSED:
        return f"dispatch mailout resume {status.name}"
    return f"wait: the next try is at {show.when(due_at)}" if due_at > status.at else "wait"


def _where(each: Unreached) -> str:
    """Return the option for where it goes, if not to the contact in post.

    What expired never came to its address, which may be good.
    """
    is_unproven = each.standing is not None and each.standing.state is DeliveryState.EXPIRED
    return "" if each.is_replaced or is_unproven else " --to ADDRESS"


def _short(each: Unreached) -> str:
    return str(each.standing.delivery_id)[:8] if each.standing else ""
