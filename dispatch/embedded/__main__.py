"""`python -m dispatch.embedded`: the program that `dispatch run` turns into.

Starts a broker and a mail catcher where none is configured, then a worker, a clock and the pages,
and runs them all until asked to stop.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Final

from dispatch.app import App, database_explained, environment, from_environment, ready
from dispatch.child import ISOLATED
from dispatch.domain.errors import DispatchError
from dispatch.embedded.broker import Broker
from dispatch.embedded.home import held
from dispatch.embedded.supervisor import supervise, write
from dispatch.views import pace

BARE: Final = ("/usr/bin/env", "-i")
"""Begins the command of a program that needs nothing of the environment, which has secrets."""

CELERY: Final = (*ISOLATED, "dispatch.worker", "--quiet")


def run(app: App, environ: Mapping[str, str]) -> int:
    """Run everything that is not configured to run elsewhere; return the exit code."""
    # With this a worker that is asked to stop finishes what it has begun, in its soft shutdown.
    environ = {**environ, "REMAP_SIGTERM": "SIGQUIT"}
    with held(app.settings.home):
        broker = None if app.settings.redis_url else Broker(app.settings.broker_folder)
        if broker:
            broker.start()
            write(sys.stdout, environ, "", f"The broker is {broker.server}")
            environ = {**environ, "DISPATCH_REDIS_URL": broker.url}
        for line in about_mail(app):
            write(sys.stdout, environ, "", line)
        try:
            check = broker.start if broker else lambda: None
            return supervise(commands(app), environ=environ, out=sys.stdout, check=check)
        finally:
            if broker:
                broker.stop()


def about_mail(app: App) -> Iterator[str]:
    """Yield where messages go, how fast, and what is faster than the provider allows."""
    if app.settings.uses_catcher:
        yield (
            f"Messages are caught in {app.settings.maildir / 'new'} and go no further: "
            f"read them with `dispatch catcher list`"
        )
    yield pace.limits_in_words(app.settings.limits)
    for excess in app.settings.limits.excesses():
        yield f"Look: {excess}"


def commands(app: App) -> dict[str, list[str]]:
    """Return the commands to run, by name: worker, clock, pages, and the others that are needed."""
    found = {
        "worker": [*CELERY, "worker", "--without-gossip", "--without-mingle"],
        "clock": [*CELERY, "beat", "--pidfile="],
    }
    if app.settings.lmtp_listen or app.settings.imap_url.get_secret_value():
        found["incoming"] = [*ISOLATED, "dispatch", "listen"]
    if app.settings.has_pages:
        found["web"] = [*ISOLATED, "dispatch.web"]
    if app.settings.uses_catcher:
        maildir, port_file = str(app.settings.maildir), str(app.settings.catcher_port_file)
        catch = [*BARE, *ISOLATED, "dispatch.embedded.catch", maildir, port_file]
        found = {"mail": catch, **found}
    return found


def main() -> int:
    """Run; print our own errors as one line. Return the exit code."""
    try:
        with database_explained():
            app = ready(from_environment())
        return run(app, environment())
    except DispatchError as error:
        sys.stderr.write(f"Error: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
