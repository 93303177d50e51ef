"""`dispatch mailout reissue` and `withdraw`, and the approval of new versions."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.output import asked, progress, results, show
from dispatch.cli.output.results import Shown
from dispatch.corrections import approve_version, reissue
from dispatch.corrections.reissue import ReissueProposal
from dispatch.domain.word import Word
from dispatch.letters import hands
from dispatch.views.versions import (
    PendingView,
    ReissueView,
    VersionView,
    pending_view,
    reissue_view,
)

WIDTH: Final = 78

NAMED: Final = 3
"""Authorities that a command for somebody to type names; of more, it approves all."""

codes_option = click.option(
    "--authority", "codes", multiple=True, required=True, metavar="CODE", help="Whose; repeatable."
)


@click.command("reissue")
@click.argument("name")
@codes_option
@show.because_option
@show.person_option
@show.yes_option
@results.showing(ReissueView)
@click.pass_obj
def reissue_(
    app: App,
    name: str,
    *,
    codes: tuple[str, ...],
    because: str,
    person: str | None,
    yes: bool,
) -> Shown:
    """Make new versions of letters whose content was wrong.

    Import the right figures first. Shows what changes in each letter, and which other letters
    would change with it: the first 1,000 of these, or all with --json. Then leaves the new version
    for somebody else to approve.
    """
    word = show.word(ready(app), person, because)
    proposal = reissue.prepare(app.sessions, app.templates, name, codes)
    named = [each.redraft.code for each in proposal.versions]
    others = reissue.every_other(app.sessions, app.templates, name, named)
    shown, has_more = (others, False) if asked.is_for_program() else show.first(others, None)
    view = reissue_view(proposal, shown)
    show_versions(name, view.versions)
    _show_others(name, view, has_more=has_more)
    if yes or not asked.is_for_program():
        leave(app, proposal, word, is_agreed=yes)
    return Shown(view=view)


def leave(app: App, proposal: ReissueProposal, word: Word, *, is_agreed: bool) -> None:
    """Ask, then leave new versions for a second person to approve, and say how."""
    if asked.is_dry() and asked.is_for_program():
        return
    count = len(proposal.versions)
    what = "this new version" if count == 1 else f"these {count} new versions"
    show.agreed(f"Leave {what} for somebody else to approve?", is_agreed=is_agreed)
    with app.sessions.begin() as session:
        rows = reissue.reissue(session, proposal, replace(word, at=app.clock()))
        codes = [row.authority_code for row in rows]
    which = " ".join(f"--authority {code}" for code in codes) if count <= NAMED else ""
    name = proposal.mailout
    show.echo(f"Next, somebody else: dispatch mailout approve {name} {which} --as PERSON", err=True)


def show_versions(name: str, versions: Iterable[VersionView]) -> None:
    """Print what changes in each letter, as text."""
    for each in versions:
        _show_difference(f"{each.authority}, version {each.version} of {name}", each.difference)


def _show_difference(title: str, lines: Iterable[str]) -> None:
    show.echo(f"{title}:")
    for line in lines:
        mark, said = line[0], line[1:]
        show.echo(textwrap.fill(said, WIDTH, initial_indent=f"  {mark} ", subsequent_indent="    "))


def _show_others(name: str, view: ReissueView, *, has_more: bool) -> None:
    if not view.shifts:
        show.echo("No other letter would say anything else to its addressee.")
        return
    count = len(view.shifts)
    what = "another letter" if count == 1 and not has_more else f"{count:,} other letters"
    if has_more:
        what = f"more than {what} (--json names all)"
    show.table(
        f"{what} of {name} would change too, and stay as they are unless you reissue them",
        ("authority", "what"),
        ([each.code, "\n".join(each.what)] for each in view.shifts),
    )


@click.command()
@click.argument("name")
@codes_option
@show.because_option
@show.person_option
@asked.dry_run_option
@click.pass_obj
def withdraw(
    app: App, name: str, *, codes: tuple[str, ...], because: str, person: str | None
) -> None:
    """Withdraw new versions that wait for approval. The letters in force stay."""
    of = ", ".join(codes)
    with show.changing(app, f"withdraw the new version for {of}") as session:
        gone = reissue.withdraw(session, name, codes, show.word(app, person, because))
    show.echo(f"Withdrawn: the new version for {', '.join(gone)}.")


def approve_versions(app: App, name: str, codes: tuple[str, ...], word: Word, *, yes: bool) -> None:
    """Check the new versions that wait for approval, show them, ask, and queue them.

    Prints the digest over the new versions and their recipients.
    """
    proposal = approve_version.prepare(app.sessions, name, codes, word, progress.checking)
    _show_pending(name, [pending_view(each) for each in proposal.versions])
    approve_version.refuse_inaccessible(proposal)
    count = len(proposal.versions)
    recipients = sum(len(each.recipients) for each in proposal.versions)
    what = "it" if count == 1 else "them"
    to = "1 recipient" if recipients == 1 else f"{recipients} recipients"
    show.agreed(f"Approve {what} as {word.person}, and send {what} to {to}?", is_agreed=yes)
    with app.sessions.begin() as session:
        now = replace(word, at=app.clock())
        queued = len(approve_version.approve(session, proposal, app.templates, now))
    with app.sessions.read() as session:
        ids = [each.letter.id for each in proposal.versions]
        in_both = {hands.recorded(session, name, id_) for id_ in ids} - {None}
    show.data(proposal.digest)
    for each in sorted(map(str, in_both)):
        show.echo(f"Look: {hands.in_words(each)}. The ledger says so.", err=True)
    show.echo(
        f"Approved, {queued} queued. See how it goes: dispatch mailout unreached {name}", err=True
    )


def _show_pending(name: str, views: Iterable[PendingView]) -> None:
    waiting = list(views)
    for each in waiting:
        _show_difference(f"{each.authority}, version {each.version} of {name}", each.difference)
    show.table(
        f"New versions of {name}",
        ("authority", "what", "why", "proposed by", "goes to"),
        (
            (each.authority, each.what, each.why, each.proposed_by, "\n".join(each.recipients))
            for each in waiting
        ),
    )
