"""`dispatch demo`: the whole job on the sample year, in a home of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from dispatch.app import App, from_environ, isolated, ready, seconds_until
from dispatch.child import ISOLATED
from dispatch.cli.imports import bring_in
from dispatch.cli.output import progress, results, show, watching
from dispatch.cli.output.results import Shown
from dispatch.cli.status import current
from dispatch.demo import accounts, sample
from dispatch.demo.accounts import Player
from dispatch.demo.sample import Sample
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.mailout import MailoutState
from dispatch.files import disk
from dispatch.files.shipped import shipped
from dispatch.letters import approval, plan, render
from dispatch.mailouts.store import mailout_named
from dispatch.people.settings import OFF, USUAL_PORT
from dispatch.sending import release

SAMPLE: Final = shipped("config") / "sample"
PLAN: Final = shipped("config") / "mailouts" / "annual-review-2020.toml"

MARK: Final = "demo"
"""A file in a home that a demo made: only such a home is ever deleted."""

STARTS_AT: Final = datetime(2020, 7, 22, 7, 59, 50, tzinfo=UTC)
"""What the demo's clock shows at first: ten seconds before the letters of 2020 went."""

STOP_SECONDS: Final = 40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """How the letters of a demo or a rehearsal fared: deliveries by state, and who is reached."""

    mailout: str
    letters: int
    deliveries: int
    queued: int
    claimed: int
    offered: int
    in_doubt: int
    deferred: int
    accepted: int
    delivered: int
    refused: int
    bounced: int
    suppressed: int
    cancelled: int
    expired: int
    reached: int
    unreached: tuple[str, ...]
    seconds: float
    home: str


@click.command()
@click.option("--once", is_flag=True, help="End when every delivery is settled.")
@click.option("--small", is_flag=True, help="Send to about 35 councils instead of all 346.")
@click.option("--seed", default=2020, show_default=True, help="Other made-up people and figures.")
@results.showing(OutcomeView)
@click.pass_obj
def demo(app: App, *, once: bool, small: bool, seed: int) -> Shown | None:
    """Send the sample year to a mail catcher.

    339 councils and seven abolished ones, from files to letters accepted. Nothing leaves this
    machine. The demo's clock shows the morning of 22 July 2020. With --small there are fewer
    councils, with every variant of the letter and every way in which mailboxes behave.
    """
    started_at = time.monotonic()
    listen = OFF if once else _free_place()
    environ = _environ(_fresh(app.settings.home / "demo"), listen)
    demo_app = ready(from_environ(environ))
    with demo_app.sessions.begin() as session:
        now = demo_app.clock()
        real = now - demo_app.shift  # by which telephones go
        players = accounts.make(session, demo_app.person, at=now, machine_at=real)
    with _running(demo_app, environ) as look:
        files = _files(demo_app.settings.home / "sample", seed, is_small=small)
        name = _sent(demo_app, files, look)
        result = outcome(demo_app, name, started_at)
        tell_outcome(demo_app, result)
        _tell_next(demo_app, name)
        tell_pages(demo_app, players)
        if once:
            return Shown(view=result, id=result.mailout)
        results.put(Shown(view=result), OutcomeView)
        show.echo("\nThe services go on running for you to try things; Ctrl-C ends them.")
        linger(look)
        return None


def linger(look: Callable[[], None]) -> None:
    """Wait for Ctrl-C, or for `look` to raise."""
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            look()
            time.sleep(watching.LOOK_SECONDS)


def _fresh(home: Path) -> Path:
    """Return an empty home; what an earlier demo left there is deleted."""
    if home.exists():
        if not (home / MARK).exists():
            raise RuleBroken(f"{home} is not a demo's: move it away, or set DISPATCH_HOME")
        shutil.rmtree(home)
    disk.private_folder(home)
    (home / MARK).touch()
    return home.resolve()


def _free_place() -> str:
    """Return where the pages listen: at the usual port, or another if that one is taken."""
    for port in (USUAL_PORT, 0):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as found:
            return f"127.0.0.1:{found.getsockname()[1]}"
    raise Unavailable("no port of this machine is free for the pages")


def _environ(home: Path, listen: str) -> dict[str, str]:
    """Return the environment of the demo, without the person's own settings and `.env` file."""
    return isolated(
        DISPATCH_HOME=str(home),
        DISPATCH_CLOCK_OFFSET=str(seconds_until(STARTS_AT)),
        DISPATCH_RETRY_WAITS="1 2 4",
        DISPATCH_WEB_LISTEN=listen,
    )


@contextmanager
def _running(app: App, environ: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Run worker, clock, broker and catcher for the length of the block.

    Yields a function that raises `Unavailable` if they have ended by themselves.
    """
    log = app.settings.home / "run.log"
    with open(log, "wb", opener=disk.private) as out:
        # On a leash: if the demo is killed, these end too.
        leash = [*ISOLATED, "dispatch.embedded.leash", str(os.getpid())]
        services = subprocess.Popen(  # noqa: S603 - ourselves
            [*leash, *ISOLATED, "dispatch.embedded"],
            env=environ,
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )

        def look() -> None:
            if services.poll() is not None:
                raise Unavailable(f"the services ended by themselves: see {log}")

        try:
            yield look
        finally:
            services.send_signal(signal.SIGTERM)
            services.wait(STOP_SECONDS)


def _files(folder: Path, seed: int, *, is_small: bool) -> Sample:
    """Write the files of the sample year."""
    return sample.write(folder, seed, SAMPLE, sample.small(seed, SAMPLE) if is_small else None)


def _sent(app: App, files: Sample, look: Callable[[], None]) -> str:
    """Take the sample year from its files to letters that have left; return the mailout's name."""
    bring_in(app, "authorities", files.authorities)
    bring_in(app, "contacts", files.contacts)
    bring_in(app, "figures", files.figures)
    with app.sessions.begin() as session:
        name = plan.save(session, plan.read_file(session, PLAN), show.word(app)).name
    carried_through(app, name, look)
    return name


def carried_through(app: App, name: str, look: progress.Look = None) -> None:
    """Take a planned mailout to its schedule, approved by the sample's approver."""
    with app.sessions.begin() as session:
        render.ask(session, mailout_named(session, name), app.templates, show.word(app))
    progress.rendering(app, name, look)
    word = show.word(app, accounts.APPROVER)
    approval.sign_off(app.sessions, name, app.templates, word, progress.checking)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, name, is_locked=True)
        release.schedule(session, mailout, app.templates, show.word(app))
    progress.sending(app, name, look)


def outcome(app: App, name: str, started_at: float) -> OutcomeView:
    """Return the outcome, once the clock has seen that nothing is waiting any longer."""
    while (status := current(app, name)).state is not MailoutState.SENT:
        time.sleep(watching.LOOK_SECONDS)
    return OutcomeView(
        mailout=name,
        letters=sum(status.letters.values()),
        deliveries=sum(status.deliveries.values()),
        **{state.value: status.deliveries.get(state, 0) for state in DeliveryState},
        reached=status.reached,
        unreached=tuple(sorted(status.unreached)),
        seconds=round(time.monotonic() - started_at, 1),
        home=str(app.settings.home),
    )


def tell_outcome(app: App, result: OutcomeView) -> None:
    """Show the outcomes, and where to find the messages."""
    counts = [(state, getattr(result, state.value)) for state in DeliveryState]
    outcomes = [(state, count) for state, count in counts if count]
    show.table("Outcomes", ("state", "deliveries"), outcomes)
    letters = show.counted(result.letters, "letter", "letters")
    deliveries = show.counted(result.deliveries, "delivery", "deliveries")
    reached = show.counted(result.reached, "authority", "authorities")
    show.echo(
        f"\n{letters}, {deliveries}, {reached} reached, in {result.seconds} s.\n"
        f"The messages were caught: they are in {app.settings.maildir / 'new'}, one file each.\n"
        f"They left as fast as they were taken, without a limit. By a mail server of your own,\n"
        f"letters leave at 60 a minute or less, as its profile or DISPATCH_RATE says."
    )


def _tell_next(app: App, name: str) -> None:
    home = app.settings.home
    program = "dispatch" if shutil.which("dispatch") else ".venv/bin/dispatch"
    show.echo(
        f"\nTry next:\n"
        f"  export DISPATCH_HOME={home} DISPATCH_CLOCK_OFFSET={app.settings.clock_offset:.0f}\n"
        f"  {program} mailout status {name}\n"
        f"  {program} catcher list\n"
        f"  {program} letter show {name} OXO --pdf --out oxford.pdf\n"
        f"  {program} delivery list {name} --state refused --state in_doubt\n"
        f"  {program} audit evidence {name} OXO --out oxford"
    )


def tell_pages(app: App, players: Iterable[Player]) -> None:
    """Show where the pages are, and how to sign in to them as two people."""
    program = "dispatch" if shutil.which("dispatch") else ".venv/bin/dispatch"
    if app.settings.has_pages:
        show.echo(f"\nThe pages are at {app.settings.address}")
    else:
        show.echo(
            f"\nThe pages: after the line `export` above, `{program} run` starts them, and says "
            f"where."
        )
    for each in players:
        show.echo(f"\n  {each.role.value:9} {each.name}\n  password  {each.password}")
        if each.secret:
            first, second = each.recovery_codes[::2], each.recovery_codes[1::2]
            show.echo(
                f"  codes     {' '.join(first)}\n            {' '.join(second)}\n"
                f"            (each is good once; or give an authenticator app {each.secret})"
            )
