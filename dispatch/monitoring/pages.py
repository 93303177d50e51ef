"""How long pages take, over all processes that serve them on this machine.

Each process counts in a file of its own, which any of them reads when it is asked. The files are
those of a few places that processes take in turn, so that a process which ends leaves its counts to
the next, and there are never more files than processes at once.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from dispatch.monitoring.catalogue import PAGES

BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds: half of all pages are to take less than 0.15, and nearly all less than 0.4."""

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Where Prometheus's library looks for the folder of the files."""


class PageTimes:
    """Counts how long pages took."""

    def __init__(self, folder: Path | None = None, place: int = 0) -> None:
        """Count in a file of this place in a folder; without one, in memory alone."""
        disable_created_metrics()
        if folder:
            os.environ[FOLDER] = str(folder)  # noqa: TID251 - the library has no other way to be told
            values.ValueClass = values.MultiProcessValue(process_identifier=lambda: place)
        self._histogram = Histogram(
            PAGES.full_name, PAGES.says, PAGES.labels, buckets=BUCKETS, registry=CollectorRegistry()
        )
        self.collector: Collector = (
            MultiProcessCollector(None, path=str(folder)) if folder else self._histogram
        )

    def took(self, page: str, status: int, seconds: float) -> None:
        """Count one page."""
        self._histogram.labels(page, f"{status // 100}xx").observe(seconds)


def emptied(folder: Path) -> Path:
    """Return the folder, made anew: counts begin with the server, as Prometheus expects."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


class Places:
    """The places that processes count in, each taken by one at a time."""

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self) -> int:
        """Take the first place that is free."""
        place = next(each for each in range(len(self._taken) + 1) if each not in self._taken)
        self._taken.add(place)
        return place

    def leave(self, place: int) -> None:
        """Leave a place to the next process."""
        self._taken.discard(place)
