"""Browsers in which somebody has signed in.

A browser's cookie holds a secret, and the database its digest: who reads the database alone cannot
take anybody's place. Each sign-in has a secret of its own, so that none from before counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import AccountRow, VisitRow
from dispatch.domain.people.signing_in import (
    LONGEST_VISIT,
    SIGN_IN_TIME,
    HowEntered,
    Visit,
)
from dispatch.people import codes, records
from dispatch.people.store import visits as store

LONGEST_NAME_OF_BROWSER: Final = 200
KEPT_FOR: Final = timedelta(days=30)
"""How long the rows of visits are kept, most of which have long ended."""

SEEN_EVERY: Final = timedelta(minutes=5)
"""How exactly it is noted when a visit was last used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is at a page, as far as the request says."""

    at: datetime
    machine_at: datetime
    """What the machine's own clock shows, by which a telephone makes its codes."""
    browser: str = ""


def visit_of(
    session: Session, secret: str, at: datetime, idle: timedelta | None = None
) -> Visit | None:
    """Return the visit of a cookie; None if there is none, or it has ended.

    It has ended with its account, too, and if somebody else changed either in the database.
    """
    found = store.visit(session, codes.digest_of(secret))
    if found is None:
        return None
    row, account = found
    if account is None or row.how is None or account.ended_at or not _is_open(session, row):
        return None
    visit = _visit(row, account)
    is_now = row.began_at <= at < visit.ends_at(idle)
    return visit if is_now and records.holds(session, account) else None


def open_visits(session: Session, account: AccountRow, at: datetime) -> Sequence[Visit]:
    """Return where the person of an account is signed in, the newest first."""
    rows = store.visits_of(session, account.id, since=at - LONGEST_VISIT)
    return [_visit(row, account) for row in rows if row.how and records.is_ours(session, row)]


def note_seen(session: Session, visit: Visit, at: datetime) -> None:
    """Note that a visit was used, if that was last noted a while ago."""
    if at - visit.seen_at >= SEEN_EVERY:
        store.seen(session, visit.id, at)


def begin(
    session: Session, account: AccountRow | None, how: HowEntered | None, caller: Caller, name: str
) -> str:
    """Begin a visit, and return what the cookie holds. Without `how`, nobody has signed in yet.

    The office's own sign-in may have asked nothing, since the person signed in there this morning:
    so that does not confirm who is at the keyboard.
    """
    is_confirmed = how not in {None, HowEntered.OFFICE}
    secret = codes.new_secret()
    row = VisitRow(
        digest=codes.digest_of(secret),
        account_id=account.id if account else None,
        entered_as=name,
        how=how.value if how else None,
        browser=caller.browser[:LONGEST_NAME_OF_BROWSER],
        began_at=caller.at,
        seen_at=caller.at,
        confirmed_at=caller.at if is_confirmed else None,
    )
    records.write(session, row)
    store.forget(session, caller.at - KEPT_FOR)
    return secret


def half(session: Session, secret: str, at: datetime) -> tuple[VisitRow, AccountRow] | None:
    """Return the visit of somebody who has given the password and not yet the code."""
    found = store.visit(session, codes.digest_of(secret))
    if found is None:
        return None
    row, account = found
    is_now = row.began_at <= at < row.began_at + SIGN_IN_TIME
    if account is None or row.how is not None or not is_now or not _is_open(session, row):
        return None
    return row, account


def end(session: Session, row: VisitRow, at: datetime) -> None:
    """End a visit, with what it kept."""
    row.ended_at, row.kept = at, {}
    records.write(session, row)


def end_all(session: Session, account_id: UUID, at: datetime, *, but: UUID | None = None) -> int:
    """End the visits of an account, but one; return how many of them had a person in them."""
    rows = store.visits_of(session, account_id, since=at - LONGEST_VISIT)
    others = [row for row in rows if row.id != but]
    for row in others:
        end(session, row, at)
    return sum(row.how is not None for row in others)


def end_everywhere(session: Session) -> None:
    """End every visit of everybody, by deleting it: the ledger keeps who signed in."""
    store.forget_all(session)


def keep(session: Session, kept: Mapping[str, Any], caller: Caller) -> str:
    """Keep something for a browser in which nobody is signed in; return what its cookie holds."""
    secret = begin(session, None, None, caller, "")
    found = store.visit(session, codes.digest_of(secret))
    assert found is not None  # noqa: S101 - for the type checker: it was just written
    found[0].kept = dict(kept)
    records.write(session, found[0])
    return secret


def kept(session: Session, secret: str, at: datetime) -> dict[str, Any]:
    """Return what is kept for a browser, signed in or not; nothing if that is too long ago."""
    found = store.visit(session, codes.digest_of(secret))
    if found is None or not _is_open(session, found[0]):
        return {}
    return dict(found[0].kept) if at < found[0].began_at + LONGEST_VISIT else {}


def account_of(session: Session, secret: str) -> str | None:
    """Return the id of the account of a cookie, although its visit may have ended."""
    found = store.visit(session, codes.digest_of(secret))
    is_known = found and found[1] and records.is_ours(session, found[0])
    return str(found[1].id) if found and found[1] and is_known else None


def put(session: Session, secret: str, kept: Mapping[str, Any]) -> None:
    """Have a browser's visit keep this, and nothing else, if the visit has not ended."""
    found = store.visit(session, codes.digest_of(secret))
    if found and _is_open(session, found[0]):
        found[0].kept = dict(kept)
        records.write(session, found[0])


def _is_open(session: Session, row: VisitRow) -> bool:
    return row.ended_at is None and records.is_ours(session, row)


def _visit(row: VisitRow, account: AccountRow) -> Visit:
    return Visit(
        id=row.id,
        account=account.to_account(),
        entered_as=row.entered_as,
        how=HowEntered(row.how),
        browser=row.browser,
        began_at=row.began_at,
        seen_at=row.seen_at,
        confirmed_at=row.confirmed_at,
        kept=dict(row.kept),
    )
