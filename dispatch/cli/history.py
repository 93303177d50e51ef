"""`dispatch delivery show`: one letter to one address, from the first try to what came back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.database.tables import Attempt, Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.incoming import Trust
from dispatch.domain.notice import Action, Category, Clue
from dispatch.incoming.store import notices
from dispatch.incoming.store.notices import Found
from dispatch.sending.store import deliveries
from dispatch.tracking.store import chains
from dispatch.views.form import as_data
from dispatch.views.names import PURGED, short
from dispatch.views.notices import belief, notice_view, said


@click.command("show")
@click.argument("beginning", metavar="ID")
@show.json_option
@click.pass_obj
def show_(app: App, beginning: str, *, is_json: bool) -> None:
    """Show delivery ID: each try at it, and what came back. The beginning of the ID will do."""
    with ready(app).sessions.read() as session:
        delivery_id = deliveries.id_starting_with(session, beginning)
        delivery, mailout = deliveries.with_mailout(session, delivery_id)
        tries = deliveries.attempts_at(session, delivery.id)
        found = notices.listed(session, delivery_id=delivery.id)
        again = chains.following(session, delivery.id)
    signs = list(_signs(delivery, found))
    if is_json:
        return show.as_json(_as_data(delivery, mailout.name, tries, found, signs, again))
    rows: list[tuple[str, object]] = [
        ("id", delivery.id),
        ("mailout", mailout.name),
        ("letter of", delivery.authority_code),
        ("to", f"{_whom(delivery)}, {delivery.role}"),
        ("state", delivery.state),
        ("since", delivery.state_at),
        *([("replaces", delivery.replaces_id)] if delivery.replaces_id else []),
        *([("sent again", f"as {again}")] if again else []),
        *(("sign", sign) for sign in signs),
    ]
    show.console().print(show.facts("A delivery", rows))
    if tries:
        show.table("Tries", TRY, (_try(each) for each in tries))
    if found:
        show.table("What came back", BACK, (_back(each) for each in found))
    return None


TRY: Final = ("try", "begun", "server", "what became of it")
BACK: Final = ("id", "came", "what it says", "tied by", "belief")


def _whom(delivery: Delivery) -> str:
    return f"{delivery.name} <{delivery.address}>" if delivery.address else PURGED


def _try(attempt: Attempt) -> Sequence[object]:
    answer = attempt.answer or attempt.verdict
    return attempt.number, attempt.started_at, attempt.server, answer


def _back(found: Found) -> Sequence[object]:
    row, mail, _ = found
    return short(mail.id), mail.received_at, said(row), row.clue, belief(row)


SHOWS: Final[dict[Category, str]] = {
    Category.AUTOREPLY: "its mailbox is there: a machine answered on",
    Category.HUMAN: "its mailbox is there: somebody answered on",
    Category.RECEIPT: "a receipt says that the mail was dealt with, on",
    Category.SECURE_PORTAL: "it waits on a web page for the recipient, since",
    Category.CHALLENGE: "it waits behind a challenge to the sender, since",
}


def _signs(delivery: Delivery, found: Iterable[Found]) -> Iterable[str]:
    """Say what notices show beyond the state, which none of them changes, each thing once."""
    credible = [(row, mail) for row, mail, _ in found if row.trust is not Trust.WRONG_TOKEN]
    if delivery.state is DeliveryState.ACCEPTED:
        delays = [mail.received_at for row, mail in credible if row.action is Action.DELAYED]
        yield from (f"delayed since {show.when(at)}" for at in delays[:1])
    for category, words in SHOWS.items():
        of_kind = [
            mail.received_at
            for row, mail in credible
            if row.category is category and row.clue is not Clue.RECIPIENT
        ]
        yield from (f"{words} {show.when(at)}" for at in of_kind[-1:])
    bounces = sum(row.action is Action.FAILED for row, _ in credible)
    if bounces > 1:
        yield f"it came back {bounces} times"


def _as_data(
    delivery: Delivery,
    mailout: str,
    tries: Iterable[Attempt],
    found: Iterable[Found],
    signs: Sequence[str],
    again: UUID | None,
) -> dict[str, object]:
    return {
        "id": str(delivery.id),
        "mailout": mailout,
        "authority": delivery.authority_code,
        "role": delivery.role,
        "address": delivery.address,
        "state": delivery.state,
        "since": delivery.state_at,
        "replaces": str(delivery.replaces_id) if delivery.replaces_id else None,
        "replaced_by": str(again) if again else None,
        "signs": signs,
        "tries": [
            {
                "number": each.number,
                "envid": each.envid,
                "server": each.server,
                "tls": each.tls,
                "started_at": each.started_at,
                "ended_at": each.ended_at,
                "verdict": each.verdict,
                "code": each.code,
                "text": each.text,
            }
            for each in tries
        ],
        "came_back": as_data([notice_view(*each) for each in found]),
    }
