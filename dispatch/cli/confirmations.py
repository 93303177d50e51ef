"""`dispatch contacts confirm`: ask contacts whether they are the person; who has not answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.domain.reply import Verdict
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.confirmations import (
    TO_ASK,
    UNANSWERED,
    AskingMeans,
    Question,
    ask,
    questions,
    refuse_late,
)
from dispatch.views.confirmations import question_view, question_words
from dispatch.views.form import as_data


@click.command("confirm")
@click.argument("name")
@click.option("--list", "is_list", is_flag=True, help="Only list who has not answered, and why.")
@click.option("--dry-run", is_flag=True, help="Show who would be asked, and send nothing.")
@show.person_option
@show.yes_option
@show.json_option
@click.pass_obj
def confirm(  # noqa: PLR0913 - one for each option
    app: App,
    name: str,
    *,
    is_list: bool,
    dry_run: bool,
    person: str | None,
    yes: bool,
    is_json: bool,
) -> None:
    """Ask contacts whether they are the person.

    Each contact of mailout NAME gets one short email. A month before the letter date is a good
    time. Nobody is asked twice; run it again to ask who has come since, or whom the server did not
    take. It is not the letter, and counts for nothing.
    """
    if is_json and not (is_list or dry_run or yes):
        raise click.UsageError("with --json give --list or --dry-run to look, or --yes to ask")
    found = _questions(ready(app), name, is_asking=not is_list)
    if not (is_list or dry_run):
        _ask(app, name, found, person, is_agreed=yes, is_quiet=is_json)
        found = _questions(app, name, is_asking=False)
    wanted = TO_ASK if dry_run else UNANSWERED
    left = [each for each in found if each.standing in wanted]
    if is_json:
        show.as_json(as_data([question_view(each) for each in (left if dry_run else found)]))
    else:
        _show(left, found, is_dry=dry_run)


def _questions(app: App, name: str, *, is_asking: bool) -> list[Question]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        if is_asking:
            refuse_late(mailout)
        return questions(session, mailout, app.sender)


def _ask(
    app: App,
    name: str,
    found: Sequence[Question],
    person: str | None,
    *,
    is_agreed: bool,
    is_quiet: bool,
) -> None:
    count = sum(each.standing in TO_ASK for each in found)
    if not count:
        return
    people = show.counted(count, "contact", "contacts")
    show.agreed(f"Ask {people} by email whether they are the right person?", is_agreed=is_agreed)
    means = AskingMeans(
        sessions=app.sessions,
        transport=app.staff_transport(),
        sender=app.sender,
        templates=app.templates,
        rates=app.settings.rates,
        clock=app.clock,
        sleep=time.sleep,
    )
    verdicts = Counter(outcome.verdict for _, outcome in ask(means, name, show.word(app, person)))
    if not is_quiet:
        asked = show.counted(verdicts[Verdict.ACCEPTED], "question was", "questions were")
        show.echo(f"{asked} accepted by the mail server.")


def _show(left: Sequence[Question], found: Sequence[Question], *, is_dry: bool) -> None:
    if not left:
        show.echo("Nobody is left to ask." if is_dry else "Everybody has answered.")
        return
    of = f"{len(left)} of {len(found)} contacts"
    show.echo(f"{of} would be asked:" if is_dry else f"{of} have not answered:")
    for each in left:
        show.echo(f"  {question_words(each)}")
