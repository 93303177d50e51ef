"""A real browser of a test's own: Chromium without a window, told what to do by a pipe."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest

CHROMIUM: Final = shutil.which("chromium") or "chromium"

needs_chromium = pytest.mark.skipif(
    shutil.which(CHROMIUM) is None, reason="needs the Debian package chromium"
)

READS, WRITES = 3, 4
"""The descriptors on which Chromium takes commands and gives answers."""

OPTIONS: Final = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # in a container as root there is none
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)


class Page:
    """A page in the browser (Chrome DevTools Protocol)."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._numbers = count(1)
        self._unread = b""
        self.complaints: list[str] = []
        """What the page's script ran into, and what it was not let fetch."""
        made = self._tell("Target.createTarget", url="about:blank")
        attached = self._tell("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.tell(f"{domain}.enable")
        self.requested: list[str] = []
        """Every address that was asked for."""

    def tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._tell(method, self._session, **parameters)

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file, and wait until its script has run."""
        self.tell("Page.navigate", url="about:blank")
        self.tell("Page.navigate", url=path.as_uri() + fragment)
        while self.evaluate("document.readyState") != "complete":
            time.sleep(0.01)

    def evaluate(self, expression: str) -> Any:
        answer = self.tell(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def type(self, text: str) -> None:
        """Type where the cursor is."""
        for letter in text:
            self.tell("Input.dispatchKeyEvent", type="char", text=letter)

    def press_enter(self) -> None:
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        for kind in ("keyDown", "keyUp"):
            self.tell("Input.dispatchKeyEvent", type=kind, **key)

    def _tell(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        said: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            said["sessionId"] = session
        os.write(self._commands, json.dumps(said).encode() + b"\0")
        while (answer := self._heard()).get("id") != number:
            self._note(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _heard(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            read = os.read(self._answers, 1 << 16)
            assert read, "the browser has ended"
            self._unread += read
        said, _, self._unread = self._unread.partition(b"\0")
        found: dict[str, Any] = json.loads(said)
        return found

    def _note(self, event: dict[str, Any]) -> None:
        match event.get("method"):
            case "Runtime.exceptionThrown" | "Log.entryAdded":
                self.complaints.append(json.dumps(event["params"]))
            case "Network.requestWillBeSent":
                self.requested.append(event["params"]["request"]["url"])


@contextmanager
def browser(home: Path) -> Iterator[Page]:
    """Run Chromium for the length of the block, its files in `home`."""
    (takes, commands), (answers, gives) = os.pipe(), os.pipe()

    def plug() -> None:
        # Both are moved up first, so that neither overwrites the other.
        for descriptor, as_number in ((os.dup2(takes, 13), READS), (os.dup2(gives, 14), WRITES)):
            os.dup2(descriptor, as_number, inheritable=True)

    process = subprocess.Popen(
        [CHROMIUM, *OPTIONS, f"--user-data-dir={home}"],
        preexec_fn=plug,  # noqa: PLW1509 - no threads here, and nothing else sets such numbers
        close_fds=False,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for each in (takes, gives):
        os.close(each)
    try:
        yield Page(commands, answers)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        for each in (commands, answers):
            os.close(each)
