"""`dispatch mailout`: plan it, look at it, have its letters made, approve it."""

from __future__ import annotations

from pathlib import Path

import click

from dispatch.app import App, ready
from dispatch.cli import progress, show
from dispatch.cli.schedule import cancel, pause, resume, schedule
from dispatch.cli.status import status
from dispatch.cli.versions import approve_versions, reissue_, withdraw
from dispatch.database.tables import Mailout
from dispatch.domain.calendar import day_in_words
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import Plan
from dispatch.domain.reply import Verdict
from dispatch.files.holidays import bank_holidays
from dispatch.files.plan.plan import read
from dispatch.letters import approval as approving
from dispatch.letters import plan as planning
from dispatch.letters import proofs as proving
from dispatch.letters import render as rendering
from dispatch.letters.sealing import sealing
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named, mailouts
from dispatch.register.store import register


@click.group(cls=show.InOrder)
def mailout() -> None:
    """Plan a mailout and let it go on its date."""


@mailout.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def new(app: App, file: Path) -> None:
    """Take in the plan in FILE.toml.

    Run it again after changing the file: what was made of the old plan is then void.
    """
    name = take_in(ready(app), file)
    click.echo(f"{name} is planned. Next: dispatch mailout check {name}")


def take_in(app: App, file: Path) -> str:
    """Read a plan and write its mailout down; return its name."""
    with app.sessions.begin() as session:
        planned = read(file, known=register.authorities(session) or None)
        return planning.plan(session, planned, actor=app.person, now=app.clock()).name


@mailout.command("list")
@show.json_option
@click.pass_obj
def list_(app: App, *, is_json: bool) -> None:
    """List every mailout, the newest first."""
    with ready(app).sessions.read() as session:
        rows = [_row(each) for each in mailouts(session)]
    if is_json:
        return show.as_json(rows)
    return show.table("Mailouts", ("mailout", "state", "letters go", "upload"), map(_cells, rows))


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
        plan, row = found.plan, _row(found)
    if is_json:
        return show.as_json({**row, "plan": plan})
    return show.console().print(show.facts(plan.title, [*_facts(plan), ("state", row["state"])]))


def _facts(plan: Plan) -> list[tuple[str, object]]:
    return [
        ("mailout", plan.name),
        ("figures of", f"{plan.year}, to {day_in_words(plan.year_end)}"),
        ("letters go", plan.release_at),
        ("hours", plan.sending_hours or "any"),
        ("reminders", plan.reminders or "none"),
        ("not after", plan.not_after),
        ("upload", day_in_words(plan.upload_date)),
        ("To", ", ".join(plan.to_roles)),
        ("Cc", ", ".join(plan.cc_roles) or "nobody"),
        ("written to", ", ".join(plan.inclusion.kinds)),
        ("averages", f"{plan.averaging.value}, of {', '.join(plan.groups) or 'no group'}"),
        ("signed by", plan.signatory.name),
        ("substitutes for", ", ".join(plan.substitutes) or "nobody"),
        ("own paragraphs for", ", ".join(plan.bespoke) or "nobody"),
        ("attachments for", ", ".join(plan.attachments) or "nobody"),
        ("template", plan.template),
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
        checked = planning.check(session, found, bank_holidays=holidays, now=app.clock())
    if is_json:
        show.as_json(_checked(checked))
    else:
        _show_check(name, checked)
    if not checked.is_ready:
        raise click.exceptions.Exit(1)


def _checked(checked: planning.Check) -> dict[str, object]:
    return {
        "letters": len(checked.drafting.drafts),
        "deliveries": sum(len(draft.recipients) for draft in checked.drafting.drafts),
        "is_ready": checked.is_ready,
        "findings": checked.drafting.findings,
        "remarks": checked.remarks,
    }


def _show_check(name: str, checked: planning.Check) -> None:
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


@mailout.command()
@click.argument("name")
@click.pass_obj
def render(app: App, name: str) -> None:
    """Have every letter of mailout NAME made.

    The workers make them, and a bar shows how far they are. Letters whose content is as before are
    kept. Exits 1 if a letter could not be made.
    """
    asked = ask(ready(app), name)
    click.echo(f"{asked.wanted} letters to make, {asked.kept} as they should be already.")
    progress.rendering(app, name)
    click.echo(
        f"Every letter is made. Look at some with `dispatch letter show {name} CODE --pdf --out "
        f"FILE`, then have somebody else run `dispatch mailout approve {name} --as PERSON`."
    )


def ask(app: App, name: str) -> rendering.Asked:
    """Leave the letters of a mailout for the workers to render."""
    with app.sessions.begin() as session:
        found = mailout_named(session, name, is_locked=True)
        return rendering.ask(session, found, app.templates, actor=app.person, now=app.clock())


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
        chosen = proving.choose(session, mailout_named(session, name), codes)
    show.agreed(f"Send proofs of {', '.join(chosen)} to {address}?", is_agreed=yes)
    outcomes = proving.proof(
        app.sessions,
        name,
        chosen,
        proving.Reader(address, app.person, app.clock()),
        transport=app.transport,
        sender=app.sender,
    )
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
    digest = sign_off(app, name, person or app.person)
    click.echo(digest)
    return click.echo(f"Approved. Next: dispatch mailout schedule {name}", err=True)


def _has_gone(app: App, name: str) -> bool:
    with app.sessions.read() as session:
        return mailout_named(session, name).released_at is not None


def sign_off(app: App, name: str, person: str) -> str:
    """Check every PDF and approve a mailout; return the digest, or stop with what is wrong."""
    with app.sessions.read() as session:
        found = mailout_named(session, name)
        total = len(letters.in_force(session, found))
        before = sealing(session, found, app.templates.digest(found.plan.template)).digest
        failures = progress.checking(approving.check(session, found, person), total)
    if failures:
        lines = "\n  ".join(failures)
        raise click.ClickException(f"these letters are not accessible as they are:\n  {lines}")
    with app.sessions.begin() as session:
        approval = approving.approve(
            session,
            mailout_named(session, name, is_locked=True),
            app.templates,
            person=person,
            now=app.clock(),
            at_keyboard=app.person,
        )
        if approval.digest not in {None, before}:
            raise RuleBroken("letters were made anew while they were checked: approve again")
    if approval.digest is None:
        lines = "\n  ".join(approval.changes)
        raise click.ClickException(
            f"nothing is approved, since these changed after rendering:\n  {lines}\n"
            f"Run `dispatch mailout render {name}` again."
        )
    return approval.digest


for command in (schedule, pause, resume, cancel, status, reissue_, withdraw):
    mailout.add_command(command)
