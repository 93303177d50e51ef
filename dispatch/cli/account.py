"""`dispatch audit show`: who was sent what, when, by which server's word, and what came back.

Or, with --events, what happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli import chronicle as events
from dispatch.cli.listing import Form, Listing
from dispatch.cli.output import show
from dispatch.database.tables import Delivery
from dispatch.domain import calendar
from dispatch.domain.ledger import Event
from dispatch.domain.letter import RecipientKind
from dispatch.proof.store.events import chronicle
from dispatch.proof.store.filters import Wanted
from dispatch.proof.store.report import RESENT, Account, account
from dispatch.views import form
from dispatch.views.names import PURGED
from dispatch.views.notices import notice_view, said

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command("show")
@click.option("--events", "is_events", is_flag=True, help="What happened, and who did it.")
@click.option("--authority", metavar="CODE", help="Only what concerns this authority.")
@click.option("--address", metavar="ADDRESS", help="Only what went to this address.")
@click.option(
    "--person",
    metavar="NAME",
    help="Only recipients whose name has this in it; with --events also who did it.",
)
@click.option("--since", type=DAY, metavar="DAY", help="From this day on, such as 2020-07-22.")
@click.option("--until", type=DAY, metavar="DAY", help="Up to this day, and on it.")
@show.json_option
@click.option("--csv", "is_csv", is_flag=True, help="Print CSV for a spreadsheet.")
@click.pass_obj
def show_(  # noqa: PLR0913 - one for each option
    app: App,
    authority: str | None,
    address: str | None,
    person: str | None,
    since: datetime | None,
    until: datetime | None,
    *,
    is_events: bool,
    is_json: bool,
    is_csv: bool,
) -> None:
    """Show who was sent what, when, by which server's word, and what came back.

    A row for each letter to each address, the oldest first; with --events one for each thing that
    happened. Days are London's. --json and --csv have more: each digest, each try, what was sent
    again and what a person settled. The ledger records who took them.
    """
    if is_json and is_csv:
        raise click.UsageError("choose one of --json and --csv")
    wanted = Wanted(
        authority=authority, address=address, person=person, since=_day(since), until=_day(until)
    )
    with ready(app).sessions.read() as session:
        if is_events:
            found = events.listing(chronicle(session, wanted))
        else:
            found = listing(account(session, wanted))
    if is_json or is_csv:
        found.hand_out(app, Form.JSON if is_json else Form.CSV, wanted)
    else:
        found.show()


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None


def listing(found: Sequence[Account]) -> Listing:
    """Return deliveries as a list."""
    return Listing(
        what="deliveries",
        count=len(found),
        nothing="Nothing was to be sent that answers to this.",
        shown=(SHOWN, map(_shown, found)),
        table=(COLUMNS, map(as_row, found)),
        data=map(as_data, found),
    )


SHOWN: Final = ("when", "to whom, and what", "what became of it")


def _shown(each: Account) -> tuple[str, str, str]:
    row = each.delivery
    at = calendar.local(each.at)
    version = f", version {each.version}" if each.version > 1 else ""
    digest = f"\nPDF {each.pdf_digest[:SHORT]}" if each.pdf_digest else ""
    whom = f"{row.authority_code} {row.role}\n{_whom(row)}\n{each.mailout}{version}{digest}"
    return f"{at:%d %b %Y}\n{at:%H:%M %Z}", whom, "\n".join(_fate(each)) + "\n"


def _whom(row: Delivery) -> str:
    return f"{row.name}\n{row.address}" if row.address else PURGED


SHORT: Final = 12
"""Characters of a digest that are shown to people."""


def _fate(each: Account) -> Iterator[str]:
    row, last = each.delivery, each.last
    yield row.state.value.replace("_", " ")
    if last:
        server = f"{last.server}: " if last.server else ""
        yield f"{server}{_reply(each)}"
    if len(each.attempts) > 1:
        yield f"{len(each.attempts)} tries"
    yield from (
        f"{calendar.local(mail.received_at):%d %b}: {said(notice)}" for notice, mail in each.notices
    )
    yield from map(_said, each.events)
    if each.again:
        yield f"followed by {str(each.again)[:8]}"
    if each.approved_by and each.approved_at:
        yield f"approved by {each.approved_by}, {calendar.local(each.approved_at):%d %b %Y}"


def _reply(each: Account) -> str:
    """Return the last word on a delivery: a server's, or what the line did."""
    return each.last.answer if each.last else ""


def _said(event: Event) -> str:
    """Say by whom a delivery was sent again or settled, and why."""
    because = event.detail.get("because") or "no reason given"
    if event.action == RESENT:
        return f"sent again by {event.actor}: {because}"
    return f"settled as {event.detail.get('as', '?')} by {event.actor}: {because}"


COLUMNS: Final = (
    "tried_at",
    "mailout",
    "released_at",
    "authority_code",
    "authority",
    "version",
    "letter_sha256",
    "pdf_sha256",
    "header",
    "role",
    "name",
    "address",
    "approved_by",
    "approved_at",
    "approved_sha256",
    "state",
    "state_at",
    "tries",
    "server",
    "tls",
    "reply",
    "came_back",
    "sent_again_or_settled",
    "delivery",
    "replaces",
    "followed_by",
)


def as_row(each: Account) -> dict[str, str]:
    """Return a row for a spreadsheet: moments as London's clocks show them, with their zone."""
    row, last = each.delivery, each.last
    cells = (
        each.tried_at,
        each.mailout,
        each.released_at,
        row.authority_code,
        each.authority,
        each.version,
        each.letter_digest,
        each.pdf_digest,
        "To" if row.kind is RecipientKind.TO else "Cc",
        row.role,
        row.name,
        row.address,
        each.approved_by,
        each.approved_at,
        each.approved_digest,
        row.state.value,
        row.state_at,
        len(each.attempts),
        last and last.server,
        last and last.tls,
        _reply(each),
        "; ".join(f"{_cell(mail.received_at)} {said(notice)}" for notice, mail in each.notices),
        "; ".join(f"{_cell(event.at)} {_said(event)}" for event in each.events),
        row.id,
        row.replaces_id,
        each.again,
    )
    return {name: _cell(cell) for name, cell in zip(COLUMNS, cells, strict=True)}


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return calendar.local(value).isoformat(timespec="seconds")
        case _:
            return str(value)


def as_data(each: Account) -> dict[str, object]:
    """Return a delivery for a program: moments in UTC."""
    row = each.delivery
    return {
        "delivery": str(row.id),
        "mailout": each.mailout,
        "released_at": each.released_at,
        "authority": row.authority_code,
        "authority_name": each.authority,
        "letter": str(row.letter_id),
        "version": each.version,
        "letter_sha256": each.letter_digest,
        "pdf_sha256": each.pdf_digest,
        "header": row.kind,
        "role": row.role,
        "name": row.name,
        "address": row.address,
        "approved_by": each.approved_by,
        "approved_at": each.approved_at,
        "approved_sha256": each.approved_digest,
        "made_at": row.created_at,
        "tried_at": each.tried_at,
        "state": row.state,
        "state_at": row.state_at,
        "tries": list(_tries(each)),
        "came_back": form.as_data(
            [notice_view(notice, mail, row) for notice, mail in each.notices]
        ),
        "events": each.events,
        "replaces": str(row.replaces_id) if row.replaces_id else None,
        "followed_by": str(each.again) if each.again else None,
    }


TRY: Final = (
    "number",
    "envid",
    "server",
    "tls",
    "started_at",
    "offered_at",
    "ended_at",
    "verdict",
    "code",
    "text",
)


def _tries(each: Account) -> Iterable[dict[str, object]]:
    return ({name: getattr(attempt, name) for name in TRY} for attempt in each.attempts)
