"""`dispatch contacts confirm`: ask contacts whether they are the person; who has not answered."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from functools import partial

import click

from dispatch.app import App, ready
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed
from dispatch.cli.output.statuses import Status
from dispatch.domain.reply import Verdict
from dispatch.domain.tracking.confirmations import (
    TO_ASK,
    UNANSWERED,
)
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.confirmations import (
    AskingMeans,
    Question,
    ask,
    questions,
    refuse_late,
)
from dispatch.views.confirmations import QuestionView, question_view, question_words


@click.command("confirm")
@click.argument("name")
@click.option("--list", "is_list", is_flag=True, help="Only list who has not answered, and why.")
@show.person_option
@show.yes_option
@results.listing(QuestionView)
@click.pass_obj
def confirm(
    app: App,
    name: str,
    *,
    is_list: bool,
    person: str | None,
    yes: bool,
) -> Listed[Question]:
    """Ask contacts whether they are the person.

    Each contact of mailout NAME gets one short email. A month before the letter date is a good
    time. Nobody is asked twice; run it again to ask who has come since, or whom the server did not
    take. It is not the letter, and counts for nothing.
    """
    is_dry = asked.is_dry()
    if asked.is_for_program() and not (is_list or is_dry or yes):
        raise click.UsageError("with --format give --list or --dry-run to look, or --yes to ask")
    found = _questions(ready(app), name, is_asking=not is_list)
    was_sent = not (is_list or is_dry) and _ask(app, name, found, person, is_agreed=yes)
    if was_sent:
        found = _questions(app, name, is_asking=False)
    wanted = TO_ASK if is_dry else UNANSWERED
    left = [each for each in found if each.standing in wanted]
    is_idle = not (was_sent or is_list or is_dry)
    return Listed(
        rows=found if asked.is_for_program() and not is_dry else left,
        view=question_view,
        id=lambda each: each.contact.address,
        table=partial(_show, found, is_dry=is_dry),
        empty="Nobody is left to ask." if is_dry else "Everybody has answered.",
        status=lambda: Status.DECLINED if is_idle else Status.DONE,
    )


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
) -> bool:
    """Ask those who were not asked; return whether there were any."""
    count = sum(each.standing in TO_ASK for each in found)
    if not count:
        return False
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
    taken = show.counted(verdicts[Verdict.ACCEPTED], "question was", "questions were")
    show.echo(f"{taken} accepted by the mail server.")
    return True


def _show(found: Sequence[Question], left: Sequence[Question], *, is_dry: bool) -> None:
    of = f"{len(left)} of {len(found)} contacts"
    show.echo(f"{of} would be asked:" if is_dry else f"{of} have not answered:")
    for each in left:
        show.echo(f"  {question_words(each)}")
