"""The clock's tasks for the ledger: sealing, and keeping checkpoints.

They need neither worker nor broker, and no letter waits for them.
"""

from __future__ import annotations

import time
from typing import Final

from celery import shared_task
from structlog.stdlib import get_logger

from dispatch.app import App, notary
from dispatch.db import entries
from dispatch.stages import attest, seal
from dispatch.worker import tasks

WORK_SECONDS: Final = 0.5
"""How long one look may seal: the clock has other things to look at every second."""

logger = get_logger("dispatch.worker")


@shared_task(name="dispatch.seal")
def seal_events() -> None:
    """Seal what is not sealed, for half a second at most."""
    seal_for(tasks.app(), WORK_SECONDS)


def seal_for(app: App, seconds: float, *, limit: int = seal.BATCH) -> None:
    """Seal batch by batch, until nothing is left or the time is over."""
    with app.sessions.read() as session:
        is_due = entries.is_unsealed(session)
    ends_at = time.monotonic() + seconds
    while is_due:
        with app.sessions.begin() as session:
            made = seal.seal(session, now=app.clock(), limit=limit)
        is_due = made is not None and not made.is_caught_up and time.monotonic() < ends_at


@shared_task(name="dispatch.keep_checkpoint")
def keep_checkpoint() -> None:
    """Sign how far the ledger goes, where the settings name a folder for that."""
    app = tasks.app()
    if app.settings.checkpoints is None:
        return
    with app.sessions.read() as session:
        kept = attest.keep(session, notary(app), app.settings.checkpoints, now=app.clock())
    if kept:
        logger.info("checkpoint kept", file=kept.name)
