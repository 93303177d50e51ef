"""What watching costs, as a share of a processor core: `python -m benchmarks.watching`.

A mailout with so many deliveries is on its way, and another process changes one of them ten times
a second. Meanwhile somebody follows it for a minute: by `mailout status --watch`, by the progress
bar of a command, and by the page that shows it, which asks as its script does. Counted is the
processor time of the command or of the pages, and on PostgreSQL that of the database beyond what it
takes with nobody watching.
"""

from __future__ import annotations

import argparse
import os
import pty
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Final

from sqlalchemy import select, update

from benchmarks import gauge, ground, offices
from dispatch import log
from dispatch.app import App
from dispatch.cli import main as command
from dispatch.cli.output import progress
from dispatch.database.tables import Delivery, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.upkeep.logged import LogLevel
from dispatch.web.site import site

NAME: Final = "mailout-000"
SECONDS: Final = 60.0
WARM: Final = 5.0
"""Seconds until what is watched has been shown first, which is not counted."""
CHANGES: Final = 10
"""How often a second a delivery changes."""
MOST: Final = 0.01
"""The share of a core that watching may take."""
FASTEST, SLOWEST = 2.0, 30.0
"""Seconds between two questions of a page: see `office.js`."""


def main() -> int:
    """Print what each way of watching costs; return 1 if one costs too much."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--deliveries", type=int, default=10_000)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    asked = parser.parse_args()
    log.begin(level=LogLevel.WARNING)
    with ground.workplace() as folder, ExitStack() as stack:
        server, url = None, f"sqlite:///{folder / 'dispatch.db'}"
        if asked.postgresql:
            server = stack.enter_context(ground.postgresql(folder / "postgresql"))
            url = stack.enter_context(ground.database(server))
        app = ground.app(url, folder / "home")
        cookie = _on_its_way(app, url, asked.deliveries)
        kind = "PostgreSQL" if server else "SQLite"
        print(f"{kind}, {asked.deliveries:,} deliveries, {CHANGES} changes a second", flush=True)
        watcher = Watcher(app, server.process.pid if server else None, asked.seconds)
        shares = list(watcher.shares(cookie))
    return int(any(share > MOST for share in shares))


def _on_its_way(app: App, url: str, deliveries: int) -> str:
    """Fill a database with a mailout that is being sent; return a visitor's cookie."""
    ground.migrate(url)
    keys = offices.fill(app, offices.one(deliveries))
    of_it = select(Mailout.id).where(Mailout.name == NAME).scalar_subquery()
    with app.sessions.begin() as session:
        session.execute(
            update(Mailout).where(Mailout.name == NAME).values(state=MailoutState.RELEASING)
        )
        waiting = update(Delivery).where(Delivery.mailout_id == of_it)
        session.execute(
            waiting.where(Delivery.state == DeliveryState.DEFERRED).values(
                state=DeliveryState.QUEUED
            )
        )
    return keys.cookies[AccountRole.VIEWER]


class EndedError(Exception):
    """What watches has ended by itself."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Measures each way of watching in a process of its own."""

    app: App
    server: int | None
    """The process of PostgreSQL whose children count too."""
    seconds: float

    def shares(self, cookie: str) -> Iterator[float]:
        """Yield the share of a core that each way takes, and print it."""
        ways = {
            "mailout status --watch": partial(_status, self.app),
            "a progress bar": partial(progress.sending, self.app, NAME),
            "an open page": partial(_page, self.app, cookie),
        }
        with self._apart(partial(_change, self.app)):
            unwatched = self._served()
            for name, watch in ways.items():
                with self._apart(watch) as (process, said):
                    time.sleep(WARM)
                    before = gauge.cpu_seconds(process)
                    served = self._served() - unwatched
                    share = (gauge.cpu_seconds(process) - before) / self.seconds
                    if os.waitpid(process, os.WNOHANG) != (0, 0):
                        raise EndedError(f"{name} ended by itself: {said}")
                verdict = "met" if share + served <= MOST else "MISSED"
                print(
                    f"  {verdict:7} {name:24}{share:7.2%} of a core, and {served:6.2%} in the "
                    f"database, asked for {MOST:.0%} at most",
                    flush=True,
                )
                yield share + served

    def _served(self) -> float:
        """Wait for as long as is measured; return the share of a core that the database took."""
        before = ground.seconds_of(self.server)
        time.sleep(self.seconds)
        return (ground.seconds_of(self.server) - before) / self.seconds

    @contextmanager
    def _apart(self, take: Callable[[], object]) -> Iterator[tuple[int, list[bytes]]]:
        """Do something in a process with a terminal of its own until the end of the block.

        Yields its id, and what it says.
        """
        self.app.sessions.dispose()
        child, terminal = pty.fork()
        if child == 0:
            _take(take)
        said: list[bytes] = []
        threading.Thread(target=_hear, args=(terminal, said), daemon=True).start()
        try:
            yield child, said
        finally:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
            os.close(terminal)


def _take(take: Callable[[], object]) -> None:
    """Do something until the process is killed; end it with what went wrong."""
    try:
        take()
    except BaseException as error:  # noqa: BLE001 - nobody is left to raise it to
        sys.__stderr__.write(f"{error!r}\n")  # type: ignore[union-attr] # it is there
    os._exit(1)


def _hear(terminal: int, said: list[bytes]) -> None:
    """Keep the last that a process says."""
    with suppress(OSError):  # it has ended
        while heard := os.read(terminal, 65536):
            said[:] = [heard]


def _change(app: App) -> None:
    """Change one delivery after the other, as the workers do."""
    with app.sessions.read() as session:
        ids = list(session.scalars(select(Delivery.id).limit(1000)))
    while True:
        for id_ in ids:
            with app.sessions.begin() as session:
                session.execute(
                    update(Delivery)
                    .where(Delivery.id == id_)
                    .values(about_us=Delivery.about_us + 1)
                )
            time.sleep(1 / CHANGES)


def _status(app: App) -> None:
    command(["mailout", "status", NAME, "--watch"], obj=app)


def _page(app: App, cookie: str) -> None:
    """Ask for what a page shows as its script does: the more seldom, the less has changed."""
    client = site(app).test_client()
    client.set_cookie("visit", cookie)
    wait, seen = FASTEST, ""
    while True:
        answer = client.get(f"/mailouts/{NAME}/live?seen={seen}")
        if answer.status_code == HTTPStatus.OK:
            wait, seen = FASTEST, answer.text.partition("seen=")[2].partition('"')[0]
        else:
            assert answer.status_code == HTTPStatus.NO_CONTENT, answer.status
            wait = min(2 * wait, SLOWEST)
        time.sleep(wait)


if __name__ == "__main__":
    sys.exit(main())
