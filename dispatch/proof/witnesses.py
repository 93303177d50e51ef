"""Email checkpoints to witnesses whom the database administrator does not control.

Once a day at most, and only if the ledger has entries that a witness may not have yet. The offer is
recorded before the server hears of it, so that a crash does not send a second message on the same
day. One that no server accepted is tried again the next day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from dispatch.database import Session, Sessions
from dispatch.documents import Templates
from dispatch.domain.calendar import local
from dispatch.domain.errors import BadInput
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.ledger import WORKER, Event
from dispatch.domain.reply import Verdict
from dispatch.domain.sending.envelope import Sender
from dispatch.ledger import journal
from dispatch.ledger.kinds import Kind
from dispatch.ledger.upkeep_events import CHECKPOINT_MAILED, CHECKPOINT_OFFERED
from dispatch.mail.outgoing.body import File
from dispatch.mail.outgoing.staff import offer, staff_message
from dispatch.mail.outgoing.transport import Transport
from dispatch.proof import checkpoints
from dispatch.proof.checkpoints import SignedCheckpoint, Signer
from dispatch.proof.store import seals, witnesses

EVERY: Final = timedelta(days=1)
"""The shortest time between two mailings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who is sent checkpoints, and what they are sent with."""

    addresses: Sequence[str]
    sessions: Sessions
    transport: Transport
    sender: Sender
    templates: Templates
    clock: Callable[[], datetime]
    signer: Signer


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether a day has passed, and the ledger has grown by more than the last mailing itself."""
    offered_at = witnesses.last_offered_at(session)
    return (offered_at is None or offered_at + EVERY <= now) and witnesses.has_grown(session)


def witness(means: Witnesses) -> Counter[Verdict] | None:
    """Email a checkpoint to each witness, if it is due and no other worker is doing so.

    Owns its transactions, since none may be open while it waits for the server. Returns how many
    messages ended in each verdict; None if there was nothing to do.
    """
    now = means.clock()
    with means.sessions.begin() as session:
        # The lock of sealing serves here, too: two workers cannot both find the mailing due.
        if not seals.hold(session, now=now) or not is_due(session, now=now):
            return None
        signed = checkpoints.sign(session, means.signer, now=now)
        detail = {"addresses": str(len(means.addresses))}
        journal.append(session, _event(CHECKPOINT_OFFERED, signed.checkpoint, now, detail))
    verdicts = (_mailed(means, each, signed, now) for each in means.addresses)
    counted = Counter(verdicts)
    with means.sessions.begin() as session:
        detail = {verdict.value: str(count) for verdict, count in counted.items()}
        mailed = _event(CHECKPOINT_MAILED, signed.checkpoint, means.clock(), detail)
        journal.append(session, mailed)
    return counted


def _event(kind: Kind, checkpoint: Checkpoint, now: datetime, detail: Mapping[str, str]) -> Event:
    return kind.event(now, WORKER, checkpoint.seal, **detail)


def _written(templates: Templates, signed: SignedCheckpoint) -> tuple[tuple[str, str, str], File]:
    """Return the message as subject, text and HTML, and the checkpoint as a file."""
    checkpoint = signed.checkpoint
    file = f"checkpoint-{checkpoint.size:012}.txt"
    values = {
        "origin": checkpoint.origin,
        "day": local(checkpoint.at).date(),
        "seal": checkpoint.seal,
        "size": checkpoint.size,
        "file": file,
    }
    text = templates.mail("notice", "checkpoint", values, verbatim=signed.text)
    return text, File(file, "text/plain; charset=utf-8", signed.text.encode())


def _mailed(means: Witnesses, address: str, signed: SignedCheckpoint, now: datetime) -> Verdict:
    """Offer the message to one address; one that cannot be written to does not stop the others."""
    text, file = _written(means.templates, signed)
    try:
        mail = staff_message(means.sender, address, text, [file], at=now, id_=uuid4())
    except BadInput:
        return Verdict.REFUSED
    return offer(means.transport, mail).verdict
