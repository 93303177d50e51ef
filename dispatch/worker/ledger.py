"""The tasks for the ledger: sealing, keeping checkpoints, and mailing them to witnesses.

The first two need neither worker nor broker, and no letter waits for them. A mail server may be
slow, so a worker talks to it.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Final

from celery import shared_task
from structlog.stdlib import get_logger

from dispatch.app import App, notary
from dispatch.database import Session
from dispatch.domain.checkpoint import Checkpoint
from dispatch.domain.reply import Verdict
from dispatch.proof import checkpoints, seal
from dispatch.proof import witnesses as witness
from dispatch.proof.store import entries
from dispatch.proof.witnesses import Witnesses
from dispatch.worker import tasks

WORK_SECONDS: Final = 0.5
"""How long one look may seal: the clock has other things to look at every second."""

LOOK_SECONDS: Final = 60.0
"""How often the clock looks for what is to be kept or mailed."""

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
        kept = checkpoints.keep(session, notary(app), app.settings.checkpoints, now=app.clock())
    if kept:
        logger.info("checkpoint kept", file=kept.name)


@shared_task(name="dispatch.look_for_witnesses")
def look_for_witnesses() -> None:
    """Wake a worker if a checkpoint is to be mailed. The clock does this."""
    app = tasks.app()
    if not app.settings.witnesses:
        return
    with app.sessions.read() as session:
        is_due = witness.is_due(session, now=app.clock())
    if is_due:
        tasks.wake(mail_checkpoint, seconds=LOOK_SECONDS)


@shared_task(name="dispatch.mail_checkpoint")
def mail_checkpoint() -> None:
    """Mail how far the ledger goes, where the settings name witnesses."""
    app = tasks.app()
    if not app.settings.witnesses:
        return
    counted = witness.witness(witnesses(app))
    if counted:
        told = {verdict.value: count for verdict, count in counted.items()}
        is_taken = counted.keys() == {Verdict.ACCEPTED}
        (logger.info if is_taken else logger.warning)("checkpoint mailed", **told)


def witnesses(app: App) -> Witnesses:
    """Return who is mailed checkpoints, and by what means."""

    def signed(session: Session, now: datetime) -> tuple[Checkpoint, str]:
        made = checkpoints.attest(session, notary(app), now=now)
        return made.checkpoint, made.text

    return Witnesses(
        addresses=app.settings.witnesses,
        sessions=app.sessions,
        transport=app.transport,
        sender=app.sender,
        clock=app.clock,
        attest=signed,
    )
