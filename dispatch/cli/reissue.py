"""`dispatch mailout reissue` and `withdraw`: letters made anew, for a second person to approve."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli import show
from dispatch.corrections import reissue as reissuing
from dispatch.corrections.reissue import Correction, Version
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Made
from dispatch.domain.versions import difference
from dispatch.letters import render as rendering
from dispatch.mailouts.store import mailout_named

WIDTH: Final = 78

Versions = Sequence[tuple[Version, Made]]

codes_option = click.option(
    "--authority", "codes", multiple=True, required=True, metavar="CODE", help="Whose; repeatable."
)


@click.command()
@click.argument("name")
@codes_option
@show.because_option
@show.person_option
@show.yes_option
@show.json_option
@click.pass_obj
def reissue(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    *,
    codes: tuple[str, ...],
    because: str,
    person: str | None,
    yes: bool,
    is_json: bool,
) -> None:
    """Make letters of mailout NAME anew, since they were wrong.

    Bring the right figures in first. Shows what changes in each letter, and which other letters
    would change with it; then leaves the new version for somebody else to approve.
    """
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        correction = reissuing.correct(session, found, codes)
        template_digest = app.templates.digest(found.plan.template)
    made = rendered(app, correction.versions, template_digest)
    if is_json:
        show.as_json(_as_data(correction, made))
    else:
        show_versions(name, made)
        _show_shifts(name, correction)
    if yes or not is_json:
        propose(app, name, made, template_digest, (person or app.person, because), is_agreed=yes)


def rendered(app: App, versions: Iterable[Version], template_digest: str) -> Versions:
    """Render new versions here and now: what each changes is to be seen before it is kept."""
    made, failed = [], []
    for each in versions:
        job = rendering.Job(each.replaces_id, 0, each.draft, template_digest, each.attached)
        forms = rendering.render(app.templates, job)
        if isinstance(forms, CannotRender):
            failed.append(f"{each.code}: {forms}")
        else:
            made.append((each, forms))
    if failed:
        lines = "\n  ".join(failed)
        raise click.ClickException(f"nothing is done, since these cannot be made:\n  {lines}")
    return made


def propose(
    app: App,
    name: str,
    made: Versions,
    template_digest: str,
    word: tuple[str, str],
    *,
    is_agreed: bool,
) -> None:
    """Leave new versions for a second person, once whoever asks has seen them."""
    person, because = word
    what = "this new version" if len(made) == 1 else f"these {len(made)} new versions"
    show.agreed(f"Leave {what} for somebody else to approve?", is_agreed=is_agreed)
    with app.sessions.begin() as session:
        rows = reissuing.reissue(
            session,
            mailout_named(session, name, is_locked=True),
            made,
            template_digest,
            person=person,
            because=because,
            now=app.clock(),
            at_keyboard=app.person,
        )
        codes = " ".join(f"--authority {row.authority_code}" for row in rows[:3])
    more = codes if len(made) <= 3 else ""  # noqa: PLR2004 - a command that can be read
    click.echo(f"Next, somebody else: dispatch mailout approve {name} {more} --as PERSON", err=True)


def show_versions(name: str, made: Versions) -> None:
    """Print what changes in each letter, as text."""
    for version, forms in made:
        changed = difference(version.text, forms.parts["text"].decode())
        show_difference(f"{version.code}, version {version.number} of {name}", changed)


def show_difference(title: str, lines: Iterable[str]) -> None:
    """Print the lines that change in one letter's text."""
    click.echo(f"{title}:")
    for line in lines:
        mark, said = line[0], line[1:]
        click.echo(
            textwrap.fill(said, WIDTH, initial_indent=f"  {mark} ", subsequent_indent="    ")
        )


def _show_shifts(name: str, correction: Correction) -> None:
    if not correction.shifts:
        return click.echo("No other letter would change.")
    count = len(correction.shifts)
    what = "another letter" if count == 1 else f"{count} other letters"
    return show.table(
        f"{what} of {name} would change too, and stay as they are unless you reissue them",
        ("authority", "what"),
        ([each.code, "\n".join(each.what)] for each in correction.shifts),
    )


def _as_data(correction: Correction, made: Versions) -> dict[str, object]:
    return {
        "versions": [
            {
                "authority": version.code,
                "version": version.number,
                "recipients": version.draft.recipients,
                "difference": difference(version.text, forms.parts["text"].decode()),
            }
            for version, forms in made
        ],
        "shifts": correction.shifts,
    }


@click.command()
@click.argument("name")
@codes_option
@show.because_option
@show.person_option
@click.pass_obj
def withdraw(
    app: App, name: str, *, codes: tuple[str, ...], because: str, person: str | None
) -> None:
    """Take back new versions that wait for approval. The letters in force stay."""
    with ready(app).sessions.begin() as session:
        gone = reissuing.withdraw(
            session,
            mailout_named(session, name, is_locked=True),
            codes,
            person=person or app.person,
            because=because,
            now=app.clock(),
        )
    click.echo(f"Withdrawn: the new version for {', '.join(gone)}.")
