"""`dispatch audit new-keys`: go on with other keys, because those before are lost."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from dispatch.app import App, own_signer, ready, with_kept_key
from dispatch.cli.output import show
from dispatch.database.keys import KeyUse
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey
from dispatch.proof import checkpoints
from dispatch.proof.checkpoints import Signer
from dispatch.upkeep import keys

CALLED: Final = {KeyUse.WRITES: "the secret key", KeyUse.SIGNS: "the signing key"}


@click.command("new-keys")
@show.checkpoint_option
@click.option("--key", metavar="KEY", help="The public key that the checkpoints were signed for.")
@show.person_option
@show.because_option
@show.yes_option
@click.pass_obj
def new_keys(
    app: App,
    paths: tuple[Path, ...],
    key: str | None,
    person: str | None,
    because: str,
    *,
    yes: bool,
) -> None:
    """Go on with the keys of this home, because those before are lost.

    Stop the service first, and look for the lost keys: nothing else shows who wrote the events that
    no seal covers yet. It is done only if the ledger holds, and agrees with the checkpoints.
    """
    app = ready(with_kept_key(app), has_known_key=False)
    word = show.word_of_user(app, person, because)
    word.needed_reason()
    signer = own_signer(app)
    with app.sessions.read() as session:
        changes = keys.differing(session, signer.mark)
    known = _signed_before(app, signer, paths, key, changes)
    lost = " and ".join(CALLED[use] for use in changes) or "no key"
    show.agreed(f"Does nobody have {lost} of this database any more?", is_agreed=yes)
    with app.sessions.begin() as session:
        done = keys.replace(session, signer.mark, word, known)
    were = "was" if len(changes) == 1 else "were"
    show.echo(f"The keys of this home count from now on: {lost} {were} replaced.")
    if done.unsealed:
        were = show.counted(done.unsealed, "event was", "events were")
        show.echo(f"{were} not sealed yet, and taken for ours on your word.")
    if KeyUse.SIGNS in changes:
        show.echo("Give everybody the new public key, `dispatch audit key`, and begin a new folder")
        show.echo("for DISPATCH_CHECKPOINTS: what is in it was signed with the key before.")
    show.echo("Next: copy the keys to every other home, and run `dispatch audit verify`.")


def _signed_before(
    app: App,
    signer: Signer,
    paths: tuple[Path, ...],
    key: str | None,
    changes: keys.Changes,
) -> dict[str, Checkpoint]:
    """Read the checkpoints there are, by the key that they were signed with."""
    public = PublicKey.parse(key) if key else signer.public
    if not key and KeyUse.SIGNS in changes:
        was, _ = changes[KeyUse.SIGNS]
        public = PublicKey(signer.name, bytes.fromhex(was))
    return checkpoints.read(paths, public) | checkpoints.stored(app.settings.checkpoints, public)
