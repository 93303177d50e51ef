"""What the clock does every second, and what workers do about letters, messages and reminders.

Each task asks the database what is due, so its message may be lost, doubled or interrupted.
"""

from __future__ import annotations

import contextlib
import math
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from structlog.stdlib import get_logger

from dispatch import log
from dispatch.app import App
from dispatch.database import Session, Sessions
from dispatch.domain.errors import CannotRender, Unavailable
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.timekeeping import Timekeeping
from dispatch.domain.upkeep import logged
from dispatch.incoming import conclude, receive
from dispatch.incoming.store import notices, readings
from dispatch.jobs import work
from dispatch.letters import accessibility, approval, render
from dispatch.letters.render import Job, Result
from dispatch.letters.store import wanted
from dispatch.mail.exchangers import look_up
from dispatch.mail.incoming.inbox import MOST_AT_A_LOOK, Inbox
from dispatch.mail.incoming.reader import Reader
from dispatch.mailouts.changes import take_up
from dispatch.mailouts.store import under_way
from dispatch.sending import exchangers, first_letters, release, send, sent_copies, sweep
from dispatch.sending.store import claims, servers
from dispatch.sending.store.first_letters import INBOX
from dispatch.sending.sweep import Swept
from dispatch.tracking import reminders, watch
from dispatch.tracking.staff import Reminded
from dispatch.tracking.store import heartbeats
from dispatch.worker.means import HEARTBEAT, Means, TaskName, reminder_means, sending_means
from dispatch.worker.trouble import TROUBLES

logger = get_logger("dispatch.worker")

T = TypeVar("T")


def tick(means: Means) -> None:
    """Do what the time has come for, and wake workers for what is due. Run by the clock."""
    app = means.app
    sessions = app.sessions
    with sessions.begin() as session:
        kept, is_news = app.timekeeper.keep(session)
        now = kept.at + app.shift
        is_beat = heartbeats.beat(session, "clock", f"clock@{socket.gethostname()}", now, HEARTBEAT)
    swept = _swept(sessions, now, may_expire=not kept.is_held)
    moved = _move_on(app, now, is_held=kept.is_held)
    if is_news:
        _say_held(kept)
    if swept.is_anything or any(moved.values()):
        logger.info("tick", **moved, **asdict(swept))
    if is_beat:
        means.wake(TaskName.PULSE)
        _wake_for_reminders(means, now)
    _wake_for_work(means, now)


def _swept(sessions: Sessions, now: datetime, *, may_expire: bool) -> Swept:
    """Sweep until nothing is left to be moved: some deliveries in each transaction."""
    swept = Swept(0, 0, 0, 0, 0)
    while True:
        with sessions.begin() as session:
            done = sweep.sweep(session, now=now, may_expire=may_expire)
        swept += done
        if not done.has_more:
            return swept


def _move_on(app: App, now: datetime, *, is_held: bool) -> dict[str, list[str]]:
    """Take each mailout's next step that is due; return those that moved, by where to.

    While the clock `is_held` not to be trusted, no letters are let go.
    """
    sessions, templates = app.sessions, app.templates
    ways = app.ways_in
    with sessions.read() as session:
        settled, made = sweep.settled(session), render.made(session)
        changed = release.changed(session, templates)
        due = [] if is_held else release.due(session, now=now)
        first = [] if is_held else first_letters.due(session)
    looked = _looked(sessions, made, render.look)
    ready = _looked(sessions, due, partial(release.look, templates=templates))
    moved = {
        "sent": _each(sessions, settled, partial(sweep.finish, now=now)),
        "rendered": _each(
            sessions,
            made,
            partial(render.finish, templates=templates, now=now, looked=looked),
        ),
        "reopened": _each(sessions, changed, partial(release.void, templates=templates, now=now)),
        "released": _each(
            sessions,
            due,
            partial(release.release, templates=templates, now=now, ready=ready),
        ),
        "followed": _each(sessions, first, partial(first_letters.follow, ways=ways, now=now)),
    }
    for name in moved["rendered"]:
        exchangers.note_if_first(sessions, name)
    _each(sessions, moved["rendered"], partial(accessibility.ask, now=now))
    return moved


def _say_held(kept: Timekeeping) -> None:
    if kept.is_held:
        logger.warning(
            "the clock is not trusted: nothing is released and nothing expires",
            ahead_seconds=round(kept.ahead.total_seconds()),
            for_seconds=round(kept.held_for.total_seconds()),
            remedy="if it is right: dispatch clock --right",
        )
    else:
        logger.info("the clock is trusted again: letters are released and expire")


def _looked(
    sessions: Sessions, names: Iterable[str], look: Callable[[Session, str], T | None]
) -> dict[str, T]:
    """Read what steps will need where no writer waits for it; return what was found, by name."""
    found: dict[str, T] = {}
    for name in names:
        # The step meets the same trouble, and logs it.
        with contextlib.suppress(Exception), sessions.read() as session:
            if seen := look(session, name):
                found[name] = seen
    return found


def _each(
    sessions: Sessions, names: Iterable[str], step: Callable[[Session, str], bool]
) -> list[str]:
    """Take a step with each mailout, and return the names of those that it moved on."""
    moved = []
    for name in names:
        try:
            with sessions.begin() as session:  # one each, so that none holds another up
                if step(session, name):
                    moved.append(name)
        except Exception:
            # The others must go on, and this one is tried again at the next tick.
            logger.exception("a mailout is stuck", mailout=name)
    return moved


def _wake_for_work(means: Means, now: datetime) -> None:
    """Wake as many workers as there is work for. One that finds nothing has lost only a moment."""
    app = means.app
    with app.sessions.read() as session:
        going_on = under_way(session, now=now)
        has_letters = wanted.is_any_wanted(session, now=now)
        due = claims.count_due(session, now=now, most=means.most_woken * means.send_batch)
        has_rates = bool(app.settings.rates.groups)
        has_domains = exchangers.is_due(session, now=now, has_rates=has_rates)
        has_mail = readings.is_unread(session, now=now) or notices.is_due(session, now=now)
        has_jobs = work.is_due(session, now=now)
    if going_on:
        means.wake(TaskName.GO_ON, workers=len(going_on))
    if has_letters:
        means.wake(TaskName.RENDER_LETTERS)
    if has_domains:
        means.wake(TaskName.LOCATE_EXCHANGERS)
    if has_mail:
        means.wake(TaskName.READ_MAIL)
    if has_jobs:
        means.wake(TaskName.DO_JOBS)
    if due:
        means.wake(TaskName.SEND_LETTERS, workers=math.ceil(due / means.send_batch))


def _wake_for_reminders(means: Means, now: datetime) -> None:
    """Wake a worker if staff must be told something. With each heartbeat, which is often enough."""
    if not means.app.settings.office:
        return
    with means.app.sessions.read() as session:
        is_due = reminders.due(session, now=now) or watch.due(session, now=now)
    if is_due:
        means.wake(TaskName.REMIND)


def pulse(means: Means) -> None:
    """Record spooled replies, send what is due, and note that this worker could. All get it.

    Only work that was done shows that a worker is alive: one that gets this message, but cannot
    claim letters or send them, is soon told of as gone.
    """
    sending = sending_means(means)
    if count := sending.recorder.unspool():
        logger.info("replies recorded late", count=count)
    if tried := send.send(sending, limit=means.send_batch):
        logger.info("deliveries tried", count=tried)
    means.beat()


def locate_exchangers(means: Means) -> None:
    """Look up the mail exchangers of some recipient domains, where they have rates."""
    app = means.app
    found = exchangers.look_up_due(
        app.sessions, look_up, now=app.clock(), limit=means.look_up_batch
    )
    if found:
        failed = sum(bool(each.trouble) for each in found.values())
        logger.info("exchangers located", count=len(found), failed=failed)


def go_on(means: Means) -> None:
    """Go on with what goes through all letters of a mailout, where nobody does."""
    app = means.app
    with app.sessions.read() as session:
        names = [each.name for each in under_way(session, now=app.clock())]
    for name in names:
        try:
            _go_on(app, name)
        except Exception:
            # The others must go on; once its lease has run out, this one is tried again.
            logger.exception("a mailout is stuck", mailout=name)
    means.beat()


def _go_on(app: App, name: str) -> None:
    with app.sessions.begin() as session:
        state = take_up(session, name, now=app.clock())
    if state is not None:
        GOES_ON[state](app, name)
        logger.info("went through the letters", mailout=name, state=state.value)


GOES_ON: Final[Mapping[MailoutState, Callable[[App, str], None]]] = {
    MailoutState.DRAFT: lambda app, name: render.draft(app.sessions, name, app.clock),
    MailoutState.APPROVED: lambda app, name: approval.prove(app.sessions, name, app.clock),
    MailoutState.SCHEDULED: lambda app, name: approval.prove(app.sessions, name, app.clock),
    MailoutState.RELEASING: lambda app, name: release.queue(app.sessions, name, app.clock),
}
"""What goes through all letters, by the state of their mailout."""


def render_letters(means: Means) -> None:
    """Render the letters that are wanted, as many as one run allows.

    If the first batch is full there may be more than one worker can do, so another is woken, which
    wakes the next.
    """
    ends_at = time.monotonic() + means.run_seconds
    while render_batches(means, ends_at) and time.monotonic() < ends_at:
        pass
    means.beat()


def render_batches(means: Means, ends_at: float) -> int:
    """Render one batch of wanted letters after the other; return how many letters there were.

    Nobody waits for the database: while the last letter of a batch is made, those before it are
    stored and more are claimed, in one transaction.
    """
    done: list[Result] = []
    count = 0
    for result in render.render_all(means.app.templates, _claimed(means, done, ends_at)):
        done.append(result)
        count += 1
    _store_and_claim(means, done, 0)
    return count


def _claimed(means: Means, done: list[Result], ends_at: float) -> Iterator[Job]:
    """Yield letters to render until the time is over, and store what was `done` with each claim.

    One whose worker died is alone, so that if it kills this worker too, no other is lost with it.
    """
    jobs = _store_and_claim(means, done, means.render_batch)
    if len(jobs) == means.render_batch:
        means.wake(TaskName.RENDER_LETTERS)
    while jobs:
        yield from jobs
        is_over = jobs[0].attempts > 1 or time.monotonic() >= ends_at
        jobs = _store_and_claim(means, done, 0 if is_over else means.render_batch, is_new=True)


def _store_and_claim(
    means: Means, done: list[Result], limit: int, *, is_new: bool = False
) -> list[Job]:
    """Store the letters that are done, and claim up to `limit`: new ones alone if `is_new`."""
    app = means.app
    if not done and not limit:
        return []
    with app.sessions.begin() as session:
        render.store(session, done, now=app.clock())
        jobs = render.claim(session, now=app.clock(), lease=app.lease, limit=limit, is_new=is_new)
    if done:
        failed = sum(isinstance(result, CannotRender) for _, result in done)
        logger.info("letters rendered", count=len(done) - failed, failed=failed)
    for job, result in done:
        made = not isinstance(result, CannotRender)
        logger.debug("letter rendered", letter=job.letter_id, attempt=job.attempts, made=made)
    done.clear()
    return jobs


def send_letters(means: Means) -> None:
    """Send the deliveries that are due, as many as one run allows.

    A run that ends before its time has sent all that was due, or has no mail server: then the
    clock wakes a worker in a second. Otherwise this wakes one for the rest.
    """
    clock = means.app.clock
    ends_at = clock() + timedelta(seconds=means.run_seconds)
    if tried := send.send(sending_means(means), limit=sys.maxsize):
        logger.info("deliveries tried", count=tried)
    _tell_of_mail_server(means.app)
    if clock() >= ends_at:
        means.wake(TaskName.SEND_LETTERS)
    means.beat()


def _tell_of_mail_server(app: App) -> None:
    """Log that the mail server cannot be reached, by the rule for trouble that lasts."""
    with app.sessions.read() as session:
        server = servers.find(session, app.transport.address)
    if server and server.trouble and server.well_at is None:
        TROUBLES.met(
            "the mail server is in trouble", "mail server", logged.codes_of(server.trouble)
        )
    else:
        TROUBLES.well("mail server")


def remind(means: Means) -> None:
    """Tell staff what each mailout will not do on its date, and whom it has not reached."""
    app = means.app
    with app.sessions.read() as session:
        warned = watch.due(session, now=app.clock())
        reminded = reminders.due(session, now=app.clock())
    for name in warned:
        _tell(name, partial(watch.warn, reminder_means(app), name))
    for name in reminded:
        _tell(name, partial(reminders.remind, reminder_means(app), name))
    means.beat()


def _tell(name: str, telling: Callable[[], Reminded | None]) -> None:
    """Tell staff one thing about a mailout, and log how that ended."""
    try:
        told = telling()
    except Exception:
        # The others must go on, and this one is tried again with the next heartbeat.
        logger.exception("staff cannot be told", mailout=name)
        return
    if told:
        logger.info("staff told", mailout=name, what=told.kind.value, state=told.state.value)
    if told and told.withheld:
        logger.warning("DISPATCH_OFFICE names a recipient, who was passed over", mailout=name)


def look_for_mail(means: Means) -> None:
    """Wake a worker to look for new messages. The clock only does this: a server may be slow."""
    if means.app.inboxes:
        means.wake(TaskName.COLLECT_MAIL)


def collect_mail(means: Means) -> None:
    """Store the messages in the inboxes; one that does not answer does not hold up the others."""
    app = means.app
    for inbox in app.inboxes:
        began_at = app.clock()
        try:
            count = receive.collect(app.sessions, inbox, app.clock)
            if count < MOST_AT_A_LOOK:
                _note_look(app, inbox, began_at)
        except Unavailable as error:
            logger.warning("no mail can be taken in", trouble=log.said_by(error))
        else:
            if count:
                logger.info("mail taken in", count=count)
    means.beat()


def _note_look(app: App, inbox: Inbox, began_at: datetime) -> None:
    """Note that all that was in an inbox at that moment has been taken in."""
    with app.sessions.begin() as session:
        heartbeats.beat(session, INBOX, inbox.name, began_at, timedelta(0))


def look_for_copies(means: Means) -> None:
    """Wake a worker to put copies into the Sent folder. The clock only does this, as for mail."""
    if means.app.sent_folder:
        means.wake(TaskName.KEEP_COPIES)


def keep_copies(means: Means) -> None:
    """Put some missing copies of letters into the Sent folder. Trouble with it stops nothing."""
    app, folder = means.app, means.app.sent_folder
    if folder is None:
        return
    kept = sent_copies.keep(app.sessions, app.sender, folder, app.clock)
    if kept.count:
        logger.info("copies put into the Sent folder", count=kept.count)
    if kept.trouble:
        TROUBLES.met("the Sent folder gets no copies", "Sent folder", kept.logged)
    elif kept.is_looked:
        TROUBLES.well("Sent folder")
    means.beat()


def read_mail(means: Means) -> None:
    """Read stored messages and draw the conclusions, as many as one run allows."""
    app = means.app
    ends_at = time.monotonic() + means.run_seconds
    with Reader() as reader:
        while time.monotonic() < ends_at:
            read = receive.read_due(
                app.sessions, reader, lease=app.lease, clock=app.clock, limit=means.read_batch
            )
            done = conclude.conclude_due(
                app.sessions,
                app.sender,
                soft_bounces=app.settings.soft_bounces,
                clock=app.clock,
                limit=means.read_batch,
            )
            if not read and not done:
                break
            logger.info("mail read", count=len(read), concluded=len(done))
            for reading in read:
                logger.debug("message read", message=reading.mail_id)
            for each in done:
                logger.debug("notice concluded", message=each.mail_id, changes=len(each.changes))
            if alarms := sum(each.is_about_us for each in done):
                logger.warning("our own server or domain is turned away", count=alarms)
    means.beat()
