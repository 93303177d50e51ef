"""A model of the life of deliveries: everybody who moves them, and everything that goes wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from dispatch.database import DatabaseTrouble
from dispatch.domain.delivery import HELD, IN_PROGRESS
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.acceptance import Acceptance
from dispatch.sending import doubts, release
from tests.factories import a_word
from tests.journeys.doomed import BEFORE_DOT, Fate, Phase
from tests.journeys.promises import check_copies, check_story, check_whereabouts
from tests.journeys.workshop import NOBODY, Order, Workshop
from tests.outages import Fault, PowerCut

MOSTLY_NOT: Final = [None] * 15
WORKERS: Final = st.integers(0, 1)
WHICH: Final = st.integers(1, 7)
"""Bits: one for each of the things that a worker has in hand."""

PICKS: Final = st.integers(0, 11)
FAULTS: Final = st.sampled_from([*MOSTLY_NOT, *Fault])
MANY_FAULTS: Final = st.lists(FAULTS, max_size=5)
FATES: Final = st.sampled_from([*[Fate.TAKEN] * 4, *Fate])
TROUBLES: Final = st.sampled_from(
    [
        (),
        *((None, fault) for fault in (Fault.AWAY, Fault.LOST, Fault.UNSURE, Fault.SLOW)),
        (Fault.SLOW,),
        (Fault.UNSURE,),
        (None, None, Fault.UNSURE, Fault.AWAY),
        (None, None, Fault.AWAY, Fault.LOST, Fault.UNSURE, Fault.LOST),
    ]
)
"""What becomes of the claim, the mark, the record and the further tries at that."""

PHASES: Final = st.sampled_from([Phase.AFTER_DOT, *Phase, Phase.AFTER_REPLY])
SPELLS: Final = st.sampled_from([400, 901, 1, 4_000, 400, 901, 300_000])
"""Seconds: half a lease, a lease, a moment, a longer wait, and half the days there are. What comes
first here, and in the others, comes most often: Hypothesis takes it to be simple."""


class Life(Workshop):
    """Workers, clocks, a person and a mail server, in any order, and what must hold after each."""

    is_sound = True
    """Whether the promises held when they were last looked at."""

    # What workers do.

    @precondition(lambda self: self.jobs or self.is_anything_due)
    @rule(
        worker=WORKERS,
        which=WHICH,
        fate=FATES,
        faults=MANY_FAULTS,
        far=st.sampled_from([4, 3, 2, 1]),
    )
    def work(
        self, worker: int, which: int, fate: Fate, faults: list[Fault | None], far: int
    ) -> None:
        """Take some of what a worker has in hand some steps on; if it has nothing, claim."""
        if not self.is_anything_due and not self._jobs_of(worker):
            worker = self.jobs[0].worker
        for _ in range(far):
            chosen = [job for bit, job in enumerate(self._jobs_of(worker)) if which & (1 << bit)]
            if chosen:
                self._go_on(worker, chosen, fate, faults)
            else:
                self._claim(worker, which.bit_count(), faults)
            faults = faults[1:]

    @precondition(lambda self: self.jobs)
    @rule(worker=WORKERS, fault=FAULTS, is_orderly=st.booleans())
    def end(self, worker: int, fault: Fault | None, is_orderly: bool) -> None:
        """Give back what is not begun; or lose all that a worker knows, wherever it was."""
        jobs = self._jobs_of(worker)
        if is_orderly:
            jobs = [job for job in jobs if job.is_unmarked]
            with self._life_of(NOBODY):
                self._release(jobs, fault)
        self._forget(jobs)

    @precondition(lambda self: self.spooled)
    @rule(faults=st.lists(FAULTS, max_size=3))
    def unspool(self, faults: list[Fault | None]) -> None:
        """Record what the database could not take."""
        with self._life_of(NOBODY):
            self._recorder(*faults).unspool()

    @precondition(lambda self: self.is_anything_due)
    @rule(fate=FATES, phase=PHASES, mark_ahead=st.sampled_from([1, 3]), faults=TROUBLES)
    def send(
        self, fate: Fate, phase: Phase, mark_ahead: int, faults: tuple[Fault | None, ...]
    ) -> None:
        """Run a whole worker for one letter, and perhaps let it die over that."""
        try:
            self._send(fate, phase, limit=1, mark_ahead=mark_ahead, faults=faults)
        except (PowerCut, DatabaseTrouble):
            assert phase is not Phase.NEVER or any(faults)

    @precondition(lambda self: self.jobs)
    @rule(heard=st.sampled_from([*BEFORE_DOT, None]), fate=FATES, phase=PHASES)
    def oversleep(self, heard: Fate | None, fate: Fate, phase: Phase) -> None:
        """Let all that workers hold be taken back, whatever they hear of it before they freeze.

        Then a whole worker takes some of it over.
        """
        for job in self.jobs:
            if heard and job.is_unended:
                self._learn(job, heard.value)
        self.clock.advance(seconds=self.app.lease.total_seconds() + 1)
        self._tick(0)
        with suppress(PowerCut, DatabaseTrouble):
            self._send(fate, phase, limit=1)

    # What time, clocks and people do.

    @precondition(lambda self: self.is_time_wanted)
    @rule(seconds=SPELLS, clocks=st.sampled_from([1, 2, 0]), skew=st.integers(0, 2), fault=FAULTS)
    def pass_time(self, seconds: int, clocks: int, skew: int, fault: Fault | None) -> None:
        """Let time pass: whoever holds something is frozen meanwhile.

        Then one clock looks, whose machine may be seconds ahead; or two do, at the same moment.
        """
        self.clock.advance(seconds=seconds)
        if clocks == 1:
            with self._life_of(NOBODY):
                self._tick(skew, fault)
        if clocks == 2:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(self._tick, [0, skew]))

    @precondition(lambda self: self.state is MailoutState.PAUSED)
    @rule()
    def resume(self) -> None:
        """Let a person let the mailout go on."""
        self._command(release.resume)

    @precondition(lambda self: self.state is MailoutState.RELEASING and self.states & HELD)
    @rule(order=st.sampled_from([release.pause, release.cancel, None, None]))
    def stop(self, order: Order | None) -> None:
        """Let a person pause the mailout, or stop it for good, in the middle of it."""
        if order:
            self._command(order)

    @precondition(lambda self: self._settleable())
    @rule(pick=PICKS)
    def settle(self, pick: int) -> None:
        """Let a person say what is so."""
        found = self._settleable()
        self._settle(found[pick % len(found)])

    @precondition(lambda self: self._provable())
    @rule(pick=PICKS)
    def show_evidence(self, pick: int) -> None:
        """Let evidence of a message come in, before anybody is in doubt or after."""
        there = self._provable()
        id_ = there[pick % len(there)]
        self.shown.add((id_, self.rows[id_].state))
        evidence = Acceptance(delivery_id=id_, source="postfix log", quote="4XyZ")
        with self.app.sessions.begin() as session:
            finding = doubts.accept(session, evidence, a_word(self.clock()))
        assert finding in {doubts.Weighed.SETTLED, doubts.Weighed.KNOWN}

    # What must hold.

    @invariant()
    def keep_the_promises(self) -> None:
        self.is_sound = False
        self._look()
        for row in self.rows.values():
            check_copies(row, self.server.copies[row.id])
            check_whereabouts(row, self.attempts[row.id])
            check_story(row, self.attempts[row.id], self.stories[row.id])
        if self.state is MailoutState.SENT:
            assert not self.states & IN_PROGRESS
        self.is_sound = True

    def teardown(self) -> None:
        """Let everything come to its end, with a good server and no deaths; then wake the dead."""
        if not self.is_sound:
            return
        if self.state is MailoutState.PAUSED:
            self._command(release.resume)
        for _ in range(6):
            self.clock.advance(seconds=self.app.lease.total_seconds() + 1)
            self._send(Fate.TAKEN, Phase.NEVER, limit=len(self.rows))
            self._tick(0)
            self.keep_the_promises()
            if self.state is not MailoutState.RELEASING:
                break
        assert not self.states & IN_PROGRESS, "nobody moves it on"
        assert self.state in {MailoutState.SENT, MailoutState.CANCELLED}
        assert self.spooled == []

        late = [job.tried for job in self.jobs if job.tried]
        unsaid = [job.claim for job in self.jobs if not job.tried]
        assert self._recorder().record(unsaid, late) == {}
        self.keep_the_promises()
