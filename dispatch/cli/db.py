"""`dispatch db`: look after the database."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from dispatch.app import App, check_key, ledger_signer, own_signer, ready, refuse_without_key
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import asked, show
from dispatch.database import schema
from dispatch.domain import calendar
from dispatch.domain.mailout import MailoutState
from dispatch.files.dumps import Dump, Header
from dispatch.files.shipped import own_version
from dispatch.upkeep import backup, keys, restore
from dispatch.upkeep.backup import Writer
from dispatch.upkeep.restore import Restored
from dispatch.upkeep.store import dump

KEYS: Final = """\
The keys are not in it: keep DISPATCH_SECRET_KEY (or secret.key) and the signing
key (ledger.pem) elsewhere, with the settings and the templates."""


WOULD_BE: Final = {
    schema.Age.CURRENT: "The database is up to date.",
    schema.Age.EMPTY: "Its tables would be made. Nothing was changed.",
    schema.Age.OLDER: "The database would be brought up to date. Nothing was changed.",
}


@click.group(cls=LazyGroup)
def db() -> None:
    """Look after the database."""


@db.command()
@asked.dry_run_option
@click.pass_obj
def upgrade(app: App) -> None:
    """Bring the tables up to date. Safe to run again; back up first where it matters."""
    with app.sessions.begin() as session:
        before = schema.age(session)
        schema.refuse_unknown(session)
        refuse_without_key(app, session)
        if asked.is_dry():
            show.echo(WOULD_BE[before])
            return
        schema.upgrade(session)
        check_key(app, session)
    show.echo(
        "The database is up to date." if before is not schema.Age.CURRENT else "Nothing to do."
    )


@db.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace a FILE that is there already.")
@click.pass_obj
def backup_(app: App, file: Path, *, force: bool) -> None:
    """Write everything in the database to FILE, as of one moment.

    The service may go on. Only you can read FILE: it holds names, addresses and every letter. It
    can be restored into SQLite and PostgreSQL alike. It is signed with the key that signs
    checkpoints. The keys are not in it: keep them elsewhere.
    """
    writer = Writer(own_version(), ledger_signer(app))
    made = backup.backup(
        app.sessions, file, show.word_of_user(app), writer, clock=app.clock, is_forced=force
    )
    show.echo(f"{file}: {_size(made.header)}, {made.bytes:,} bytes.")
    show.echo(f"SHA-256 {made.sha256}")
    show.echo(KEYS)


@db.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option(
    "--nothing-lost",
    is_flag=True,
    help="The service was stopped before the backup and has not run since.",
)
@click.option("--unsigned", is_flag=True, help="Restore FILE although our key has not signed it.")
@click.option("--keys-lost", is_flag=True, help="The keys that the backup was made with are lost.")
@click.option("--because", metavar="TEXT", default="", help="Why; needed with both of these.")
@show.yes_option
@click.pass_obj
def restore_(  # noqa: PLR0913 - one for each option
    app: App,
    file: Path,
    *,
    nothing_lost: bool,
    unsigned: bool,
    keys_lost: bool,
    because: str,
    yes: bool,
) -> None:
    """Fill an empty database from the backup in FILE. Stop the service, and copy the keys first.

    All or nothing. What the service sent after the backup is not in FILE, and must not go twice: so
    every delivery that was waiting is put in doubt, and every mailout is paused. With
    --nothing-lost you confirm that nothing was sent, as when you move to another database: then
    deliveries only wait.
    """
    word = show.word_of_user(app, because=because)
    if unsigned or keys_lost:
        word.needed_reason()
    with app.sessions.read() as session:
        dump.refuse_unless_empty(session)
    found = Dump(file).check()
    header, signature = found.header, restore.signature_of(found, _public_key(app))
    if not (unsigned or keys_lost):  # without the keys nobody can check it
        restore.refuse_unsigned(file, signature, app.settings.signing_key_file)
    taken = show.when(header.taken_at)
    show.agreed(f"Restore {_size(header)} as of {taken}?", is_agreed=yes)
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    with app.sessions.begin() as session:
        restored = restore.restore(
            session,
            Dump(file, found.digest),
            word,
            sha256=sha256,
            signature=signature,
            is_nothing_lost=nothing_lost,
        )
        if keys_lost:
            keys.replace(session, own_signer(app).mark, word)
        check_key(app, session)
    show.echo(f"Restored {_size(header)} as of {taken}.")
    show.echo("Next: run `dispatch audit verify`.")
    _tell(restored, is_nothing_lost=nothing_lost)


def _public_key(app: App) -> bytes | None:
    """Return our public key; None if the file of the key is not here."""
    if not app.settings.signing_key_file.exists():
        return None
    return own_signer(app, is_new=False).public.octets


def _moment(_context: click.Context, _option: click.Parameter, value: str) -> datetime:
    """Read a moment in ISO 8601; without an offset, it is London time."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(
            "write day and time, such as 2021-07-21T22:00 or 2021-07-21T21:00:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = calendar.moment(moment.date(), moment.time())
    return moment.astimezone(UTC)


@db.command("restored")
@click.option(
    "--as-of",
    required=True,
    metavar="MOMENT",
    callback=_moment,
    help="When the backup was taken; London time, unless it says another.",
)
@show.person_option
@show.because_option
@show.yes_option
@click.pass_obj
def restored_(app: App, as_of: datetime, person: str | None, because: str, *, yes: bool) -> None:
    """Say that the database was restored by other means.

    By pg_restore, a snapshot or a copied file, that is; not by `dispatch db restore`, which does
    all this itself. Stop the service before you restore, and start it after this. What was sent
    since the backup must not go twice: every delivery that was waiting is put in doubt, and every
    mailout is paused. If you are not sure of the moment, give an earlier one.
    """
    word = show.word_of_user(ready(app), person, because)
    show.echo("All that was waiting is put in doubt, and all mailouts are paused.")
    show.agreed(f"Was the database restored to {show.when(as_of)}?", is_agreed=yes)
    with app.sessions.begin() as session:
        restored = restore.declare(session, as_of, word)
    show.echo(f"Recorded: the database was restored to {show.when(as_of)}.")
    show.echo("Next: run `dispatch audit verify`.")
    _tell(restored, is_nothing_lost=False)


def _size(header: Header) -> str:
    """Return how much there is in a backup, in words."""
    tables = show.counted(len(header.tables), "table", "tables")
    return f"{show.counted(header.rows, 'row', 'rows')} of {tables}"


def _tell(restored: Restored, *, is_nothing_lost: bool) -> None:
    """Say what waits for a person, and what to do about it in which order."""
    if restored.in_doubt:
        show.echo(IN_DOUBT.format(show.counted(restored.in_doubt, "delivery is", "deliveries are")))
    for each in restored.held:
        act = "schedule" if each.state is MailoutState.APPROVED else "resume"
        command = f"dispatch mailout {act} {each.name}"
        if each.is_released or is_nothing_lost:
            show.echo(f"{each.name} is {each.state.value}. Go on: {command}")
        else:
            show.echo(MAY_HAVE_GONE.format(each.name, each.state.value, command))


IN_DOUBT: Final = """\
{} in doubt, and may have left since. Settle them by the mail
server's log of that time: `dispatch delivery reconcile --postfix-log FILE`, and
what surely did not leave by `dispatch delivery settle ID not-sent`."""

MAY_HAVE_GONE: Final = """\
{0} is {1}, and may have been sent since. Look for its letters in the
mail server's log.
If they left: dispatch mailout cancel {0} --because TEXT
If not: {2}"""
