"""How far each authority's letter has come: its last delivery, and what came back since.

The role that counts is the first of the plan's To roles: the chief executive, say. Of a letter that
was resent or reissued, the last delivery counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, is_of, listed
from dispatch.database.tables import Delivery, IncomingMail, Letter, Mailout, NoticeRow
from dispatch.domain.delivery import REACHED, DeliveryState
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE
from dispatch.domain.notice import Action, Category
from dispatch.domain.tracking.unreached import KEPT_BACK
from dispatch.letters.store import letters


@dataclass(frozen=True, slots=True)
class LastDelivery:
    """The last delivery of an authority's letter to the first To role."""

    code: str
    """The authority's."""
    delivery_id: UUID
    letter_id: UUID
    state: DeliveryState
    state_at: datetime
    due_at: datetime
    address: str
    address_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which authorities of a mailout may not have their letter. Those who have are not read."""

    missing: frozenset[str]
    """The codes of those that are due a letter and have no delivery to the first To role."""
    behind: Mapping[str, DeliveryState]
    """The state of each last delivery that is not accepted or better, by the authority's code."""
    kept_back: Mapping[str, Category]
    """The codes of authorities whose letter waits until somebody there lets it through, with what
    said so: a challenge, or a gateway that holds it. It waits until something shows that it was let
    through: a receipt, a reply by a person, or a notification of delivery."""
    delayed: Mapping[UUID, datetime]
    """The deliveries that a server is still trying to pass on, and when it first said so."""
    late: frozenset[str]
    """The codes of the authorities whose last delivery is one of these."""


def reaches(session: Session, mailouts: Sequence[Mailout]) -> dict[UUID, Reach]:
    """Return who may not have the letters of some mailouts, by the mailout's id: one statement."""
    if not mailouts:
        return {}
    named = (
        select(literal(name).label("part"), *part.subquery().c) for name, part in _parts(mailouts)
    )
    found: dict[tuple[UUID, str], list[_Found]] = defaultdict(list)
    for part, id_, *said in session.execute(union_all(*named)):
        found[id_, part].append(_Found(*said))
    return {each.id: _reach({part: found[each.id, part] for part in PARTS}) for each in mailouts}


class _Found(NamedTuple):
    code: str
    delivery_id: UUID | None
    word: str
    at: datetime | None


PARTS: Final = ("missing", "behind", "kept back", "late")


def _reach(part: Mapping[str, list[_Found]]) -> Reach:
    behind = sorted(part["behind"], key=lambda each: (each.at, each.delivery_id))
    kept_back = {(each.word, each.code) for each in part["kept back"]}
    late = part["late"]
    return Reach(
        missing=frozenset(each.code for each in part["missing"]),
        behind={each.code: DeliveryState(each.word) for each in behind},
        kept_back={
            code: category
            for category in reversed(KEPT_BACK)
            for word, code in kept_back
            if word == category.value
        },
        delayed={each.delivery_id: each.at for each in late if each.delivery_id and each.at},
        late=frozenset(each.code for each in late if each.word),
    )


def is_to_role(mailouts: Sequence[Mailout]) -> ColumnElement[bool]:
    """Return the condition for a delivery to the first To role of one of these mailouts."""
    by_role: dict[str, list[UUID]] = defaultdict(list)
    for each in mailouts:
        by_role[each.plan.to_roles[0]].append(each.id)
    conditions = (
        and_(is_of(Delivery.mailout_id, ids), Delivery.role == role)
        for role, ids in by_role.items()
    )
    return or_(*conditions)


def _parts(mailouts: Sequence[Mailout]) -> Iterator[tuple[str, Select[*tuple[Any, ...]]]]:
    ids, role_fits = [each.id for each in mailouts], is_to_role(mailouts)
    yield "missing", _missing(ids, role_fits)
    about = Delivery.mailout_id, Delivery.authority_code, Delivery.id
    state = type_coerce(Delivery.state, String)
    is_behind = role_fits, Delivery.state.in_(set(DeliveryState) - REACHED), _is_last()
    yield "behind", select(*about, state, Delivery.created_at).where(*is_behind)
    category = type_coerce(NoticeRow.category, String)
    yield "kept back", _kept_back(select(*about, category, _NO_MOMENT), role_fits)
    is_its = case((and_(role_fits, _is_last()), "is"), else_="")
    yield "late", _late(select(*about, is_its, func.min(IncomingMail.received_at)), ids)


_NO_MOMENT: Final[ColumnElement[Any]] = type_coerce(null(), table_of(Delivery).c.created_at.type)


def _missing(ids: Sequence[UUID], role_fits: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    has_one = exists().where(
        Delivery.mailout_id == Letter.mailout_id,
        Delivery.authority_code == Letter.authority_code,
        role_fits,
    )
    nothing = type_coerce(null(), Uuid()), type_coerce(null(), String()), _NO_MOMENT
    about = Letter.mailout_id, Letter.authority_code
    return select(*about, *nothing).where(*letters.are_in_force(ids), ~has_one)


def _kept_back(
    query: Select[*tuple[Any, ...]], role_fits: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    shows = (Category.RECEIPT, Category.HUMAN, Category.DELIVERED)
    let_through = select(NoticeRow.delivery_id).where(
        NoticeRow.category.in_(shows),
        NoticeRow.delivery_id.is_not(None),
        or_(NoticeRow.is_believed, NoticeRow.trust.in_(PROVES_ACCEPTANCE)),
    )
    return query.join(NoticeRow, NoticeRow.delivery_id == Delivery.id).where(
        role_fits,
        Delivery.state == DeliveryState.ACCEPTED,
        _is_last(),
        NoticeRow.category.in_(KEPT_BACK),
        NoticeRow.is_believed,
        NoticeRow.delivery_id.not_in(let_through),
    )


def _late(query: Select[*tuple[Any, ...]], ids: Sequence[UUID]) -> Select[*tuple[Any, ...]]:
    return (
        query.join(NoticeRow, NoticeRow.delivery_id == Delivery.id)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(
            is_of(Delivery.mailout_id, ids),
            Delivery.state == DeliveryState.ACCEPTED,
            NoticeRow.action == Action.DELAYED,
            NoticeRow.is_believed,
        )
        .group_by(Delivery.id)
    )


def last_deliveries(
    session: Session, mailout: Mailout, codes: Iterable[str] | None = None
) -> dict[str, LastDelivery]:
    """Return the last delivery to each authority, or to some, by code; none before the release."""
    query = (
        select(
            Delivery.authority_code,
            Delivery.id,
            Delivery.letter_id,
            Delivery.state,
            Delivery.state_at,
            Delivery.due_at,
            Delivery.address,
            Delivery.address_key,
        )
        .where(is_to_role([mailout]), _is_last())
        .order_by(Delivery.created_at, Delivery.id)
    )
    given = {}
    if codes is not None:
        dialect = session.get_bind().dialect.name
        query = query.where(Delivery.authority_code.in_(listed(dialect, "codes", String())))
        given["codes"] = as_list((code,) for code in codes)
    rows = session.execute(query, given)
    return {each.code: each for each in (LastDelivery(*row) for row in rows)}


def _is_last() -> ColumnElement[bool]:
    """Whether no other delivery follows this one. Those that follow one are few."""
    following = aliased(Delivery)
    replaced = select(following.replaces_id).where(following.replaces_id.is_not(None))
    return Delivery.id.not_in(replaced)
