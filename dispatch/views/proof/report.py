"""The report of who was sent what: as a table, as JSON, and as CSV for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.database.tables import Attempt
from dispatch.domain import calendar
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import RecipientKind
from dispatch.domain.proof.ledger import Event
from dispatch.ledger.events import DELIVERY_RESENT
from dispatch.letters import hands
from dispatch.proof.store.report import DeliveryReport
from dispatch.views.form import Moment
from dispatch.views.names import address_shown, in_words, short
from dispatch.views.notices import NoticeView, notice_view, said
from dispatch.views.post import PostingView, posting_views, stands_in_words
from dispatch.views.proof.events import EventView, event_view

SHORT_DIGEST: Final = 12
"""Characters of a digest that are shown to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedAttempt:
    """One attempt at a delivery."""

    number: int
    envid: str
    server: str | None
    tls: str | None
    started_at: Moment
    offered_at: Moment | None
    ended_at: Moment | None
    verdict: str | None
    code: int | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A delivery with everything that is known about it, for a program."""

    delivery: UUID
    mailout: str
    released_at: Moment | None
    authority: str
    authority_name: str
    letter: UUID
    version: int
    letter_sha256: str | None
    pdf_sha256: str | None
    header: RecipientKind
    role: str
    name: str
    address: str
    approved_by: str | None
    approved_at: Moment | None
    approved_sha256: str | None
    took_part_in_both: str | None
    made_at: Moment
    tried_at: Moment | None
    state: DeliveryState
    state_at: Moment
    tries: tuple[ReportedAttempt, ...]
    came_back: tuple[NoticeView, ...]
    events: tuple[EventView, ...]
    replaces: UUID | None
    followed_by: UUID | None
    by_post: tuple[PostingView, ...]


def report_view(each: DeliveryReport) -> ReportView:
    """Return the view of a delivery; its moments are in UTC."""
    row = each.delivery
    return ReportView(
        delivery=row.id,
        mailout=each.mailout,
        released_at=each.released_at,
        authority=row.authority_code,
        authority_name=each.authority,
        letter=row.letter_id,
        version=each.version,
        letter_sha256=each.letter_digest,
        pdf_sha256=each.pdf_digest,
        header=row.kind,
        role=row.role,
        name=row.name,
        address=row.address,
        approved_by=each.approved_by,
        approved_at=each.approved_at,
        approved_sha256=each.approved_digest,
        took_part_in_both=each.took_part_in_both,
        made_at=row.created_at,
        tried_at=each.tried_at,
        state=row.state,
        state_at=row.state_at,
        tries=tuple(map(_attempt, each.attempts)),
        came_back=tuple(notice_view(notice, mail, row) for notice, mail in each.notices),
        events=tuple(map(event_view, each.decisions)),
        replaces=row.replaces_id,
        followed_by=each.again,
        by_post=tuple(posting_views(each.by_post)),
    )


def _attempt(row: Attempt) -> ReportedAttempt:
    return ReportedAttempt(
        number=row.number,
        envid=row.envid,
        server=row.server,
        tls=row.tls,
        started_at=row.started_at,
        offered_at=row.offered_at,
        ended_at=row.ended_at,
        verdict=row.verdict,
        code=row.code,
        text=row.text,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """A delivery as a row of a spreadsheet: a field is a column."""

    tried_at: datetime | None
    mailout: str
    released_at: datetime | None
    authority_code: str
    authority: str
    version: int
    letter_sha256: str | None
    pdf_sha256: str | None
    header: str
    role: str
    name: str
    address: str
    approved_by: str | None
    approved_at: datetime | None
    approved_sha256: str | None
    took_part_in_both: str | None
    state: str
    state_at: datetime
    tries: int
    server: str | None
    tls: str | None
    reply: str
    came_back: str
    sent_again_or_settled: str
    delivery: UUID
    replaces: UUID | None
    followed_by: UUID | None
    by_post: str
    """Where the same letter stands that goes by post, as the office says."""


def report_row(each: DeliveryReport) -> ReportRow:
    """Return the row of a delivery."""
    row, last = each.delivery, each.last
    return ReportRow(
        tried_at=each.tried_at,
        mailout=each.mailout,
        released_at=each.released_at,
        authority_code=row.authority_code,
        authority=each.authority,
        version=each.version,
        letter_sha256=each.letter_digest,
        pdf_sha256=each.pdf_digest,
        header="To" if row.kind is RecipientKind.TO else "Cc",
        role=row.role,
        name=row.name,
        address=row.address,
        approved_by=each.approved_by,
        approved_at=each.approved_at,
        approved_sha256=each.approved_digest,
        took_part_in_both=each.took_part_in_both,
        state=row.state.value,
        state_at=row.state_at,
        tries=len(each.attempts),
        server=last.server if last else None,
        tls=last.tls if last else None,
        reply=_reply(each),
        came_back="; ".join(f"{_at(mail.received_at)} {said(row)}" for row, mail in each.notices),
        sent_again_or_settled="; ".join(f"{_at(e.at)} {_decision(e)}" for e in each.decisions),
        delivery=row.id,
        replaces=row.replaces_id,
        followed_by=each.again,
        by_post="; ".join(map(stands_in_words, each.by_post)),
    )


def _at(moment: datetime) -> str:
    return calendar.local(moment).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A delivery as a row of the table for people."""

    when: str
    what: str
    """To whom which letter went."""
    result: str


def report_line(each: DeliveryReport) -> ReportLine:
    """Return the row of a delivery in the table."""
    row, at = each.delivery, calendar.local(each.at)
    version = f", version {each.version}" if each.version > 1 else ""
    digest = f"\nPDF {each.pdf_digest[:SHORT_DIGEST]}" if each.pdf_digest else ""
    whom = f"{row.name}\n{row.address}" if row.address else address_shown(row.address)
    return ReportLine(
        when=f"{at:%d %b %Y}\n{at:%H:%M %Z}",
        what=f"{row.authority_code} {row.role}\n{whom}\n{each.mailout}{version}{digest}",
        result="\n".join(_result(each)) + "\n",
    )


def _result(each: DeliveryReport) -> Iterator[str]:
    yield in_words(each.delivery.state)
    if each.last:
        server = f"{each.last.server}: " if each.last.server else ""
        yield f"{server}{_reply(each)}"
    if len(each.attempts) > 1:
        yield f"{len(each.attempts)} attempts"
    for notice, mail in each.notices:
        yield f"{calendar.local(mail.received_at):%d %b}: {said(notice)}"
    yield from map(_decision, each.decisions)
    if each.again:
        yield f"followed by {short(each.again)}"
    for printed in each.by_post:
        yield f"by post: {stands_in_words(printed)}"
    if each.approved_by and each.approved_at:
        yield f"approved by {each.approved_by}, {calendar.local(each.approved_at):%d %b %Y}"
    if each.took_part_in_both:
        yield hands.in_words(each.took_part_in_both)


def _reply(each: DeliveryReport) -> str:
    """Return how the last attempt ended: the server's reply, or what happened to the connection."""
    return each.last.answer if each.last else ""


def _decision(event: Event) -> str:
    """Say who had a letter resent or settled a doubt, and why."""
    because = event.detail.get("because") or "no reason given"
    if event.action == DELIVERY_RESENT.action:
        return f"sent again by {event.actor}: {because}"
    return f"settled as {event.detail.get('as', '?')} by {event.actor}: {because}"
