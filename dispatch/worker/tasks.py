"""The tasks. Each asks the database what is due, and may safely be lost, doubled or killed."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import timedelta
from functools import cache, partial
from typing import Final

from celery import Task, shared_task
from celery.signals import setup_logging, worker_process_init
from structlog.stdlib import get_logger

from dispatch.app import App, from_environment, log
from dispatch.db import Session, claims, queries
from dispatch.domain.errors import CannotRender
from dispatch.stages import release, render, send, sweep

TICK_SECONDS: Final = 1.0
"""How often the clock looks: pausing, releasing and waking are all within this."""

SHIFT_SECONDS: Final = 5.0
"""How long a task works before it lets the next message have its worker, so the clock gets in."""

BATCH: Final = 8
"""Letters rendered between two commits."""

MAILBAG: Final = 20
"""Deliveries claimed at once: few enough that a lease outlasts the slowest of them."""

HEARTBEAT: Final = timedelta(seconds=10)

logger = get_logger("dispatch.worker")


@cache
def app() -> App:
    """Return this worker's app, made on first use in the process that uses it, and kept."""
    return from_environment()


@worker_process_init.connect
def forget(**_: object) -> None:
    """Make a forked worker build its own app: connections and compilers do not survive a fork."""
    app.cache_clear()


@setup_logging.connect
def _log(**_: object) -> None:
    """Log as the rest of dispatch does: Celery leaves its own way as soon as this is connected."""
    log()


@shared_task(name="dispatch.tick")
def tick() -> None:
    """Do what the time has come for, and wake workers for what is due. The clock sends this.

    Each mailout has a transaction of its own, so that none holds another up.
    """
    now, sessions, templates = app().clock(), app().sessions, app().templates
    with sessions.begin() as session:
        queries.beat(session, "clock", "clock", now, HEARTBEAT)
        queries.beat(session, "worker", _name(), now, HEARTBEAT)
    with sessions.begin() as session:
        swept = sweep.sweep(session, now=now)
    with sessions.read() as session:
        settled, made = sweep.settled(session), render.made(session)
        changed = release.changed_templates(session, templates)
        due = release.due(session, now=now)
        has_letters = claims.is_letter_wanted(session, now=now)
        has_deliveries = claims.is_delivery_due(session, now=now)
    moved = {
        "sent": _each(settled, partial(sweep.finish, now=now)),
        "rendered": _each(made, partial(render.finish, now=now)),
        "reopened": _each(changed, partial(release.void, templates=templates, now=now)),
        "released": _each(due, partial(release.release, templates=templates, now=now)),
    }
    if swept.is_anything or any(moved.values()):
        logger.info("tick", **moved, **asdict(swept))
    if has_letters:
        _wake(render_letters)
    if has_deliveries or moved["released"]:
        _wake(send_letters)


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


@shared_task(name="dispatch.render_letters")
def render_letters() -> None:
    """Render the letters that are wanted, as many as a shift allows."""
    _work(render_batch, BATCH, render_letters)


@shared_task(name="dispatch.send_letters")
def send_letters() -> None:
    """Send the deliveries that are due, as many as a shift allows."""
    _work(send_batch, MAILBAG, send_letters)


def _work(batch: Callable[[], int], full: int, task: Task) -> None:
    """Run batches until nothing is left or the shift ends.

    A first full batch means that there may be more than one worker can do, so a colleague is
    woken; it wakes the next.
    """
    ends_at = time.monotonic() + SHIFT_SECONDS
    is_first = True
    while (done := batch()) and time.monotonic() < ends_at:
        if is_first and done == full:
            _wake(task)
        is_first = False


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


def send_batch() -> int:
    """Send one batch of due deliveries; return how many there were."""
    post = send.Post(
        sessions=app().sessions,
        transport=app().transport,
        sender=app().sender,
        clock=app().clock,
        lease=app().lease,
        patience=timedelta(seconds=SHIFT_SECONDS),
        waits=app().settings.retry_waits,
    )
    tried = send.send(post, limit=MAILBAG)
    if tried:
        logger.info("deliveries tried", count=tried)
    return tried


def _wake(task: Task) -> None:
    """Publish a wake-up that is worthless once the next tick has come."""
    task.apply_async(expires=3 * TICK_SECONDS)


def _name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
