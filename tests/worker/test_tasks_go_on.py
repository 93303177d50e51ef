"""What goes through all letters goes in batches, and goes on wherever it was cut short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dispatch.app import App
from dispatch.database import Sessions
from dispatch.database.tables import FiguresRow, Letter
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.letters.approval import Leaf, LetterTree
from dispatch.domain.mailout import LEASE_TO_BEGIN, MailoutState
from dispatch.domain.word import Word
from dispatch.letters import approval, render
from dispatch.letters.store import letters
from dispatch.mailouts.changes import reopen, take_up
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.sending import release
from dispatch.worker import tasks
from dispatch.worker.means import Means, TaskName
from tests import steps
from tests.factories import RELEASE_AT, a_mailout, a_word, some_figures
from tests.fakes import FakeClock, FakeTransport
from tests.outages import Fault, PowerCut, failing

CODES = ("ADU", "BUC", "CMD", "OXO", "WOT")
CUTS = [
    pytest.param(
        number, fault, id=f"{fault.name} {number}", marks=[pytest.mark.slow] if number else []
    )
    for number in range(4)
    for fault in (Fault.CUT_BEFORE, Fault.CUT_AFTER)
]
"""The process ends at each transaction in turn, before its commit or after it."""


@pytest.fixture(autouse=True)
def pages_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(register, "PAGE", 2)
    monkeypatch.setattr(letters, "PAGE", 2)
    monkeypatch.setattr(release, "BATCH", 2)


@pytest.fixture
def woken() -> list[str]:
    return []


@pytest.fixture
def means(app: App, woken: list[str]) -> Means:
    def publish(task: TaskName, _: int) -> None:
        woken.append(task.value)

    return Means(app, publish)


def planned(app: App) -> None:
    steps.planned(app, *CODES)


def ask(app: App) -> render.Asked:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        return render.ask(session, mailout, app.templates, a_word(app.clock()))


def cut(means: Means, number: int, fault: Fault, work: Callable[[App], object]) -> bool:
    """Do some work in a process that ends at a transaction; say whether it did."""
    sessions = failing(means.app.sessions, *[None] * number, fault)
    try:
        work(replace(means.app, sessions=sessions))
    except PowerCut:
        return True
    return False


def stored(app: App) -> list[Letter]:
    with app.sessions.read() as session:
        return [*session.query(Letter).order_by(Letter.authority_code)]


def rendered(app: App, means: Means) -> None:
    planned(app)
    rendered_again(app, means)


def rendered_again(app: App, means: Means) -> None:
    ask(app)
    tasks.go_on(means)
    steps.render_wanted(app)
    finish(app)


def finish(app: App) -> None:
    with app.sessions.begin() as session:
        assert render.finish(session, steps.NAME, templates=app.templates, now=app.clock())


def approved(app: App, means: Means) -> None:
    rendered(app, means)
    sign_off(app)
    tasks.go_on(means)


def sign_off(app: App) -> str:
    word = Word(person="alex", keyboard="alex", at=app.clock())
    done = approval.sign_off(app.sessions, steps.NAME, app.templates, word)
    assert done.digest
    return done.digest


def schedule(app: App) -> None:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.schedule(session, mailout, app.templates, a_word(app.clock(), because=""))


def test_a_request_stores_the_first_letters_and_a_worker_stores_the_others(
    app: App, means: Means, woken: list[str]
) -> None:
    planned(app)
    assert ask(app).wanted == len(CODES)
    assert [each.authority_code for each in stored(app)] == ["ADU", "BUC"]
    with app.sessions.read() as session:
        assert render.made(session) == []
    assert steps.mailout_of(app).why == "the content of its letters is being stored"
    tasks.tick(means)
    assert TaskName.GO_ON.value in woken
    tasks.go_on(means)
    assert [each.authority_code for each in stored(app)] == [*CODES]
    assert steps.mailout_of(app).under_way is None


@pytest.mark.parametrize(("number", "fault"), CUTS)
def test_letters_are_stored_once_wherever_a_worker_is_killed(
    app: App, clock: FakeClock, means: Means, number: int, fault: Fault
) -> None:
    planned(app)
    ask(app)
    cut(means, number, fault, lambda doomed: tasks.go_on(replace(means, app=doomed)))
    clock.advance(seconds=LEASE_TO_BEGIN.total_seconds() + 1)
    tasks.go_on(means)
    assert [each.authority_code for each in stored(app)] == [*CODES]
    steps.render_wanted(app)
    finish(app)
    assert {each.state for each in stored(app)} == {LetterState.RENDERED}


def test_figures_that_change_while_letters_are_stored_stop_the_mailout(
    app: App, means: Means
) -> None:
    planned(app)
    ask(app)
    with app.sessions.begin() as session:
        row = session.query(FiguresRow).filter_by(authority_code="ADU").one()
        row.counts = {**some_figures("ADU").counts, "upheld": 1}
    tasks.go_on(means)
    steps.render_wanted(app)
    with app.sessions.begin() as session:
        assert not render.finish(session, steps.NAME, templates=app.templates, now=app.clock())
    assert "changed while its letters were being made" in (steps.mailout_of(app).remark or "")


def test_another_request_meanwhile_begins_anew_and_keeps_what_is_the_same(
    app: App, means: Means
) -> None:
    planned(app)
    ask(app)
    tasks.go_on(means)
    steps.render_wanted(app)
    assert ask(app).kept == len(CODES)
    tasks.go_on(means)
    assert len(stored(app)) == len(CODES)


@pytest.mark.parametrize(("number", "fault"), CUTS)
def test_an_approval_is_whole_or_not_there_wherever_it_is_killed(
    app: App, clock: FakeClock, transport: FakeTransport, means: Means, number: int, fault: Fault
) -> None:
    rendered(app, means)
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        shown = approval.coverage(session, mailout, mailout.template_digest or "").digest
    cut(means, number, fault, sign_off)
    if steps.state_of(app) is MailoutState.RENDERED:
        assert sign_off(app) == shown
    assert steps.mailout_of(app).approved_digest == shown
    clock.advance(seconds=LEASE_TO_BEGIN.total_seconds() + 1)
    tasks.go_on(means)
    assert [each.approval_index for each in stored(app)] == [*range(len(CODES))]
    schedule(app)
    clock.reach(RELEASE_AT)
    tasks.tick(means)
    tasks.go_on(means)
    steps.send_due(app)
    assert len(transport.sent) == 2 * len(CODES)


def test_nothing_is_released_before_each_letter_has_its_proof(
    app: App, clock: FakeClock, means: Means
) -> None:
    rendered(app, means)
    steps.approve_again(app)
    schedule(app)
    clock.reach(RELEASE_AT)
    with app.sessions.read() as session:
        assert release.due(session, now=clock()) == []
    with app.sessions.begin() as session:
        assert not release.release(session, steps.NAME, app.templates, now=clock())
    tasks.go_on(means)
    with app.sessions.read() as session:
        assert release.due(session, now=clock()) == [steps.NAME]


def test_a_letter_that_changes_before_it_has_its_proof_makes_the_approval_void(
    app: App, clock: FakeClock, means: Means
) -> None:
    rendered(app, means)
    steps.approve_again(app)
    with app.sessions.begin() as session:
        letter = session.query(Letter).filter_by(authority_code="WOT").one()
        letter.digest = "0" * 64
    clock.advance(seconds=LEASE_TO_BEGIN.total_seconds() + 1)
    tasks.go_on(means)
    mailout = steps.mailout_of(app)
    assert (mailout.state, mailout.approved_digest) == (MailoutState.DRAFT, None)
    assert mailout.remark == "a stored letter differs from the one approved"


def scheduled(app: App, means: Means) -> None:
    approved(app, means)
    schedule(app)


@pytest.mark.parametrize(("number", "fault"), CUTS)
def test_no_letter_leaves_before_all_are_queued_wherever_a_release_is_killed(
    app: App, clock: FakeClock, transport: FakeTransport, means: Means, number: int, fault: Fault
) -> None:
    scheduled(app, means)
    clock.reach(RELEASE_AT)
    tasks.tick(means)
    assert steps.state_of(app) is MailoutState.RELEASING
    cut(means, number, fault, lambda doomed: tasks.go_on(replace(means, app=doomed)))
    if steps.mailout_of(app).under_way is not None:
        steps.send_due(app)
        assert transport.sent == []
        tasks.tick(means)
        assert steps.state_of(app) is MailoutState.RELEASING
    clock.advance(seconds=LEASE_TO_BEGIN.total_seconds() + 1)
    tasks.go_on(means)
    steps.send_due(app)
    sent = Counter(envelope.rcpt_to for envelope, _ in transport.sent)
    assert len(sent) == 2 * len(CODES)
    assert set(sent.values()) == {1}


def test_a_letter_that_is_not_the_approved_one_is_not_queued(
    app: App, clock: FakeClock, transport: FakeTransport, means: Means
) -> None:
    scheduled(app, means)
    clock.reach(RELEASE_AT)
    tasks.tick(means)
    with app.sessions.begin() as session:
        letter = session.query(Letter).filter_by(authority_code="WOT").one()
        letter.subject = "Another subject"
    tasks.go_on(means)
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    assert mailout.remark == "the letter of WOT is not the one that was approved"
    steps.send_due(app)
    assert transport.sent == []


def test_a_release_that_is_paused_goes_on_from_where_it_was(
    app: App, clock: FakeClock, transport: FakeTransport, means: Means
) -> None:
    scheduled(app, means)
    clock.reach(RELEASE_AT)
    tasks.tick(means)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.pause(session, mailout, a_word(clock(), because="a telephone call"))
    tasks.go_on(means)
    assert len(steps.deliveries_of(app)) == 4
    with app.sessions.begin() as session:
        release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))
    tasks.go_on(means)
    steps.send_due(app)
    assert len(transport.sent) == 2 * len(CODES)


def test_a_mailout_that_is_cancelled_meanwhile_queues_nothing_more(
    app: App, clock: FakeClock, means: Means
) -> None:
    scheduled(app, means)
    clock.reach(RELEASE_AT)
    tasks.tick(means)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        stopped = release.cancel(session, mailout, a_word(clock(), because="a mistake"))
    assert stopped.stopped == 4
    tasks.go_on(means)
    found = steps.deliveries_of(app).values()
    assert {each.state for each in found} == {DeliveryState.CANCELLED}
    assert len(found) == 4


def test_one_mailout_that_cannot_go_on_does_not_hold_up_another(
    app: App, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(app)
    ask(app)
    with app.sessions.begin() as session:
        a_mailout(session, name=steps.SECOND)
        other = mailout_named(session, steps.SECOND)
        render.ask(session, other, app.templates, a_word(app.clock()))
    store = render.draft

    def fails_for_one(sessions: Sessions, name: str, clock: Callable[[], datetime]) -> None:
        if name == steps.NAME:
            raise OSError("the disk is full")
        store(sessions, name, clock)

    monkeypatch.setattr(render, "draft", fails_for_one)
    tasks.go_on(means)
    assert steps.mailout_of(app).under_way is not None
    with app.sessions.read() as session:
        assert mailout_named(session, steps.SECOND).under_way is None


def test_a_process_that_is_late_leaves_a_newer_approval_alone(
    app: App, means: Means, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(app, means)
    sign_off(app)
    built = LetterTree.of

    def sent_back_and_approved_meanwhile(leaves: Iterable[Leaf]) -> LetterTree:
        monkeypatch.setattr(LetterTree, "of", built)
        tree = built(leaves)
        with app.sessions.begin() as session:
            reopen(session, mailout_named(session, steps.NAME), "a mistake", a_word(app.clock()))
            session.query(FiguresRow).filter_by(authority_code="ADU").one().counts = {
                **some_figures("ADU").counts,
                "upheld": 1,
            }
        rendered_again(app, means)
        sign_off(app)
        return tree

    monkeypatch.setattr(LetterTree, "of", sent_back_and_approved_meanwhile)
    tasks.go_on(means)
    assert steps.state_of(app) is MailoutState.APPROVED


def test_two_processes_do_not_go_through_the_same_letters(app: App, means: Means) -> None:
    planned(app)
    ask(app)
    now = app.clock()
    with app.sessions.begin() as session:
        assert take_up(session, steps.NAME, now=now) is MailoutState.DRAFT
    with app.sessions.begin() as session:
        assert take_up(session, steps.NAME, now=now + timedelta(seconds=1)) is None
    tasks.go_on(means)
    assert len(stored(app)) == 2
