"""`dispatch mailout`: plan it, have its letters made and approved, let it go, or hold it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeVar

import click

from dispatch.app import App, ready
from dispatch.cli.lazy import Later, LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed, Shown
from dispatch.database import Session
from dispatch.domain.reply import Verdict
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named, mailout_to_release, mailouts
from dispatch.views import pace
from dispatch.views.mailouts import (
    ListedView,
    PlannedView,
    departure,
    facts,
    listed_view,
    planned_view,
    too_late,
)

if TYPE_CHECKING:
    from dispatch.letters.approval import Approval


although_option = click.option(
    "--although",
    default="",
    metavar="TEXT",
    help="Why, although another mailout sends its letters.",
)


class MailoutGroup(LazyGroup):
    """The commands here, and those that show or change letters which have gone."""

    order: ClassVar = ("new", "list", "show", "check")
    later: ClassVar = {
        "check": Later("check:check", "Say who gets a letter and what is missing."),
        "status": Later("status:status", "Show where mailout NAME stands."),
        "reissue": Later(
            "versions:reissue_", "Make new versions of letters whose content was wrong."
        ),
        "withdraw": Later("versions:withdraw", "Withdraw new versions that wait for approval."),
        "post": Later("post:post", "Make print files of letters that go by post."),
        "posted": Later("post:posted", "Say on which day letters were posted, or list them."),
        "unreached": Later("status:unreached", "List who is not reached, and what to do."),
    }


@click.group(cls=MailoutGroup)
def mailout() -> None:
    """Plan a mailout and let it go on its date."""


@mailout.command()
@click.argument("file", type=click.Path(path_type=Path))
@asked.dry_run_option
@click.pass_obj
def new(app: App, file: Path) -> None:
    """Plan a mailout as FILE.toml says.

    Run it again after changing the file: letters made from the old plan are then void.
    """
    from dispatch.letters import plan
    from dispatch.views import plans

    unsaid = plan.new_plan(is_real=not app.settings.uses_catcher)
    with contextlib.suppress(_UndoneError), ready(app).sessions.begin() as session:
        planned = plan.read_file(session, file, unsaid)
        proposal = plan.propose(session, planned)
        if asked.is_dry():
            raise _UndoneError
        plan.save(session, planned, show.word(app), proposal.digest)
    name = proposal.name
    if voided := plans.voided(proposal):
        show.echo(f"Look: {voided}.", err=True)
    if asked.is_dry():
        show.echo(f"{name} would be planned. Nothing was changed.")
        return
    show.echo(f"{name} is planned. Next: dispatch mailout check {name}")


@mailout.command("list")
@results.listing(ListedView)
@click.pass_obj
def list_(app: App) -> Listed[ListedView]:
    """List every mailout, the newest first."""
    from dispatch.tracking.watch import of_each

    now = app.clock()
    with ready(app).sessions.read() as session:
        known = mailouts(session)
        watched = of_each(session, known, now=now)
        found = [listed_view(each, watched[each.id].shown()) for each in known]
    return Listed(
        rows=found,
        id=lambda each: each.name,
        table=_table,
        empty="No mailouts yet. Next: dispatch mailout new FILE.toml",
    )


def _table(found: Sequence[ListedView]) -> None:
    columns = ("mailout", "state", "letter date", "upload")
    rows = ((each.name, each.state, each.release_at, each.upload_date) for each in found)
    show.table("Mailouts", columns, rows)
    for each in found:
        for warning in each.warnings:
            show.echo(f"{each.name}: {warning}")


@mailout.command("show")
@click.argument("name")
@results.showing(PlannedView)
@click.pass_obj
def show_(app: App, name: str) -> Shown:
    """Show the plan of mailout NAME."""
    with ready(app).sessions.read() as session:
        view = planned_view(mailout_named(session, name))
    return Shown(view=view, people=lambda: show.known(view.plan.title, facts(view)), id=view.name)


@mailout.command("render")
@click.argument("name")
@asked.dry_run_option
@click.pass_obj
def render_(app: App, name: str) -> None:
    """Have every letter of mailout NAME made.

    The workers make the letters, and a bar shows how far they are. Letters whose content has not
    changed are kept. Exits 1 if a letter could not be made.
    """
    from dispatch.cli.output import progress
    from dispatch.letters import render

    with ready(app).sessions.read() as session:
        drawn = render.draw(session, mailout_named(session, name), app.templates)
    with show.changing(app, f"have these letters of {name} made") as session:
        found = mailout_named(session, name, is_locked=True)
        order = render.ask(session, found, app.templates, show.word(app), drawn=drawn)
        wanted = show.counted(order.wanted, "letter", "letters")
        show.echo(f"{wanted} to make, {order.kept} up to date already.")
    progress.rendering(app, name)
    show.echo(
        f"Every letter is made. Look at some with `dispatch letter show {name} CODE --pdf --out "
        f"FILE`, then have somebody else run `dispatch mailout approve {name} --as PERSON`."
    )


@mailout.command()
@click.argument("name")
@click.option("--to", "address", required=True, help="The colleague's address.")
@click.option(
    "--authority",
    "codes",
    multiple=True,
    metavar="CODE",
    help="Whose letter; may be given several times.",
)
@show.yes_option
@click.pass_obj
def proof(app: App, name: str, address: str, codes: tuple[str, ...], *, yes: bool) -> None:
    """Send proof copies of letters to a colleague.

    The subject of each says that it is a proof. Without --authority it takes one letter of each
    comparison group. No delivery is recorded, because a proof copy is not the letter. Exits 1 if
    the mail server did not accept every copy.
    """
    from dispatch.letters import proofs

    with ready(app).sessions.read() as session:
        chosen = proofs.choose(session, mailout_named(session, name), codes)
    show.agreed(f"Send proofs of {', '.join(chosen)} to {address}?", is_agreed=yes)
    order = proofs.Order(chosen, address, show.word(app))
    outcomes = proofs.send(
        app.sessions, name, order, transport=app.staff_transport(), sender=app.sender
    )
    show.table("Proofs", ("authority", "outcome"), outcomes.items())
    if any(outcome.verdict is not Verdict.ACCEPTED for outcome in outcomes.values()):
        raise click.exceptions.Exit(1)


@mailout.command()
@click.argument("name")
@click.option(
    "--authority",
    "codes",
    multiple=True,
    metavar="CODE",
    help="Approve only the new version of this authority's letter.",
)
@click.option("--as", "person", metavar="PERSON", help="Who approves; you, if left out.")
@show.yes_option
@click.pass_obj
def approve(app: App, name: str, *, codes: tuple[str, ...], person: str | None, yes: bool) -> None:
    """Approve all of mailout NAME, as a second person.

    Shows who gets whose letter where that is odd, and some others. Prints the digest over every
    letter, recipient and date that is approved. The person who had
    the letters rendered cannot approve them. Any later change makes the approval void. Once the
    letters have gone, it approves new versions of them, which leave at once: it shows them and
    asks.
    """
    from dispatch.cli.output import progress
    from dispatch.cli.versions import approve_versions
    from dispatch.letters import approval

    if _has_gone(ready(app), name):
        return approve_versions(app, name, codes, show.word(app, person), yes=yes)
    if codes:
        raise click.UsageError("--authority is for new versions of letters that have gone")
    word = show.word(app, person)
    _show_pairs(app, name, word.person)
    if asked.can_answer() or asked.is_dry():  # a script approves by running the command
        show.agreed("Approve all letters, to all recipients?", is_agreed=yes)
    approved = approval.sign_off(app.sessions, name, app.templates, word, progress.checking)
    _show_approval(name, approved)
    _show_way(app, name)
    show.echo(f"Approved. Next: dispatch mailout schedule {name}", err=True)
    return None


def _show_pairs(app: App, name: str, person: str) -> None:
    """Print who gets whose letter, for all that is odd and some others, beside the digest.

    Raises `RuleBroken` if the person cannot approve: nobody compares lists in vain.
    """
    from dispatch.letters import approval
    from dispatch.views.letters import lines_of_pairs

    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        approval.refuse(session, mailout, person)
        show.echo("\n".join(lines_of_pairs(session, mailout)), err=True)


def _has_gone(app: App, name: str) -> bool:
    with app.sessions.read() as session:
        return mailout_named(session, name).released_at is not None


def _show_approval(name: str, approved: Approval) -> None:
    """Print the digest that was approved; stop the command if nothing was, and say why."""
    if approved.failures:
        lines = "\n  ".join(approved.failures)
        raise click.ClickException(f"the PDFs of these letters are not accessible:\n  {lines}")
    if approved.digest is None:
        lines = "\n  ".join(approved.changes)
        raise click.ClickException(
            f"nothing is approved, since these changed after rendering:\n  {lines}\n"
            f"Run `dispatch mailout render {name}` again."
        )
    from dispatch.letters import hands

    show.data(approved.digest)
    for repeat in approved.repeats:
        show.echo(f"Look: {repeat}. Scheduling both needs a reason.", err=True)
    if approved.took_part_in_both:
        said = hands.in_words(approved.took_part_in_both)
        show.echo(f"Look: {said}. The ledger says so.", err=True)


def _show_way(app: App, name: str) -> None:
    """Say which letters go first, how long all take, and whether that fits into their time."""
    from dispatch.sending import first_letters
    from dispatch.tracking.forecast import forecast_of
    from dispatch.views.status import first_letters_in_words

    with app.sessions.read() as session:
        found = mailout_named(session, name)
        foreseen = forecast_of(session, found, app.settings.rates, now=app.clock())
        first = first_letters.shown(session, found, now=app.clock())
    if said := first_letters_in_words(first, app.clock()):
        show.echo(f"First go {said}.", err=True)
    if view := pace.pace_view(foreseen):
        show.echo(f"{pace.said(view)}.", err=True)
    if words := pace.misfit(foreseen):
        show.echo(f"Look: {words}.", err=True)


@mailout.command("ask-approval")
@click.argument("name")
@show.person_option
@asked.dry_run_option
@click.pass_obj
def ask_approval(app: App, name: str, person: str | None) -> None:
    """Ask for mailout NAME to be approved.

    The office is told by email, at once and again two working days before the letter date.
    """
    from dispatch.letters import review

    word = show.word(app, person)
    with show.changing(app, f"ask for {name} to be approved") as session:
        review.ask(session, mailout_named(session, name, is_locked=True), word)
    show.echo(f"Asked. Next: somebody else runs `dispatch mailout approve {name} --as PERSON`.")


@mailout.command("send-back")
@click.argument("name")
@show.because_option
@show.person_option
@asked.dry_run_option
@click.pass_obj
def send_back(app: App, name: str, because: str, person: str | None) -> None:
    """Say no to the letters of mailout NAME.

    It is a draft again, and an approval is void. The reason is shown with the mailout, recorded,
    and told to the office by email.
    """
    from dispatch.letters import approval, review

    word = show.word(app, person, because)
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        shown = approval.look(session, found, app.templates.digest(found.plan.template))
    with show.changing(app, f"make {name} a draft again") as session:
        found = mailout_named(session, name, is_locked=True)
        review.send_back(session, found, app.templates, shown.covered.digest, word, shown)
    show.echo(f"{name} is a draft again. Next: dispatch mailout render {name}")


@mailout.command()
@click.argument("name")
@although_option
@show.yes_option
@click.pass_obj
def schedule(app: App, name: str, *, although: str, yes: bool) -> None:
    """Leave approved mailout NAME to the clock.

    The clock lets it go on its date, or as soon as it runs again if it was off then. If another
    mailout sends the same letters to the same people, only with --although.
    """
    from dispatch.sending import exchangers, release

    word = show.word(app, because=although)
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        release.refuse_repeats(session, found, word)
        foreseen = release.foresee(session, found, app.templates)
        size, plan = letters.size(session, found), found.plan
    count = show.counted(size.letters, "letter", "letters")
    recipients = show.counted(size.recipients, "recipient", "recipients")
    question = f"Send {count} to {recipients} {departure(plan, app.clock())}?"

    def act(session: Session) -> None:
        found = mailout_to_release(session, name)
        word = show.word(app, because=although)
        release.schedule(session, found, app.templates, word, foreseen)

    _do(app, act, too_late(plan, app.clock()) + question, is_agreed=yes)
    exchangers.note(app.sessions, name)
    leaves = departure(plan, app.clock())
    show.echo(f"Scheduled: the letters leave {leaves}.")
    show.echo(f"See how it goes: dispatch mailout status {name} --watch")


@mailout.command()
@click.argument("name")
@show.asked_because_option
@asked.dry_run_option
@click.pass_obj
def pause(app: App, name: str, because: str | None) -> None:
    """Hold mailout NAME until `resume`.

    Letters that have not left wait.
    """
    from dispatch.sending import release

    word = show.word(app, because=show.reason(because))
    with show.changing(app, f"hold {name} until it is resumed") as session:
        found = mailout_named(session, name, is_locked=True)
        release.pause(session, found, word)
    show.echo(f"{name} is paused. Go on with: dispatch mailout resume {name}")


@mailout.command()
@click.argument("name")
@although_option
@click.option(
    "--about-council",
    is_flag=True,
    help="Say that the mail server's reply is about the recipient, and not about us.",
)
@click.option("--because", default="", metavar="TEXT", help="Why, with --about-council.")
@show.yes_option
@click.pass_obj
def resume(
    app: App, name: str, *, although: str, about_council: bool, because: str, yes: bool
) -> None:
    """Let paused mailout NAME go on.

    If a mail server's reply about ourselves paused it, mend what the reply says first.
    """
    from dispatch.sending import release

    if because and not about_council:
        raise click.UsageError("--because is for --about-council")

    def act(session: Session) -> str:
        found = mailout_to_release(session, name)
        word = show.word(app, because=because or although)
        release.resume(session, found, word, is_about_council=about_council)
        return str(found.state.value)

    state = _do(ready(app), act, f"Go on sending {name}?", is_agreed=yes)
    show.echo(f"{name} is {state} again.")


@mailout.command()
@click.argument("name")
@show.asked_because_option
@show.yes_option
@click.pass_obj
def cancel(app: App, name: str, because: str | None, *, yes: bool) -> None:
    """Stop mailout NAME permanently.

    A letter that has left cannot be called back.
    """
    from dispatch.sending import release

    word = show.word(app, because=show.reason(because, is_agreed=yes))

    def act(session: Session) -> release.Cancelled:
        found = mailout_named(session, name, is_locked=True)
        return release.cancel(session, found, word)

    done = _do(ready(app), act, f"Cancel {name} permanently?", is_agreed=yes)
    stopped = show.counted(done.stopped, "delivery", "deliveries")
    show.echo(f"{name} is cancelled; {stopped} will not leave.")
    if done.leaving:
        which = show.counted(done.leaving, "more is", "more are")
        show.echo(
            f"{which} being handed to the mail server at this moment and may still leave: see "
            f"`dispatch mailout status {name}` in a minute."
        )


T = TypeVar("T")


class _UndoneError(Exception):
    """Undoes what was only tried."""


def _do(app: App, act: Callable[[Session], T], question: str, *, is_agreed: bool) -> T:
    """Refuse what cannot be done, then ask, then do it.

    A person is only asked about what can be done: it is tried first, and undone.
    """
    if not is_agreed or asked.is_dry():
        with contextlib.suppress(_UndoneError), app.sessions.begin() as session:
            act(session)
            raise _UndoneError
        show.agreed(question, is_agreed=is_agreed)
    with app.sessions.begin() as session:
        return act(session)
