"""Notices that come back, with everything filled in, and the steps from mail to conclusion."""

from __future__ import annotations

from typing import Any

from dispatch.app import App
from dispatch.database.tables import Delivery, NoticeRow, Suppression
from dispatch.domain.incoming.message import Arrival
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
from dispatch.domain.sending.envelope import envid, return_path
from dispatch.incoming import conclude
from dispatch.incoming.conclude import Conclusion
from dispatch.incoming.store import messages, readings
from dispatch.mail.outgoing.headers import message_id
from dispatch.register.store import suppressions

SOFT_BOUNCES = 3


def token(app: App, delivery: Delivery) -> str:
    """Return the address that what comes back of a delivery is sent to."""
    return return_path(app.sender.return_path, delivery.id, app.sender.key)


def wrong_token(app: App, delivery: Delivery) -> str:
    """Return such an address as somebody makes it up who has not our key."""
    return return_path(app.sender.return_path, delivery.id, b"another key")


def named(delivery: Delivery, clue: Clue = Clue.RETURNED_MESSAGE_ID) -> dict[Clue, tuple[str, ...]]:
    """Return a clue that names a delivery and proves nothing."""
    words = {
        Clue.ENVELOPE_ID: envid(delivery.id, 1),
        Clue.DELIVERY_HEADER: str(delivery.id),
        Clue.RECIPIENT: delivery.address,
    }
    return {clue: (words.get(clue, f"<{delivery.id}@ombudsman.example>"),)}


def knows(app: App, delivery: Delivery, clue: Clue = Clue.ANSWERED) -> dict[Clue, tuple[str, ...]]:
    """Return a clue of somebody who has the message: its Message-ID has a code."""
    return {clue: (message_id(delivery.id, app.sender),)}


def a_fate(delivery: Delivery, **changes: Any) -> Fate:
    """Return a hard bounce."""
    fate = {
        "address": delivery.address,
        "action": Action.FAILED,
        "status": "5.1.1",
        "reason": Reason.BAD_ADDRESS,
        "is_hard": True,
        "text": "550 5.1.1 no such mailbox",
    }
    return Fate(**{**fate, **changes})


def a_bounce(delivery: Delivery, /, clues: Any = None, **changes: Any) -> Notice:
    return Notice(category=Category.BOUNCE, fates=(a_fate(delivery, **changes),), clues=clues or {})


def a_soft_bounce(delivery: Delivery, /, **changes: Any) -> Notice:
    soft = {"status": "4.2.2", "reason": Reason.MAILBOX_FULL, "is_hard": False}
    return a_bounce(delivery, **{**soft, **changes})


def a_report(delivery: Delivery, action: Action, **changes: Any) -> Notice:
    """Return a notice that nothing has failed."""
    category = Category.DELAYED if action is Action.DELAYED else Category.DELIVERED
    fate = a_fate(
        delivery, action=action, reason=Reason.UNKNOWN, is_hard=False, status="2.0.0", **changes
    )
    return Notice(category=category, fates=(fate,))


def a_departure(address: str, name: str = "Jo Smith", clues: Any = None) -> Notice:
    """Return an autoreply that names somebody in the place of one who has left."""
    sentence = f"I have left. Please write to {name} at {address}."
    return Notice(
        category=Category.AUTOREPLY,
        answer=Answer.HAS_LEFT,
        successor=Successor(address=address, name=name, sentence=sentence),
        clues=clues or {},
    )


def came(
    app: App, notice: Notice, recipient: str = "", *, mail: bytes = b"a mail", is_new: bool = True
) -> Conclusion:
    """Store a mail that is read as this notice, and draw its conclusions."""
    with app.sessions.begin() as session:
        arrival = Arrival(source="lmtp", recipient=recipient)
        kept = messages.store(session, mail, arrival, now=app.clock())
        if not is_new:
            readings.read_again(session, now=app.clock(), only=[kept.mail_id])
    with app.sessions.begin() as session:
        lease_until = app.clock() + app.lease
        claimed = readings.claim(
            session, now=app.clock(), lease_until=lease_until, only=kept.mail_id
        )
    assert claimed
    with app.sessions.begin() as session:
        assert readings.record(session, claimed, notice, version=1, now=app.clock())
    return concluded(app)


def concluded(app: App) -> Conclusion:
    """Draw the conclusions of the one notice that waits for it."""
    with app.sessions.begin() as session:
        done = conclude.conclude(session, app.sender, soft_bounces=SOFT_BOUNCES, now=app.clock())
    assert done
    return done


def row_of(app: App, done: Conclusion) -> NoticeRow:
    with app.sessions.read() as session:
        return session.get_one(NoticeRow, done.mail_id)


def suppression_of(app: App, delivery: Delivery) -> Suppression | None:
    with app.sessions.read() as session:
        return suppressions.suppression_of(session, delivery.address_key)


def a_dsn(
    app: App, delivery: Delivery, *, action: str = "failed", status: str = "5.1.1", to: str = ""
) -> bytes:
    """Return a notification as a mail server writes it (RFC 3464), sent to `to`."""
    recipient = to or token(app, delivery)
    words = "no such mailbox here" if action == "failed" else "it is on its way"
    return f"""\
Return-Path: <>
Delivered-To: {recipient}
From: MAILER-DAEMON@mx.oxo.example
To: {recipient}
Subject: Delivery Status Notification
Date: Wed, 22 Jul 2020 10:00:00 +0100
Message-ID: <{delivery.id.hex}.{action}@mx.oxo.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system at mx.oxo.example: {words}.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.oxo.example
Original-Envelope-Id: {envid(delivery.id, 1)}

Final-Recipient: rfc822; {delivery.address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} {words}

--b
Content-Type: text/rfc822-headers

From: annual.review@ombudsman.example
Message-ID: {message_id(delivery.id, app.sender)}
X-Dispatch-Delivery: {delivery.id}

--b--
""".replace("\n", "\r\n").encode()
