"""How fast each page is with 100,000 deliveries: `benchmarks/pages.py [--times 20] [--postgresql]`.

Once with all of them in one mailout and once in 145, each in a database of its own. A page is asked
for as a browser does, but without the network. Taken from a quiet machine: processor time of this
process holds on any, and on SQLite that is all there is.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from flask import Flask
from sqlalchemy import Engine, event, select

from benchmarks import ground, offices
from benchmarks.offices import MANY, ONE, Office
from benchmarks.population import KEY, SENDER
from dispatch.app import App
from dispatch.database import connect
from dispatch.database.tables import Delivery
from dispatch.documents import Templates
from dispatch.domain.people.account import AccountRole
from dispatch.settings import Settings
from dispatch.tracking.timekeeping import Timekeeper
from dispatch.web.site import site
from tests.fakes import FakeClock, FakeTransport
from tests.web.browser import an_account

MEDIAN_MS: Final = 150
P95_MS: Final = 400
MOST_QUESTIONS: Final = 12
HERE: Final = "/mailouts/mailout-000"
PAGES: Final = (
    *("/", "/mailouts", HERE, f"{HERE}/live", f"{HERE}/unreached"),
    *(f"{HERE}/deliveries", f"{HERE}/deliveries?after=DELIVERY"),
    *(f"{HERE}/deliveries?shown={each}" for each in ("failed", "in-doubt", "accepted")),
    *("/deliveries/DELIVERY", "/audit", "/audit?authority=T00007", "/audit?kind=delivery.refused"),
    *("/audit?since=2020-07-22&until=2020-07-22", "/audit/ledger"),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a page took."""

    page: str
    milliseconds: Sequence[float]
    processor: Sequence[float]
    questions: int

    @property
    def line(self) -> str:
        p95 = quantiles(self.milliseconds, n=20)[-1]
        middle, processor = median(self.milliseconds), median(self.processor)
        is_met = middle < MEDIAN_MS and p95 < P95_MS and self.questions <= MOST_QUESTIONS
        verdict = "met" if is_met else "MISSED"
        return f"{verdict:7}{self.page:48}{middle:8.0f}{p95:8.0f}{processor:8.0f}{self.questions:5}"


def measured(pages: Flask, engine: Engine, page: str, times: int) -> Taken:
    """Ask for a page so many times, after once that does not count."""
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    took, processor, client = [], [], pages.test_client()
    for _ in range(times + 1):
        asked.clear()
        pages.extensions.pop("live", None)  # else it would be a look into memory
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(page)
        took.append(1000 * (time.perf_counter() - began))
        processor.append(1000 * (time.process_time() - worked))
        assert answer.status_code == 200, (page, answer.status_code)
    selects = sum(each.lstrip().startswith(("SELECT", "WITH")) for each in asked)
    return Taken(page, took[1:], processor[1:], selects)


def look(url: str, office: Office, folder: Path, times: int) -> None:
    """Fill an office, and print what each page of it takes."""
    ground.migrate(url)
    offices.fill(url, office)
    app = _app(url, folder)
    pages = site(app, lambda: an_account(AccountRole.APPROVER))
    engine = app.sessions.writing.kw["bind"]
    with app.sessions.read() as session:
        delivery = session.scalars(select(Delivery.id).limit(1)).one()
    print(f"\n{office.mailouts} mailouts, {engine.dialect.name}")
    print(f"{'':7}{'page':48}{'median':>8}{'p95':>8}{'CPU':>8}{'asks':>5}")
    for page in PAGES:
        found = measured(pages, engine, page.replace("DELIVERY", str(delivery)), times)
        print(replace(found, page=page).line, flush=True)
    app.sessions.dispose()


def _app(url: str, folder: Path) -> App:
    clock = FakeClock(offices.LOOKED_AT)
    return App(
        settings=Settings.model_validate({"home": folder}),
        sessions=connect(url, KEY),
        templates=Templates(ground.ROOT / "templates"),
        transport=FakeTransport(),
        sender=SENDER,
        clock=clock,
        timekeeper=Timekeeper(clock.reading),
        person="sam",
    )


@contextmanager
def _databases(folder: Path, *, is_postgresql: bool) -> Iterator[ground.Server | None]:
    with ground.postgresql(folder / "postgresql") if is_postgresql else nullcontext() as server:
        yield server


def main() -> None:
    """Look at an office with one mailout, and at one with many."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    with (
        ground.workplace() as folder,
        _databases(folder, is_postgresql=asked.postgresql) as server,
    ):
        for office in (ONE, MANY):
            file = folder / f"{office.mailouts}.db"
            own = ground.database(server) if server else nullcontext(f"sqlite:///{file}")
            with own as url:
                look(url, office, folder, asked.times)


if __name__ == "__main__":
    main()
