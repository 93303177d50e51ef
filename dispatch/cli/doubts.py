"""`dispatch delivery doubtful|settle|reconcile`: letters that a mail server may or may not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from dispatch.app import App, graph, ready
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed, Shown
from dispatch.database.tables import Delivery
from dispatch.domain.sending.acceptance import LogReading, Sought
from dispatch.incoming.store import notices
from dispatch.mail import message_trace, postfix
from dispatch.mailouts.store import mailout_named
from dispatch.sending import doubts
from dispatch.sending.doubts import Decision, Doubt, Reconciliation
from dispatch.sending.store import deliveries
from dispatch.views.doubts import (
    TRACES,
    DoubtView,
    ReconciliationView,
    doubt_view,
    missing_question,
    question,
    reconciliation_view,
)
from dispatch.views.names import address_shown, short
from dispatch.views.notices import unproven


@click.command()
@click.argument("name")
@show.after_option
@show.limit_option
@results.listing(DoubtView)
@click.pass_obj
def doubtful(app: App, name: str, after: str | None, limit: int | None) -> Listed[Doubt]:
    """List the deliveries of mailout NAME that are in doubt.

    With what is known of each. The mail server may or may not have these letters. None is sent
    again by itself.
    """
    with ready(app).sessions.read() as session:
        mailout = mailout_named(session, name)
        found = doubts.doubtful(session, mailout)
        perhaps = unproven(notices.listed(session, mailout) if found else ())
        last = deliveries.id_starting_with(session, after) if after else None
    return Listed(
        rows=results.following(found, _id, last),
        view=lambda each: doubt_view(each, app.sender),
        id=_id,
        table=partial(_table, name, len(found), perhaps),
        empty="Nothing is in doubt.",
        limit=limit,
        is_long=True,
    )


def _id(doubt: Doubt) -> UUID:
    return doubt.delivery.id


def _table(
    name: str, count: int, perhaps: Mapping[UUID, Sequence[str]], found: Sequence[Doubt]
) -> None:
    of, are = f"delivery of {name} is in doubt", f"deliveries of {name} are in doubt"
    rows = (
        _of(
            each.delivery,
            "\n".join([each.trouble, *perhaps.get(each.delivery.id, ())]),
            each.delivery.state_at,
        )
        for each in found
    )
    show.table(
        show.counted(count, of, are),
        ("id", "of", "since", "address and what went wrong"),
        rows,
    )
    show.echo(
        "Settle them by the server's log with `dispatch delivery reconcile`, or one with\n"
        "`dispatch delivery settle ID accepted|not-sent --because TEXT --as PERSON`."
    )


def _of(delivery: Delivery, said: str | None, *between: object) -> list[object]:
    """Return which delivery it is, and what is said of it: the cells of a table."""
    address = address_shown(delivery.address)
    known = f"{address}\n{said}" if said else address
    return [short(delivery.id), delivery.authority_code, *between, known]


@click.command()
@click.argument("beginning", metavar="ID")
@click.argument(
    "word", metavar="accepted|not-sent", type=click.Choice([each.value for each in Decision])
)
@click.option("--because", required=True, metavar="TEXT", help="What shows that it is so.")
@show.person_option
@show.yes_option
@click.pass_obj
def settle(
    app: App, beginning: str, word: str, because: str, person: str | None, *, yes: bool
) -> None:
    """Say whether the mail server has delivery ID, which is in doubt.

    The beginning of the ID is enough. A letter that was not sent goes out again, if it still may.
    """
    decision = Decision(word)
    with ready(app).sessions.read() as session:
        delivery_id = deliveries.id_starting_with(session, beginning)
        delivery, mailout = deliveries.with_mailout(session, delivery_id)
        state = doubts.leads_to(session, delivery, mailout, decision, now=app.clock())
    show.agreed(question(delivery, mailout, state), is_agreed=yes)
    with app.sessions.begin() as session:
        state = doubts.settle(session, delivery_id, decision, show.word(app, person, because))
    show.echo(f"The letter of {delivery.authority_code} to {delivery.address} is {state.value}.")


def _zone(_: click.Context, __: click.Parameter, name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        why = f"{name!r} is not a time zone; write Europe/London or UTC"
        raise click.BadParameter(why) from error


FILE: Final = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("name", required=False)
@click.option(
    "--postfix-log",
    "logs",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="A mail log of Postfix, plain or gzipped; repeatable.",
)
@click.option(
    "--message-trace",
    "traces",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="A message trace of Microsoft 365, CSV or JSON; repeatable.",
)
@click.option(
    "--graph", "is_graph", is_flag=True, help="Ask Microsoft Graph for the message trace."
)
@click.option(
    "--zone",
    callback=_zone,
    metavar="ZONE",
    help="The Postfix log's time zone, where its times name none: London's or UTC, if left out.",
)
@click.option(
    "--not-sent",
    is_flag=True,
    help="Say that what the log covers and has no trace of was not sent.",
)
@show.person_option
@show.yes_option
@results.showing(ReconciliationView)
@click.pass_obj
def reconcile(  # noqa: PLR0913 - one for each option
    app: App,
    name: str | None,
    logs: Sequence[Path],
    traces: Sequence[Path],
    zone: ZoneInfo | None,
    person: str | None,
    *,
    is_graph: bool,
    not_sent: bool,
    yes: bool,
) -> Shown:
    """Settle deliveries in doubt by the mail server's log.

    In mailout NAME, or in all. A letter that the log shows was accepted is recorded so; one that
    Microsoft 365 took and could not deliver has bounced. Of the others it says whether the log
    covers the time; that a letter was not sent remains for a person to say, here with --not-sent.
    """
    read = _reader(app, logs, traces, zone, is_graph=is_graph)
    sessions, word = ready(app).sessions, show.word(app, person)
    is_dry = asked.is_dry()
    found = doubts.reconcile(sessions, name, read, word, is_dry_run=is_dry)
    _show(found, is_dry_run=is_dry)
    if not_sent and found.missing and not is_dry:
        show.agreed(missing_question(found), is_agreed=yes)
        because = f"{found.reading.source} covers the time and has no trace of it"
        count = doubts.settle_missing(sessions, found, show.word(app, person, because))
        show.echo(f"{count} recorded as not sent.")
    return Shown(view=reconciliation_view(found, app.sender))


def _reader(
    app: App,
    logs: Sequence[Path],
    traces: Sequence[Path],
    zone: ZoneInfo | None,
    *,
    is_graph: bool,
) -> Callable[[Sequence[Sought]], LogReading]:
    """Return what reads the one sort of log that was asked for."""
    if [bool(logs), bool(traces), is_graph].count(True) != 1:
        raise click.UsageError("Give one sort of log: --postfix-log, --message-trace or --graph.")
    if logs:
        read = partial(postfix.read, logs, sender=app.sender, now=app.clock(), zone=zone)
        return lambda sought: read([each.delivery_id for each in sought])
    if traces:
        return partial(message_trace.read, traces, sender=app.sender)
    return partial(graph(app).read, sender=app.sender, now=app.clock())


def _show(found: Reconciliation, *, is_dry_run: bool) -> None:
    verb = "would be settled" if is_dry_run else "settled"
    show.echo(f"{len(found.settled)} {verb} as accepted, {len(found.remaining)} in doubt.")
    _show_logs(found.reading)
    if found.returned:
        show.table(
            "Taken by the server, which could not deliver it",
            ("id", "of", "address and evidence"),
            (_of(delivery, words) for delivery, words in found.returned),
        )
    if found.remaining:
        show.table(
            "Still in doubt",
            ("id", "of", "address and evidence"),
            (_of(doubt.delivery, TRACES[trace]) for doubt, trace in found.remaining),
        )
        show.echo(
            "Where you know that a letter was not sent, have it sent again with\n"
            "`dispatch delivery settle ID not-sent --because TEXT --as PERSON`."
        )
    if found.contradicted:
        show.table(
            "Recorded as not sent, but a server took it",
            ("id", "of", "state", "address and evidence"),
            (_of(each, str(proof), each.state) for each, proof in found.contradicted),
        )
        show.echo("Hold what waits to be sent a second time: `dispatch mailout pause NAME`.")


def _show_logs(reading: LogReading) -> None:
    for span in reading.spans:
        show.echo(f"Log: {show.when(span.first_at)} to {show.when(span.last_at)}.")
    if not reading.is_ours:
        show.echo("No letter of ours is in it: is it the log of the server that we send to?")
