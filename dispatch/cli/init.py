"""`dispatch init`: the folder of an office, laid out, and compared after an upgrade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import click

from dispatch.cli.output import results, show
from dispatch.cli.output.results import Shown
from dispatch.domain.upkeep.given import Standing
from dispatch.upkeep import folder as office
from dispatch.upkeep.folder import BESIDE, File, Laid, Step

SAID: Final[Mapping[tuple[Standing, Step], str]] = {
    (Standing.NEW, Step.WRITTEN): "New in this version",
    (Standing.OURS, Step.WRITTEN): "Replaced by those of this version",
    (Standing.OURS, Step.NOTHING): "Changed in this version and not by you; --update takes them",
    (Standing.BOTH, Step.WRITTEN_BESIDE): f"Changed by both: ours is beside yours, as NAME{BESIDE}",
    (
        Standing.BOTH,
        Step.IN_THE_WAY,
    ): f"Changed by both; NAME{BESIDE} is in the way: merge it first",
    (Standing.BOTH, Step.NOTHING): (
        f"Changed by both; --diff shows how, --update writes ours beside yours, as NAME{BESIDE}"
    ),
    (Standing.YOURS, Step.NOTHING): "Changed by you alone",
    (Standing.REMOVED, Step.NOTHING): "Deleted by you",
    (Standing.DROPPED, Step.NOTHING): "No longer given by dispatch, and left as they are",
}
"""What is said of files, by how they stand and what was done about them."""

COMPARED: Final = {Standing.OURS, Standing.BOTH}
"""Files of which this version has others."""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--update", is_flag=True, help="Take new files; beside those you changed, as NAME.new."
)
@click.option("--diff", is_flag=True, help="Show how ours differ from yours.")
@results.showing(Laid)
def init(folder: Path, *, update: bool, diff: bool) -> Shown:
    """Lay out FOLDER for an office: settings, plans and templates.

    Nothing that is there is overwritten. Run it again after an upgrade: it says which files this
    version has changed, which you have changed, and which both.
    """
    laid = office.lay_out(folder, is_update=update)
    _tell(folder, laid)
    if diff:
        for file in laid.files:
            if file.stands in COMPARED and file.step is not Step.WRITTEN:
                show.echo("\n".join(["", *office.difference(folder, file)]))
    return Shown(view=laid, id=folder)


def _tell(folder: Path, laid: Laid) -> None:
    if not laid.before:
        count = show.counted(sum(each.step is Step.WRITTEN for each in laid.files), "file", "files")
        show.echo(f"{folder}: {count} of dispatch {laid.version}.")
    elif laid.before != laid.version:
        show.echo(f"{folder}: laid out by dispatch {laid.before}; this is {laid.version}.")
    is_first = not laid.before
    groups = _groups(each for each in laid.files if not (is_first and each.step is Step.WRITTEN))
    for title, paths in groups.items():
        show.echo("\n".join([f"{title}:", *(f"  {path}" for path in paths)]))
    if not groups and laid.before:
        show.echo(f"{folder}: every file is as dispatch {laid.version} gives it.")
    _tell_settings(folder, laid)
    if is_first:
        _tell_next(folder)


def _groups(files: Iterable[File]) -> dict[str, list[str]]:
    """Return the paths to be told of, by what is said of them, in the order of `SAID`."""
    found: dict[str, list[str]] = {title: [] for title in SAID.values()}
    for each in files:
        if title := SAID.get((each.stands, each.step)):
            found[title].append(each.path)
    return {title: paths for title, paths in found.items() if paths}


def _tell_settings(folder: Path, laid: Laid) -> None:
    path = folder / office.SETTINGS
    if laid.has_new_key:
        show.echo(f"{path} has a secret key, made at random: keep a copy of the file elsewhere.")
    elif laid.has_new_settings:
        show.echo(f"{path} has no secret key, since a home in this folder has its own.")
    elif not laid.before:
        show.echo(f"{path} was there, and is as it was.")


def _tell_next(folder: Path) -> None:
    show.echo(
        f"\nNext, in this folder (README.md says more):\n"
        f"  cd {folder}\n"
        f"  dispatch run\n"
        f"and in a second terminal:\n"
        f"  cd {folder.resolve()}\n"
        f"  dispatch rehearse"
    )
