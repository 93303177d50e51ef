"""`dispatch audit evidence`: everything about one authority's letter, for others to verify."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from dispatch.app import App, pack_means, ready
from dispatch.cli.output import show
from dispatch.domain.proof.manifest import NAME as MANIFEST
from dispatch.files import packs
from dispatch.proof import evidence

TEMPLATES: Final = "evidence"


@click.command("evidence")
@click.argument("name")
@click.argument("code")
@click.option(
    "--out",
    required=True,
    metavar="DIR|ZIP",
    type=click.Path(path_type=Path),
    help="A new folder, or a new archive whose name ends in .zip.",
)
@click.option(
    "--checkpoint",
    "paths",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="One that the asker has: the pack then proves that nothing before it was changed.",
)
@click.option("--redact", is_flag=True, help="Leave out names, addresses, letters and messages.")
@click.pass_obj
def evidence_(
    app: App, name: str, code: str, *, out: Path, paths: tuple[Path, ...], redact: bool
) -> None:
    """Pack the evidence about one letter, for anyone to check.

    It is the letter of authority CODE in mailout NAME. The pack holds the letter as it was sent,
    each message, each reply of a mail server, what came back, the approval, and the proof that a
    signed checkpoint of the ledger covers each of these. Check it with `python verify.py`, which
    needs neither a database nor dispatch. The pack has names and addresses in it; with --redact it
    has only their digests, and may be published. Before anything is written, all that the pack
    would say is audited.
    """
    means = pack_means(ready(app), paths)
    made = evidence.make(means, name, code, show.word_of_user(app), is_redacted=redact)
    packs.write(out, made.files)
    files = show.counted(len(made.files), "file", "files")
    show.echo(f"{out}: {files}, proven up to seal {made.checkpoint.seal}.")
    show.echo(f"The SHA-256 of its {MANIFEST}: {made.manifest_digest}")
    show.echo(
        "Send the key (`dispatch audit key`) and the SHA-256 of verify.py\n"
        "(`dispatch audit key --verifier`) by another route than the pack."
    )
