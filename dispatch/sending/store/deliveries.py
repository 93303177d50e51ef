"""Statements about deliveries: adding, finding and counting them, and moving many at once.

The statements by which a worker claims deliveries and moves those it holds are in `claims`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Uuid,
    and_,
    func,
    insert,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from dispatch.database import key_of, party_of, sql
from dispatch.database.metadata import table_of
from dispatch.database.sql import Prepared, as_list, is_in, listed
from dispatch.database.tables import Attempt, Delivery, Letter, Mailout
from dispatch.domain.address import folded
from dispatch.domain.delivery import (
    HELD,
    IN_PROGRESS,
    LEASE_RAN_OUT,
    LIFE,
    MAYBE_ACCEPTED,
    WAITING,
    DeliveryState,
)
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.reply import Verdict
from dispatch.domain.sending.queued import Queued
from dispatch.domain.word import Word, clock_at
from dispatch.ledger import catalogue, journal
from dispatch.letters.store.letters import Addressed
from dispatch.register.store import suppressions
from dispatch.sending.store import attempts

# "to" sorts after "cc", so the order of the kinds is reversed.
IN_ORDER: Final = (Delivery.authority_code, Delivery.kind.desc(), Delivery.id)
"""By authority, To before Cc."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From when on a delivery waits, until when it may leave, and whether as a machine's."""

    now: datetime
    not_after: datetime
    is_auto_submitted: bool
    waits_for_first: bool = False
    """Whether it waits for the mailout's first letters: see `first_letters`."""

    @property
    def due_at(self) -> datetime:
        return self.not_after if self.waits_for_first else self.now


def addressed(
    session: Session,
    letter: Addressed,
    recipient: Recipient,
    life: Lifetime,
    *,
    replaces_id: UUID | None = None,
    mail: str | None = None,
) -> Delivery:
    """Return a new delivery of a letter, queued, for `add` to add.

    It follows the delivery `replaces_id` if the letter is sent again. `mail` is the SHA-256 of the
    message's body if that has a covering note and so is not its letter's. Nothing else makes the
    code of a delivery, so the letter must be known to be the approved one.
    """
    row = Delivery(
        mailout_id=letter.mailout_id,
        letter_id=letter.id,
        authority_code=letter.authority_code,
        kind=recipient.kind,
        role=recipient.role,
        address=recipient.address,
        address_key=folded(recipient.address),
        name=recipient.name,
        created_at=life.now,
        due_at=life.due_at,
        not_after=life.not_after,
        state_at=life.now,
        replaces_id=replaces_id,
        mail=mail,
        sent_as=_sent_as(session, life),
    )
    queued = Queued.of(row, letter=letter.digest, recipients=letter.recipients_digest)
    row.mac = queued.mac(key_of(session))
    return row


def _sent_as(session: Session, life: Lifetime) -> str | None:
    party = party_of(session)
    return replace(party, is_auto_submitted=life.is_auto_submitted).text if party else None


def add(session: Session, rows: Sequence[Delivery], word: Word) -> None:
    """Add new deliveries, each with its event; one to a suppressed address as suppressed."""
    suppressed = suppressions.suppressed(session)
    for row in rows:
        if row.address_key in suppressed:
            row.state = DeliveryState.SUPPRESSED
    session.flush()
    # In Core: for thousands of rows, the ORM would hold SQLite's only lock for a second longer.
    if rows:
        session.execute(insert(table_of(Delivery)), list(map(_values, rows)))
    journal.append_all(session, (_added(row, word) for row in rows))


def prepared(session: Session, rows: Iterable[Delivery]) -> Prepared:
    """Return new deliveries for `sql.insert_prepared` to add later."""
    inserting = sql.insert_many(session.get_bind().dialect.name, table_of(Delivery))
    return sql.prepare(session, inserting, map(_values, rows))


def _values(row: Delivery) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in table_of(Delivery).c}


def there(session: Session, letter_ids: Iterable[UUID]) -> set[tuple[UUID, str]]:
    """Return the letters, of some, that have a delivery: each by its id and the folded address."""
    these = listed(session.get_bind().dialect.name, "letters", Uuid())
    query = select(Delivery.letter_id, Delivery.address_key).where(Delivery.letter_id.in_(these))
    rows = session.execute(query, {"letters": as_list((each,) for each in letter_ids)})
    return {(letter_id, address_key) for letter_id, address_key in rows}


def _added(row: Delivery, word: Word) -> Event:
    detail = {"authority": row.authority_code, "role": row.role, "letter": str(row.letter_id)}
    if row.replaces_id:
        detail["replaces"] = str(row.replaces_id)
    return catalogue.into(row.state).by(word, row.id, **detail)


UNSENT: Final = WAITING | {DeliveryState.CLAIMED}
"""No server can have it yet."""

MOST: Final = 1_000
"""Deliveries that are moved in one transaction, since an office may have a hundred thousand."""


def cancel_unsent(session: Session, mailout: Mailout, word: Word) -> int:
    """Cancel the deliveries of a mailout that no server can have yet; return how many.

    A worker that holds one finds that it may not be offered any more, and stops before the dot.
    """
    # The clock cancels those that are left: see `cancel_given_back`.
    condition = Delivery.mailout_id == mailout.id
    states = {each: count for each, count in counts(session, mailout).items() if each in UNSENT}
    _move(session, UNSENT, DeliveryState.CANCELLED, [condition], word)
    return sum(states.values())


def cancel_letter(session: Session, letter_id: UUID, word: Word) -> int:
    """Cancel the deliveries of a letter that wait; return how many."""
    condition = Delivery.letter_id == letter_id
    return _move(session, WAITING, DeliveryState.CANCELLED, [condition], word)


def cancel_copy(session: Session, delivery_id: UUID, *, now: datetime) -> None:
    """Cancel a waiting delivery whose address has its letter; the caller writes the event."""
    LIFE.check(WAITING, DeliveryState.CANCELLED)
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, is_in(Delivery.state, *WAITING))
        .values(state=DeliveryState.CANCELLED, state_at=now)
        .execution_options(synchronize_session=False)
    )


def cancel_given_back(session: Session, *, now: datetime) -> int:
    """Cancel the deliveries that wait in cancelled mailouts: workers held them until then."""
    cancelled = select(Mailout.id).where(Mailout.state == MailoutState.CANCELLED)
    condition = Delivery.mailout_id.in_(cancelled)
    return _move(session, WAITING, DeliveryState.CANCELLED, [condition], clock_at(now))


def expire(session: Session, *, now: datetime) -> int:
    """Expire the deliveries that still wait after their not-after time; return how many."""
    condition = Delivery.not_after <= now
    return _move(session, WAITING, DeliveryState.EXPIRED, [condition], clock_at(now))


def take_back(session: Session, *, now: datetime) -> dict[DeliveryState, int]:
    """Take back the deliveries whose lease has run out; return how many went to which state.

    A delivery that is claimed cannot have been accepted, so it is queued again. Of one that is
    offered nobody knows: it goes into doubt, and its attempt is recorded for the worker.
    """
    lost = attempts.vanished(session, now=now)
    conditions = {
        DeliveryState.CLAIMED: and_(is_in(Delivery.state, *HELD), Delivery.lease_until < now),
        DeliveryState.OFFERED: Delivery.id.in_(lost),
    }
    return {
        then: _move(session, {held}, then, [conditions[held]], clock_at(now))
        for held, then in LEASE_RAN_OUT.items()
    }


def _move(
    session: Session,
    states: Sequence[DeliveryState] | frozenset[DeliveryState] | set[DeliveryState],
    then: DeliveryState,
    conditions: Sequence[ColumnElement[bool]],
    word: Word,
) -> int:
    """Move up to `MOST` deliveries, and return how many."""
    LIFE.check(states, then)
    is_one = is_in(Delivery.state, *states), *conditions
    # The states in the WHERE are the guard: a delivery that a worker has claimed or recorded in
    # the meantime is no longer in one of them, and stays as it is.
    moved = session.execute(
        update(Delivery)
        .where(*is_one, Delivery.id.in_(select(Delivery.id).where(*is_one).limit(MOST)))
        .values(state=then, state_at=word.at, lease_until=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    ids = list(moved.scalars())
    kind = catalogue.into(then)
    journal.append_all(session, (kind.by(word, each) for each in ids))
    return len(ids)


def of_mailout(session: Session, mailout: Mailout, *states: DeliveryState) -> Sequence[Delivery]:
    """Return the deliveries of a mailout, in all states or in these, by authority."""
    query = select(Delivery).where(Delivery.mailout_id == mailout.id)
    if states:
        query = query.where(Delivery.state.in_(states))
    return session.scalars(query.order_by(Delivery.authority_code, Delivery.kind.desc())).all()


def of_letters(
    session: Session, letter_ids: Iterable[UUID], *states: DeliveryState
) -> Sequence[Delivery]:
    """Return the deliveries of some letters in these states, by authority."""
    these = listed(session.get_bind().dialect.name, "letters", Uuid())
    query = select(Delivery).where(Delivery.letter_id.in_(these), Delivery.state.in_(states))
    given = {"letters": as_list((each,) for each in letter_ids)}
    return session.scalars(query.order_by(*IN_ORDER), given).all()


def pages(
    session: Session,
    mailout: Mailout,
    *states: DeliveryState,
    after: UUID | None = None,
    size: int,
) -> Iterator[Sequence[Delivery]]:
    """Yield the deliveries of a mailout, in all states or in these, a page at a time.

    By authority, To before Cc, and a letter sent again after the delivery that it replaces; from
    the one that follows `after` in this order. The last page may have fewer, or none.
    """
    query = select(Delivery).where(Delivery.mailout_id == mailout.id).limit(size)
    if states:
        query = query.where(Delivery.state.in_(states))
    last = after
    while True:
        page = session.scalars(_following(session, query, last)).all()
        yield page
        if len(page) < size:
            return
        last = page[-1].id


def _following(session: Session, query: Select[Delivery], after: UUID | None) -> Select[Delivery]:
    """Put the deliveries in the order of `pages`, from the one that follows `after`."""
    # "to" sorts after "cc", and all of a key is compared in one direction.
    key: list[Any] = [Delivery.authority_code, Delivery.kind != RecipientKind.TO, Delivery.role]
    key += [Delivery.created_at, Delivery.id]
    query = query.order_by(*key)
    if after is None:
        return query
    row = session.execute(select(*key).where(Delivery.id == after)).one_or_none()
    if row is None:
        raise NotFound(f"there is no delivery {after}")
    return query.where(sql.follows(key, row))


def id_starting_with(session: Session, beginning: str) -> UUID:
    """Return the id of the one delivery that starts like that; see `sql.id_starting_with`."""
    see = "`dispatch delivery doubtful NAME` for those in doubt"
    return sql.id_starting_with(session, Delivery.id, beginning, what="delivery", see=see)


def with_mailout(
    session: Session, delivery_id: UUID, *, is_locked: bool = False
) -> tuple[Delivery, Mailout]:
    """Return a delivery and its mailout, or raise `NotFound`.

    Locked, both are read afresh and stay as they are until the caller's transaction ends.
    """
    both = select(Delivery, Mailout).join(Mailout, Delivery.mailout_id == Mailout.id)
    both = both.where(Delivery.id == delivery_id)
    if is_locked:
        # The mailout's lock first, as in every transaction that moves a mailout and its deliveries.
        mailout = both.with_only_columns(Mailout.id).with_for_update(of=Mailout)
        session.execute(mailout)
        both = both.with_for_update(of=Delivery).execution_options(populate_existing=True)
    found = session.execute(both).one_or_none()
    if found is None:
        raise NotFound(f"there is no delivery {delivery_id}")
    delivery, its_mailout = found
    return delivery, its_mailout


def in_doubt(
    session: Session, mailout: Mailout | None = None
) -> Sequence[tuple[Delivery, Attempt | None]]:
    """Return the deliveries in doubt of one mailout, or of all, each with its last attempt."""
    last = and_(Attempt.delivery_id == Delivery.id, Attempt.number == Delivery.attempts)
    query = (
        select(Delivery, Attempt)
        .outerjoin(Attempt, last)
        .where(Delivery.state == DeliveryState.IN_DOUBT)
        .order_by(*IN_ORDER)
    )
    if mailout:
        query = query.where(Delivery.mailout_id == mailout.id)
    return [(delivery, attempt) for delivery, attempt in session.execute(query)]


def denied(session: Session, mailout: Mailout | None = None) -> Sequence[Delivery]:
    """Return the deliveries that were in doubt until a person said that they were not sent.

    Each may have ended since, or wait to be sent again; a late reply may say that it was accepted.
    """
    doubted = (Verdict.IN_DOUBT.value, Verdict.ACCEPTED.value)
    attempted = select(Attempt.delivery_id).where(Attempt.verdict.in_(doubted))
    query = (
        select(Delivery)
        .where(Delivery.state.not_in(MAYBE_ACCEPTED), Delivery.id.in_(attempted))
        .order_by(*IN_ORDER)
    )
    if mailout:
        query = query.where(Delivery.mailout_id == mailout.id)
    return session.scalars(query).all()


def accept(session: Session, delivery_id: UUID, *, now: datetime) -> bool:
    """Move one delivery from in doubt to accepted; return False if it is not in doubt."""
    doubt, accepted = DeliveryState.IN_DOUBT, DeliveryState.ACCEPTED
    LIFE.check([doubt], accepted)
    # Guarded by the state: evidence, a late reply and a person may settle it at the same moment,
    # and the first counts.
    moved = session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == doubt)
        .values(state=accepted, state_at=now, lease_until=None)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    )
    return moved.first() is not None


def first_delivery(session: Session, letter: Letter) -> Delivery | None:
    """Return the first delivery to the letter's first recipient, once there is one."""
    address_key = folded(letter.draft.recipients[0].address)
    query = select(Delivery).where(
        Delivery.letter_id == letter.id,
        Delivery.address_key == address_key,
        Delivery.mail.is_(None),  # not one with a covering note
    )
    return session.scalars(query).one_or_none()


def attempts_at(session: Session, delivery_id: UUID) -> Sequence[Attempt]:
    """Return the attempts at one delivery, in order."""
    query = select(Attempt).where(Attempt.delivery_id == delivery_id).order_by(Attempt.number)
    return session.scalars(query).all()


def last_attempts(session: Session, delivery_ids: Collection[UUID]) -> dict[UUID, Attempt]:
    """Return the last attempt at each of some deliveries."""
    asking = _last_attempts(session.get_bind().dialect.name)
    given = {"deliveries": as_list((each,) for each in delivery_ids)}
    return {attempt.delivery_id: attempt for attempt in session.scalars(asking, given)}


@cache
def _last_attempts(dialect: str) -> Select[Attempt]:
    these = listed(dialect, "deliveries", Uuid())
    if dialect != "postgresql":
        return select(Attempt).where(Attempt.delivery_id.in_(these)).order_by(Attempt.number)
    # PostgreSQL would read all attempts that there are for a page of deliveries: it does not know
    # how short the list is. One at a time, there is no way but by the index.
    asked = these.subquery("asked")
    last = (
        select(Attempt)
        .where(Attempt.delivery_id == asked.c[0])
        .order_by(Attempt.number.desc())
        .limit(literal_column("1"))
        .correlate(asked)
        .lateral("last")
    )
    return select(aliased(Attempt, last)).select_from(asked).join(last, true())


def has_any_in(session: Session, mailout: Mailout, states: Collection[DeliveryState]) -> bool:
    """Whether a mailout has a delivery in any of these states; fast however many it has."""
    query = select(Delivery.id).where(Delivery.mailout_id == mailout.id, Delivery.state.in_(states))
    return session.scalar(query.limit(1)) is not None


def counts(session: Session, mailout: Mailout) -> dict[DeliveryState, int]:
    """Return how many deliveries of a mailout are in each state."""
    query = (
        select(Delivery.state, func.count())
        .where(Delivery.mailout_id == mailout.id)
        .group_by(Delivery.state)
    )
    return dict(session.execute(query).all())


def waiting_addresses(session: Session, mailout: Mailout) -> Sequence[str]:
    """Return the address of each delivery of a mailout that still waits to leave."""
    query = select(Delivery.address).where(
        Delivery.mailout_id == mailout.id, Delivery.state.in_(WAITING)
    )
    return session.scalars(query).all()


def last_ended(session: Session, mailouts: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return when the last attempt ended by which a delivery of each mailout came to an end.

    As a rule, that is one of the last attempts of all, and one statement finds it. For those of
    which none of these is, another looks at all of theirs. A mailout without any is left out.
    """
    of_all = select(Attempt.delivery_id, Attempt.ended_at).where(Attempt.ended_at.is_not(None))
    last = of_all.order_by(Attempt.ended_at.desc()).limit(LAST_LOOKED_AT).subquery()
    joined = select(Delivery.mailout_id, func.max(last.c.ended_at)).join(
        last, last.c.delivery_id == Delivery.id
    )
    found = _ended(session, joined, sql.unindexed(Delivery.mailout_id), mailouts)
    if others := [each for each in mailouts if each not in found]:
        joined = select(Delivery.mailout_id, func.max(Attempt.ended_at)).join(
            Attempt, Attempt.delivery_id == Delivery.id
        )
        found |= _ended(session, joined, Delivery.mailout_id, others)
    return found


LAST_LOOKED_AT: Final = 1000
"""Attempts: at the pace of most mail servers, those of some minutes."""


def _ended(
    session: Session,
    query: Select[*tuple[UUID, datetime | None]],
    mailout_id: ColumnElement[UUID] | InstrumentedAttribute[UUID],
    mailouts: Sequence[UUID],
) -> dict[UUID, datetime]:
    is_one = sql.is_of(mailout_id, mailouts), Delivery.state.not_in(IN_PROGRESS)
    rows = session.execute(query.where(*is_one).group_by(Delivery.mailout_id))
    return {id_: at for id_, at in rows if at is not None}


def refuse_purged(session: Session, mailout: Mailout, some: Collection[str] = ()) -> None:
    """Raise `RuleBroken` if a mailout's addresses were purged: none of it can be sent again.

    `some` of its addresses show that, if they were read already.
    """
    is_purged = Delivery.address == literal_column("''")  # as the index has it
    query = select(Delivery.id).where(Delivery.mailout_id == mailout.id, is_purged)
    if not all(some) or (not some and session.scalar(query.limit(1))):
        raise purged(mailout)


def purged(mailout: Mailout) -> RuleBroken:
    """Return what stops letters from being sent again whose addresses were deleted."""
    return RuleBroken(
        f"the names and addresses of {mailout.name} have been purged (`dispatch audit purge`): "
        f"none of its letters can be sent again"
    )
