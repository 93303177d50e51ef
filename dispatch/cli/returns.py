"""What came back, in the words that people are shown."""

from __future__ import annotations

from typing import Final

from dispatch.cli.doubt import SHORT_ID
from dispatch.database.tables import Delivery, IncomingMail, NoticeRow
from dispatch.domain.incoming import Trust
from dispatch.domain.notice import Action, Reason

TAKEN_AWAY: Final = "(taken away)"
"""Shown for an address whose time was over: see `dispatch audit purge`."""


def said(row: NoticeRow) -> str:
    """Return what a notice says, of its delivery if that is known: "hard bounce: bad address"."""
    if row.action:
        return _fate(row.action, row.reason, row.status, is_hard=row.is_hard)
    for fate in row.notice.fates[:1]:
        return _fate(fate.action, fate.reason, fate.status, is_hard=fate.is_hard)
    answer = row.notice.answer
    return _words(row.category.value) + (f": {_words(answer.value)}" if answer else "")


def _fate(action: Action, reason: Reason | None, status: str | None, *, is_hard: bool) -> str:
    if action is not Action.FAILED:
        return str(action.value)
    kind = "hard bounce" if is_hard else "soft bounce"
    why = _words(reason.value) if reason else "unknown"
    return f"{kind}: {why} {status or ''}".strip()


def belief(row: NoticeRow) -> str:
    """Return how far a notice is believed."""
    if row.confirmed_by:
        return f"confirmed by {row.confirmed_by}"
    return _words((row.trust or Trust.UNVERIFIED).value)


def about(delivery: Delivery | None) -> str:
    """Return which delivery a notice is about."""
    if delivery is None:
        return "none known"
    return f"{delivery.authority_code} {delivery.address or TAKEN_AWAY}"


def as_data(row: NoticeRow, mail: IncomingMail, delivery: Delivery | None) -> dict[str, object]:
    """Return a notice for a program."""
    return {
        "id": str(mail.id),
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
        "delivery": str(delivery.id) if delivery else None,
        "authority": delivery.authority_code if delivery else None,
        "address": delivery.address if delivery else None,
        "state": delivery.state if delivery else None,
        "clue": row.clue,
        "trust": row.trust,
        "confirmed_by": row.confirmed_by,
        "fates": row.notice.fates,
        "version": row.version,
    }


def short(mail: IncomingMail) -> str:
    """Return the beginning of a mail's id, for a table."""
    return str(mail.id)[:SHORT_ID]


def _words(value: str) -> str:
    return value.replace("_", " ")
