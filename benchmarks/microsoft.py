"""How a mailout leaves by a mailbox at Microsoft 365, in real time, with the profile's own limits.

`python benchmarks/microsoft.py`: two worker processes and a clock send 692 letters to a server on
loopback that behaves as Exchange Online does (`tests/mail/exchange_online.py`), which takes some 28
minutes at 25 letters a minute; `--count` for fewer, `--rate` and `--minute` for less time: with
`--rate 1500/m --minute 1` all goes sixty times as fast. Twenty bounces come back through Dovecot's
OAuth2. Needs root and the Debian package dovecot-imapd; `.ci/benchmarks` installs the rest.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from benchmarks import ground, population
from dispatch.database import Sessions, connect
from dispatch.database.tables import IncomingMail
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.providers import MICROSOFT_365
from dispatch.settings import Settings
from tests.journeys.microsoft import Office, office

LETTERS: Final = 692
SIZE: Final = 100_000
BOUNCES: Final = 20
CLOSE: Final = 0.10
"""By how much the time may differ from letters over rate."""
PROCESSES: Final = 2


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    words.add_argument("--count", type=int, default=LETTERS)
    words.add_argument("--rate", default="", help="letters a minute, if not the profile's: 1500/m")
    words.add_argument("--minute", type=float, default=60.0, help="seconds of the server's minute")
    asked = words.parse_args()
    with ExitStack() as stack:
        folder = stack.enter_context(ground.workplace())
        url = f"sqlite:///{folder / 'dispatch.db'}"
        ground.migrate(url)
        population.populate(url, asked.count, SIZE, state=MailoutState.PAUSED)
        provided = stack.enter_context(office(minute=asked.minute))
        settings = {
            "DISPATCH_HOME": str(folder / "home"),
            "DISPATCH_DATABASE_URL": url,
            "DISPATCH_REDIS_URL": stack.enter_context(ground.redis(folder)).url,
            "DISPATCH_SECRET_KEY": population.SECRET,
            "DISPATCH_RATE": asked.rate,
            **provided.settings,
        }
        stack.enter_context(ground.workers(settings, folder, PROCESSES))
        stack.enter_context(ground.clock(settings, folder))
        sessions = connect(url, population.KEY)
        stack.callback(sessions.dispose)
        seconds = send(sessions, provided, asked.count)
        tell(provided, asked.count, seconds, Settings.read(settings).limits.interval)
        back = received(sessions, provided, min(BOUNCES, asked.count))
        print(f"{back} bounces were taken in by IMAP, with {len(provided.endpoint.given)} tokens")


def send(sessions: Sessions, provided: Office, count: int) -> float:
    """Let the mailout go; return the seconds from the first letter that was taken to the last."""
    population.release(sessions)
    while not provided.server.taken:  # workers that have just been started take a while
        time.sleep(0.01)
    began, said = time.monotonic(), 0
    while len(provided.server.taken) < count:
        time.sleep(0.05)
        if (taken := len(provided.server.taken)) >= said + 100:
            said = taken - taken % 100
            print(f"{time.monotonic() - began:8,.0f} s  {taken:5}", flush=True)
    return time.monotonic() - began


def tell(provided: Office, count: int, seconds: float, interval: timedelta | None) -> None:
    """Print what the server met, and how the time compares with letters over rate."""
    server, most = provided.server, MICROSOFT_365.connections or 0
    distinct = len({each.rcpt_to for each in server.taken})
    print(f"{len(server.taken)} letters taken, {distinct} different; replies {server.replies}")
    verdict = "met" if server.most_lines <= most else "MISSED"
    print(f"  {verdict:7} most connections at once: {server.most_lines}, asked for {most} at most")
    expected = count * interval.total_seconds() if interval else 0.0
    verdict = "met" if abs(seconds - expected) <= CLOSE * expected else "MISSED"
    print(f"  {verdict:7} {seconds:,.1f} s, letters over rate {expected:,.1f} s")


def received(sessions: Sessions, provided: Office, count: int) -> int:
    """Let some letters come back; return how many were taken in, once all are."""
    population.await_settled(sessions, 60)
    assert population.counts(sessions).keys() <= {DeliveryState.ACCEPTED, DeliveryState.BOUNCED}
    provided.bounce(provided.server.taken[:count])
    ends_at, found = time.monotonic() + 60, 0
    while found < count and time.monotonic() < ends_at:
        time.sleep(1)
        with sessions.read() as session:
            found = session.scalar(select(func.count()).select_from(IncomingMail)) or 0
    return found


if __name__ == "__main__":
    main()
