"""`dispatch run`: worker, clock, pages and the servers that are not configured, in one terminal."""

from __future__ import annotations

import os
import sys

import click

from dispatch.child import ISOLATED


@click.command()
def run() -> None:
    """Run worker, clock, pages and missing servers here.

    A broker and a mail catcher are started if none is configured. Ctrl-C ends it; unfinished work
    continues at the next start.
    """
    sys.stdout.flush()
    os.execv(sys.executable, [*ISOLATED, "dispatch.embedded"])  # noqa: S606 - ourselves
