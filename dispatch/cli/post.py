"""`dispatch mailout post` and `posted`: letters by post, for the last that are not reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import click

from dispatch.app import App, post_means, ready
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed, Shown
from dispatch.cli.output.statuses import nothing_to_do
from dispatch.corrections import post as making
from dispatch.corrections import posted as saying
from dispatch.corrections.post import PostRequest
from dispatch.corrections.posted import PostedRequest, Said
from dispatch.domain.calendar import day_in_words
from dispatch.domain.posting.envelope import ENVELOPES
from dispatch.files import packs
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Wrong
from dispatch.mailouts.store import mailout_named
from dispatch.posting import on_record
from dispatch.views.post import PostingView, PostView, post_view, posting_views, said_view

PROVES: Final = "It proves that the office says so: not that the letter arrived."


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    try:
        return fields.day(value) if value else None
    except Wrong as rule:
        raise click.BadParameter(f"{value!r} {rule}") from None


@click.command()
@click.argument("name")
@click.argument("codes", nargs=-1)
@click.option(
    "--out",
    metavar="DIR|ZIP",
    type=click.Path(path_type=Path),
    help="A new folder, or a new archive whose name ends in .zip.",
)
@click.option(
    "--envelope",
    type=click.Choice(list(ENVELOPES)),
    default="dl",
    show_default=True,
    help="With a window: dl, the sheet folded in three; c5, folded in half.",
)
@click.option(
    "--double-sided", is_flag=True, help="For printing on both sides: with blank pages between."
)
@click.option("--because", default="", metavar="TEXT", help="Why, for the record.")
@show.person_option
@show.yes_option
@results.showing(PostView)
@click.pass_obj
def post(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    codes: tuple[str, ...],
    *,
    out: Path | None,
    envelope: str,
    double_sided: bool,
    because: str,
    person: str | None,
    yes: bool,
) -> Shown:
    """Make print files of letters that go by post.

    Of mailout NAME, for all authorities that are not surely reached by email, or for those with
    the CODES. Each letter is the approved one, behind a sheet with the address for the window of
    an envelope. The folder has a PDF of each letter, one of all of them, and the list. Nothing is
    recorded as posted: print them at their own size, post them, and then say so with `dispatch
    mailout posted`. With --dry-run you see what would be printed, and what lacks an address.
    """
    request = PostRequest(codes, envelope, double_sided)
    with ready(app).sessions.read() as session:
        proposal = making.propose(session, mailout_named(session, name), request)
    view = post_view(proposal)
    _show(view)
    if asked.is_dry() or (not proposal.going and asked.is_for_program()):
        return Shown(view=view)
    if not proposal.going:
        nothing_to_do("There is no letter to print.")
    if out is None:
        raise click.UsageError("name the folder to write: --out DIR")
    count = show.counted(len(proposal.going), "letter", "letters")
    show.agreed(f"Make the print file of {count} into {out}?", is_agreed=yes)
    packs.refuse_existing(out)
    word = show.word(app, person, because)
    made = making.make(post_means(app), name, request, proposal.digest, word)
    packs.write(out, made.files)
    show.echo(f"{out}: {count} on {show.counted(made.sheets, 'sheet', 'sheets')} of A4.")
    show.echo(
        f"Print {making.ALL_LETTERS} at its own size, not fitted to the page. Once they are in "
        f"the post: dispatch mailout posted {name} --on DATE"
    )
    return Shown(view=view, id="\n".join(each.authority for each in view.going))


def _show(view: PostView) -> None:
    if view.going:
        rows = [(each.authority, each.why, each.address, each.sheet) for each in view.going]
        title = show.counted(len(view.going), "letter goes", "letters go")
        show.table(f"{view.mailout}: {title} by post", ("letter of", "email", "to", ""), rows)
    if view.staying:
        title = show.counted(len(view.staying), "letter is not printed", "letters are not printed")
        rows_ = [(each.authority, each.why, each.next or "") for each in view.staying]
        show.table(title, ("letter of", "why", "next"), rows_)


@click.command()
@click.argument("name")
@click.argument("codes", nargs=-1)
@click.option("--on", "day", callback=_day, metavar="DATE", help="The day they were posted.")
@click.option("--not-posted", is_flag=True, help="They were not posted after all.")
@click.option(
    "--came-back",
    "back",
    callback=_day,
    metavar="DATE",
    help="The day on which they came back.",
)
@click.option("--withdraw", is_flag=True, help="They are not to be posted.")
@click.option(
    "--although",
    default="",
    metavar="TEXT",
    help="Why, although email has reached one meanwhile.",
)
@click.option("--because", default="", metavar="TEXT", help="Why; needed to put something right.")
@show.person_option
@show.yes_option
@results.listing(PostingView)
@click.pass_obj
def posted(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    codes: tuple[str, ...],
    *,
    day: date | None,
    not_posted: bool,
    back: date | None,
    withdraw: bool,
    although: str,
    because: str,
    person: str | None,
    yes: bool,
) -> Listed[PostingView]:
    """Say on which day letters were posted, or list them.

    Of mailout NAME: all that are printed and wait to be posted, or those with the CODES. It
    proves that the office says so, and not that a letter arrived. To put a day right, name the
    CODES and say it again. Without an option it lists the letters by post.
    """
    chosen: list[tuple[Said, date | None] | None] = [
        (Said.POSTED, day) if day else None,
        (Said.NOT_POSTED, None) if not_posted else None,
        (Said.RETURNED, back) if back else None,
        (Said.WITHDRAWN, None) if withdraw else None,
    ]
    wanted = [each for each in chosen if each]
    if len(wanted) > 1:
        raise click.UsageError("give one of --on, --not-posted, --came-back and --withdraw")
    if wanted:
        said, on = wanted[0]
        request = PostedRequest(said, on, codes, although)
        _say(ready(app), name, request, (person, because), is_agreed=yes)
    with ready(app).sessions.read() as session:
        found = posting_views(on_record.of_mailout(session, mailout_named(session, name)))
    return Listed(
        rows=found,
        id=lambda each: each.authority,
        table=partial(_table, name),
        empty=f"No letter of {name} was printed for the post.",
    )


def _say(
    app: App, name: str, request: PostedRequest, by: tuple[str | None, str], *, is_agreed: bool
) -> None:
    """Show what would be recorded, ask, and record it."""
    with app.sessions.read() as session:
        proposal = saying.propose(session, mailout_named(session, name), request, now=app.clock())
    title, rows = said_view(proposal)
    if rows:
        show.table(title, ("letter of", "to", "until now"), rows)
    for each in proposal.left:
        show.echo(f"{each.code}: not recorded, since {each.why}.", err=True)
    if not proposal.taken:
        nothing_to_do("There is nothing to record.")
    count = show.counted(len(proposal.taken), "letter", "letters")
    show.agreed(f"Record it of {count}? {PROVES}", is_agreed=is_agreed)
    person, because = by
    saying.record(app.sessions, name, request, proposal.digest, show.word(app, person, because))


def _table(name: str, found: Sequence[PostingView]) -> None:
    rows = [(each.authority, each.said, f"{each.name}\n{each.address}", each.by) for each in found]
    show.table(f"{name}: letters by post", ("letter of", "stands", "to", "said by"), rows)
    if any(each.posted_on for each in found):
        show.echo(f"{PROVES} Posted last on {day_in_words(_last(found))}.")


def _last(found: Sequence[PostingView]) -> date:
    return max(each.posted_on for each in found if each.posted_on)
