"""What everybody can do who moves deliveries, whole or in part, and what they know of it.

The database and every statement on it are the real ones. Made up are the clock, the mail server
and the processes: what a worker knows lives here, so that it can be lost, or come back late. One
gap no program can close, and it is left out: a worker that looks at the clock, freezes for the
rest of its lease, and then says the dot.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import and_, delete, func, not_, select, update

from dispatch.app import App
from dispatch.database import DatabaseTrouble
from dispatch.database.tables import Attempt, Bucket, Delivery, EventRow, Mailout
from dispatch.domain.delivery import HELD, WAITING, DeliveryState, retry_at
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import CLOCK, Event
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from dispatch.sending import doubts, send, sweep
from dispatch.sending.recorder import Recorder, Spool
from dispatch.sending.servers import Health
from dispatch.sending.store import claims
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock
from tests.journeys.doomed import BEFORE_DOT, DoomedTransport, Fate, Phase, Server
from tests.outages import FailingSessions, Fault, PowerCut, failing


@dataclass(eq=False)
class Job:
    """One conversation as its worker knows it."""

    worker: int
    claim: Claim
    lease_until: datetime
    started_at: datetime
    offered_at: datetime | None = None
    tried: Tried | None = None

    @property
    def is_unended(self) -> bool:
        return self.tried is None

    @property
    def is_unmarked(self) -> bool:
        return self.is_unended and self.offered_at is None

    @property
    def is_before_its_dot(self) -> bool:
        return self.is_unended and self.offered_at is not None


class World:
    """One released mailout in a real database, whose deliveries are made anew for each life."""

    def __init__(self, app: App, clock: FakeClock, folder: Path) -> None:
        steps.released(app, clock, "OXO", "ADU", "WOT", "CMD")
        self.app, self.clock, self.folder = app, clock, folder
        found = sorted(steps.deliveries_of(app).values(), key=lambda each: each.address)
        self.rows = [
            {
                **{column.key: getattr(row, column.key) for column in Delivery.__table__.columns},
                "id": UUID(int=number),
                "due_at": RELEASE_AT + timedelta(milliseconds=number),  # so that all know the order
                # Some have so little time that it is up while a worker holds them under its lease.
                "not_after": RELEASE_AT + LITTLE if number % 3 == 1 else row.not_after,
            }
            for number, row in enumerate(found, start=1)
        ]
        with app.sessions.read() as session:
            self.last_event = session.scalar(select(func.max(EventRow.id)))
        self.ids = [UUID(int=number) for number in range(1, len(found) + 1)]

    def begin_anew(self) -> None:
        self.clock.reach(RELEASE_AT + timedelta(seconds=1))
        shutil.rmtree(self.folder, ignore_errors=True)
        with self.app.sessions.begin() as session:
            for table in (Attempt, Bucket, Delivery):
                session.execute(delete(table))
            # What led to the release stays: without its approval, nothing leaves.
            is_of_mailout = EventRow.subject.startswith("mailout:")
            is_before = EventRow.id <= self.last_event
            session.execute(delete(EventRow).where(not_(and_(is_before, is_of_mailout))))
            session.execute(update(Mailout).values(state=MailoutState.RELEASING, remark=None))
            session.add_all(Delivery(**row) for row in self.rows)
            journal.append(
                session,
                *(
                    Event(RELEASE_AT, CLOCK, "delivery.queued", f"delivery:{id_}")
                    for id_ in self.ids
                ),
            )
        steps.coded(self.app)


NOBODY: Final = -1
LITTLE: Final = timedelta(minutes=5)
Order = Callable[..., object]


class Workshop(RuleBasedStateMachine):
    """Workers with what they have in hand, clocks, a person and a mail server."""

    def __init__(self, world: World) -> None:
        super().__init__()
        world.begin_anew()
        self.world, self.app, self.clock = world, world.app, world.clock
        self.spool = Spool(world.folder / "spool")
        self.server = Server()
        self.jobs: list[Job] = []
        self.shown: set[tuple[UUID, DeliveryState]] = set()
        """Of what evidence came in, and when."""
        # As it was when somebody last looked, which is after every step:
        self.rows: dict[UUID, Delivery] = {}
        self.state = MailoutState.RELEASING
        self.spooled: list[Tried] = []
        self.attempts: dict[UUID, list[Attempt]] = {}
        self.stories: dict[UUID, list[Event]] = {}

    @property
    def states(self) -> set[DeliveryState]:
        return {row.state for row in self.rows.values()}

    def _look(self) -> None:
        """See how everything stands."""
        with self.app.sessions.read() as session:
            rows = session.scalars(select(Delivery).order_by(Delivery.id)).all()
            attempts = session.scalars(select(Attempt).order_by(Attempt.number)).all()
            events = journal.events(session)
            self.state = session.scalars(select(Mailout.state)).one()
        self.spooled = list(self.spool.tried())
        self.rows = {row.id: row for row in rows}
        self.attempts = {
            id_: [each for each in attempts if each.delivery_id == id_] for id_ in self.world.ids
        }
        self.stories = {
            id_: [event for event in events if event.subject == f"delivery:{id_}"]
            for id_ in self.world.ids
        }

    @contextmanager
    def _life_of(self, worker: int) -> Iterator[None]:
        """Do something as a worker that may end by it."""
        try:
            yield
        except PowerCut:
            self._forget(self._jobs_of(worker))
        except DatabaseTrouble:
            pass  # it gives up, and goes on with what it had

    @property
    def is_time_wanted(self) -> bool:
        """Whether somebody waits for time to pass, or nothing else is left to do."""
        pending = {*HELD, DeliveryState.DEFERRED}
        return bool(self.jobs or self.states & pending or not self.is_anything_due)

    @property
    def is_anything_due(self) -> bool:
        return self.state is MailoutState.RELEASING and any(
            row.state in WAITING and row.due_at <= self.clock() for row in self.rows.values()
        )

    def _jobs_of(self, worker: int) -> list[Job]:
        return [job for job in self.jobs if job.worker == worker]

    def _claim(self, worker: int, limit: int, faults: Sequence[Fault | None]) -> None:
        now, lease = self.clock(), self.app.lease
        with self._life_of(worker):
            with self._database(*faults[:1]).begin() as session:
                taken = claims.claim_deliveries(
                    session, now=now, lease_until=now + lease, limit=limit
                )
            self.jobs += [
                Job(worker, claim, now + lease, self.clock())
                for claim in sorted(taken, key=lambda claim: claim.delivery_id)
            ]

    def _go_on(
        self, worker: int, jobs: Sequence[Job], fate: Fate, faults: Sequence[Fault | None]
    ) -> None:
        """Take conversations a step on: to the mark, over the dot, to the record."""
        ready = [job for job in jobs if job.tried]
        for job in jobs:
            if job.is_unended and fate in BEFORE_DOT:
                self._learn(job, fate.value)
            elif job.is_before_its_dot:
                self._say_the_dot(job, fate)
            elif job.is_unmarked:
                ready.append(job)
        if ready:
            self._record(worker, ready, faults)

    def _record(self, worker: int, jobs: Sequence[Job], faults: Sequence[Fault | None]) -> None:
        """Bring what a worker has in hand to its recorder, as `send` does."""
        asking = [job for job in jobs if job.is_unmarked]
        ended = [job for job in jobs if job.tried]
        recorder = self._recorder(*faults)
        with self._life_of(worker):
            marked = recorder.record(
                [job.claim for job in asking], [job.tried for job in ended if job.tried]
            )
            for job in asking:
                job.offered_at = marked.get(job.claim)
            withdrawn = [job for job in asking if not job.offered_at]
            self._forget(ended + withdrawn)
            if not recorder.trouble:
                self._release(withdrawn)

    def _send(
        self,
        fate: Fate,
        phase: Phase,
        *,
        limit: int,
        mark_ahead: int = 1,
        faults: Sequence[Fault | None] = (),
    ) -> None:
        sessions = self._database(*faults)
        is_doomed = phase is not Phase.NEVER
        means = replace(
            steps.means(self.app),
            sessions=sessions,
            transport=DoomedTransport(server=self.server, fate=fate, phase=phase, die=sessions.die),
            spool=Spool(self.world.folder / "nowhere") if is_doomed else self.spool,
            mark_ahead=mark_ahead,
        )
        send.send(means, limit=limit)

    def _say_the_dot(self, job: Job, fate: Fate) -> None:
        """Say the dot, if the lease still runs, and learn what the server makes of it."""
        if self.clock() < job.lease_until:
            self._learn(job, self.server.hear_the_dot(job.claim.delivery_id, fate))
        else:
            self._forget([job])
            self._release([job])

    def _forget(self, jobs: Sequence[Job]) -> None:
        self.jobs = [job for job in self.jobs if job not in jobs]

    def _learn(self, job: Job, outcome: Outcome) -> None:
        """Let a worker know what came of its attempt."""
        now, again = self.clock(), None
        if outcome.verdict is Verdict.DEFERRED:
            again = retry_at(now, job.claim.number, steps.means(self.app).retry_waits)
        job.tried = Tried(
            claim=job.claim,
            started_at=job.started_at,
            offered_at=job.offered_at,
            ended_at=now,
            server="mail.test:25",
            outcome=outcome,
            retry_at=again,
        )

    def _release(self, jobs: Sequence[Job], fault: Fault | None = None) -> None:
        with self._database(fault).begin() as session:
            claims.release(session, [job.claim for job in jobs], now=self.clock())

    def _database(self, *faults: Fault | None) -> FailingSessions:
        return failing(self.app.sessions, *faults, sleep=self._go_on_without_it)

    def _go_on_without_it(self) -> None:
        """Let the world go on while a process sleeps: what it held is taken back, settled, sent."""
        self.clock.advance(seconds=self.app.lease.total_seconds() + 1)
        self._tick(0)
        self._look()
        for id_ in self._settleable():
            self._settle(id_)
        self._send(Fate.TAKEN, Phase.NEVER, limit=1)

    def _settle(self, id_: UUID) -> None:
        """Let a person say what is so: one who is wrong is outside the promise."""
        is_there = self.server.copies[id_]
        decision = doubts.Decision.ACCEPTED if is_there else doubts.Decision.NOT_SENT
        with self.app.sessions.begin() as session:
            word = a_word(self.clock(), "alex", "the relay's log")
            doubts.settle(session, id_, decision, word)

    def _recorder(self, *faults: Fault | None) -> Recorder:
        pause = lambda seconds: self.clock.advance(seconds=seconds)  # noqa: E731
        sessions = self._database(*faults)
        health = Health("mail.test:25", ())
        return Recorder(sessions, self.spool, self.clock, pause, self.app.lease, health)

    def _tick(self, skew: int, fault: Fault | None = None) -> None:
        """Do what the clock does about deliveries and the mailout that they belong to."""
        now = self.clock() + timedelta(seconds=skew)
        with self._database(fault).begin() as session:
            sweep.sweep(session, now=now)
            for name in sweep.settled(session):
                sweep.finish(session, name, now=now)

    def _command(self, order: Order) -> None:
        with self.app.sessions.begin() as session:
            mailout = mailout_named(session, steps.NAME)
            order(session, mailout, a_word(self.clock()))

    def _provable(self) -> list[UUID]:
        """Return what a server has and nobody here knows of, once in each state."""
        return [
            row.id
            for row in self.rows.values()
            if row.state in {DeliveryState.OFFERED, DeliveryState.IN_DOUBT}
            and self.server.copies[row.id]
            and (row.id, row.state) not in self.shown
        ]

    def _settleable(self) -> list[UUID]:
        """Return what is in doubt and of which a person can know how it is.

        Nobody can while somebody may still say the dot: two machines need not agree on the time.
        """
        open_ = {
            job.claim.delivery_id
            for job in self.jobs
            if job.is_before_its_dot and self.clock() < job.lease_until
        }
        return [
            row.id
            for row in self.rows.values()
            if row.state is DeliveryState.IN_DOUBT
            and (self.server.copies[row.id] or row.id not in open_)
        ]
