"""`dispatch mailout status`: where a mailout stands, once or until it ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

import click
from rich.live import Live
from rich.table import Table

from dispatch.app import App, ready
from dispatch.cli.output import show
from dispatch.cli.output.ages import ago, seen
from dispatch.domain.calendar import day_in_words
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import SENDING_OVER
from dispatch.domain.reminders import ReminderKind
from dispatch.domain.unreached import PATIENCE, left, reason
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.status import LastReminder, Status, is_silent, status_of

MOST_NAMED: Final = 12
"""Authorities that are named before the rest are counted: three lines of 80 columns."""


@click.command()
@click.argument("name")
@click.option("--watch", is_flag=True, help="Keep showing it until the mailout has ended.")
@show.json_option
@click.pass_obj
def status(app: App, name: str, *, watch: bool, is_json: bool) -> None:
    """Show where mailout NAME stands.

    Letters and deliveries by state, which authorities are reached, the time to the upload.
    """
    now_at = standing(ready(app), name)
    if is_json:
        return show.as_json(_as_data(now_at))
    if not watch:
        return show.console().print(_table(app, now_at))
    with Live(_table(app, now_at), console=show.console(), auto_refresh=False) as live:
        while now_at.state not in SENDING_OVER:
            time.sleep(1)
            now_at = standing(app, name)
            live.update(_table(app, now_at), refresh=True)
    return None


def standing(app: App, name: str) -> Status:
    """Count where a mailout stands at this moment."""
    with app.sessions.read() as session:
        return status_of(session, mailout_named(session, name), now=app.clock())


def _as_data(status: Status) -> dict[str, object]:
    fields = {name: getattr(status, name) for name in Status.__dataclass_fields__}
    return {
        **fields,
        "letters": {state.value: count for state, count in status.letters.items()},
        "deliveries": {state.value: count for state, count in status.deliveries.items()},
        "reached": len(status.reached),
        "unreached": sorted(status.unreached),
        "unreached_because": dict(sorted(status.unreached.items())),
        "challenged": sorted(status.challenged),
        "warnings": _warnings(status),
    }


def _table(app: App, status: Status) -> Table:
    rows = _rows(status, has_office=bool(app.settings.office))
    if app.settings.clock_offset:
        rows.append(("time", f"shifted: it is taken to be {show.when(status.at)}"))
    rows += [("warning", warning) for warning in _warnings(status)]
    return show.facts(status.title, rows)


def _rows(status: Status, *, has_office: bool) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = [
        ("mailout", status.name),
        ("state", status.state.value),
        ("why", status.remark),
        ("letters", show.counts(status.letters)),
        ("deliveries", show.counts(status.deliveries)),
        ("delayed", f"{status.delayed} on the way" if status.delayed else None),
        ("reached", f"{len(status.reached)} of {len(status.reached) + len(status.unreached)}"),
        ("unreached", _named(_reasons(status)) if status.deliveries else None),
        ("letters go", show.when(status.release_at)),
        ("hours", status.sending_hours and f"{status.sending_hours}, every day"),
        ("next try", _to_come(status)),
        ("not after", show.when(status.not_after)),
        ("reminders", _reminders(status, has_office=has_office)),
        ("upload", f"{day_in_words(status.upload_date)}, {until_upload(status)}"),
        ("clock", _clocks(status)),
        ("workers", seen(status.workers, status.at)),
    ]
    return [(label, value) for label, value in rows if value]


def _named(reasons: Mapping[str, str]) -> str:
    """Name who is not reached, and why: first those for whom somebody must do something."""
    ordered = sorted(reasons, key=lambda code: (PATIENCE.get(reasons[code], 0), code))
    named = [f"{code} {reasons[code]}" for code in ordered[:MOST_NAMED]]
    more = Counter(reasons[code] for code in ordered[MOST_NAMED:])
    return ", ".join(named + [f"{count} more {reason}" for reason, count in more.items()])


def _reasons(status: Status) -> dict[str, str]:
    reasons = {code: reason(state) for code, state in status.unreached.items()}
    return {**reasons, **dict.fromkeys(status.challenged & reasons.keys(), "challenged")}


def _to_come(status: Status) -> str | None:
    """Say when the next letter may leave, unless that is now."""
    at = status.next_try_at
    return show.when(at) if at and at > status.at else None


def _reminders(status: Status, *, has_office: bool) -> str | None:
    """Say what the office was told last, and when it is told next."""
    said = [_told(status.last_reminder)] if status.last_reminder else []
    if status.next_reminder_at and has_office:
        said.append(f"next {show.when(status.next_reminder_at)}")
    elif status.next_reminder_at:
        said.append("to nobody: DISPATCH_OFFICE is empty")
    return "; ".join(said) or None


def _told(last: LastReminder) -> str:
    is_all = last.kind is ReminderKind.ALL_REACHED
    what = "all reached" if is_all else f"{last.unreached} unreached"
    became = last.state.value.replace("_", " ") + (f" ({last.remark})" if last.remark else "")
    return f"last {show.when(last.slot_at)}: {what}, {became}"


def until_upload(status: Status) -> str:
    """Say how long it is to the upload."""
    return left(status.days_to_upload, status.working_days_to_upload)


def _clocks(status: Status) -> str:
    match list(status.clocks.values()):
        case [at]:
            return f"seen {ago(at, status.at)}"
        case _:
            return seen(status.clocks, status.at)


def _warnings(status: Status) -> list[str]:
    warnings = []
    if doubts := status.deliveries.get(DeliveryState.IN_DOUBT):
        warnings.append(f"{doubts} in doubt: see `dispatch delivery doubtful {status.name}`")
    if status.proposed:
        which = ", ".join(status.proposed[:MOST_NAMED])
        warnings.append(
            f"a new version waits for a second person, of the letter of {which}: "
            f"`dispatch mailout approve {status.name} --as PERSON`"
        )
    if status.about_us:
        warnings.append(
            f"{status.about_us} came back because of our own server or domain: see "
            f"`dispatch notice list {status.name}`"
        )
    if status.state not in SENDING_OVER and (absence := _absence(status)):
        warnings.append(absence)
    return warnings


def _absence(status: Status) -> str | None:
    """Say what does not happen for want of a clock or of a worker."""
    has_clock, has_worker = (
        any(not is_silent(at, status.at) for at in seen.values())
        for seen in (status.clocks, status.workers)
    )
    match has_clock, has_worker:
        case False, False:
            return "no clock and no worker seen lately: nothing moves; start `dispatch run`"
        case False, True:
            return "no clock seen lately: no letter will be released, no doubt noticed"
        case True, False:
            return "no worker seen lately: nothing will be rendered or sent"
        case _:
            return None
