"""`dispatch upload`: the letters become public, and what is public is compared with what went."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import click

from dispatch.app import App, notary, ready
from dispatch.cli import show
from dispatch.documents.site import Site
from dispatch.domain import calendar
from dispatch.domain.bundle import checkpoint as checkpoint_of
from dispatch.domain.checkpoint import PublicKey
from dispatch.domain.errors import RuleBroken
from dispatch.files import bundles
from dispatch.mailouts.store import mailout_named
from dispatch.proof import checkpoints
from dispatch.publishing import upload as uploading
from dispatch.publishing import verify as proving
from dispatch.publishing.upload import Proposal, Uploaded, Word

BUNDLE: Final = "bundle"
"""The command that `dispatch upload NAME` stands for."""

TEMPLATES: Final = "upload"


class _Group(show.InOrder):
    """A group of which a word that is no command is the name of a mailout."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [BUNDLE, *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Group, subcommand_metavar="NAME --out DIR | verify DIR")
def upload() -> None:
    """Make the letters of mailout NAME public.

    `dispatch upload NAME --out DIR` makes a folder for your web server, or adds a year to it.
    `dispatch upload NAME --help` has all options.
    """


@upload.command(BUNDLE)
@click.argument("name")
@click.option(
    "--out",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="The public folder. Earlier years in it stay.",
)
@click.option("--although", default="", metavar="TEXT", help="Why, although some are unreached.")
@show.person_option
@click.option("--check", is_flag=True, help="Show what would be public, and write nothing.")
@show.yes_option
@show.json_option
@click.pass_obj
def bundle(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    *,
    out: Path,
    although: str,
    person: str | None,
    check: bool,
    yes: bool,
    is_json: bool,
) -> None:
    """Make public, once you have seen what that is.

    The same as `dispatch upload NAME`. DIR gets each authority's letter in its last version, the
    figures, and pages to find them by, which need no server. Not before the upload date, and while
    somebody is not surely reached only with --although. With --json nothing is written unless
    --yes is there, too.
    """
    word = Word(person=person or app.person, at_keyboard=app.person, although=although.strip())
    site = Site(ready(app).settings.templates / TEMPLATES)
    with bundles.held(out) as place:
        with app.sessions.read() as session:
            found = mailout_named(session, name)
            proposal = uploading.propose(session, found, now=app.clock())
            uploading.refuse_unreached(proposal, word)
            earlier = uploading.standing(session, place, name)
        others = [each for each in earlier.manifest.mailouts if each != name] if earlier else []
        if not is_json:
            _tell(out, proposal, word, others)
        if check or (is_json and not yes):
            return show.as_json(_as_data(proposal, others)) if is_json else None
        show.agreed(f"Make these letters public in {out}?", is_agreed=yes)
        done = uploading.upload(
            app.sessions,
            proposal,
            site,
            place,
            word=word,
            now=app.clock(),
            checkpoint=_checkpoint(app),
        )
    if is_json:
        return show.as_json({**_as_data(proposal, others), "uploaded": done})
    return _told(out, name, done)


def _checkpoint(app: App) -> bytes | None:
    """Return how far the ledger goes now, signed; None while nothing is sealed."""
    signer = notary(app)
    with app.sessions.read() as session:
        try:
            return checkpoints.attest(session, signer, now=app.clock()).text.encode()
        except RuleBroken:
            return None


def _tell(out: Path, proposal: Proposal, word: Word, others: list[str]) -> None:
    rows: list[tuple[str, object]] = [
        ("letters", len(proposal.letters)),
        ("made-up figures in", f"{_made_up(proposal)} letters, each marked"),
        ("confidential", f"{proposal.withheld} attachments, left out"),
        ("not surely reached", ", ".join(sorted(proposal.unreached)) or "nobody"),
        ("public folder", out),
        ("that stay there", ", ".join(others) or "no earlier letters"),
    ]
    if proposal.unreached:
        rows.insert(4, ("although", f"{word.although} ({word.person})"))
    show.console().print(show.facts(f"{proposal.name}: to be public", rows))


def _as_data(proposal: Proposal, others: list[str]) -> dict[str, Any]:
    return {
        "mailout": proposal.name,
        "letters": len(proposal.letters),
        "made_up": _made_up(proposal),
        "withheld": proposal.withheld,
        "unreached": proposal.unreached,
        "others": others,
    }


def _made_up(proposal: Proposal) -> int:
    return sum(row["is_synthetic"] == "true" for row in proposal.letters)


def _told(out: Path, name: str, done: Uploaded) -> None:
    size = f"{done.files} files, {done.bytes / 1_000_000:.1f} MB"
    if done.is_changed:
        click.echo(f"Public: {out / 'index.html'} ({size}).")
    else:
        click.echo(f"Public already, and every byte the same: {out / 'index.html'} ({size}).")
    if done.has_checkpoint:
        click.echo(f"How far the ledger went is public with them: {checkpoint_of(name)}")
    else:
        click.echo("No checkpoint of the ledger is with them: nothing has been sealed yet.")
    click.echo(f"The manifest's SHA-256: {done.digest}")
    click.echo(f"Prove it at any time: dispatch upload verify {out}")


@upload.command()
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--key", metavar="KEY", help="Who must have signed checkpoints; we, if left out.")
@show.json_option
@click.pass_obj
def verify(app: App, folder: Path, key: str | None, *, is_json: bool) -> None:
    """Prove that what is public in DIR is what was sent.

    Each file is compared with the manifest, each PDF with the one in the messages that went, the
    manifest and each checkpoint with the ledger. Exits 1 and names the first file that is wrong.
    """

    def signer() -> PublicKey:
        return PublicKey.parse(key) if key else notary(app, is_new=False).public

    with ready(app).sessions.read() as session:
        proof = proving.prove(session, bundles.read(folder), signer)
    if is_json:
        return show.as_json(proof)
    gone = ", and by their digests where these were purged" * (proof.messages < proof.letters)
    click.echo(
        f"{proof.letters} letters in {folder} are byte for byte the ones that were sent, in "
        f"{proof.messages} messages{gone}.\nThe other files are as uploaded: the ledger holds the "
        f"manifest's SHA-256,\n{proof.digest}."
    )
    for name, found in proof.checkpoints.items():
        day = calendar.day_in_words(calendar.local(found.at).date())
        click.echo(
            f"{checkpoint_of(name)} is signed, and of the ledger here:\nseal {found.seal} with "
            f"{found.size} entries, on {day}."
        )
    return None
