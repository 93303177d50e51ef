"""`dispatch notice suggestions`: whom autoreplies name in the place of those who have left."""

from __future__ import annotations

import click

from dispatch.app import App, ready
from dispatch.cli import returns
from dispatch.cli.doubt import SHORT_ID
from dispatch.cli.output import show
from dispatch.domain.incoming import SuggestionState
from dispatch.incoming.store import suggestions as stored
from dispatch.incoming.store.suggestions import Found
from dispatch.mailouts.store import mailout_named


@click.command()
@click.argument("name", required=False)
@click.option("--all", "is_all", is_flag=True, help="Also those that are decided.")
@show.json_option
@click.pass_obj
def suggestions(app: App, name: str | None, *, is_all: bool, is_json: bool) -> None:
    """List the contacts that autoreplies suggest: all, or those of mailout NAME.

    None acts by itself: `dispatch notice suggestion accept ID` puts one in post.
    """
    states = () if is_all else (SuggestionState.OPEN,)
    with ready(app).sessions.read() as session:
        mailout = mailout_named(session, name) if name else None
        found = stored.listed(session, mailout, *states)
    if is_json:
        return show.as_json([_as_data(each) for each in found])
    if not found:
        return click.echo("Nobody is suggested.")
    return show.table(
        f"{len(found)} contacts are suggested",
        ("id", "in the place of", "suggested", "as it says", "belief"),
        (
            [
                str(each.id)[:SHORT_ID],
                returns.about(delivery),
                f"{each.name} {each.address}".strip(),
                each.sentence,
                f"{returns.belief(notice)}, {each.state.value}",
            ]
            for each, delivery, notice in found
        ),
    )


def _as_data(found: Found) -> dict[str, object]:
    each, delivery, notice = found
    return {
        "id": str(each.id),
        "state": each.state,
        "name": each.name,
        "address": each.address,
        "sentence": each.sentence,
        "authority": delivery.authority_code,
        "role": delivery.role,
        "in_place_of": delivery.address,
        "notice": str(each.mail_id),
        "trust": notice.trust,
        "decided_by": each.decided_by,
        "because": each.because,
    }
