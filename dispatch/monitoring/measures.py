"""Measure all of it now: from the database by the questions of the pages, and from the machine."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from dispatch import broker, signers
from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import Heartbeat
from dispatch.domain.errors import DispatchError
from dispatch.domain.incoming.message import lmtp_on
from dispatch.domain.reply import Verdict
from dispatch.files.keys import certificate_ends_at
from dispatch.files.shipped import own_version
from dispatch.monitoring import store
from dispatch.sending.store import claims, servers
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking import timekeeping
from dispatch.tracking.overview import Overview, today
from dispatch.tracking.status import is_silent, ledger_state
from dispatch.tracking.store import heartbeats

WINDOW: Final = timedelta(minutes=5)
"""Attempts that ended within it are counted: longer than Prometheus waits between two looks."""

MOST_ATTEMPTS: Final = 5000
"""How many of them are read; if more have ended, the window is said to be as much shorter."""

BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds. A mail server that scans each letter takes some; one that greylists does not accept."""

USED_LATELY: Final = timedelta(days=30)

BROKER_SECONDS: Final = 1.0


Beats = Sequence[Heartbeat]
"""When each process was last seen."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One number: of which metric, about what."""

    name: str
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many took at most so long, for each of `BUCKETS` and without end, and how long in all."""

    counts: tuple[int, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Measures:
    """All that was measured at one moment."""

    samples: tuple[Sample, ...]
    accepting: Distribution


def measure(app: App) -> Measures:
    """Measure everything. Raises an error of the database that does not answer."""
    now = app.clock()
    with app.sessions.read() as session:
        attempts, accepting = _attempts(session, now)
        beats = heartbeats.all_seen(session)
        found = [
            *_mailouts(session, now),
            *_processes(session, beats, now),
            *_mail(app, session, beats),
            *_ledger(session),
            *_first("messages_unread", "message_unread_oldest", store.unread(session)),
            *_first("jobs_waiting", "job_oldest", store.jobs(session)),
            *_at("token_expiry", store.token_ends_at(session, now - USED_LATELY)),
            *attempts,
        ]
    shift = app.shift.total_seconds()
    unshifted = [_unshifted(each, shift) for each in found] if shift else found
    return Measures((*unshifted, *_service(app), *_machine(app)), accepting)


def _unshifted(sample: Sample, seconds: float) -> Sample:
    """Return a moment by the true clock, where that of a trial is shifted."""
    if not sample.name.endswith(TIMESTAMP) or not sample.value:
        return sample
    return Sample(sample.name, sample.value - seconds, sample.labels)


TIMESTAMP: Final = "_timestamp_seconds"


def _at(name: str, at: datetime | None, *labels: str) -> Iterator[Sample]:
    """Yield a moment, if there is one."""
    if at is not None:
        yield Sample(f"{name}{TIMESTAMP}", at.timestamp(), labels)


def _or_never(name: str, at: datetime | None, *labels: str) -> Iterator[Sample]:
    """Yield a moment, or 0 for never: what should happen again and again must not be absent."""
    yield Sample(f"{name}{TIMESTAMP}", at.timestamp() if at else 0.0, labels)


def _first(count: str, oldest: str, found: tuple[int, datetime | None]) -> Iterator[Sample]:
    """Yield how many wait, and since when the first does."""
    yield Sample(count, found[0])
    yield from _at(oldest, found[1])


def _mailouts(session: Session, now: datetime) -> Iterator[Sample]:
    known = today(session, now=now)
    for each in known.mailouts:
        yield from _mailout(each)
    doubtful = [each.name for each in known.mailouts if each.doubts]
    for name, at in store.doubts_since(session, doubtful):
        yield from _at("doubt_oldest", at, name)
    for name in store.stopped(session):
        yield Sample("mailout_stopped", 1, (name,))
    yield Sample("suggestions_waiting", known.suggestions)
    yield Sample("messages_quarantined", known.quarantined)
    yield Sample("notices_undecided", sum(each.undecided for each in known.mailouts))
    yield Sample("queue_due", claims.count_due(session, now=now, most=store.MOST))


def _mailout(known: Overview) -> Iterator[Sample]:
    name = known.name
    yield Sample("mailout_state", 1, (name, known.state.value))
    yield from _at("mailout_release", known.release_at, name)
    yield Sample("mailout_released", known.has_left, (name,))
    yield Sample("mailout_days_to_upload", known.days_to_upload, (name,))
    yield Sample("mailout_working_days_to_upload", known.working_days_to_upload, (name,))
    yield Sample("mailout_reached", known.reached, (name,))
    yield Sample("mailout_unreached", known.unreached, (name,))
    yield from _at("mailout_due_since", known.due_since, name)
    yield from _at("mailout_moved", known.moved_at, name)
    for matter in sorted({each.matter.value for each in known.concerns}):
        yield Sample("mailout_concern", 1, (name, matter))
    for state, count in known.deliveries.items():
        yield Sample("deliveries", count, (name, state.value))


def _attempts(session: Session, now: datetime) -> tuple[list[Sample], Distribution]:
    """Count the attempts that ended within the window, and how long acceptance took."""
    ended = store.attempts_since(session, now - WINDOW, MOST_ATTEMPTS)
    window = WINDOW
    if len(ended) == MOST_ATTEMPTS and ended[-1].ended_at:
        window = now - ended[-1].ended_at
    counted = Counter((each.verdict or "", _class(each.code)) for each in ended)
    samples = [Sample("attempts", count, of) for of, count in sorted(counted.items())]
    took = [
        (each.ended_at - each.started_at).total_seconds()
        for each in ended
        if each.ended_at and each.verdict == Verdict.ACCEPTED.value
    ]
    samples.append(Sample("attempts_window_seconds", window.total_seconds()))
    return samples, distribution(took)


def _class(code: int | None) -> str:
    """Return the class of a reply, as mail servers write it: 5yz for 550."""
    return f"{code // 100}yz" if code else "none"


def distribution(took: Iterable[float]) -> Distribution:
    """Return how many took at most so long."""
    seconds = list(took)
    counts = (sum(each <= most for each in seconds) for most in BUCKETS)
    return Distribution((*counts, len(seconds)), sum(seconds))


def _processes(session: Session, beats: Beats, now: datetime) -> Iterator[Sample]:
    for kind in ("clock", "worker"):
        seen = (each.seen_at for each in beats if each.kind == kind)
        yield from _or_never(f"{kind}_seen", max(seen, default=None))
    alive = (each for each in beats if each.kind == "worker" and not is_silent(each.seen_at, now))
    yield Sample("workers", sum(1 for _ in alive))
    yield Sample("clock_held", timekeeping.held(session) is not None)


def _mail(app: App, session: Session, beats: Beats) -> Iterator[Sample]:
    server = servers.find(session, app.transport.address)
    is_troubled = server is not None and server.trouble is not None and server.well_at is None
    yield Sample("mail_server_up", not is_troubled)
    yield from _or_never("mail_server_accepted", server.accepted_at if server else None)
    read = {each.name: each.seen_at for each in beats if each.kind == INBOX}
    for name in app.ways_in:
        yield from _or_never("inbox_read", read.get(name), _way(name, app.settings.lmtp_listen))


def _way(name: str, lmtp_listen: str) -> str:
    """Return by which way mail comes in; the name of a mailbox may be an address."""
    if lmtp_listen and name == lmtp_on(lmtp_listen):
        return "lmtp"
    return "imap" if name.startswith("imap") else "maildir"


def _ledger(session: Session) -> Iterator[Sample]:
    yield from _first("ledger_unsealed", "ledger_unsealed_oldest", store.unsealed(session))
    yield from _or_never("ledger_sealed", store.sealed_at(session))
    if state := ledger_state(session):
        yield from _at("ledger_verified", state.at)
        yield Sample("ledger_holds", not state.wrong)


def _service(app: App) -> Iterator[Sample]:
    yield Sample("info", 1, (own_version(), app.settings.runs_in.value))
    if url := app.settings.redis_url.get_secret_value():
        yield Sample("broker_up", not broker.trouble_with(url, BROKER_SECONDS))
    for name, ends_at in _certificates(app):
        yield from _at("certificate_expiry", ends_at, name)


def _certificates(app: App) -> Iterator[tuple[str, datetime]]:
    """Yield when each certificate ends that can be read; the doctor says what is wrong with others.

    None is read again before its file has changed: to open one takes a while.
    """
    settings = app.settings
    password = settings.pdf_certificate_password.get_secret_value()
    with suppress(DispatchError, OSError):
        if path := settings.pdf_certificate:
            yield "letters", _signer_ends_at(path, password, path.stat().st_mtime_ns)
    with suppress(DispatchError, OSError):
        if path := settings.oauth_certificate:
            yield "mail server login", _login_ends_at(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _signer_ends_at(path: Path, password: str, _changed_at: int) -> datetime:
    signer = signers.of_letters(path, password)
    assert signer  # noqa: S101 - for the type checker: there is a path
    return signer.ends_at


@lru_cache(maxsize=1)
def _login_ends_at(path: Path, _changed_at: int) -> datetime:
    return certificate_ends_at(path)


def _machine(app: App) -> Iterator[Sample]:
    with suppress(OSError):  # without its home nothing works, and all the rest says so
        there = os.statvfs(app.settings.home)
        yield Sample("disk_free_bytes", there.f_bavail * there.f_frsize)
        yield Sample("disk_size_bytes", there.f_blocks * there.f_frsize)
