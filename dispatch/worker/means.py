"""What the tasks hand to the stages: the app's parts, and how much one does at a time."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from dispatch.app import App
from dispatch.mail.outgoing.crew import pause
from dispatch.sending.recorder import Spool
from dispatch.sending.send import SendingMeans
from dispatch.tracking.reminders import Office
from dispatch.tracking.unreached import trace
from dispatch.views.remedies import in_words

SHIFT_SECONDS: Final = 5.0
"""How long a task works before it lets the next message have its worker."""

MAILBAG: Final = 50
"""Deliveries claimed at once: few enough that a lease outlasts the slowest of them."""


def sending_means(app: App) -> SendingMeans:
    """Return what letters are sent with."""
    settings = app.settings
    return SendingMeans(
        sessions=app.sessions,
        transport=app.transport,
        sender=app.sender,
        clock=app.clock,
        sleep=pause,
        random=random.random,
        spool=Spool(settings.home / "spool"),
        lease=app.lease,
        run_time=timedelta(seconds=SHIFT_SECONDS),
        retry_waits=settings.retry_waits,
        retry_jitter=settings.retry_jitter,
        rates=settings.rates,
        connections=settings.connections,
        batch_size=MAILBAG,
        mark_ahead=settings.mark_ahead,
    )


def office(app: App) -> Office:
    """Return who is reminded of the unreached, and by what means."""
    return Office(
        addresses=app.settings.office,
        sessions=app.sessions,
        transport=app.transport,
        sender=app.sender,
        templates=app.templates,
        clock=app.clock,
        trace=trace,
        in_words=in_words,
    )
