"""Authorities as people and programs are shown them: what a search finds, and all about one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.register.search import Found, Hit
from dispatch.register.store.authorities import Listed
from dispatch.tracking.authority import Record
from dispatch.views.contacts import TenureView, tenure
from dispatch.views.form import Moment
from dispatch.views.notices import NoticeView, belief, notice_view, said


@dataclass(frozen=True, slots=True, kw_only=True)
class HitView:
    """An authority in a list."""

    code: str
    name: str
    official_name: str
    group: str | None
    last_day: date | None
    """The last day on which it existed."""
    successors: tuple[str, ...]
    former: str
    """The former name by which it was found."""


def listed(of: Listed, former: str = "") -> HitView:
    """Return the view of an authority in a list."""
    return HitView(
        code=of.code,
        name=of.name,
        official_name=of.official_name,
        group=of.group,
        last_day=of.last_day,
        successors=of.successors,
        former=former,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView:
    """What a search found."""

    hits: tuple[HitView, ...]
    said: str
    """How many there are, in a sentence."""


def found(of: Found, typed: str) -> FoundView:
    """Return the view of what was found by what somebody typed."""
    return FoundView(hits=tuple(map(_hit, of.hits)), said=_said(of, typed))


def _hit(of: Hit) -> HitView:
    return listed(of.authority, of.former)


def _said(of: Found, typed: str) -> str:
    if not of.hits:
        return f"No authority is called “{typed}”, and none was."
    if of.is_near:
        return f"No authority is called “{typed}”. Did you mean this one?"
    if of.count > len(of.hits):
        return f"The first {len(of.hits)} of {of.count} authorities. Type more of the name."
    return "1 authority" if of.count == 1 else f"{of.count} authorities"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterLine:
    """One version of a letter about an authority."""

    mailout: str
    mailout_state: MailoutState
    code: str
    version: int
    state: LetterState
    year: str
    letter_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """One delivery of such a letter."""

    id: UUID
    mailout: str
    role: str
    name: str
    address: str
    state: DeliveryState
    since: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """What came back of one."""

    notice: NoticeView
    said: str
    belief: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityView:
    """All about one authority."""

    code: str
    name: str
    official_name: str
    kind: str
    group: str | None
    region: str | None
    start_date: date | None
    last_day: date | None
    successors: tuple[str, ...]
    predecessors: tuple[HitView, ...]
    former_names: tuple[str, ...]
    source: str | None
    contacts: tuple[TenureView, ...]
    """Who is in post."""
    vacant: tuple[str, ...]
    """The roles that nobody holds."""
    before: tuple[TenureView, ...]
    """Who was in post before, the latest first."""
    letters: tuple[LetterLine, ...]
    deliveries: tuple[DeliveryLine, ...]
    next: UUID | None
    notices: tuple[NoticeLine, ...]


def authority_view(of: Record) -> AuthorityView:
    """Return the view of an authority."""
    authority = of.authority
    return AuthorityView(
        code=authority.code,
        name=authority.name,
        official_name=authority.official_name,
        kind=authority.kind,
        group=authority.group,
        region=authority.region,
        start_date=authority.start_date,
        last_day=authority.last_day,
        successors=authority.successors,
        predecessors=tuple(map(listed, of.predecessors)),
        former_names=of.former_names,
        source=authority.source,
        contacts=tuple(map(tenure, of.present.values())),
        vacant=of.vacant,
        before=tuple(map(tenure, of.before)),
        letters=tuple(
            LetterLine(
                mailout=mailout.name,
                mailout_state=mailout.state,
                code=letter.authority_code,
                version=letter.version,
                state=letter.state,
                year=mailout.plan.year,
                letter_date=mailout.plan.letter_date,
            )
            for letter, mailout in of.letters
        ),
        deliveries=tuple(
            DeliveryLine(
                id=delivery.id,
                mailout=mailout,
                role=delivery.role,
                name=delivery.name,
                address=delivery.address,
                state=delivery.state,
                since=delivery.state_at,
            )
            for delivery, mailout in of.deliveries
        ),
        next=of.next,
        notices=tuple(
            NoticeLine(notice=notice_view(*each), said=said(each[0]), belief=belief(each[0]))
            for each in of.notices
        ),
    )
