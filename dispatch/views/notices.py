"""What came back, as people and programs are shown it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from dispatch.database.tables import Delivery, IncomingMail, NoticeRow
from dispatch.domain import calendar
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming.message import MailState, Trust
from dispatch.domain.notice import (
    Action,
    Answer,
    Category,
    Clue,
    Fate,
    Notice,
    Reason,
    Successor,
)
from dispatch.incoming.store.notices import Found
from dispatch.incoming.store.suggestions import Answered
from dispatch.views.form import Moment
from dispatch.views.names import address_shown, in_words, short


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """A notice, and the delivery it is about, if that is known."""

    id: UUID
    received_at: Moment
    sha256: str
    category: Category
    answer: Answer | None
    away_until: date | None
    action: Action | None
    reason: Reason | None
    status: str | None
    hard: bool
    about_us: bool
    delivery: UUID | None
    authority: str | None
    address: str | None
    state: DeliveryState | None
    clue: Clue | None
    trust: Trust | None
    confirmed_by: str | None
    dismissed_by: str | None
    fates: tuple[Fate, ...]
    version: int


def notice_view(row: NoticeRow, mail: IncomingMail, delivery: Delivery | None) -> NoticeView:
    """Return the view of a notice."""
    return NoticeView(**_fields(row, mail, delivery))


def _fields(row: NoticeRow, mail: IncomingMail, delivery: Delivery | None) -> dict[str, Any]:
    return {
        "id": mail.id,
        "received_at": mail.received_at,
        "sha256": mail.sha256,
        "category": row.category,
        "answer": row.notice.answer,
        "away_until": row.notice.away_until,
        "action": row.action,
        "reason": row.reason,
        "status": row.status,
        "hard": row.is_hard,
        "about_us": row.is_about_us,
        "delivery": delivery.id if delivery else None,
        "authority": delivery.authority_code if delivery else None,
        "address": delivery.address if delivery else None,
        "state": delivery.state if delivery else None,
        "clue": row.clue,
        "trust": row.trust,
        "confirmed_by": row.confirmed_by,
        "dismissed_by": row.dismissed_by,
        "fates": row.notice.fates,
        "version": row.version,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedView(NoticeView):
    """A notice that was just received, and what it changed."""

    file: str
    said: str
    about: str
    changed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadView:
    """A message that was just received and has not been read, with the reason."""

    file: str
    said: str
    about: str = ""
    changed: str


def received_views(
    name: str, mail: IncomingMail, found: Sequence[Found], changes: Sequence[str]
) -> Iterator[ReceivedView | UnreadView]:
    """Yield a view of a message's notice; `name` is that of its file, `changes` what it changed."""
    if mail.state is not MailState.READ:
        trouble = mail.trouble or "it is being read by a worker"
        yield UnreadView(file=name, said=mail.state.value, changed=trouble)
        return
    for row, _, delivery in found:
        yield ReceivedView(
            **_fields(row, mail, delivery),
            file=name or short(mail.id),
            said=f"{said(row)} ({belief(row)})",
            about=about(delivery, row.clue),
            changed="; ".join(changes) or "nothing",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineView:
    """A message that could not be read, and why."""

    id: UUID
    received_at: Moment
    sha256: str
    why: str | None


def quarantine_view(mail: IncomingMail) -> QuarantineView:
    """Return the view of a message in quarantine."""
    return QuarantineView(
        id=mail.id, received_at=mail.received_at, sha256=mail.sha256, why=mail.trouble
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientView:
    """What a message in a file says about one recipient."""

    address: str
    action: str
    status: str
    reason: str
    hard: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifiedView:
    """What a message in a file says; nothing is known of deliveries."""

    file: str
    category: Category
    subtype: str | None
    """What an autoreply says, or whether a bounce is hard for everybody it names."""
    recipients: tuple[RecipientView, ...]
    message_id: str | None
    suggestion: Successor | None


OUTCOMES: Final = {
    Category.AUTOREPLY: "autoreply",
    Category.CHALLENGE: "challenge",
    Category.HELD: "held",
    Category.COMPLAINT: "feedback",
    Category.RECEIPT: "receipt",
    Category.SECURE_PORTAL: "secure_portal",
}
"""What is shown as the action where a message names people but reports no fates."""


def classified_view(file: str, notice: Notice) -> ClassifiedView:
    """Return the view of a message in a file."""
    return ClassifiedView(
        file=file,
        category=notice.category,
        subtype=_subtype(notice),
        recipients=(*map(_recipient, notice.fates), *_others(notice)),
        message_id=notice.message_id or None,
        suggestion=notice.successor,
    )


def _subtype(notice: Notice) -> str | None:
    if notice.answer:
        return notice.answer.value
    if notice.category is not Category.BOUNCE or not notice.fates:
        return None
    return "hard" if all(each.is_hard for each in notice.fates) else "soft"


def _recipient(fate: Fate) -> RecipientView:
    has_reason = fate.action in {Action.FAILED, Action.DELAYED}
    return RecipientView(
        address=fate.address,
        action=fate.action.value,
        status=fate.status,
        reason=(fate.reason if has_reason else fate.action).value,
        hard=fate.is_hard,
    )


def _others(notice: Notice) -> Iterator[RecipientView]:
    """Yield the people a message without fates is from; a person's own message needs none."""
    action = OUTCOMES.get(notice.category)
    if action is None:
        return
    for address in notice.about:
        yield RecipientView(address=address, action=action, status="", reason=action, hard=False)


def said(row: NoticeRow) -> str:
    """Return what a notice says, of its delivery if that is known: "hard bounce: bad address"."""
    if row.action:
        return _fate(row.action, row.reason, row.status, is_hard=row.is_hard)
    for fate in row.notice.fates[:1]:
        return _fate(fate.action, fate.reason, fate.status, is_hard=fate.is_hard)
    return _category(row.notice)


def _fate(action: Action, reason: Reason | None, status: str | None, *, is_hard: bool) -> str:
    if action is not Action.FAILED:
        return str(action.value)
    kind = "hard bounce" if is_hard else "soft bounce"
    why = in_words(reason) if reason else "unknown"
    return f"{kind}: {why} {status or ''}".strip()


def _category(notice: Notice) -> str:
    answer = f": {in_words(notice.answer)}" if notice.answer else ""
    return in_words(notice.category) + answer


def said_as_a_whole(notice: Notice) -> str:
    """Return what a message says: "autoreply: has left, write to a@b.example"."""
    until = f" until {calendar.day_in_words(notice.away_until)}" if notice.away_until else ""
    instead = f", write to {notice.successor.address}" if notice.successor else ""
    return f"{_category(notice)}{until}{instead}"


def fate_in_words(fate: Fate) -> str:
    """Return what a message says about one recipient: "hard bounce: bad address 5.1.1"."""
    if fate.action not in {Action.FAILED, Action.DELAYED}:
        return f"{fate.action.value} {fate.status}".strip()
    kind = "delayed" if fate.action is Action.DELAYED else "soft bounce"
    kind = "hard bounce" if fate.is_hard else kind
    return f"{kind}: {in_words(fate.reason)} {fate.status}".strip()


def belief(row: NoticeRow) -> str:
    """Return how far a notice is believed."""
    if row.confirmed_by:
        return f"confirmed by {row.confirmed_by}"
    if row.dismissed_by:
        return f"dismissed by {row.dismissed_by}"
    if row.trust is Trust.VERIFIED and not row.is_believed:
        return "verified, but long after its letter: confirm it"
    return in_words(row.trust or Trust.UNVERIFIED)


def unproven(found: Iterable[Found]) -> dict[UUID, list[str]]:
    """Return what came back that may be about each delivery and proves nothing, in words."""
    said_of: dict[UUID, list[str]] = defaultdict(list)
    for row, mail, delivery in found:
        is_open = not (row.is_believed or row.dismissed_by)
        if delivery is not None and row.trust is Trust.UNVERIFIED and is_open:
            came = calendar.moment_in_words(mail.received_at)
            words = f"unverified, and perhaps about it: notice {short(mail.id)}, {came}"
            said_of[delivery.id].append(words)
    return said_of


def about(found: Delivery | Answered | None, clue: Clue | None = None) -> str:
    """Return what a notice is about: a delivery, a question to a contact, or a test."""
    if found is None:
        return NO_LETTER.get(clue, "none known")
    return f"{found.authority_code} {address_shown(found.address)}"


NO_LETTER: Final[Mapping[Clue | None, str]] = {
    Clue.TEST: "a test, not a letter",
    Clue.QUESTION: "a question to a contact, not a letter",
}
