"""`dispatch audit evidence`: what is known of one authority's letter, for others to check."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from dispatch.app import App, ledger_signer, ready
from dispatch.documents.summary import Summary
from dispatch.domain.digest import sha256
from dispatch.domain.manifest import NAME as MANIFEST
from dispatch.files import packs
from dispatch.mailouts.store import mailout_named
from dispatch.proof import checkpoints
from dispatch.proof.evidence import Office, vouch
from dispatch.proof.export import export
from dispatch.proof.seal import catch_up
from dispatch.proof.store import seals
from dispatch.register.store import authorities

TEMPLATES: Final = "evidence"


@click.command()
@click.argument("name")
@click.argument("code")
@click.option(
    "--out",
    required=True,
    metavar="DIR|ZIP",
    type=click.Path(path_type=Path),
    help="A new folder, or a new archive whose name ends in .zip.",
)
@click.option("--redact", is_flag=True, help="Without names, addresses, letters and mails.")
@click.pass_obj
def evidence(app: App, name: str, code: str, *, out: Path, redact: bool) -> None:
    """Pack the evidence about the letter of authority CODE in mailout NAME.

    The letter as it was sent, each message, each answer of a server, what came back, the approval,
    and the proof that the ledger holds each of these under a signed checkpoint. Whoever gets the
    pack checks it by `python verify.py`, without a database and without dispatch. It holds names
    and addresses; with --redact it has their digests alone, and may be published.
    """
    signer = ledger_signer(app)
    catch_up(ready(app).sessions, app.clock)
    templates = app.settings.templates / TEMPLATES
    paper, summary = packs.paper(templates), Summary(templates)
    with app.sessions.read() as session:
        seals.hold_still(session)
        made = checkpoints.attest(session, signer, now=app.clock())
        known = authorities.authority_code(session, code)
        files = vouch(
            session,
            mailout_named(session, name),
            known,
            Office(
                sender=app.sender,
                checkpoint=made.checkpoint,
                signed_checkpoint=made.text,
                key=signer.public,
                sign=signer.key.sign,
                paper=paper,
                summary=summary,
            ),
            is_redacted=redact,
        )
    detail = {
        "mailout": name,
        "authority": known,
        "manifest": sha256(files[MANIFEST]),
        "redacted": "yes" if redact else "no",
    }
    with app.sessions.begin() as session:
        export(session, "evidence", detail, person=app.person, now=app.clock())
    packs.write(out, files)
    click.echo(f"{out}: {len(files)} files, proven up to seal {made.checkpoint.seal}.")
    click.echo(f"The SHA-256 of its {MANIFEST}: {sha256(files[MANIFEST])}")
    click.echo("Give the key of `dispatch audit key` by another way than the pack.")
