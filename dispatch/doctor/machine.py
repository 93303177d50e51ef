"""The machine that dispatch runs on: its disk, its time zone data, and the broker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from dispatch import broker
from dispatch.app import App
from dispatch.domain import calendar
from dispatch.domain.doctor.finding import Finding, fine, look, stops
from dispatch.domain.wording.counts import counted
from dispatch.sending.recorder import SPOOL

MEBIBYTE: Final = 1024 * 1024
TOO_LITTLE: Final = 200
LITTLE: Final = 2048
"""Mebibytes: a mailout of 700 letters needs some 100, and its backup as much again."""

FEW_FILES: Final = 1000


def find(app: App) -> Iterator[Finding]:
    """Yield what is found of disk, time zone data and broker."""
    yield from disk(app.settings.home)
    yield from spool(app.settings.home / SPOOL)
    yield from _zone(app.clock().year)
    yield _broker(app.settings.redis_url.get_secret_value())


def disk(folder: Path) -> Iterator[Finding]:
    """Yield how much room there is for what is kept in a folder."""
    there = os.statvfs(folder)
    free = there.f_bavail * there.f_frsize // MEBIBYTE
    shown = f"{free:,} MB" if free < LITTLE else f"{free // 1024:,} GB"
    if there.f_files and there.f_favail < FEW_FILES:
        yield stops(
            "machine.files",
            f"The disk of the home has room for {there.f_favail} more files.",
            "Nothing can be recorded once there is none, and so nothing is sent.",
            "Delete what is not needed from that disk, or use a larger one.",
        )
    if free < TOO_LITTLE:
        yield stops("machine.disk", f"The disk of the home has {shown} left.", FULL, MORE_ROOM)
    elif free < LITTLE:
        yield look("machine.disk", f"The disk of the home has {shown} left.", FULL, MORE_ROOM)
    else:
        yield fine("machine.disk", f"The disk of the home has {shown} left.")


FULL: Final = "Letters, bounces and backups need room; without any, nothing is sent."
MORE_ROOM: Final = "Make room before the mailout."


def spool(folder: Path) -> Iterator[Finding]:
    """Yield how many replies of the mail server the database has not been told of."""
    waiting = sum(1 for _ in folder.glob("*.json"))
    if not waiting:
        yield fine("machine.spool", "Every reply of the mail server is recorded.")
        return
    found = counted(waiting, "reply of the mail server is", "replies of the mail server are")
    yield look(
        "machine.spool",
        f"{found} not recorded yet.",
        f"The database was away when a letter left; a worker records what is in {folder} within "
        f"seconds of its return.",
        "Start a worker on this machine. A file that stays is about a letter that this database "
        "does not know: see docs/running/failures.md.",
    )


def _zone(year: int) -> Iterator[Finding]:
    """See whether London's clocks are known to change in this year and the next."""
    summers = (datetime(each, 7, 1, tzinfo=UTC) for each in (year, year + 1))
    if all(calendar.local(each).utcoffset() == timedelta(hours=1) for each in summers):
        yield fine("machine.zone", "The time zone data know London's clocks.")
    else:
        yield stops(
            "machine.zone",
            "The time zone data do not know London's summer time.",
            "Letters would leave an hour early or late.",
            "Update the package tzdata of this machine.",
        )


def _broker(url: str) -> Finding:
    if not url:
        return fine("machine.broker", "`dispatch run` brings its own broker.")
    if trouble := broker.trouble_with(url):
        return stops(
            "machine.broker",
            f"The broker does not answer ({trouble}).",
            "Workers are not woken: letters are neither made nor sent.",
            "See whether the server that DISPATCH_REDIS_URL names runs and takes the password.",
        )
    return fine("machine.broker", "The broker answers.")
