"""`dispatch audit`: the ledger, and whether it holds."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from dispatch.app import App, ledger_signer, ready
from dispatch.cli import report
from dispatch.cli.evidence import TEMPLATES, evidence_
from dispatch.cli.keys import new_keys
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import results, show
from dispatch.cli.output.results import Shown
from dispatch.cli.purge import purge_
from dispatch.domain.digest import sha256
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey
from dispatch.files import disk, packs
from dispatch.files.checkpoints import files
from dispatch.proof import checkpoints, verify
from dispatch.proof.checkpoints import sign
from dispatch.proof.seal import catch_up
from dispatch.tracking.status import ledger_state
from dispatch.views.proof.audit import AuditView, audit_view, conclusion, remarks


@click.group(cls=LazyGroup)
def audit() -> None:
    """Prove what was sent, and that nothing was altered since."""


@audit.command("verify")
@show.checkpoint_option
@click.option("--key", metavar="KEY", help="Whose signature it must be; ours, if left out.")
@results.showing(AuditView)
@click.pass_obj
def verify_(app: App, paths: tuple[Path, ...], key: str | None) -> Shown:
    """Check all that is stored, and name what was altered.

    That includes what was deleted or inserted. Without a checkpoint from outside, nobody can tell
    whether the end was cut off.
    """
    known = _checkpoints(app, paths, key)
    with ready(app).sessions.read() as session:
        view = audit_view(verify.audit(session, known), known, ledger_state(session))
    more = f" ({len(view.wrong) - 1} more above)" if len(view.wrong) > 1 else ""
    trouble = f"{view.wrong[0]}{more}" if view.wrong else None
    return Shown(view=view, people=partial(_tell, view), trouble=trouble)


def _tell(view: AuditView) -> None:
    for line in view.wrong[1:]:
        show.echo(f"Also wrong: {line}.")
    for line in remarks(view):
        show.echo(line)
    if sentence := conclusion(view):
        show.echo(sentence)


def _checkpoints(app: App, paths: tuple[Path, ...], key: str | None) -> dict[str, Checkpoint]:
    """Read the checkpoints given and those stored here. Raises `BadInput` for an invalid one."""
    folder = app.settings.checkpoints
    if not paths and not (folder and files(folder)):
        return {}
    public = PublicKey.parse(key) if key else ledger_signer(app, is_new=False).public
    return checkpoints.read(paths, public) | checkpoints.stored(folder, public)


@audit.command("key")
@click.option("--verifier", is_flag=True, help="Print the SHA-256 of verify.py instead.")
@click.pass_obj
def key_(app: App, *, verifier: bool) -> None:
    """Print the public key that checkpoints are verified with. Give it to those who store them.

    With --verifier it prints the SHA-256 of the program that verifies evidence packs. Publish both:
    the key shows that a pack is yours, and the SHA-256 that the program which says so is the one
    that you know.
    """
    if verifier:
        fixed = packs.fixed_files(app.settings.templates / TEMPLATES)
        show.data(sha256(fixed[packs.VERIFIER]))
    else:
        show.data(ledger_signer(ready(app)).public)


@audit.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@click.pass_obj
def checkpoint(app: App, out: Path | None) -> None:
    """Sign a checkpoint of the ledger as it is now.

    Store it where the administrator of this database cannot change it.
    """
    catch_up(ready(app).sessions, app.clock)
    with app.sessions.read() as session:
        made = sign(session, ledger_signer(app), now=app.clock())
    if out is None:
        show.data(made.text, nl=False)
        return
    try:
        disk.hand_out(out, made.text.encode(), mode=0o644)
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written: {error.strerror}") from error
    entries = show.counted(made.checkpoint.size, "entry", "entries")
    show.echo(f"{out}: seal {made.checkpoint.seal}, {entries}.")


audit.add_command(new_keys)
audit.add_command(report.show_)
audit.add_command(evidence_)
audit.add_command(purge_)
