from __future__ import annotations

import os
import signal
import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from dispatch.embedded import catch
from tests.embedded.processes import eventually, python, start


def send(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.sendmail("letters@ombudsman.example", "chief@adur.example", "Subject: x\r\n\r\nx")


def test_it_says_on_which_port_it_catches_mail_until_it_is_asked_to_stop(tmp_path: Path) -> None:
    port_file = tmp_path / "catcher.port"

    def use_it() -> None:
        try:
            if eventually(port_file.exists):
                send(int(port_file.read_text()))
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    user = Thread(target=use_it)
    user.start()
    catch.serve(tmp_path / "mail", port_file)
    user.join()

    assert len(list((tmp_path / "mail/new").iterdir())) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["mail"]


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    with start(python("-m", catch.__name__, tmp_path / "mail", tmp_path / "port")) as process:
        yield process
        process.kill()


def test_it_runs_as_a_process_of_its_own(catcher: subprocess.Popen[str], tmp_path: Path) -> None:
    assert eventually((tmp_path / "port").exists)
    send(int((tmp_path / "port").read_text()))

    catcher.terminate()

    assert catcher.wait() == 0
    assert not (tmp_path / "port").exists()
    assert len(list((tmp_path / "mail/new").iterdir())) == 1
