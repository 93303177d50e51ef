"""What the clock and the workers do about the ledger: seal it, sign checkpoints, email them.

The clock seals and signs by itself, so neither needs a worker or the broker. Emailing checkpoints
to witnesses is for a worker, since a mail server may be slow; so is the nightly audit, which takes
minutes of a long ledger.
"""

from __future__ import annotations

import time
from typing import Final

from structlog.stdlib import get_logger

from dispatch.app import App, ledger_signer
from dispatch.domain.reply import Verdict
from dispatch.proof import checkpoints, nightly, seal, witnesses
from dispatch.proof.nightly import NightlyMeans
from dispatch.proof.store import searches
from dispatch.proof.witnesses import Witnesses
from dispatch.worker.means import Means, TaskName

SEAL_SECONDS: Final = 0.5
"""How long sealing may take at a tick: the clock has other things to do every second."""

logger = get_logger("dispatch.worker")


def seal_events(means: Means) -> None:
    """Seal what is not sealed, for half a second at most."""
    seal_for(means.app, SEAL_SECONDS)


def seal_for(app: App, seconds: float, *, limit: int = seal.BATCH) -> None:
    """Seal batch by batch, until nothing is left or the time is over."""
    with app.sessions.read() as session:
        is_due = seal.is_due(session, now=app.clock())
    ends_at = time.monotonic() + seconds
    while is_due:
        made = seal.seal_next(app.sessions, app.clock, limit=limit)
        is_due = made is not None and not made.is_caught_up and time.monotonic() < ends_at


def keep_checkpoint(means: Means) -> None:
    """Sign a checkpoint of the ledger and store it, if the settings name a folder for that."""
    app = means.app
    if app.settings.checkpoints is None:
        return
    with app.sessions.read() as session:
        kept = checkpoints.keep(
            session, ledger_signer(app), app.settings.checkpoints, now=app.clock()
        )
    if kept:
        logger.info("checkpoint kept", file=kept.name)


def look_for_witnesses(means: Means) -> None:
    """Wake a worker if a checkpoint must be emailed. Run by the clock."""
    app = means.app
    if not app.settings.witnesses:
        return
    with app.sessions.read() as session:
        is_due = witnesses.is_due(session, now=app.clock())
    if is_due:
        means.wake(TaskName.MAIL_CHECKPOINT)


def mail_checkpoint(means: Means) -> None:
    """Email a checkpoint to the witnesses that the settings name, if it is due."""
    if not means.app.settings.witnesses:
        return
    counted = witnesses.witness(_witnesses(means.app))
    if counted:
        told = {verdict.value: count for verdict, count in counted.items()}
        is_taken = counted.keys() == {Verdict.ACCEPTED}
        (logger.info if is_taken else logger.warning)("checkpoint mailed", **told)


def look_for_audit(means: Means) -> None:
    """Wake a worker if the ledger must be verified, or staff told of it. Run by the clock."""
    app = means.app
    with app.sessions.begin() as session:
        is_due = nightly.is_due(session, now=app.clock(), has_staff=bool(app.settings.office))
    if is_due:
        means.wake(TaskName.AUDIT_LEDGER)


def forget_searches(means: Means) -> None:
    """Delete what people looked for in the audit longer than a day ago. Run by the clock."""
    app = means.app
    with app.sessions.read() as session:
        is_due = searches.is_any_old(session, now=app.clock())
    if is_due:
        with app.sessions.begin() as session:
            searches.forget(session, now=app.clock())


def audit_ledger(means: Means) -> None:
    """Verify the whole ledger if that is due, and tell staff what is wrong with it."""
    means.beat()
    app = means.app
    wrong = nightly.verify(
        NightlyMeans(
            sessions=app.sessions,
            clock=app.clock,
            signer=ledger_signer(app),
            checkpoints=app.settings.checkpoints,
            staff=app.settings.office,
            transport=app.staff_transport(),
            sender=app.sender,
            templates=app.templates,
        )
    )
    if wrong:
        logger.error(
            "the ledger does not hold", problems=len(wrong), remedy="dispatch audit verify"
        )
    elif wrong is not None:
        logger.info("the ledger holds")


def _witnesses(app: App) -> Witnesses:
    """Return who is sent checkpoints, and what they are sent with."""
    return Witnesses(
        addresses=app.settings.witnesses,
        sessions=app.sessions,
        transport=app.staff_transport(),
        sender=app.sender,
        templates=app.templates,
        clock=app.clock,
        signer=ledger_signer(app),
    )
