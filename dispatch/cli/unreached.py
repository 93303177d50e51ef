"""`dispatch mailout unreached`: who is not reached, why, since when, and what to do next."""

from __future__ import annotations

from datetime import datetime

import click

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.cli.output.ages import lasting
from dispatch.cli.status import standing, until_upload
from dispatch.domain.calendar import day_in_words
from dispatch.domain.unreached import Course, Unreached
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.status import Status
from dispatch.tracking.unreached import find_unreached
from dispatch.views.remedies import in_words


@click.command()
@click.argument("name")
@show.json_option
@click.pass_obj
def unreached(app: App, name: str, *, is_json: bool) -> None:
    """List who is not reached, and what to do.

    All authorities of mailout NAME of which that is not sure. Of a letter that was sent again the
    last delivery counts.
    """
    status = standing(ready(app), name)
    with app.sessions.read() as session:
        found = find_unreached(session, mailout_named(session, name))
    if is_json:
        return show.as_json(_as_data(status, found))
    when = f"{day_in_words(status.upload_date)}, {until_upload(status)}"
    if not found:
        return click.echo(f"All {len(status.reached)} are reached. The upload: {when}.")
    total = len(status.reached | status.unreached.keys())
    click.echo(f"{len(found)} of {total} are not surely reached. The upload: {when}.")
    return show.table(
        name,
        ("authority", "why", "for", "next"),
        ([each.code, each.why, _age(each, status.at), _next(status, each)] for each in found),
    )


def _age(each: Unreached, now: datetime) -> str | None:
    return lasting(max(int((now - each.since).total_seconds()), 0)) if each.since else None


def _next(status: Status, each: Unreached) -> str:
    return in_words(each.remedy(Course(status.name, status.state, status.release_at, status.at)))


def _as_data(status: Status, found: list[Unreached]) -> dict[str, object]:
    return {
        "upload_date": status.upload_date,
        "days_to_upload": status.days_to_upload,
        "working_days_to_upload": status.working_days_to_upload,
        "reached": len(status.reached),
        "unreached": [
            {
                "authority": each.code,
                "why": each.why,
                "since": each.since,
                "delivery": str(each.delivery_id) if each.delivery_id else None,
                "address": each.address,
                "next": _next(status, each),
            }
            for each in found
        ],
    }
