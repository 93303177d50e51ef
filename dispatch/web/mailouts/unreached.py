"""The authorities that are not surely reached: why, since when, and what to do about each."""

from __future__ import annotations

import time as clock_time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from flask import Blueprint, Response, current_app

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.calendar import local, moment, working_days
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.people.account import AccountRole
from dispatch.domain.tracking.unreached import Course, left
from dispatch.files.holidays import ENGLAND
from dispatch.mailouts.store import mailout_named
from dispatch.proof import export
from dispatch.proof.export import Listing
from dispatch.register.store import authorities
from dispatch.tracking.standing import Standing, standing, standings
from dispatch.tracking.store import hours
from dispatch.tracking.unreached import find_unreached
from dispatch.views.form import as_csv
from dispatch.views.unreached import (
    UnreachedCells,
    UnreachedLists,
    unreached_cells,
    unreached_lists,
)
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Form
from dispatch.web.links import link
from dispatch.web.shown import page

unreached = Blueprint("unreached", __name__)

KEPT_SECONDS: Final = 60.0
"""For how long the hours are kept at least: to count them takes longer than all else here."""


@dataclass(frozen=True, slots=True)
class Hours:
    """How many were reached in each hour from the first one on, and who was settled today."""

    begins_at: datetime | None
    counts: tuple[int, ...]
    settled: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """Hours that were counted."""

    hours: Hours
    of: tuple[datetime, Mapping[DeliveryState, int]]
    """The midnight before, and how many deliveries were in each state.

    A delivery that is reached only ever moves on, and none is deleted: while these numbers are
    the same, so are the hours.
    """
    at: float
    """When, in seconds of a clock that only runs forward."""

    def is_for(self, of: tuple[datetime, Mapping[DeliveryState, int]]) -> bool:
        return self.of == of or clock_time.monotonic() <= self.at + KEPT_SECONDS


MOST_HOURS: Final = 21 * 24


@unreached.get("/mailouts/<name>/unreached")
@may(AccountRole.VIEWER)
def every(name: str) -> tuple[str, int]:
    """Show who is not surely reached, those that need somebody first."""
    app, now = office(), office().clock()
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        if mailout.released_at is None:
            due = standings(session, [mailout])[mailout.id].number_unreached
            return page("mailouts/unreached_before.html", mailout=mailout, due=due)
        known = standing(session, mailout)
        by_hour = _by_hour(session, mailout, known, now)
        lists = _lists(session, mailout, known, now, by_hour.settled)
    today, upload_date = local(now).date(), mailout.plan.upload_date
    until = working_days(today, upload_date, mailout.plan.holidays(ENGLAND))
    return page(
        "mailouts/unreached.html",
        mailout=mailout,
        lists=lists[0],
        settled=[(code, lists[1][code]) for code in by_hour.settled],
        reached=known.reached,
        total=known.reached + len(known.unreached),
        until=left((upload_date - today).days, until),
        hours=by_hour,
        now=now,
        form=Form(),
        may_resend=signed_in().may(AccountRole.EDITOR),
    )


def _lists(
    session: Session, mailout: Mailout, known: Standing, now: datetime, settled: tuple[str, ...]
) -> tuple[UnreachedLists, dict[str, str]]:
    """Return the lists, and the names of the authorities."""
    found = find_unreached(session, mailout, known)
    names = authorities.names(session, [*(each.code for each in found), *settled])
    course = Course(mailout.name, mailout.state, mailout.plan.release_at, now)
    return unreached_lists(found, names, course), names


def _by_hour(session: Session, mailout: Mailout, known: Standing, now: datetime) -> Hours:
    """Return how many were reached by hour, as it is or was at most a minute ago."""
    kept: dict[str, Kept] = current_app.extensions.setdefault("hours", {})
    midnight = moment(local(now).date(), time(0)).astimezone(UTC)
    of, found = (midnight, known.tally.deliveries), kept.get(mailout.name)
    if found is None or not found.is_for(of):
        counts, settled = hours.reached(session, mailout, since=midnight)
        counted = Hours(next(iter(counts), None), tuple(_filled(counts)), tuple(settled))
        found = kept[mailout.name] = Kept(counted, of, clock_time.monotonic())
    return found.hours


def _filled(counts: dict[datetime, int]) -> list[int]:
    """Return a number for every hour from the first to the last, of three weeks at most."""
    if not counts:
        return []
    first, *_ = counts
    numbers = [0] * MOST_HOURS
    for at, count in counts.items():
        place = int((at - first).total_seconds()) // 3600
        if place < MOST_HOURS:
            numbers[place] = count
    last = max(place for place, count in enumerate(numbers) if count)
    return numbers[: last + 1]


@unreached.post("/mailouts/<name>/unreached.csv")
@may(AccountRole.VIEWER)
def spreadsheet(name: str) -> Response:
    """Give the list as CSV; the ledger records first who takes it."""
    app, now = office(), office().clock()
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        lists, _ = _lists(session, mailout, standing(session, mailout), now, ())
    rows = [unreached_cells(each, link(each.remedy).words) for each in lists.all]
    content = as_csv(UnreachedCells, rows)
    listing = Listing(
        what="unreached", format="csv", rows=len(rows), filters=(), sha256=sha256(content)
    )
    export.hand_out(app.sessions, listing, word())
    headers = {"Content-Disposition": f'attachment; filename="{name}-unreached.csv"'}
    return Response(content, mimetype="text/csv", headers=headers)
