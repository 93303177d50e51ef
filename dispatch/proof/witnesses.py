"""Witness: how far the ledger goes is mailed to people with whom the database's keeper has no say.

Once a day at most, and only if the ledger has more than they may have. That it is offered is on
record before the server hears of it, so a crash mails nothing twice on one day; what nobody took
is tried again on the next.
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
from dispatch.domain.checkpoint import Checkpoint
from dispatch.domain.envelope import Sender
from dispatch.domain.errors import BadInput
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.reply import Verdict
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind
from dispatch.mail.outgoing.body import File
from dispatch.mail.outgoing.staff import offer, staff_message
from dispatch.mail.outgoing.transport import Transport
from dispatch.proof.store import seals, witnesses

EVERY: Final = timedelta(days=1)
"""How often at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who is mailed, and by what means."""

    addresses: Sequence[str]
    sessions: Sessions
    transport: Transport
    sender: Sender
    templates: Templates
    clock: Callable[[], datetime]
    attest: Callable[[Session, datetime], tuple[Checkpoint, str]]
    """What signs how far the ledger goes."""


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether the last time is a day ago, and the ledger has grown by more than that mailing."""
    offered_at = witnesses.last_offered_at(session)
    return (offered_at is None or offered_at + EVERY <= now) and witnesses.has_grown(session)


def witness(means: Witnesses) -> Counter[Verdict] | None:
    """Mail a checkpoint to each witness, if it is due and nobody else has it in hand.

    Owns its transactions, since none may be open while it waits for the server. Returns how many
    mails came to what; None if there was nothing to do.
    """
    now = means.clock()
    with means.sessions.begin() as session:
        # Only one at a time may seal: here that keeps two from offering the same day's mail.
        if not seals.hold(session, now=now) or not is_due(session, now=now):
            return None
        checkpoint, signed = means.attest(session, now)
        detail = {"addresses": str(len(means.addresses))}
        journal.append(session, _event(events.CHECKPOINT_OFFERED, checkpoint, now, detail))
    verdicts = (_mailed(means, each, checkpoint, signed, now) for each in means.addresses)
    counted = Counter(verdicts)
    with means.sessions.begin() as session:
        detail = {verdict.value: str(count) for verdict, count in counted.items()}
        journal.append(session, _event(events.CHECKPOINT_MAILED, checkpoint, means.clock(), detail))
    return counted


def _event(kind: Kind, checkpoint: Checkpoint, now: datetime, detail: Mapping[str, str]) -> Event:
    return kind.event(now, WORKER, checkpoint.seal, **detail)


def _written(
    templates: Templates, checkpoint: Checkpoint, signed: str
) -> tuple[tuple[str, str, str], File]:
    """Return the message as subject, text and HTML, and the checkpoint as a file."""
    file = f"checkpoint-{checkpoint.size:012}.txt"
    values = {
        "origin": checkpoint.origin,
        "day": local(checkpoint.at).date(),
        "seal": checkpoint.seal,
        "size": checkpoint.size,
        "file": file,
    }
    text = templates.mail("notice", "checkpoint", values, verbatim=signed)
    return text, File(file, "text/plain; charset=utf-8", signed.encode())


def _mailed(
    means: Witnesses, address: str, checkpoint: Checkpoint, signed: str, now: datetime
) -> Verdict:
    """Offer the message to one address; one that cannot be written to does not stop the others."""
    text, file = _written(means.templates, checkpoint, signed)
    try:
        mail = staff_message(means.sender, address, text, [file], at=now, id_=uuid4())
    except BadInput:
        return Verdict.REFUSED
    return offer(means.transport, mail).verdict
