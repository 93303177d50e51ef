"""`dispatch upload`: make letters public, and verify that what is public is what was sent."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import click

from dispatch.app import App, ledger_signer, ready
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Shown
from dispatch.documents.site import Site
from dispatch.domain import calendar
from dispatch.domain.proof.checkpoint import PublicKey
from dispatch.domain.publishing.bundle import checkpoint as checkpoint_of
from dispatch.domain.word import Word
from dispatch.files import bundles
from dispatch.files.bundles import PublicFolder
from dispatch.proof import checkpoints
from dispatch.publishing import upload, verify
from dispatch.publishing.upload import Publishing, Uploaded, UploadProposal
from dispatch.views.upload import (
    ComparisonView,
    PublishedView,
    UploadView,
    comparison_view,
    published,
    upload_view,
)

BUNDLE: Final = "bundle"
"""The command that `dispatch upload NAME` stands for."""

TEMPLATES: Final = "upload"


class _Group(LazyGroup):
    """A group that takes any word that is not a command as the name of a mailout."""

    default = BUNDLE

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *ctx.help_option_names}:
            args = [BUNDLE, *args]
        return super().parse_args(ctx, args)


@click.group("upload", cls=_Group, subcommand_metavar="NAME --out DIR | verify DIR")
def upload_() -> None:
    """Make the letters of mailout NAME public.

    `dispatch upload NAME --out DIR` makes a folder for your web server, or adds a year to it.
    `dispatch upload NAME --help` has all options.
    """


@upload_.command(BUNDLE)
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
@asked.check_option
@show.yes_option
@results.showing(PublishedView)
@click.pass_obj
def bundle(
    app: App,
    name: str,
    *,
    out: Path,
    although: str,
    person: str | None,
    yes: bool,
) -> Shown:
    """Make public, once you have seen what that is.

    The same as `dispatch upload NAME`. DIR gets each authority's letter in its last version, the
    figures, and pages to find them by, which need no server. Not before the upload date, and while
    somebody is not surely reached only with --although; --dry-run shows it on any day. In a
    format for programs nothing is written unless --yes is given as well.
    """
    word = show.word(ready(app), person, although)
    done = None
    kept = app.settings.checkpoints
    known = checkpoints.stored(kept, ledger_signer(app).public) if kept else {}
    with bundles.held(out) as public:
        is_dry = asked.is_dry()
        if is_dry:
            proposal = upload.look(app.sessions, public, name, known)
        else:
            proposal = upload.prepare(app.sessions, public, name, word, known)
        view = upload_view(proposal)
        _show(out, view, word)
        if is_dry:
            _show_needed(proposal, word)
        elif yes or not asked.is_for_program():
            show.agreed(f"Make these letters public in {out}?", is_agreed=yes)
            done = _upload(app, proposal, public, replace(word, at=app.clock()))
    if done:
        _show_done(out, name, done)
    return Shown(view=published(view, done) if done else view)


def _upload(app: App, proposal: UploadProposal, public: PublicFolder, word: Word) -> Uploaded:
    site = Site(app.settings.templates / TEMPLATES)
    checkpoint = upload.current_checkpoint(app.sessions, ledger_signer(app), now=word.at)
    return upload.upload(app.sessions, proposal, Publishing(public, site, checkpoint), word)


def _show(out: Path, view: UploadView, word: Word) -> None:
    rows: list[tuple[str, object]] = [
        ("letters", view.letters),
        (
            "made-up figures in",
            show.counted(view.made_up, "letter, marked", "letters, each marked"),
        ),
        (
            "confidential",
            show.counted(view.withheld, "attachment, left out", "attachments, left out"),
        ),
        ("not surely reached", ", ".join(view.unreached) or "nobody"),
        ("public folder", out),
        ("that stay there", ", ".join(view.others) or "no earlier letters"),
    ]
    if view.unreached:
        why = f"{word.because} ({word.person})" if word.because else "no reason is given"
        rows.insert(4, ("although", why))
    show.known(f"{view.mailout}: to be public", rows)


def _show_needed(proposal: UploadProposal, word: Word) -> None:
    """Say what stands between a check and the upload."""
    if upload.is_early(proposal, word.at):
        day = calendar.day_in_words(proposal.upload_date)
        show.echo(f"Nothing is public before {day}, the day that the letters name.")
    if proposal.unreached and not word.because:
        show.echo("The upload needs a reason, --although TEXT, while anybody is not reached.")


def _show_done(out: Path, name: str, done: Uploaded) -> None:
    size = f"{show.counted(done.files, 'file', 'files')}, {done.bytes / 1_000_000:.1f} MB"
    if done.is_changed:
        show.echo(f"Published: {out / 'index.html'} ({size}).")
    else:
        show.echo(f"Already published; nothing has changed: {out / 'index.html'} ({size}).")
    if done.has_checkpoint:
        show.echo(f"The ledger checkpoint is published alongside: {checkpoint_of(name)}")
    else:
        show.echo("No ledger checkpoint is published with them: nothing has been sealed yet.")
    show.echo(f"The manifest's SHA-256: {done.digest}")
    show.echo(f"Verify it at any time: dispatch upload verify {out}")


@upload_.command("verify")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--key", metavar="KEY", help="Who must have signed checkpoints; we, if left out.")
@results.showing(ComparisonView)
@click.pass_obj
def verify_(app: App, folder: Path, key: str | None) -> Shown:
    """Verify that what is public in DIR is what was sent.

    Each file is compared with the manifest, each PDF with the one in the messages that went, the
    manifest and each checkpoint with the ledger, and what the ledger has of these letters is
    audited. Exits 1 and names the first file that is wrong.
    """

    def signer() -> PublicKey:
        return PublicKey.parse(key) if key else ledger_signer(app, is_new=False).public

    kept = app.settings.checkpoints
    known = checkpoints.stored(kept, signer()) if kept else {}
    with ready(app).sessions.read() as session:
        view = comparison_view(verify.verify(session, bundles.read(folder), signer, known))
    return Shown(view=view, people=partial(_show_verified, folder, view))


def _show_verified(folder: Path, view: ComparisonView) -> None:
    purged = ", and by their digests where these were purged"
    letters = show.counted(view.letters, "letter", "letters")
    messages = show.counted(view.messages, "message", "messages")
    show.echo(
        f"{letters} in {folder}, byte for byte as sent, in "
        f"{messages}{purged if view.messages < view.letters else ''}.\n"
        f"The other files are as uploaded: the ledger holds the manifest's SHA-256,\n"
        f"{view.digest}."
    )
    for name, found in view.checkpoints.items():
        day = calendar.day_in_words(calendar.local(found.at).date())
        show.echo(
            f"{checkpoint_of(name)} is signed, and matches the ledger here:\nseal {found.seal} "
            f"with {show.counted(found.size, 'entry', 'entries')}, on {day}."
        )
