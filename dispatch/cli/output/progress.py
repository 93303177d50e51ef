"""Progress bars for work that other processes do; the database says how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Final

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch.app import App
from dispatch.cli.output import show, watching
from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.delivery import IN_PROGRESS
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries

Look = Callable[[], object] | None
Count = Callable[[Session], tuple[int, int]]
"""Returns how many are done, and how many there are in all."""

REFRESHES: Final = 2
"""How often a second a bar is drawn anew, which takes a millisecond."""
PATIENCE_SECONDS = 10
"""With no progress for this long, ask whether anything is running."""


def rendering(app: App, name: str, look: Look = None) -> None:
    """Show the letters being made until all are; stop the command if some cannot be made.

    `look` is called now and then, and may raise to give up. Without it, a person who waits in vain
    is asked whether anything is running.
    """
    _follow(app, "Rendering", partial(letters_made, name=name), look)
    with app.sessions.read() as session:
        failed = letters.failures(session, mailout_named(session, name))
    if failed:
        lines = "\n  ".join(f"{code}: {error}" for code, error in failed)
        count = show.counted(len(failed), "letter", "letters")
        raise click.ClickException(f"{count} could not be made:\n  {lines}")
    while (state := _state(app, name))[0] is MailoutState.DRAFT:
        if state[1]:
            raise click.ClickException(f"{state[1]}; run `dispatch mailout render {name}` again")
        time.sleep(watching.LOOK_SECONDS)  # until the clock notices and moves it to rendered
    if state[0] is MailoutState.CANCELLED:
        raise click.ClickException(f"{name} was cancelled meanwhile")


def sending(app: App, name: str, look: Look = None) -> None:
    """Show the deliveries leaving until none is waiting; `look` as in `rendering`."""
    _follow(app, "Sending", partial(deliveries_settled, name=name), look)


def checking(results: Iterable[Sequence[str]], total: int) -> Iterator[Sequence[str]]:
    """Show letters being checked, and pass on the failures of each."""
    with _bar() as bar:
        task = bar.add_task("Checking", total=total)
        for failures in results:
            bar.advance(task)
            yield failures


def _follow(app: App, label: str, count: Count, look: Look) -> None:
    """Show a bar for `count` until all are done; it counts again once the database has changed."""
    with _bar() as bar, closing(watching.looks(app.sessions)) as looks:
        task = bar.add_task(label)
        moved_at, last = time.monotonic(), -1
        done, total = 0, 0
        for may_have_changed in looks:
            if look:
                look()
            if may_have_changed:
                with app.sessions.read() as session:
                    done, total = count(session)
            bar.update(task, completed=done, total=total)
            if total and done == total:
                return
            if done != last:
                moved_at, last = time.monotonic(), done
            elif not look and time.monotonic() - moved_at > PATIENCE_SECONDS:
                bar.console.print(
                    "Nothing is happening: is `dispatch run` running in another terminal?"
                )
                moved_at = time.monotonic()


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=show.error_console(),
        refresh_per_second=REFRESHES,
    )


def letters_made(session: Session, name: str) -> tuple[int, int]:
    """Return how many letters of a mailout are made, or cannot be, and how many there are."""
    mailout = mailout_named(session, name)
    counts = letters.counts(session, mailout)
    return _far(mailout, counts.get(LetterState.WANTED, 0), sum(counts.values()))


def deliveries_settled(session: Session, name: str) -> tuple[int, int]:
    """Return how many deliveries of a mailout no longer wait, and how many there are."""
    mailout = mailout_named(session, name)
    counts = deliveries.counts(session, mailout)
    waiting = sum(count for state, count in counts.items() if state in IN_PROGRESS)
    return _far(mailout, waiting, sum(counts.values()))


def _far(mailout: Mailout, waiting: int, total: int) -> tuple[int, int]:
    """Return how many are done, and of how many: of more, while not all are stored yet."""
    return total - waiting, total + (mailout.under_way is not None)


def _state(app: App, name: str) -> tuple[MailoutState, str | None]:
    """Return a mailout's state, and its remark on why it is not further on."""
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        return mailout.state, mailout.remark
