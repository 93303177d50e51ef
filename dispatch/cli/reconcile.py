"""`dispatch delivery reconcile`: settle what is in doubt by a mail server's log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from dispatch.app import App, ready
from dispatch.cli.doubt import row, who
from dispatch.cli.output import show
from dispatch.domain.acceptance import Acceptance
from dispatch.mail import postfix
from dispatch.mail.postfix import Reading, Trace
from dispatch.sending import doubts
from dispatch.sending.doubts import Reconciliation

SAID: Final = {
    Trace.NO_TRACE: "the log covers the time and has no trace of it",
    Trace.BEGUN: "the server began to take it; no line says that it kept it",
    Trace.NOT_COVERED: "the log does not cover the time",
}


def _zone(_: click.Context, __: click.Parameter, name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise click.BadParameter(f"{name!r} is no time zone; write Europe/London or UTC") from error


FILE: Final = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("name", required=False)
@click.option(
    "--postfix-log",
    "logs",
    type=FILE,
    multiple=True,
    required=True,
    metavar="FILE",
    help="A mail log of Postfix, plain or gzipped; repeatable.",
)
@click.option(
    "--zone",
    callback=_zone,
    metavar="ZONE",
    help="The log's time zone, where its times name none: London's or UTC, if left out.",
)
@click.option("--dry-run", is_flag=True, help="Say what it comes to, but write nothing.")
@show.json_option
@click.pass_obj
def reconcile(
    app: App,
    name: str | None,
    logs: Sequence[Path],
    zone: ZoneInfo | None,
    *,
    dry_run: bool,
    is_json: bool,
) -> None:
    """Settle what is in doubt by the mail server's log.

    In mailout NAME, or in all. What is proved to be taken is accepted. Of the rest it says whether
    the log covers the time; that a letter was not sent remains for a person to say.
    """
    read = partial(postfix.read, logs, domain=app.sender.domain, now=app.clock(), zone=zone)
    sessions, word = ready(app).sessions, show.word(app)
    outcome = doubts.reconcile(sessions, name, read, word, is_dry_run=dry_run)
    if is_json:
        return show.as_json(_as_data(app, outcome))
    return _show(outcome, is_dry_run=dry_run)


def _as_data(app: App, outcome: Reconciliation) -> dict[str, object]:
    return {
        "settled": [_evidence(each) for each in outcome.settled],
        "in_doubt": [row(app, doubt) | {"log": trace} for doubt, trace in outcome.remaining],
        "contradicted": [
            _evidence(evidence) | {"state": delivery.state}
            for delivery, evidence in outcome.contradicted
        ],
        "logs": outcome.reading.spans,
    }


def _evidence(evidence: Acceptance) -> dict[str, object]:
    return {
        "id": str(evidence.delivery_id),
        "source": evidence.source,
        "at": evidence.at,
        "quote": evidence.quote,
    }


def _show(outcome: Reconciliation, *, is_dry_run: bool) -> None:
    verb = "would be settled" if is_dry_run else "settled"
    click.echo(f"{len(outcome.settled)} {verb} as accepted, {len(outcome.remaining)} in doubt.")
    _show_logs(outcome.reading)
    if outcome.remaining:
        show.table(
            "Still in doubt",
            ("id", "authority", "address", "evidence"),
            ([*who(doubt.delivery), SAID[trace]] for doubt, trace in outcome.remaining),
        )
        click.echo(
            "Where you know that a letter was not sent, have it sent again with\n"
            "`dispatch delivery settle ID not-sent --because TEXT --as PERSON`."
        )
    if outcome.contradicted:
        show.table(
            "Recorded as not sent, but a server took it",
            ("id", "authority", "address", "state", "evidence"),
            ([*who(each), each.state, proof] for each, proof in outcome.contradicted),
        )
        click.echo("Hold what waits to be sent a second time: `dispatch mailout pause NAME`.")


def _show_logs(reading: Reading) -> None:
    for span in reading.spans:
        click.echo(f"Log: {show.when(span.first_at)} to {show.when(span.last_at)}.")
    if not reading.is_ours:
        click.echo("No letter of ours is in it: is it the log of the server that we send to?")
