"""`dispatch mailout approve` once letters have gone: new versions are approved, and leave."""

from __future__ import annotations

import click

from dispatch.app import App
from dispatch.cli import progress, show
from dispatch.cli.reissue import show_difference
from dispatch.corrections import approve_version as replacing
from dispatch.corrections.approve_version import Replacement
from dispatch.domain.errors import RuleBroken
from dispatch.domain.versions import is_reissued
from dispatch.mailouts.store import mailout_named


def approve_versions(
    app: App, name: str, codes: tuple[str, ...], person: str, *, is_agreed: bool
) -> None:
    """Show what waits for approval, check it, and queue it on a second person's word.

    Prints the digest over the new versions and their recipients.
    """
    with app.sessions.read() as session:
        found = mailout_named(session, name)
        waiting = replacing.pending(session, found, codes)
        if not waiting:
            raise RuleBroken(f"nothing of {name} waits for approval: its letters have gone")
        failures = progress.checking(replacing.check(session, waiting, person), len(waiting))
        digest = replacing.digest(found, waiting)
        _show(name, waiting)
    if failures:
        lines = "\n  ".join(failures)
        raise click.ClickException(f"these letters are not accessible as they are:\n  {lines}")
    count = sum(len(each.recipients) for each in waiting)
    what = "it" if len(waiting) == 1 else "them"
    to = "1 recipient" if count == 1 else f"{count} recipients"
    show.agreed(f"Approve {what} as {person}, and send {what} to {to}?", is_agreed=is_agreed)
    with app.sessions.begin() as session:
        rows = replacing.replace(
            session,
            mailout_named(session, name, is_locked=True),
            digest,
            app.templates,
            codes=codes,
            person=person,
            now=app.clock(),
            at_keyboard=app.person,
        )
    click.echo(digest)
    click.echo(
        f"Approved, {len(rows)} queued. See how it goes: dispatch mailout unreached {name}",
        err=True,
    )


def _show(name: str, waiting: tuple[Replacement, ...]) -> None:
    for each in waiting:
        title = f"{each.letter.authority_code}, version {each.letter.version} of {name}"
        show_difference(title, each.difference)
    show.table(
        f"New versions of {name}",
        ("authority", "what", "why", "proposed by", "goes to"),
        (
            (
                each.letter.authority_code,
                "reissued" if _is_reissued(each) else "readdressed",
                each.letter.because,
                each.letter.asked_by,
                "\n".join(recipient.address for recipient in each.recipients),
            )
            for each in waiting
        ),
    )


def _is_reissued(each: Replacement) -> bool:
    return is_reissued(each.replaced[0].draft, each.letter.draft)
