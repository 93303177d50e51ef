"""Send: offer deliveries to a mail server, each once, and record the answers.

Three short transactions stand round each conversation and none is open during it: the claim,
`offered` just before the final dot, and the outcome. A worker that dies before `offered` has
surely not sent; after it nobody knows, and the delivery stays in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dispatch.db import Attempt, Letter, Session, Sessions, claims, documents, journal, queries
from dispatch.db.claims import Claim
from dispatch.domain.delivery import AFTER_ATTEMPT, DeliveryState, retry_at
from dispatch.domain.envelope import Envelope, Sender, envid, return_path
from dispatch.domain.errors import NotApproved
from dispatch.domain.ledger import WORKER, Event
from dispatch.domain.letter import Recipient, letter_digest
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Verdict
from dispatch.mail.compose import message
from dispatch.mail.parcel import letter_body, letter_headers
from dispatch.mail.transport import Line, Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """All that sending needs: where to record, a way out, and the rules."""

    sessions: Sessions
    transport: Transport
    sender: Sender
    clock: Callable[[], datetime]
    lease: timedelta
    patience: timedelta
    """How long one batch may take before the rest is given back: the clock needs a worker, too."""
    waits: Sequence[timedelta]


def send(post: Post, *, limit: int) -> int:
    """Send up to `limit` due deliveries, one after the other over one line.

    Returns how many were claimed: 0 when nothing is due. Owns its transactions. What could not
    be tried, since the mailout was stopped or the server is slow, is given back.
    """
    now = post.clock()
    with post.sessions.begin() as session:
        claimed = claims.claim_deliveries(
            session, now=now, lease_until=now + post.lease, limit=limit
        )
    round_ = _Round(post)
    untried = list(claimed)
    try:
        while untried and round_.attempt(untried[0]):
            del untried[0]
            if post.clock() >= now + post.patience:
                break
    finally:
        round_.close()
        if untried:
            with post.sessions.begin() as session:
                claims.release(session, untried, now=post.clock())
    return len(claimed)


@dataclass(frozen=True, slots=True)
class _Packed:
    """One letter ready for any of its recipients."""

    letter_id: UUID
    subject: str
    recipients: tuple[Recipient, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class _Parcel:
    """One message as it goes over the line."""

    envelope: Envelope
    content: bytes
    needs_smtputf8: bool


@dataclass(slots=True)
class _Try:
    """One attempt as it goes: what its record will say."""

    claim: Claim
    started_at: datetime
    offered_at: datetime | None = None

    @property
    def envid(self) -> str:
        return envid(self.claim.delivery_id, self.claim.attempts)


@dataclass(slots=True)
class _Round:
    """A batch on its way: the line in use and the letter last packed."""

    post: Post
    line: Line | None = None
    trouble: Outcome | None = None
    """Why there is no line to be had."""
    packed: _Packed | None = None

    def attempt(self, claim: Claim) -> bool:
        """Try one delivery and record the outcome; False if nothing more should be tried."""
        attempt = _Try(claim, self.post.clock())
        try:
            parcel = self._parcel(attempt)
        except NotApproved as error:
            self._hold(claim, str(error))
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the others
            why = f"the message cannot be put together: {type(error).__name__}: {error}"
            self._record(attempt, Outcome(Verdict.DEFERRED, trouble=why))
            return True
        line = self._line()
        outcome = line if isinstance(line, Outcome) else self._converse(line, attempt, parcel)
        if outcome.verdict is Verdict.WITHDRAWN:
            return False
        self._record(attempt, outcome)
        return True

    def close(self) -> None:
        if self.line:
            self.line.close()

    def _line(self) -> Line | Outcome:
        """Return the line in use, or a new one if it is used up, or why there is none."""
        if self.trouble:
            return self.trouble  # it would be no better for the next message
        if self.line and self.line.is_usable:
            return self.line
        self.close()
        self.line = None
        connected = self.post.transport.connect()
        if isinstance(connected, Outcome):
            self.trouble = connected
        else:
            self.line = connected
        return connected

    def _parcel(self, attempt: _Try) -> _Parcel:
        """Return one delivery's message. Raises `NotApproved` if the letter was tampered with."""
        claim, sender = attempt.claim, self.post.sender
        if self.packed is None or self.packed.letter_id != claim.letter_id:
            with self.post.sessions.read() as session:
                self.packed = _packed(session, claim.letter_id)
        packed = self.packed
        headers = letter_headers(
            sender, packed.recipients, packed.subject, at=claim.created_at, id_=claim.delivery_id
        )
        mail_from = return_path(sender.return_path, claim.delivery_id, sender.key)
        return _Parcel(
            Envelope(mail_from, claim.address, attempt.envid),
            message(headers, packed.body),
            headers.needs_smtputf8,
        )

    def _hold(self, claim: Claim, why: str) -> None:
        """Pause the mailout of a letter whose stored bytes are not the approved ones."""
        now = self.post.clock()
        with self.post.sessions.begin() as session:
            mailout = queries.mailout_of(session, claim.letter_id)
            if mailout.state is MailoutState.RELEASING:
                mailout.move_to(MailoutState.PAUSED)
                mailout.remark = why
                subject = f"mailout:{mailout.name}"
                journal.append(session, Event(now, WORKER, "mailout.paused", subject, {"why": why}))

    def _converse(self, line: Line, attempt: _Try, parcel: _Parcel) -> Outcome:
        return line.offer(
            parcel.envelope,
            parcel.content,
            before_dot=lambda: self._offer(attempt, line),
            needs_smtputf8=parcel.needs_smtputf8,
        )

    def _offer(self, attempt: _Try, line: Line) -> bool:
        """Commit `offered`, durably, before the dot; False if the delivery is not ours any more."""
        now = self.post.clock()
        with self.post.sessions.begin() as session:
            is_ours = claims.offer(
                session, attempt.claim, now=now, lease_until=now + self.post.lease
            )
            if is_ours:
                attempt.offered_at = now
                session.add(_row(attempt, line))
        return is_ours

    def _record(self, attempt: _Try, outcome: Outcome) -> None:
        """Write the attempt down and move its delivery on."""
        now = self.post.clock()
        with self.post.sessions.begin() as session:
            row = _stored(session, attempt, self.line)
            _fill(row, outcome, now)
            _settle(session, attempt, outcome, now, self.post.waits)


def _packed(session: Session, letter_id: UUID) -> _Packed:
    """Load a letter and pack it. Raises `NotApproved` if it is not what its digest says."""
    letter = session.get_one(Letter, letter_id)
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.draft.attachments):
        raise NotApproved(f"the stored letter of {letter.authority_code} is not the approved one")
    body = letter_body(letter.draft, *documents.of(session, letter))
    return _Packed(letter_id, letter.subject or "", letter.draft.recipients, body)


def _row(attempt: _Try, line: Line | None) -> Attempt:
    return Attempt(
        delivery_id=attempt.claim.delivery_id,
        number=attempt.claim.attempts,
        envid=attempt.envid,
        server=line.server if line else "",
        tls=line.tls if line else None,
        started_at=attempt.started_at,
        offered_at=attempt.offered_at,
    )


def _stored(session: Session, attempt: _Try, line: Line | None) -> Attempt:
    """Return the attempt's row: the one written with `offered`, or a new one."""
    row = queries.attempt_with(session, attempt.envid)
    if row is None:
        row = _row(attempt, line)
        session.add(row)
    return row


def _fill(row: Attempt, outcome: Outcome, now: datetime) -> None:
    row.ended_at = now
    row.verdict = outcome.verdict.value
    row.text = outcome.reply.text if outcome.reply else outcome.trouble
    if outcome.reply:
        row.verb, row.code = outcome.reply.verb, outcome.reply.code
        row.enhanced_status = outcome.reply.enhanced_status


def _settle(
    session: Session, attempt: _Try, outcome: Outcome, now: datetime, waits: Sequence[timedelta]
) -> None:
    """Move the delivery to where the attempt led, with its event.

    If the lease ran out while the server thought, the clock has already put the delivery in
    doubt; an acceptance settles that, and any other answer stays with the attempt as evidence.
    """
    claim, state = attempt.claim, AFTER_ATTEMPT[outcome.verdict]
    values: dict[str, Any] = {}
    if state is DeliveryState.DEFERRED:
        values["due_at"] = retry_at(now, claim.attempts, waits)
    was = DeliveryState.OFFERED if attempt.offered_at else DeliveryState.CLAIMED
    is_moved = claims.settle(session, claim, state, now=now, was=was, values=values)
    if not is_moved and state is DeliveryState.ACCEPTED:
        doubt = DeliveryState.IN_DOUBT
        is_moved = claims.settle(session, claim, state, now=now, was=doubt, values=values)
    action = f"delivery.{state.value}" if is_moved else "delivery.late_reply"
    detail = {
        "attempt": str(claim.attempts),
        "envid": attempt.envid,
        "verdict": outcome.verdict.value,
    }
    journal.append(session, Event(now, WORKER, action, f"delivery:{claim.delivery_id}", detail))
