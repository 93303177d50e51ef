"""The machine that dispatch runs on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from dispatch.app import App
from dispatch.doctor import machine
from dispatch.domain import calendar
from dispatch.domain.doctor.finding import Level
from tests.doctor.offices import faults, office, words

STOPS, LOOK = Level.STOPS, Level.LOOK
GIBIBYTE = 1024**3


@pytest.mark.parametrize(
    ("free", "files", "expected"),
    [
        (50 * GIBIBYTE, 10_000, {}),
        (50 * GIBIBYTE, 10, {"machine.files": STOPS}),
        (GIBIBYTE, 10_000, {"machine.disk": LOOK}),
        (GIBIBYTE // 10, 10_000, {"machine.disk": STOPS}),
    ],
)
def test_a_disk_that_is_nearly_full_is_found(
    monkeypatch: pytest.MonkeyPatch, free: int, files: int, expected: dict[str, Level]
) -> None:
    there = SimpleNamespace(f_bavail=free, f_frsize=1, f_files=10**6, f_favail=files)
    monkeypatch.setattr(os, "statvfs", lambda _: there)
    found = list(machine.disk(Path("home")))
    assert faults(found) == expected
    assert words(found)


def test_a_disk_without_a_limit_of_files_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    there = SimpleNamespace(f_bavail=50 * GIBIBYTE, f_frsize=1, f_files=0, f_favail=0)
    monkeypatch.setattr(os, "statvfs", lambda _: there)
    assert faults(machine.disk(Path("home"))) == {}


def test_a_reply_that_the_database_was_not_told_of_is_found(tmp_path: Path) -> None:
    assert faults(machine.spool(tmp_path / "spool")) == {}
    (tmp_path / "1.json").touch()
    found = list(machine.spool(tmp_path))
    assert faults(found) == {"machine.spool": LOOK}
    assert "1 reply of the mail server is not recorded yet." in words(found)


def test_time_zone_data_without_summer_time_are_found(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "machine.zone" not in faults(machine.find(office(app)))
    monkeypatch.setattr(calendar, "LONDON", ZoneInfo("Etc/GMT"))
    assert faults(machine.find(office(app)))["machine.zone"] is STOPS


def test_a_broker_that_does_not_answer_is_found_and_its_password_is_not_told(app: App) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    found = list(machine.find(office(app, redis_url=f"redis://:s3cret@127.0.0.1:{port}/0")))
    assert faults(found)["machine.broker"] is STOPS
    assert "s3cret" not in words(found)


def serve_one(listening: socket.socket) -> None:
    """Answer one client as a broker that speaks the third version of its protocol."""
    connected, _ = listening.accept()
    with connected:
        while heard := connected.recv(4096):
            for command in heard.split(b"*")[1:]:
                hello = b"%1\r\n$5\r\nproto\r\n:3\r\n" if b"HELLO" in command else b"+OK\r\n"
                connected.sendall(b"+PONG\r\n" if b"PING" in command else hello)


def test_a_broker_that_answers_is_fine(app: App, in_background: Callable[..., None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        in_background(partial(serve_one, listening))
        url = f"redis://127.0.0.1:{listening.getsockname()[1]}/0"
        assert faults(machine.find(office(app, redis_url=url))).keys() <= {"machine.disk"}
