# /// script
# requires-python = ">=3.11"
# dependencies = ["weasyprint==70.0"]
# ///
"""PDFs of letters' HTML by WeasyPrint, for `benchmarks/render.py`, which installs it beside.

It is given the HTML that goes with a letter, in two processes as the others, and asked for PDF/UA-1
as they are. Prints the letters a second of each round, the seconds, and the processor seconds.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from multiprocessing import get_context
from pathlib import Path

from weasyprint import HTML

PROCESSES = 2
ROUNDS = 3


def made(path: Path) -> int:
    return len(HTML(string=path.read_text()).write_pdf(pdf_variant="pdf/ua-1"))


def used(_: int) -> tuple[int, float]:
    """Return this process and the processor seconds that it has used."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    time.sleep(0.2)  # so that the other process answers the other question
    return os.getpid(), spent.ru_utime + spent.ru_stime


def main(folder: Path) -> None:
    paths = sorted(folder.glob("*.html"))
    rates, wall = [], 0.0
    with get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(made, paths[: 2 * PROCESSES], chunksize=1)
        before = dict(pool.map(used, range(PROCESSES), chunksize=1))
        for _ in range(ROUNDS):
            began = time.perf_counter()
            assert all(pool.map(made, paths, chunksize=2))
            took = time.perf_counter() - began
            rates.append(len(paths) / took)
            wall += took
        after = dict(pool.map(used, range(PROCESSES), chunksize=1))
    assert before.keys() == after.keys()
    print(json.dumps([rates, wall, sum(after.values()) - sum(before.values())]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
