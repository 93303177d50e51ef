"""`dispatch audit`: the ledger, and whether it holds."""

from __future__ import annotations

from pathlib import Path

import click

from dispatch.app import App, ledger_signer, ready
from dispatch.cli import account
from dispatch.cli.evidence import evidence
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import show
from dispatch.cli.purge import purge_
from dispatch.domain.checkpoint import Checkpoint, PublicKey
from dispatch.files import checkpoints
from dispatch.proof import checkpoints as attest
from dispatch.proof.seal import catch_up
from dispatch.proof.verify import Audit
from dispatch.proof.verify import audit as audited


@click.group(cls=LazyGroup)
def audit() -> None:
    """Prove what was sent, and that nothing was changed since."""


@audit.command()
@click.option(
    "--checkpoint",
    "paths",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="A checkpoint from elsewhere; may be given again. Those in DISPATCH_CHECKPOINTS count.",
)
@click.option("--key", metavar="KEY", help="Whose signature it must be; ours, if left out.")
@show.json_option
@click.pass_obj
def verify(app: App, paths: tuple[Path, ...], key: str | None, *, is_json: bool) -> None:
    """Go through all that is stored, and name what was changed, deleted or put there.

    Without a checkpoint from outside nobody can tell whether the end was cut off.
    """
    known = _checkpoints(app, paths, key)
    with ready(app).sessions.read() as session:
        found = audited(session, known)
    if is_json:
        show.as_json(_as_data(found, known))
    else:
        _tell(found, known)
    if found.wrong:
        more = f" ({len(found.wrong) - 1} more above)" if len(found.wrong) > 1 else ""
        raise click.ClickException(f"{found.wrong[0]}{more}")


def _checkpoints(app: App, paths: tuple[Path, ...], key: str | None) -> dict[str, Checkpoint]:
    """Read the checkpoints given and those kept here. Raises `BadInput` for one that is no good."""
    folder = app.settings.checkpoints
    found = [*paths, *(checkpoints.files(folder) if folder else ())]
    if not found:
        return {}
    public = PublicKey.parse(key) if key else ledger_signer(app, is_new=False).public
    return {path.name: checkpoints.read(path, public) for path in found}


def _as_data(found: Audit, known: dict[str, Checkpoint]) -> dict[str, object]:
    return {
        "holds": not found.wrong,
        "wrong": found.wrong,
        "seals": found.last.number if found.last else 0,
        "entries": found.last.size if found.last else 0,
        "root": found.last.root if found.last else None,
        "sealed_at": found.last.sealed_at if found.last else None,
        "unsealed": found.unsealed,
        "late": found.late,
        "late_until": found.late_until,
        "checkpoints": sorted(known),
    }


def _tell(found: Audit, known: dict[str, Checkpoint]) -> None:
    for line in found.wrong[1:]:
        click.echo(f"Also wrong: {line}.")
    for line in _remarks(found, known):
        click.echo(line)
    if not found.wrong and found.last:
        count = found.last.number
        seals = "1 seal" if count == 1 else f"{count} seals"
        click.echo(f"All is as it was written: {found.last.size} entries under {seals}.")


def _remarks(found: Audit, known: dict[str, Checkpoint]) -> list[str]:
    lines = []
    if found.last is None:
        lines.append("Nothing has been sealed yet: only contents and states could be checked.")
    if found.unsealed:
        lines.append(f"{found.unsealed} events wait to be sealed, and prove less until then.")
    if found.late_until:
        lines.append(
            f"{found.late} events were sealed more than an hour after they happened, the last of "
            f"them on {show.when(found.late_until)}: they and their records prove less, since "
            f"nothing held them until then."
        )
    if not known:
        lines.append(
            "No checkpoint was given: whether the end was cut off, or an older database put in "
            "place of this one, cannot be told."
        )
    return lines


@audit.command("key")
@click.pass_obj
def key_(app: App) -> None:
    """Print the public key that checkpoints are verified with. Give it to whoever keeps them."""
    click.echo(ledger_signer(app).public)


@audit.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@click.pass_obj
def checkpoint(app: App, out: Path | None) -> None:
    """Sign how far the ledger goes now. Keep it where this database's keeper has no say."""
    catch_up(ready(app).sessions, app.clock)
    with app.sessions.read() as session:
        made = attest.attest(session, ledger_signer(app), now=app.clock())
    if out is None:
        return click.echo(made.text, nl=False)
    try:
        out.write_text(made.text)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    return click.echo(f"{out}: seal {made.checkpoint.seal}, {made.checkpoint.size} entries.")


audit.add_command(account.show_)
audit.add_command(evidence)
audit.add_command(purge_)
