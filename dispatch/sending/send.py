"""Send: offer deliveries to a mail server, each once, and record the answers.

Short transactions stand round each conversation and none is open during it: the claim, `offered`
just before the final dot, and the outcome. A worker that dies before `offered` has surely not
sent; after it nobody knows, and the delivery stays in doubt.

Several conversations run at once, each in turn while the others wait for the server, and one
desk serves them all: it alone touches the database, and what has reached it by the time of a
commit shares that commit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from uuid import UUID

from dispatch.database import Sessions
from dispatch.domain.address import domain_of
from dispatch.domain.attempt import Claim, Tried
from dispatch.domain.delivery import retry_at
from dispatch.domain.envelope import Envelope, Sender, return_path
from dispatch.domain.hours import SendingHours
from dispatch.domain.pace import Rates
from dispatch.domain.reply import Outcome, Verdict
from dispatch.letters.store import documents
from dispatch.mail.outgoing.crew import Answer, Crew, Tray, gathered
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_headers
from dispatch.mail.outgoing.transport import Line, Transport
from dispatch.mailouts.changes import hold
from dispatch.mailouts.store import sending_hours
from dispatch.sending.recorder import Desk
from dispatch.sending.spool import Spool
from dispatch.sending.store import claims, rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """All that sending needs: where to record, a way out, and the rules."""

    sessions: Sessions
    transport: Transport
    sender: Sender
    clock: Callable[[], datetime]
    pause: Callable[[float], None]
    """Waits so many seconds."""
    chance: Callable[[], float]
    """Draws a number from 0 to 1, by which retries are spread."""
    spool: Spool
    lease: timedelta
    patience: timedelta
    """How long to take new deliveries on: then others need the worker, too."""
    waits: Sequence[timedelta]
    jitter: float = 0.0
    rates: Rates = field(default_factory=Rates)
    lines: int = 1
    """Conversations at once."""
    batch: int = 20
    """Deliveries claimed in one transaction."""
    mark_ahead: int = 1
    """Deliveries marked as offered in one transaction before their conversations, where it is
    more than one: up to twice that many more are in doubt if the worker dies."""

    @property
    def desk(self) -> Desk:
        """A desk that records for this post."""
        return Desk(self.sessions, self.spool, self.clock, self.pause, self.lease)


def send(post: Post, *, limit: int) -> int:
    """Send up to `limit` due deliveries, several at once; return how many were claimed.

    Owns its transactions. What could not be tried, since the mailout was stopped or time was
    up, is given back. What the database could not take is spooled, and its trouble raised.
    """
    with post.sessions.held() as held:
        post = replace(post, sessions=held)
        post.desk.unspool()
        return _Shift(post, limit).work()


@dataclass(slots=True)
class _Job:
    """One attempt as it goes."""

    claim: Claim
    letter: documents.Approved
    leaves_at: datetime
    hours: SendingHours | None
    lease_until: datetime
    started_at: datetime
    offered_at: datetime | None = None
    answer: Answer[datetime | None] = field(default_factory=Answer)
    """The desk's: when it was marked as offered, if the dot may follow."""


class _Shift:
    """One worker's deliveries from the first claim to the last answer."""

    def __init__(self, post: Post, limit: int) -> None:
        self.post = post
        self.desk = post.desk
        self.left, self.claimed = limit, 0
        self.most = post.mark_ahead if post.mark_ahead > 1 else post.batch
        self.ends_at = post.clock() + post.patience
        self.is_stopped = False
        self.crew: Crew[_Job] = Crew(post.transport, post.lines, self._attempt)
        self.papers: Tray[_Job | Tried | Claim | BaseException] = Tray()
        """What the crew hands in: to be marked, tried, not to be tried, or gone wrong."""
        self.out = 0
        """How many jobs the crew has."""
        self.untried: list[Claim] = []
        self.trouble: BaseException | None = None
        self.hours: dict[UUID, SendingHours | None] = {}
        """When the letters of each mailout may leave."""

    def work(self) -> int:
        try:
            self._refill()
            while self.out:
                self._serve()
                self._refill()
        finally:
            self._finish()
        if trouble := self.trouble or self.desk.trouble:
            raise trouble
        return self.claimed

    def _refill(self) -> None:
        """Claim the next batch while the crew is at the last, if time is left and more is due."""
        enough = max(self.most // 2, 2 * self.post.lines)
        while self._may_claim and self.crew.waiting < enough:
            now = self.post.clock()  # its lease runs from here, however long claiming takes
            jobs = self._jobs(self._claim(now), now)
            if self.post.mark_ahead > 1:
                jobs = self._marked(jobs)
            self.out += len(jobs)
            for job in jobs:
                self.crew.give(job)

    @property
    def _may_claim(self) -> bool:
        """Without a mail server none: what is due would only be put off."""
        return self.left > 0 and not self._is_over and not self.crew.is_cut_off

    @property
    def _is_over(self) -> bool:
        """Whether nothing more is to begin. What is marked ahead goes its way nevertheless."""
        return self.is_stopped or self.post.clock() >= self.ends_at

    def _claim(self, now: datetime) -> list[tuple[Claim, datetime]]:
        """Take some deliveries, each with the moment at which it may leave by the rates.

        What could leave only after the shift goes back, to ask again.
        """
        post = self.post
        with post.sessions.begin() as session:
            taken = claims.claim_deliveries(
                session, now=now, lease_until=now + post.lease, limit=min(self.most, self.left)
            )
            wanted = [(claim, domain_of(claim.address)) for claim in taken]
            moments = rates.book(session, wanted, post.rates, now=now, until=self.ends_at)
            for claim, moment in moments.items():
                if moment >= self.ends_at:
                    claims.release(session, [claim], now=now, due_at=moment)
        self.claimed += len(taken)
        self.left = self.left - len(taken) if taken else 0
        booked = ((claim, moment) for claim, moment in moments.items() if moment < self.ends_at)
        return sorted(booked, key=itemgetter(1))

    def _jobs(self, taken: Sequence[tuple[Claim, datetime]], now: datetime) -> list[_Job]:
        """Load the letters; one whose stored bytes are not the approved ones stops its mailout."""
        with self.post.sessions.read() as session:
            wanted = {(claim.letter_id, claim.mail) for claim, _ in taken}
            letters = documents.approved(session, wanted)
            if new := {claim.mailout_id for claim, _ in taken} - self.hours.keys():
                self.hours |= sending_hours(session, new)
        jobs = []
        for claim, moment in taken:
            letter = letters[claim.letter_id, claim.mail]
            if isinstance(letter, documents.Approved):
                hours, lease_until = self.hours[claim.mailout_id], now + self.post.lease
                jobs.append(_Job(claim, letter, moment, hours, lease_until, now))
            else:
                self._hold(claim, str(letter))
        return jobs

    def _hold(self, claim: Claim, why: str) -> None:
        with self.post.sessions.begin() as session:
            hold(session, claim.letter_id, why, now=self.post.clock())
        self.untried.append(claim)
        self.is_stopped = True

    def _marked(self, jobs: list[_Job]) -> list[_Job]:
        """Mark deliveries as offered before their conversations; return those that are."""
        marked = self.desk.record([job.claim for job in jobs], ())
        for job in jobs:
            job.offered_at = marked.get(job.claim)
        self.untried += [job.claim for job in jobs if not job.offered_at]
        return [job for job in jobs if job.offered_at]

    def _attempt(self, job: _Job, line: Line | Outcome) -> None:
        """Try one delivery, as one of the crew, and hand in what came of it."""
        try:
            if self._is_over and job.offered_at is None:
                return self.papers.put(job.claim)
            if (early := job.leaves_at - self.post.clock()) > timedelta(0):
                self.post.pause(early.total_seconds())
            job.started_at = self.post.clock()
            outcome = line if isinstance(line, Outcome) else self._converse(job, line)
            is_tried = outcome.verdict is not Verdict.WITHDRAWN
            self.papers.put(self._tried(job, line, outcome) if is_tried else job.claim)
        except BaseException as error:  # noqa: BLE001 - it is raised where the shift is
            self.papers.put(error)

    def _converse(self, job: _Job, line: Line) -> Outcome:
        claim, sender = job.claim, self.post.sender
        try:
            headers = letter_headers(
                sender,
                claim.named_in(job.letter.recipients),
                job.letter.subject,
                at=claim.created_at,
                id_=claim.delivery_id,
            )
            content = message(headers, job.letter.mail)
            mail_from = return_path(sender.return_path, claim.delivery_id, sender.key)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not stop the others
            why = f"the message cannot be put together: {type(error).__name__}: {error}"
            return Outcome(Verdict.DEFERRED, trouble=why)
        return line.offer(
            Envelope(mail_from, claim.address, claim.envid),
            content,
            before_dot=partial(self._may_end, job),
            needs_smtputf8=headers.needs_smtputf8,
        )

    def _may_end(self, job: _Job) -> bool:
        """Whether the dot may follow: it is marked as offered, and still ours."""
        if job.offered_at is None and self._is_ours(job):
            self.papers.put(job)
            job.offered_at = job.answer.get()
        return job.offered_at is not None and self._is_ours(job)

    def _is_ours(self, job: _Job) -> bool:
        """Whether the lease still runs, for a worker that may have slept."""
        return self.post.clock() < job.lease_until

    def _tried(self, job: _Job, line: Line | Outcome, outcome: Outcome) -> Tried:
        post, now, again = self.post, self.post.clock(), None
        if outcome.verdict is Verdict.DEFERRED:
            again = retry_at(
                now,
                job.claim.number,
                post.waits,
                job.hours,
                jitter=post.jitter,
                chance=post.chance(),
            )
        return Tried(
            claim=job.claim,
            started_at=job.started_at,
            offered_at=job.offered_at,
            ended_at=now,
            server="" if isinstance(line, Outcome) else line.server,
            tls=None if isinstance(line, Outcome) else line.tls,
            outcome=outcome,
            retry_at=again,
        )

    def _serve(self) -> None:
        """Wait for what the crew hands in, and record all of it in one transaction."""
        lines = min(self.post.lines, self.out)
        papers = list(gathered(self.papers, lines, lambda paper: isinstance(paper, _Job)))
        asking = [paper for paper in papers if isinstance(paper, _Job)]
        tried = [paper for paper in papers if isinstance(paper, Tried)]
        self.untried += [paper for paper in papers if isinstance(paper, Claim)]
        for paper in papers:
            self.trouble = paper if isinstance(paper, BaseException) else self.trouble
        self.out -= len(papers) - len(asking)
        marked = self.desk.record([job.claim for job in asking], tried)
        for job in asking:
            job.answer.set(marked.get(job.claim))
        self.crew.go_on()  # the dots leave before anything else is claimed
        self.is_stopped |= bool(self.untried or self.trouble or self.desk.trouble)

    def _finish(self) -> None:
        """Let what is begun come to its end, and give back the rest."""
        self.is_stopped = True
        while self.out:
            self._serve()
        self.crew.dismiss()
        if self.untried and not self.desk.trouble:
            with self.post.sessions.begin() as session:
                claims.release(session, self.untried, now=self.post.clock())
