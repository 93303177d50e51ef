"""`dispatch mailout`: plan it, have its letters made and approved, let it go, or hold it."""

from __future__ import annotations

from pathlib import Path

import click

from dispatch.app import App, ready
from dispatch.cli import progress, show
from dispatch.cli.status import status
from dispatch.cli.versions import approve_versions, reissue_, withdraw
from dispatch.database.tables import Mailout
from dispatch.domain.calendar import day_in_words
from dispatch.domain.mailout import Plan
from dispatch.domain.reply import Verdict
from dispatch.files.holidays import bank_holidays
from dispatch.letters import approval, plan, proofs, render
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named, mailouts
from dispatch.sending import release


@click.group(cls=show.InOrder)
def mailout() -> None:
    """Plan a mailout and let it go on its date."""


@mailout.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def new(app: App, file: Path) -> None:
    """Plan a mailout as FILE.toml says.

    Run it again after changing the file: letters made from the old plan are then void.
    """
    with ready(app).sessions.begin() as session:
        name = plan.save(session, plan.read_file(session, file), show.word(app)).name
    click.echo(f"{name} is planned. Next: dispatch mailout check {name}")


@mailout.command("list")
@show.json_option
@click.pass_obj
def list_(app: App, *, is_json: bool) -> None:
    """List every mailout, the newest first."""
    with ready(app).sessions.read() as session:
        rows = [_row(each) for each in mailouts(session)]
    if is_json:
        show.as_json(rows)
    else:
        columns = ("mailout", "state", "letters go", "upload")
        show.table("Mailouts", columns, map(_cells, rows))


def _row(each: Mailout) -> dict[str, object]:
    return {
        "name": each.name,
        "state": each.state,
        "release_at": each.plan.release_at,
        "upload_date": each.plan.upload_date,
        "remark": each.remark,
    }


def _cells(row: dict[str, object]) -> list[object]:
    return [row["name"], row["state"], row["release_at"], row["upload_date"]]


@mailout.command("show")
@click.argument("name")
@show.json_option
@click.pass_obj
def show_(app: App, name: str, *, is_json: bool) -> None:
    """Show the plan of mailout NAME."""
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        row, planned = _row(found), found.plan
    if is_json:
        show.as_json({**row, "plan": planned})
    else:
        rows = [*_facts(planned), ("state", row["state"])]
        show.console().print(show.facts(planned.title, rows))


def _facts(planned: Plan) -> list[tuple[str, object]]:
    return [
        ("mailout", planned.name),
        ("figures of", f"{planned.year}, to {day_in_words(planned.year_end)}"),
        ("letters go", planned.release_at),
        ("hours", planned.sending_hours or "any"),
        ("reminders", planned.reminders or "none"),
        ("not after", planned.not_after),
        ("upload", day_in_words(planned.upload_date)),
        ("To", ", ".join(planned.to_roles)),
        ("Cc", ", ".join(planned.cc_roles) or "nobody"),
        ("written to", ", ".join(planned.inclusion.kinds)),
        ("averages", f"{planned.averaging.value}, of {', '.join(planned.groups) or 'no group'}"),
        ("signed by", planned.signatory.name),
        ("substitutes for", ", ".join(planned.substitutes) or "nobody"),
        ("own paragraphs for", ", ".join(planned.bespoke) or "nobody"),
        ("attachments for", ", ".join(planned.attachments) or "nobody"),
        ("template", planned.template),
    ]


@mailout.command()
@click.argument("name")
@show.json_option
@click.pass_obj
def check(app: App, name: str, *, is_json: bool) -> None:
    """Say who gets a letter and what is missing.

    Nothing is rendered yet. Exits 1 while a letter that is due cannot be made.
    """
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        holidays = bank_holidays({found.plan.letter_date.year, found.plan.upload_date.year})
        checked = plan.check(session, found, bank_holidays=holidays, now=app.clock())
    if is_json:
        show.as_json(_checked(checked))
    else:
        _show_check(name, checked)
    if not checked.is_ready:
        raise click.exceptions.Exit(1)


def _checked(checked: plan.Check) -> dict[str, object]:
    return {
        "letters": len(checked.drafting.drafts),
        "deliveries": sum(len(draft.recipients) for draft in checked.drafting.drafts),
        "is_ready": checked.is_ready,
        "findings": checked.drafting.findings,
        "remarks": checked.remarks,
    }


def _show_check(name: str, checked: plan.Check) -> None:
    drafts = checked.drafting.drafts
    recipients = sum(len(draft.recipients) for draft in drafts)
    click.echo(f"{len(drafts)} letters to {recipients} recipients can be made.")
    rows = [
        (finding.authority, "stops it" if finding.is_fatal else "look", finding.message)
        for finding in checked.drafting.findings
    ]
    rows += [("dates", "look", remark) for remark in checked.remarks]
    if rows:
        show.table("Findings", ("authority", "", "what"), rows)
    if checked.is_ready:
        click.echo(f"Next: dispatch mailout render {name}")
    else:
        click.echo(
            "Import what is missing, or leave authorities out in the plan; then check again."
        )


@mailout.command("render")
@click.argument("name")
@click.pass_obj
def render_(app: App, name: str) -> None:
    """Have every letter of mailout NAME made.

    The workers make them, and a bar shows how far they are. Letters whose content is as before are
    kept. Exits 1 if a letter could not be made.
    """
    with ready(app).sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        asked = render.ask(session, found, app.templates, show.word(app))
    click.echo(f"{asked.wanted} letters to make, {asked.kept} up to date already.")
    progress.rendering(app, name)
    click.echo(
        f"Every letter is made. Look at some with `dispatch letter show {name} CODE --pdf --out "
        f"FILE`, then have somebody else run `dispatch mailout approve {name} --as PERSON`."
    )


@mailout.command()
@click.argument("name")
@click.option("--to", "address", required=True, help="Who is to look at the letters.")
@click.option("--authority", "codes", multiple=True, metavar="CODE", help="Whose; repeatable.")
@show.yes_option
@click.pass_obj
def proof(app: App, name: str, address: str, codes: tuple[str, ...], *, yes: bool) -> None:
    """Send letters to a colleague to look at.

    Each is marked as a proof. Without --authority it takes one of each comparison group. No
    delivery is recorded: a proof is not the letter. Exits 1 if the server did not take every one.
    """
    with ready(app).sessions.read() as session:
        chosen = proofs.choose(session, mailout_named(session, name), codes)
    show.agreed(f"Send proofs of {', '.join(chosen)} to {address}?", is_agreed=yes)
    order = proofs.Order(chosen, address, show.word(app))
    outcomes = proofs.send(app.sessions, name, order, transport=app.transport, sender=app.sender)
    show.table("Proofs", ("authority", "outcome"), outcomes.items())
    if any(outcome.verdict is not Verdict.ACCEPTED for outcome in outcomes.values()):
        raise click.exceptions.Exit(1)


@mailout.command()
@click.argument("name")
@click.option("--authority", "codes", multiple=True, metavar="CODE", help="New versions: whose.")
@click.option("--as", "person", metavar="PERSON", help="Who approves; you, if left out.")
@show.yes_option
@click.pass_obj
def approve(app: App, name: str, *, codes: tuple[str, ...], person: str | None, yes: bool) -> None:
    """Approve all of mailout NAME, as a second person.

    Prints the digest over every letter, recipient and date that is approved. Not by the person who
    had the letters rendered. Any later change makes the approval void. Once the letters have gone,
    it approves new versions of them, which leave at once: it shows them and asks.
    """
    if _has_gone(ready(app), name):
        return approve_versions(app, name, codes, show.word(app, person), yes=yes)
    if codes:
        raise click.UsageError("--authority is for new versions of letters that have gone")
    word = show.word(app, person)
    approved = approval.sign_off(app.sessions, name, app.templates, word, progress.checking)
    return _show_approval(name, approved)


def _has_gone(app: App, name: str) -> bool:
    with app.sessions.read() as session:
        return mailout_named(session, name).released_at is not None


def _show_approval(name: str, approved: approval.Approval) -> None:
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
    click.echo(approved.digest)
    click.echo(f"Approved. Next: dispatch mailout schedule {name}", err=True)


@mailout.command()
@click.argument("name")
@show.yes_option
@click.pass_obj
def schedule(app: App, name: str, *, yes: bool) -> None:
    """Leave approved mailout NAME to the clock.

    The clock lets it go on its date, or as soon as it runs again if it was off then.
    """
    with ready(app).sessions.read() as session:
        found = mailout_named(session, name)
        size, at = letters.size(session, found), show.when(found.plan.release_at)
    question = f"Send {size.letters} letters to {size.recipients} recipients at {at}?"
    show.agreed(question, is_agreed=yes)
    with app.sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        release.schedule(session, found, app.templates, show.word(app))
    click.echo(f"Scheduled for {at}. See how it goes: dispatch mailout status {name} --watch")


@mailout.command()
@click.argument("name")
@show.because_option
@click.pass_obj
def pause(app: App, name: str, because: str) -> None:
    """Hold mailout NAME: letters that have not left wait until `resume`."""
    with ready(app).sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        release.pause(session, found, show.word(app, because=because))
    click.echo(f"{name} is paused. Go on with: dispatch mailout resume {name}")


@mailout.command()
@click.argument("name")
@show.yes_option
@click.pass_obj
def resume(app: App, name: str, *, yes: bool) -> None:
    """Let paused mailout NAME go on."""
    show.agreed(f"Go on sending {name}?", is_agreed=yes)
    with ready(app).sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        release.resume(session, found, show.word(app))
        state = found.state.value
    click.echo(f"{name} is {state} again.")


@mailout.command()
@click.argument("name")
@show.because_option
@show.yes_option
@click.pass_obj
def cancel(app: App, name: str, because: str, *, yes: bool) -> None:
    """Stop mailout NAME permanently.

    A letter that has left cannot be called back.
    """
    show.agreed(f"Cancel {name} permanently?", is_agreed=yes)
    with ready(app).sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        stopped = release.cancel(session, found, show.word(app, because=because))
    click.echo(f"{name} is cancelled; {stopped} deliveries will not leave.")


for command in (status, reissue_, withdraw):
    mailout.add_command(command)
