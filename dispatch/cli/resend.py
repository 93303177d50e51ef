"""`dispatch resend`: send letters again, to the current contacts or to an address given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from uuid import UUID

import click

from dispatch.app import App, ready
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Shown
from dispatch.cli.output.statuses import nothing_to_do
from dispatch.cli.versions import leave, show_versions
from dispatch.corrections import reissue, send_again
from dispatch.corrections.resend import ResendProposal
from dispatch.domain import calendar
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.word import Word
from dispatch.views.resend import GoingView, ResendView, SentBefore, StayingView, resend_view
from dispatch.views.versions import version_views


@click.command("resend")
@click.argument("name")
@click.option(
    "--changed",
    "choice",
    flag_value=Choice.CHANGED.value,
    help="Those whose current contact has an address that the letter was never sent to.",
)
@click.option(
    "--unreached",
    "choice",
    flag_value=Choice.UNREACHED.value,
    help="Those whose letter has not reached the chief executive.",
)
@click.option(
    "--bounced",
    "choice",
    flag_value=Choice.BOUNCED.value,
    help="Those that bounced or were refused.",
)
@click.option("--authority", "codes", multiple=True, metavar="CODE", help="Only these; repeatable.")
@click.option("--to", metavar="ADDRESS", help="Where to send it, if not to the current contact.")
@click.option("--role", metavar="ROLE", help="Only to this role, such as 'link officer'.")
@click.option("--again", is_flag=True, help="Even to an address that has it or returned it.")
@click.option("--readdress", is_flag=True, help="In the current contact's name, once approved.")
@click.option("--because", required=True, metavar="TEXT", help="Why they are sent again.")
@show.person_option
@show.yes_option
@results.showing(ResendView)
@click.pass_obj
def resend_(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    *,
    choice: str | None,
    codes: tuple[str, ...],
    to: str | None,
    role: str | None,
    because: str,
    person: str | None,
    again: bool,
    readdress: bool,
    yes: bool,
) -> Shown:
    """Send letters of mailout NAME again.

    You see who gets what before anything leaves. The letter stays as it was approved; a covering
    note says when and to which role it was first sent. With --readdress a new version is made in
    the name of the current contact, which somebody else must approve. In a format for
    programs nothing leaves unless --yes is given as well.
    """
    if choice is None and not codes:
        raise click.UsageError("say which: --changed, --unreached, --bounced or --authority CODE")
    if readdress and (to or role):
        raise click.UsageError("--readdress is for the current contact: leave --to and --role out")
    kind = Choice(choice) if choice else Choice.NAMED
    request = ResendRequest(choice=kind, codes=codes, role=role, to=to, is_again=again)
    word = show.word(ready(app), person, because)
    way = _readdress if readdress else _as_it_is
    return way(app, name, request, word, is_agreed=yes)


def _as_it_is(app: App, name: str, request: ResendRequest, word: Word, *, is_agreed: bool) -> Shown:
    proposal = send_again.prepare(app.sessions, app.templates, name, request, now=app.clock())
    if asked.is_for_program():
        is_wanted = proposal.going and is_agreed and not asked.is_dry()
        return Shown(view=resend_view(proposal, _queue(app, proposal, word) if is_wanted else {}))
    _show(name, resend_view(proposal))
    _end_with_nothing(proposal)
    show.agreed(_question(proposal), is_agreed=is_agreed)
    queued = _queue(app, proposal, word)
    show.echo(
        f"{show.counted(len(queued), 'letter is', 'letters are')} queued. "
        f"See how it goes: dispatch mailout unreached {name}"
    )
    return Shown(view=resend_view(proposal, queued), id="\n".join(map(str, queued.values())))


def _end_with_nothing(proposal: ResendProposal) -> None:
    if proposal.staying and not proposal.going:
        nothing_to_do("Nothing will be resent; the reason for each letter says what to do.")
    if not proposal.going:
        nothing_to_do("There is nothing to send again.")


def _queue(app: App, proposal: ResendProposal, word: Word) -> Mapping[UUID, UUID]:
    """Queue what was shown; return the new deliveries by those that they follow."""
    means = app.sessions, app.templates
    return send_again.resend(means, proposal, replace(word, at=app.clock()))


def _readdress(
    app: App, name: str, request: ResendRequest, word: Word, *, is_agreed: bool
) -> Shown:
    """Make versions in the names of the current contacts, and leave them for somebody else."""
    which, proposal = reissue.prepare_readdressed(
        app.sessions, app.templates, name, request, now=app.clock()
    )
    is_for_program = asked.is_for_program()
    if not is_for_program:
        _show(name, resend_view(which))
        _end_with_nothing(which)
        show_versions(name, version_views(proposal))
    if proposal.versions and (is_agreed or not is_for_program):
        leave(app, proposal, word, is_agreed=is_agreed)
    return Shown(view=resend_view(which))


def _show(name: str, view: ResendView) -> None:
    """Print what would go where and why, what each had before, and what would stay."""
    going, staying = view.going, view.staying
    if not going and not staying:
        return
    rows = [(*_whose(each), each.address, each.why) for each in going]
    rows += [(*_whose(each), "stays", each.why) for each in staying]
    show.table(
        f"{name}: {show.counted(len(going), 'letter goes again', 'letters go again')}"
        + (f", {show.counted(len(staying), 'stays', 'stay')}" if staying else ""),
        ("letter of", "was sent to", "goes to", "why"),
        rows,
    )


def _whose(letter: GoingView | StayingView) -> tuple[str, str]:
    return f"{letter.authority}\n{letter.role}", "\n".join(_before(letter.went))


def _before(went: tuple[SentBefore, ...]) -> Iterator[str]:
    for each in went:
        day = calendar.day_in_words(calendar.local(each.since).date())
        yield f"{each.address}\n{each.state.value.replace('_', ' ')}, {day}"


def _question(proposal: ResendProposal) -> str:
    count = len(proposal.going)
    what = "this letter" if count == 1 else f"these {count} letters"
    until = show.when(proposal.not_after)
    return f"Send {what} again? They may leave until {until}."
