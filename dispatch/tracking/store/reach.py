"""How far each authority's letter has come: its last delivery, and what came back since.

The role that counts is the first of the plan's To roles: the chief executive, say. Of a letter that
was resent or reissued, the last delivery counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from dispatch.database.sql import as_list, is_of, listed, unindexed
from dispatch.database.tables import (
    Attempt,
    Delivery,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
    Suggestion,
)
from dispatch.domain.delivery import REACHED, DeliveryState
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE, UNDECIDED
from dispatch.domain.notice import Action, Category
from dispatch.domain.reply import Reply
from dispatch.domain.tracking.unreached import KEPT_BACK
from dispatch.letters.store import letters
from dispatch.tracking.store.chains import ADDRESSED_TO
from dispatch.tracking.store.facts import Fact, Found, Part, fact


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
    addressed_to: str
    """The code of the authority that the letter goes to: its own, or its successor's."""
    is_suggestion_open: bool
    """Whether a contact that its answer suggests waits for a person."""
    verb: str | None
    status: int | None
    text: str | None
    """The last reply, of one that was refused or put off."""

    @property
    def reply(self) -> Reply | None:
        """What refused it or put it off, if its words are not deleted."""
        return Reply(self.verb or "", self.status, self.text) if self.status and self.text else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which authorities of a mailout may not have their letter. Those who have are not read."""

    behind: Mapping[str, DeliveryState]
    """The state of each last delivery that is not accepted or better, by the authority's code."""
    kept_back: Mapping[str, Category]
    """The codes of authorities whose letter waits until somebody there lets it through, with what
    said so: a challenge, or a gateway that holds it. It waits until something shows that it was let
    through: a receipt, a reply by a person, or a notification of delivery."""
    delayed: Mapping[UUID, datetime]
    """The deliveries that a server is still trying to pass on, and when it first said so."""
    late: Mapping[str, datetime]
    """The same of the authorities whose last delivery is one of these, by code."""


def of_mailout(found: Found, mailout: Mailout) -> Reach:
    """Return who may not have the letters of a mailout, of the facts that `parts` ask for."""

    def each(kind: str) -> Sequence[Fact]:
        return found.get((mailout.id, kind), ())

    behind = sorted(each("behind"), key=lambda it: (it.at, it.id))
    kept_back = {(it.word, it.key) for it in each("kept back")}
    return Reach(
        behind={it.key: DeliveryState(it.word) for it in behind},
        kept_back={
            code: category
            for category in reversed(KEPT_BACK)
            for word, code in kept_back
            if word == category.value
        },
        delayed={it.id: it.at for it in each("late") if it.id and it.at},
        late={it.key: it.at for it in each("late") if it.word and it.at},
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


def parts(mailouts: Sequence[Mailout]) -> Iterator[tuple[str, Part]]:
    """Yield the statements by which those are found who may not have their letter."""
    ids, role_fits = [each.id for each in mailouts], is_to_role(mailouts)
    delivery, about = Delivery.mailout_id, {"key": Delivery.authority_code, "id": Delivery.id}
    state = type_coerce(Delivery.state, String)
    is_behind = role_fits, Delivery.state.in_(set(DeliveryState) - REACHED), is_last()
    yield "behind", fact(delivery, **about, word=state, at=Delivery.created_at).where(*is_behind)
    category = type_coerce(NoticeRow.category, String)
    yield "kept back", _kept_back(fact(delivery, **about, word=category), role_fits)
    is_its = case((and_(role_fits, is_last()), "is"), else_="")
    said_at = func.min(IncomingMail.received_at)
    yield "late", _late(fact(delivery, **about, word=is_its, at=said_at), ids)


def missing(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the codes of the letters in force that have no delivery to the first To role."""
    one: Select[int] = select(literal_column("1")).where(
        Delivery.mailout_id == Letter.mailout_id,
        Delivery.authority_code == Letter.authority_code,
        is_to_role([mailout]),
    )
    is_one = *letters.are_in_force([mailout.id]), ~one.correlate(Letter).exists()
    return frozenset(session.scalars(select(Letter.authority_code).where(*is_one)))


def _kept_back(query: Part, role_fits: ColumnElement[bool]) -> Part:
    shows = (Category.RECEIPT, Category.HUMAN, Category.DELIVERED)
    let_through = select(NoticeRow.delivery_id).where(
        NoticeRow.category.in_(shows),
        NoticeRow.delivery_id.is_not(None),
        or_(NoticeRow.is_believed, NoticeRow.trust.in_(PROVES_ACCEPTANCE)),
    )
    return query.join(NoticeRow, NoticeRow.delivery_id == Delivery.id).where(
        role_fits,
        Delivery.state == DeliveryState.ACCEPTED,
        is_last(),
        NoticeRow.category.in_(KEPT_BACK),
        NoticeRow.is_believed,
        NoticeRow.delivery_id.not_in(let_through),
    )


DELAYED: Final[ColumnElement[Action]] = literal_column(f"'{Action.DELAYED.value}'")
"""As the index over such notices has it."""


def _late(query: Part, ids: Sequence[UUID]) -> Part:
    return (
        query.join(NoticeRow, NoticeRow.delivery_id == Delivery.id)
        .join(IncomingMail, IncomingMail.id == NoticeRow.mail_id)
        .where(
            is_of(unindexed(Delivery.mailout_id), ids),
            Delivery.state == DeliveryState.ACCEPTED,
            NoticeRow.action == DELAYED,
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
            ADDRESSED_TO.as_string(),
            exists().where(Suggestion.delivery_id == Delivery.id, Suggestion.state.in_(UNDECIDED)),
            *map(_last_said, (Attempt.verb, Attempt.code, Attempt.text)),
        )
        .join(Letter, Letter.id == Delivery.letter_id)
        .where(is_to_role([mailout]), is_last())
        .order_by(Delivery.created_at, Delivery.id)
    )
    given = {}
    if codes is not None:
        dialect = session.get_bind().dialect.name
        query = query.where(Delivery.authority_code.in_(listed(dialect, "codes", String())))
        given["codes"] = as_list((code,) for code in codes)
    rows = session.execute(query, given)
    return {each.code: each for each in (LastDelivery(*row) for row in rows)}


TURNED_AWAY: Final = frozenset({DeliveryState.REFUSED, DeliveryState.DEFERRED})


def _last_said(column: InstrumentedAttribute[Any]) -> ScalarSelect[Any]:
    """Select what the last attempt says of a delivery that was refused or put off."""
    last = select(column).where(Attempt.delivery_id == Delivery.id, Delivery.state.in_(TURNED_AWAY))
    last = last.order_by(Attempt.number.desc()).limit(literal_column("1"))
    return last.correlate(Delivery).scalar_subquery()


def is_last() -> ColumnElement[bool]:
    """Whether no other delivery follows this one. Those that follow one are few."""
    following = aliased(Delivery)
    replaced = select(following.replaces_id).where(following.replaces_id.is_not(None))
    return Delivery.id.not_in(replaced)
