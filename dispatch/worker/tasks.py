"""The tasks. Each asks the database what is due, and may safely be lost, doubled or killed."""

from __future__ import annotations

import gc
import math
import socket
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Final

from celery import Task, current_task, shared_task
from celery.signals import setup_logging, worker_process_init
from kombu.exceptions import OperationalError
from structlog.stdlib import get_logger

from dispatch.app import App, from_environment, log
from dispatch.database import Session
from dispatch.domain.errors import CannotRender, Unavailable
from dispatch.incoming import conclude, receive
from dispatch.incoming.store import conclusions, readings
from dispatch.letters import render
from dispatch.letters.store import letters
from dispatch.mail.exchangers import look_up
from dispatch.mail.incoming.sandbox.parent import Reader
from dispatch.sending import exchangers, release, send, sweep
from dispatch.sending.store import claims
from dispatch.tracking import reminders
from dispatch.tracking.store import heartbeats
from dispatch.worker.means import MAILBAG, SHIFT_SECONDS, office, sending_means

TICK_SECONDS: Final = 1.0
"""How often the clock looks: pausing, releasing and waking are all within this."""

BATCH: Final = 8
"""Letters rendered between two commits."""

GARBAGE: Final = 50_000
"""Objects made after which Python looks for garbage among the young ones."""

MAILS: Final = 10
"""Mails read before their conclusions are drawn."""

DOMAINS: Final = 32
"""Recipient domains whose exchangers are looked up at once."""

MOST_WOKEN: Final = 16
"""Workers woken at one tick, of all machines."""

HEARTBEAT: Final = timedelta(seconds=10)

logger = get_logger("dispatch.worker")


@cache
def app() -> App:
    """Return this worker's app, made on first use in the process that uses it, and kept."""
    return from_environment()


@worker_process_init.connect
def forget(**_: object) -> None:
    """Make a forked worker build its own app: connections and compilers do not survive a fork.

    What was there before the fork stays, so looking through it for garbage again and again is a
    tenth of the time that sending takes.
    """
    app.cache_clear()
    gc.freeze()
    gc.set_threshold(GARBAGE)


@setup_logging.connect
def _log(**_: object) -> None:
    """Log as the rest of dispatch does: Celery leaves its own way as soon as this is connected."""
    log()


@shared_task(name="dispatch.tick")
def tick() -> None:
    """Do what the time has come for, and wake workers for what is due. The clock does this.

    Each mailout has a transaction of its own, so that none holds another up.
    """
    now, sessions, templates = app().clock(), app().sessions, app().templates
    with sessions.begin() as session:
        is_beat = heartbeats.beat(session, "clock", f"clock@{socket.gethostname()}", now, HEARTBEAT)
    with sessions.begin() as session:
        swept = sweep.sweep(session, now=now)
    with sessions.read() as session:
        settled, made = sweep.settled(session), render.made(session)
        changed = release.changed_templates(session, templates)
        due = release.due(session, now=now)
    moved = {
        "sent": _each(settled, partial(sweep.finish, now=now)),
        "rendered": _each(made, partial(render.finish, now=now)),
        "reopened": _each(changed, partial(release.void, templates=templates, now=now)),
        "released": _each(due, partial(release.release, templates=templates, now=now)),
    }
    if swept.is_anything or any(moved.values()):
        logger.info("tick", **moved, **asdict(swept))
    if is_beat:
        wake(pulse)
        _wake_for_reminders(now)
    _wake_for_work(now)


def _wake_for_work(now: datetime) -> None:
    """Wake as many workers as there is work for; one that finds nothing has lost a moment."""
    with app().sessions.read() as session:
        has_letters = letters.is_any_wanted(session, now=now)
        due = claims.count_due(session, now=now, most=MOST_WOKEN * MAILBAG)
        has_domains = bool(app().settings.rates.groups) and exchangers.is_due(session, now=now)
        has_mail = readings.is_unread(session, now=now) or conclusions.is_due(session, now=now)
    if has_letters:
        wake(render_letters)
    if has_domains:
        wake(locate_exchangers)
    if has_mail:
        wake(read_mail)
    for _ in range(math.ceil(due / MAILBAG)):
        wake(send_letters)


def _wake_for_reminders(now: datetime) -> None:
    """Wake a worker if an office is to be reminded. Its hours are told to the minute."""
    if not app().settings.office:
        return
    with app().sessions.read() as session:
        is_due = bool(reminders.due(session, now=now))
    if is_due:
        # Past the shifts of busy workers: by then every other wake-up before it is worthless.
        wake(remind_office, seconds=2 * HEARTBEAT.total_seconds())


def _each(names: Iterable[str], step: Callable[[Session, str], bool]) -> list[str]:
    """Take a step with each mailout, and return the names of those it moved on."""
    moved = []
    for name in names:
        try:
            with app().sessions.begin() as session:
                if step(session, name):
                    moved.append(name)
        except Exception:
            # The others must go on, and this one is tried again at the next tick.
            logger.exception("a mailout is stuck", mailout=name)
    return moved


@shared_task(name="dispatch.pulse")
def pulse() -> None:
    """Show that this worker is alive, and record what the database could not take. For each."""
    _beat()
    if count := sending_means(app()).recorder.unspool():
        logger.info("replies recorded late", count=count)


@shared_task(name="dispatch.locate_exchangers")
def locate_exchangers() -> None:
    """Look up the mail exchangers of some recipient domains, where they have rates."""
    found = exchangers.look_up_due(app().sessions, look_up, now=app().clock(), limit=DOMAINS)
    if found:
        failed = sum(bool(each.trouble) for each in found.values())
        logger.info("exchangers located", count=len(found), failed=failed)


@shared_task(name="dispatch.render_letters")
def render_letters() -> None:
    """Render the letters that are wanted, as many as a shift allows.

    A first full batch means that there may be more than one worker can do, so a colleague is
    woken; it wakes the next.
    """
    _beat()
    ends_at = time.monotonic() + SHIFT_SECONDS
    is_first = True
    while (done := render_batch()) and time.monotonic() < ends_at:
        if is_first and done == BATCH:
            wake(render_letters)
        is_first = False


@shared_task(name="dispatch.send_letters")
def send_letters() -> None:
    """Send the deliveries that are due, as many as a shift allows; what is left is the next's.

    A shift that ends before its time has sent all there was, or has no mail server: then the
    clock wakes somebody in a second.
    """
    _beat()
    ends_at = app().clock() + timedelta(seconds=SHIFT_SECONDS)
    if tried := send.send(sending_means(app()), limit=sys.maxsize):
        logger.info("deliveries tried", count=tried)
    if app().clock() >= ends_at:
        wake(send_letters)


@shared_task(name="dispatch.remind")
def remind_office() -> None:
    """Tell the office of each mailout whose hour has come who is not reached."""
    _beat()
    with app().sessions.read() as session:
        names = reminders.due(session, now=app().clock())
    for name in names:
        try:
            reminded = reminders.remind(office(app()), name)
        except Exception:
            # The others must go on, and this one is tried again while its hour is not long past.
            logger.exception("an office cannot be reminded", mailout=name)
            continue
        if reminded:
            logger.info("office reminded", mailout=name, state=reminded.state.value)
        if reminded and reminded.withheld:
            logger.warning("DISPATCH_OFFICE names a recipient, who was passed over", mailout=name)


@shared_task(name="dispatch.look_for_mail")
def look_for_mail() -> None:
    """Wake a worker to look into the postboxes. The clock does this: a server may be slow."""
    if app().postboxes:
        wake(collect_mail)


@shared_task(name="dispatch.collect_mail")
def collect_mail() -> None:
    """Store what lies in the postboxes; one that is away holds no other up."""
    _beat()
    for postbox in app().postboxes:
        try:
            count = receive.collect(app().sessions, postbox, app().clock)
        except Unavailable as error:
            logger.warning("no mail can be taken in", trouble=str(error))
        else:
            if count:
                logger.info("mail taken in", count=count)


@shared_task(name="dispatch.read_mail")
def read_mail() -> None:
    """Read what is stored, and draw the conclusions, as much as a shift allows."""
    _beat()
    ends_at = time.monotonic() + SHIFT_SECONDS
    with Reader() as reader:
        room = receive.Mailroom(app().sessions, app().clock, app().lease, reader)
        while time.monotonic() < ends_at:
            outcomes = receive.receive(room, limit=MAILS)
            done = conclude.conclude_due(
                app().sessions,
                app().sender,
                soft_bounces=app().settings.soft_bounces,
                clock=app().clock,
                limit=MAILS,
            )
            if not outcomes and not done:
                return
            logger.info("mail read", count=len(outcomes), concluded=len(done))
            if alarms := sum(each.is_about_us for each in done):
                logger.warning("our own server or domain is turned away", count=alarms)


def render_batch() -> int:
    """Render and store one batch of wanted letters; return how many there were."""
    with app().sessions.begin() as session:
        jobs = render.claim(session, now=app().clock(), lease=app().lease, limit=BATCH)
    results = [(job, render.render(app().templates, job)) for job in jobs]
    with app().sessions.begin() as session:
        render.store(session, results, now=app().clock())
    if jobs:
        failed = sum(isinstance(result, CannotRender) for _, result in results)
        logger.info("letters rendered", count=len(jobs) - failed, failed=failed)
    return len(jobs)


def _beat() -> None:
    """Note that this worker is alive."""
    name = current_task.request.hostname or socket.gethostname()
    with app().sessions.begin() as session:
        heartbeats.beat(session, "worker", name, app().clock(), HEARTBEAT)


def wake(task: Task, *, seconds: float = 3 * TICK_SECONDS) -> None:
    """Publish a wake-up that is worthless after some seconds, once the next ticks have come."""
    try:
        task.apply_async(expires=seconds)
    except (OperationalError, AttributeError) as error:
        # What is due stays due; the clock wakes somebody when the broker is back. An AttributeError
        # is kombu's: of a broker lost as it declares, it goes on with the channel it had before.
        logger.warning("nobody could be woken", task=task.name, trouble=type(error).__name__)
