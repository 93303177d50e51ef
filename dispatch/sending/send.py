"""Send due deliveries to a mail server, each once, and record the answers.

Short transactions stand before, in and after each conversation, and none is open while the server
is waited for: the claim, `offered` just before the final dot, and the outcome. A worker that dies
before `offered` is committed has certainly not sent; after that nobody knows, and the delivery
goes into doubt.

Several conversations go on at once over a pool of connections, each while the others wait for the
server. They report to one recorder, which alone writes to the database; everything that has been
reported by the time of a commit shares that commit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Final
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.domain.address import domain_of
from dispatch.domain.delivery import retry_at
from dispatch.domain.errors import NotApproved
from dispatch.domain.hours import SendingTimes
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.domain.sending.envelope import Envelope, Sender
from dispatch.domain.sending.pace import Rates, fewer_by
from dispatch.letters.store import documents
from dispatch.letters.store.repeats import Copy
from dispatch.mail.outgoing.headers import Headers, message, signature_in
from dispatch.mail.outgoing.letter import delivery_headers
from dispatch.mail.outgoing.pool import AsyncResult, ConnectionPool, SimpleQueue, gathered
from dispatch.mail.outgoing.transport import Connection, Transport
from dispatch.mailouts.changes import hold
from dispatch.mailouts.store import sending_times
from dispatch.sending import connections, copies, stops
from dispatch.sending.approved import Approvals
from dispatch.sending.connections import Held
from dispatch.sending.recorder import Recorder, Spool
from dispatch.sending.servers import Health
from dispatch.sending.store import claims, rates, servers
from dispatch.sending.store import stops as stored_stops
from dispatch.sending.store.stops import Key

AT_FIRST: Final = 2
"""How many connections a run begins with. Each reply that shows that nothing is wrong with us
allows one more: few letters meet a mail server that has turned on us, and soon all connections
work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingMeans:
    """What sending needs: a database, a way to the mail server, and the rules."""

    sessions: Sessions
    transport: Transport
    sender: Sender
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    """Waits that many seconds, during which the other connections go on."""
    random: Callable[[], float]
    """Returns a number from 0 to 1, by which retries are spread."""
    spool: Spool
    lease: timedelta
    """How long a claim holds."""
    run_time: timedelta
    """How long a run goes on claiming deliveries, before other tasks get the worker."""
    retry_waits: Sequence[timedelta]
    retry_jitter: float = 0.0
    rates: Rates = field(default_factory=Rates)
    connections: int = 1
    """Conversations at once."""
    all_connections: int | None = None
    """The most connections of all workers together; None for no limit."""
    batch_size: int = 20
    """Deliveries claimed in one transaction."""
    mark_ahead: int = 1
    """How many deliveries to mark as offered in one transaction before their conversations; with 1
    each is marked on its own, just before its dot. If a worker dies that marks ahead, up to twice
    this number more are in doubt."""

    @property
    def recorder(self) -> Recorder:
        """A new recorder with these means."""
        health = Health(self.transport.address, self.retry_waits)
        return Recorder(
            self.sessions, self.spool, self.clock, self.sleep, self.lease, health, self.rates
        )

    def most_connections(self, strikes: int) -> int | None:
        """Return how many connections all workers may have while a server asks for fewer."""
        if not strikes:
            return self.all_connections
        return fewer_by(strikes, self.all_connections or self.connections)


def send(means: SendingMeans, *, limit: int) -> int:
    """Send up to `limit` due deliveries, several at once; return how many were claimed.

    Not counted are those for which no connection could be made.

    Owns its transactions. Deliveries that could not be tried, because their mailout was stopped,
    the time was up or the mail server cannot be reached, are released; a server that could not be
    reached just now is left alone. Raises what made the run fail, after it has spooled the replies
    that the database could not take.
    """
    with means.sessions.held() as kept:
        means = replace(means, sessions=kept)
        means.recorder.unspool()
        now = means.clock()
        with kept.read() as session:
            most = means.most_connections(rates.strikes(session, now=now))
            if not _may_any_leave(session, means, most, now):
                return 0
        with connections.held(kept, means.clock, wanted=means.connections, most=most) as mine:
            return _Run(means, limit, mine).work() if mine.count else 0


def _may_any_leave(session: Session, means: SendingMeans, most: int | None, now: datetime) -> bool:
    """Whether a letter may leave in this run, as far as can be seen without changing anything."""
    if servers.is_resting(session, means.transport.address, now=now):
        return False
    if rates.room(session, means.rates, now=now, until=now + means.run_time) == 0:
        return False
    return most is None or claims.count_due(session, now=now, most=1) > 0


@dataclass(slots=True)
class _Job:
    """One attempt at a delivery while it is being made."""

    claim: Claim
    letter: documents.Approved
    leaves_at: datetime
    times: SendingTimes
    lease_until: datetime
    started_at: datetime
    signature: str | None = None
    """That of its message, if we sign (DKIM)."""
    offered_at: datetime | None = None
    answer: AsyncResult[datetime | None] = field(default_factory=AsyncResult)
    """Set by the recorder: when the delivery was marked as offered; None if the dot must not
    follow."""


@dataclass(frozen=True, slots=True)
class _CutOff:
    """A claim that was not tried, since no connection to the mail server could be made."""

    claim: Claim
    outcome: Outcome


class _Run:
    """One worker's deliveries, from the first claim to the last reply."""

    def __init__(self, means: SendingMeans, limit: int, held: Held) -> None:
        self.means = means
        self.held = held
        self.recorder = means.recorder
        self.left, self.claimed = limit, 0
        self.batch_size = means.mark_ahead if means.mark_ahead > 1 else means.batch_size
        self.ends_at = means.clock() + means.run_time
        self.is_stopped = False
        self.pool = ConnectionPool[_Job](means.transport, held.count, self._attempt, first=AT_FIRST)
        self.reports: SimpleQueue[_Job | Tried | _CutOff | Claim | BaseException] = SimpleQueue()
        """What the connections report: a job that asks to be marked as offered, an attempt that
        has ended, a claim that was not tried, or an error."""
        self.unreported = 0
        """Jobs given to the pool whose last report has not come."""
        self.untried: list[Claim] = []
        self.cut_off: list[_CutOff] = []
        self.trouble: BaseException | None = None
        self.approvals = Approvals()
        self.times: dict[UUID, SendingTimes] = {}
        """When the letters of each mailout may leave."""
        self.about_council: dict[UUID, set[Key]] = {}
        """The replies of which a person said that they are about the recipient, by mailout."""

    def work(self) -> int:
        try:
            self._refill()
            while self.unreported:
                self._record_reports()
                self._refill()
        finally:
            self._finish()
        if trouble := self.trouble or self.recorder.trouble:
            raise trouble
        return self.claimed - len(self.cut_off)

    def _refill(self) -> None:
        """Claim the next batch before the pool has finished the last, while time is left."""
        enough = max(self.batch_size // 2, 2 * self.held.count)
        while self._may_claim and self.pool.waiting < enough:
            now = self.means.clock()  # the lease runs from here, however long claiming takes
            jobs = self._jobs(self._claim(now), now)
            if self.means.mark_ahead > 1:
                jobs = self._marked(jobs)
            self.unreported += len(jobs)
            for job in jobs:
                self.pool.submit(job)

    @property
    def _may_claim(self) -> bool:
        """Whether to claim more. Not without a mail server: all of it would only be deferred."""
        return self.left > 0 and not self._is_over and not self.pool.is_cut_off

    @property
    def _is_over(self) -> bool:
        """Whether no new attempt may start; deliveries marked as offered already still proceed."""
        now = self.means.clock()
        return self.is_stopped or now >= self.ends_at or self.held.is_lost(now)

    def _claim(self, now: datetime) -> list[tuple[Claim, datetime]]:
        """Claim a batch; return each claim with the moment at which the rates let it leave.

        A delivery that could leave only after the end of the run is released, due at the moment
        when it may ask again.
        """
        means = self.means
        with means.sessions.begin() as session:
            room = _room(session, means.rates, now, self.ends_at)
            most = min(self.batch_size, self.left, room)
            lease_until = now + means.lease
            taken = claims.claim_deliveries(session, now=now, lease_until=lease_until, limit=most)
            wanted = [(claim, domain_of(claim.address)) for claim in taken]
            moments = rates.book(session, wanted, means.rates, now=now, until=self.ends_at)
            for claim, moment in moments.items():
                if moment >= self.ends_at:
                    claims.release(session, [claim], now=now, due_at=moment)
        self.claimed += len(taken)
        self.left = self.left - len(taken) if taken else 0
        booked = ((claim, moment) for claim, moment in moments.items() if moment < self.ends_at)
        return sorted(booked, key=itemgetter(1))

    def _jobs(self, taken: Sequence[tuple[Claim, datetime]], now: datetime) -> list[_Job]:
        """Load the letters that may leave. One that is not as approved stops its mailout."""
        # All is read in one transaction: on PostgreSQL, to begin one costs as much as to read.
        with self.means.sessions.read() as session:
            found = copies.find(session, [claim for claim, _ in taken])
            going = [each for each in taken if each[0] not in found]
            letters = self.approvals.load(session, [claim for claim, _ in going])
            if new := {claim.mailout_id for claim, _ in going} - self.times.keys():
                self.times |= sending_times(session, new)
                self.about_council |= stored_stops.about_council(session, new)
        _hold_back(self.means, found, now)
        jobs = []
        for claim, moment in going:
            letter = _in_mode(self.means.sender, claim, letters[claim])
            if isinstance(letter, documents.Approved):
                times, lease_until = self.times[claim.mailout_id], now + self.means.lease
                jobs.append(_Job(claim, letter, moment, times, lease_until, now))
            else:
                _hold(self.means, claim, str(letter))
                self.untried.append(claim)
                self.is_stopped = True
        return jobs

    def _marked(self, jobs: list[_Job]) -> list[_Job]:
        """Mark deliveries as offered before their conversations; return those that are."""
        marked = self.recorder.record([job.claim for job in jobs], ())
        for job in jobs:
            job.offered_at = marked.get(job.claim)
        self.untried += [job.claim for job in jobs if not job.offered_at]
        return [job for job in jobs if job.offered_at]

    def _attempt(self, job: _Job, connection: Connection | Outcome) -> None:
        """Try one delivery on a connection of the pool, and report how it ended."""
        try:
            self.reports.put(self._outcome(job, connection))
        except BaseException as error:  # noqa: BLE001 - `work` raises it, in the run's own thread
            self.reports.put(error)

    def _outcome(self, job: _Job, connection: Connection | Outcome) -> Tried | _CutOff | Claim:
        """Try one delivery; return the attempt, or the claim if it was not tried."""
        if isinstance(connection, Outcome) and job.offered_at is None:
            return _CutOff(job.claim, connection)  # whatever the time: it took longer than a run
        if self._is_over and job.offered_at is None:
            return job.claim
        _wait_for_slot(self.means, job)
        job.started_at = self.means.clock()
        if job.offered_at is None and (self.is_stopped or not job.times.is_open(job.started_at)):
            return job.claim  # its turn came after its hours, or after a reply that stops all
        outcome = connection if isinstance(connection, Outcome) else self._converse(job, connection)
        outcome = stops.ruled(outcome, self.about_council[job.claim.mailout_id])
        if outcome.verdict is Verdict.WITHDRAWN:
            return job.claim
        # At once, and not only when it is recorded: the next letter would fare no better.
        self.is_stopped |= outcome.whose in {Whose.US, Whose.PACE}
        return _tried(self.means, job, connection, outcome)

    def _converse(self, job: _Job, connection: Connection) -> Outcome:
        """Offer the message to the server. One that cannot be composed is deferred."""
        try:
            envelope, headers, content = _composed(job, self.means.sender)
        except Exception as error:  # noqa: BLE001 - no message may stop the others
            why = f"the message cannot be put together: {type(error).__name__}: {error}"
            return Outcome(Verdict.DEFERRED, trouble=why)
        return connection.offer(
            envelope,
            content,
            before_dot=partial(self._may_end, job),
            needs_smtputf8=headers.needs_smtputf8,
        )

    def _may_end(self, job: _Job) -> bool:
        """Whether the final dot may follow: the delivery is marked as offered, and still ours.

        A crash before the mark is committed leaves it claimed: not sent, and the lease gives it
        back. A crash from then on leaves it offered, and the lease puts it in doubt.
        """
        if job.offered_at is None and self._is_ours(job) and not self.is_stopped:
            self.reports.put(job)
            job.offered_at = job.answer.get()
        # Once more, since waiting for the commit may have outlasted the lease.
        return job.offered_at is not None and self._is_ours(job)

    def _is_ours(self, job: _Job) -> bool:
        """Whether the lease still runs. A process that was frozen may find that it does not."""
        return self.means.clock() < job.lease_until

    def _record_reports(self) -> None:
        """Wait for reports from the pool, and record all that have come in one transaction."""
        urgent, patience = min(self.pool.allowed, self.unreported), self.held.patience
        self.held.renew(self.means.sessions, self.means.clock())
        reports = list(gathered(self.reports, urgent, _is_job, patience=patience))
        if not reports:
            return
        asking = [report for report in reports if isinstance(report, _Job)]
        tried = [report for report in reports if isinstance(report, Tried)]
        self.untried += [report for report in reports if isinstance(report, Claim)]
        self.cut_off += [report for report in reports if isinstance(report, _CutOff)]
        for report in reports:
            self.trouble = report if isinstance(report, BaseException) else self.trouble
        self.unreported -= len(reports) - len(asking)
        marked = self.recorder.record([job.claim for job in asking], tried)
        for job in asking:
            job.answer.set(marked.get(job.claim))
        self.pool.widen(sum(map(_shows_that_all_is_well, tried)))
        self.pool.go_on()  # the dots leave before anything else is claimed
        why = (self.untried, self.cut_off, self.trouble, *self.recorder.reasons_to_stop)
        self.is_stopped |= any(why)

    def _finish(self) -> None:
        """Let the attempts that have begun end, and release the claims that were not tried."""
        self.is_stopped = True
        while self.unreported:
            self._record_reports()
        self.pool.close()
        if not self.recorder.trouble:
            _give_back(self.means, self.recorder.health, self.untried, self.cut_off)


def _room(session: Session, limits: Rates, now: datetime, until: datetime) -> int:
    """Return how many deliveries are worth claiming: no more than may leave in this run."""
    if not limits.service:
        return sys.maxsize
    room = rates.room(session, limits, now=now, until=until)
    return sys.maxsize if room is None else room


def _is_job(report: object) -> bool:
    return isinstance(report, _Job)


def _wait_for_slot(means: SendingMeans, job: _Job) -> None:
    """Wait until a job may leave, but no longer than a run: the clock may have gone back since."""
    if (early := job.leaves_at - means.clock()) > timedelta(0):
        means.sleep(min(early, means.run_time).total_seconds())


def _shows_that_all_is_well(tried: Tried) -> bool:
    """Whether a server's reply says nothing that may be about us."""
    return tried.outcome.reply is not None and not (
        tried.outcome.whose in {Whose.US, Whose.PACE} or stops.is_suspect(tried)
    )


def _in_mode(
    sender: Sender, claim: Claim, letter: documents.Approved | NotApproved
) -> documents.Approved | NotApproved:
    """Return a letter, or why it may not leave: it was approved for another mode."""
    if isinstance(letter, NotApproved):
        return letter
    why = sender.refusal(claim.sent_as)
    return NotApproved(why) if why else letter


def _hold(means: SendingMeans, claim: Claim, why: str) -> None:
    """Pause the mailout of a claim whose letter must not leave."""
    with means.sessions.begin() as session:
        hold(session, claim.mailout_id, why, now=means.clock())


def _hold_back(means: SendingMeans, found: Mapping[Claim, Copy], now: datetime) -> None:
    """Hold back the claims whose letter the address has from another mailout."""
    if found:
        with means.sessions.begin() as session:
            copies.hold_back(session, found, now=now)


def _give_back(
    means: SendingMeans, health: Health, untried: Sequence[Claim], cut_off: Sequence[_CutOff]
) -> None:
    """Release the claims that were not tried.

    If no connection could be made, record why, once for all of them; they come back when the server
    is tried again. If that was about us, their mailouts are paused.
    """
    now, again = means.clock(), None
    if cut_off:
        outcome = cut_off[-1].outcome
        with means.sessions.begin() as session:
            again = health.cut_off(session, outcome, now=now)
        if outcome.whose is Whose.US:
            outcomes = {each.claim.mailout_id: outcome for each in cut_off}
            stops.stop(means.sessions, outcomes, now=now)
    back = [*untried, *(each.claim for each in cut_off)]
    if back:
        with means.sessions.begin() as session:
            claims.release(session, back, now=now, due_at=again)


def _composed(job: _Job, sender: Sender) -> tuple[Envelope, Headers, bytes]:
    """Return a job's message with its envelope and headers, and note its signature."""
    envelope, headers = _addressed(job, sender)
    content = message(headers, job.letter.mail)
    job.signature = signature_in(content)
    return envelope, headers, content


def _addressed(job: _Job, sender: Sender) -> tuple[Envelope, Headers]:
    """Return the envelope and the headers of a job's message."""
    claim = job.claim
    sent_by = sender.as_sent(claim.sent_as)
    headers = delivery_headers(sender, claim, job.letter.recipients, job.letter.subject)
    mail_from = sender.mail_from(claim.delivery_id)
    goes_to = claim.address
    if sent_by.rehearses is not None and sender.rehearsal_to:  # else to the mail catcher, as it is
        goes_to = sent_by.rehearses
    return Envelope(mail_from, goes_to, claim.envid), headers


def _tried(
    means: SendingMeans, job: _Job, connection: Connection | Outcome, outcome: Outcome
) -> Tried:
    """Return the attempt that has just ended, with the moment of the next where there is one."""
    now, again = means.clock(), None
    if outcome.whose is Whose.US:
        again = now  # its mailout is paused: once that is resumed, it leaves at once
    elif outcome.verdict is Verdict.DEFERRED:
        again = retry_at(
            now,
            job.claim.tries,
            means.retry_waits,
            job.times,
            jitter=means.retry_jitter,
            chance=means.random(),
        )
    return Tried(
        claim=job.claim,
        started_at=job.started_at,
        offered_at=job.offered_at,
        ended_at=now,
        server="" if isinstance(connection, Outcome) else connection.server,
        tls=None if isinstance(connection, Outcome) else connection.tls,
        outcome=outcome,
        signature=job.signature,
        retry_at=again,
    )
