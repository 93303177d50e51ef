"""`dispatch db restore`: a backup becomes the database, and nothing leaves unasked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import click

from dispatch.app import App
from dispatch.cli.backup import size
from dispatch.cli.output import show
from dispatch.domain.mailout import MailoutState
from dispatch.upkeep.restore import Restored
from dispatch.upkeep.restore import restore as bring_back
from dispatch.upkeep.store import dump
from dispatch.upkeep.store.dump import Dump


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--nothing-lost",
    is_flag=True,
    help="The service was stopped before the backup and has not run since.",
)
@show.yes_option
@click.pass_obj
def restore(app: App, file: Path, *, nothing_lost: bool, yes: bool) -> None:
    """Fill an empty database from the backup in FILE. Stop the service first.

    All or nothing. What the service sent after the backup is not in FILE, and must not go twice: so
    whatever waited then is in doubt, and each mailout is paused. With --nothing-lost you vouch that
    nothing was sent, as when you move to another database: then it only waits.
    """
    with app.sessions.read() as session:
        dump.refuse_unless_empty(session)
    header = Dump(file).check()
    taken = show.when(header.taken_at)
    show.agreed(f"Restore {size(header)} as of {taken}?", is_agreed=yes)
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    with app.sessions.begin() as session:
        restored = bring_back(
            session,
            Dump(file),
            sha256=sha256,
            person=app.person,
            now=app.clock(),
            is_nothing_lost=nothing_lost,
        )
    click.echo(f"Restored {size(header)} as of {taken}.")
    _tell(restored, is_nothing_lost=nothing_lost)


def _tell(restored: Restored, *, is_nothing_lost: bool) -> None:
    """Say what waits for a person, and what to do about it in which order."""
    click.echo("Next: put the keys back where they were, and run `dispatch audit verify`.")
    if restored.in_doubt:
        click.echo(IN_DOUBT.format(restored.in_doubt))
    for each in restored.held:
        word = "schedule" if each.state is MailoutState.APPROVED else "resume"
        command = f"dispatch mailout {word} {each.name}"
        if each.is_released or is_nothing_lost:
            click.echo(f"{each.name} is {each.state.value}. Go on: {command}")
        else:
            click.echo(MAY_HAVE_GONE.format(each.name, each.state.value, command))


IN_DOUBT: Final = """\
{} deliveries are in doubt: each may have left since. Settle them by the mail
server's log of that time: `dispatch delivery reconcile --postfix-log FILE`, and
what surely did not leave by `dispatch delivery settle ID not-sent`."""

MAY_HAVE_GONE: Final = """\
{0} is {1}, and may have been sent since. Look for its letters in the
mail server's log. If they left: dispatch mailout cancel {0}
If not: {2}"""
