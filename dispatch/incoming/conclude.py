"""Draw conclusions from notices: match each to its delivery and move that on.

Only a notice that came to a return path which we signed, or that returns a header which we signed,
may change anything, or one that a person has confirmed. One that comes long after the letter needs
that person too: servers give up within days, and a message that was once forwarded shows its return
path for ever. Any other waits for a person, since anybody may have written it: see `undecided`. One
with the code that is in our Message-ID still does one thing: if that message is in doubt, a server
must have taken it, since nobody else can have seen the code. The delivery's id alone does not
settle a doubt: it may be read in an evidence pack that was published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dispatch.database import PassingTrouble, Session, Sessions
from dispatch.database.tables import Delivery, IncomingMail, NoticeRow
from dispatch.domain.address import folded
from dispatch.domain.delivery import EVER_ACCEPTED, DeliveryState
from dispatch.domain.digest import digest
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE, Trust
from dispatch.domain.incoming.notice_effects import Effect, attempt_in, effect_on
from dispatch.domain.notice import Action, Successor
from dispatch.domain.proof.ledger import WORKER
from dispatch.domain.sending.envelope import Sender
from dispatch.incoming import on_record
from dispatch.incoming.asked import asked, named_in
from dispatch.incoming.match import Match, is_long_after, match_to_delivery
from dispatch.incoming.store import messages, notices, readings, suggestions
from dispatch.incoming.store.suggestions import Answered
from dispatch.ledger import catalogue, events, journal
from dispatch.ledger.kinds import Kind
from dispatch.register import suppressions

PATIENCE: Final = timedelta(seconds=10)
"""How long a notice waits for a worker to record its reply, or for that worker's lease to end."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What was concluded from a notice."""

    mail_id: UUID
    changes: tuple[str, ...] = ()
    """Each thing that it changed, in words."""
    is_about_us: bool = False
    """Whether our own server or domain was rejected, so that somebody must look at it."""


def conclude(
    session: Session, sender: Sender, *, soft_bounces: int, now: datetime, only: UUID | None = None
) -> Conclusion | None:
    """Draw the conclusions from one notice that waits, or from the one of the message `only`.

    None if no notice waits. One that was read again has an effect only if it says something else
    than before. `soft_bounces` is how many soft bounces suppress an address.
    """
    row = notices.next_due(session, now=now, only=only)
    if row is None:
        return None
    mail = session.get_one(IncomingMail, row.mail_id)
    if not on_record.came_in(session, mail.sha256):
        readings.set_aside(session, mail.id, NOT_RECEIVED, now=now)
        return Conclusion(mail.id)
    recipients = messages.recipients(session, mail.id)
    match = match_to_delivery(session, row.notice, recipients, sender, mail.received_at)
    if match.delivery and match.delivery.state is DeliveryState.OFFERED:
        # Its worker may still hold the reply in memory: a state set now would void its claim.
        row.due_at = now + PATIENCE
        return Conclusion(mail.id, ("waits until its letter's attempt is recorded",))
    row.due_at = None
    if row.confirmed_by is not None and not _is_confirmed(session, match, mail):
        row.forget_decision()
    _write(row, match, mail.received_at)
    rests_on = _rests_on(row)
    if row.concluded == rests_on:
        return Conclusion(mail.id)
    row.concluded = rests_on
    step = _Step(session, row, mail, match.delivery, now, match.question_id)
    changes = tuple(filter(None, step.take(soft_bounces)))
    return Conclusion(mail.id, changes, is_about_us=row.is_about_us and row.is_believed)


NOT_RECEIVED: Final = "the ledger has no event of ours by which it came in"


def _is_confirmed(session: Session, match: Match, mail: IncomingMail) -> bool:
    """Whether a person confirmed a notice, and not only its row says so."""
    delivery = match.delivery
    return delivery is not None and bool(on_record.who_confirmed(session, delivery.id, mail.sha256))


def conclude_due(
    sessions: Sessions,
    sender: Sender,
    *,
    soft_bounces: int,
    clock: Callable[[], datetime],
    limit: int,
    only: UUID | None = None,
) -> list[Conclusion]:
    """Draw the conclusions from notices that wait, each in a transaction of its own.

    If one fails, the others go on. It waits if the trouble may pass; otherwise its message is
    quarantined with the reason.
    """
    with sessions.read() as session:
        due = [only] if only else notices.due_ids(session, now=clock(), limit=limit)
    done = []
    for mail_id in due:
        now = clock()
        try:
            with sessions.begin() as session:
                done.append(
                    conclude(session, sender, soft_bounces=soft_bounces, now=now, only=mail_id)
                )
        except PassingTrouble:
            with sessions.begin() as session:  # raises if the database is away altogether
                notices.notice_of(session, mail_id).due_at = now + PATIENCE
        except Exception as error:  # noqa: BLE001 - one notice must not stop the rest
            with sessions.begin() as session:
                why = f"nothing could be concluded: {type(error).__name__}"
                readings.set_aside(session, mail_id, why, now=now)
    return list(filter(None, done))


def _write(row: NoticeRow, match: Match, received_at: datetime) -> None:
    """Record which delivery a notice is about, and what it says of that delivery."""
    delivery = match.delivery
    delivery_id = delivery.id if delivery else None
    if row.delivery_id not in {None, delivery_id}:  # a person confirmed it of another delivery
        row.forget_decision()
    row.delivery_id, row.clue, row.trust = delivery_id, match.clue, match.trust
    is_late = delivery is not None and is_long_after(delivery, received_at)
    is_proven = match.trust is Trust.VERIFIED and not is_late
    row.is_believed = is_proven or row.confirmed_by is not None
    said = effect_on(delivery.address, row.notice) if delivery else None
    fate = said.fate if said else None
    row.action = fate.action if fate else None
    row.reason = fate.reason if fate else None
    row.status = fate.status if fate else None
    row.is_hard = fate is not None and fate.is_hard
    row.is_about_us = fate is not None and fate.is_about_us
    row.counts_against_address = said is not None and said.counts_against_address


def _rests_on(row: NoticeRow) -> str:
    """Return the digest of everything that determines the effects of a notice."""
    successor = row.notice.successor
    return digest(
        [
            [row.trust, row.clue, row.is_believed, str(row.delivery_id), row.category],
            [row.action, row.reason, row.status, row.is_hard, row.is_about_us],
            [row.counts_against_address, row.notice.answer, successor],
        ]
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """One notice, its message, and the delivery it is about, if that is known."""

    session: Session
    row: NoticeRow
    mail: IncomingMail
    delivery: Delivery | None
    now: datetime
    question_id: UUID | None = None
    """The question to a contact that it answers instead."""

    def take(self, soft_bounces: int) -> Iterator[str | None]:
        """Apply every effect of the notice, and yield each in words."""
        yield self._unsuppress(soft_bounces)
        if self.delivery is None:
            yield self._suggest(self._asked())
            return
        self._tell(events.DELIVERY_NOTICED, self.delivery.id, self._said())
        yield self._settle(self.delivery)
        if self.row.is_believed:
            yield self._move(self.delivery)
        if self.delivery.is_rehearsal:
            return  # its recipient had nothing, and another mailbox said this
        if self.row.is_believed:
            yield self._suppress(self.delivery, soft_bounces)
            yield self._question_us(self.delivery)
        yield self._suggest(Answered.of(self.delivery))

    def _settle(self, delivery: Delivery) -> str | None:
        """Settle a doubt, or record that the state is wrong: a server has the message."""
        row = self.row
        if row.trust not in PROVES_ACCEPTANCE and not row.is_believed:
            is_in_doubt = delivery.state is DeliveryState.IN_DOUBT
            return "perhaps about a letter in doubt: confirm it if genuine" if is_in_doubt else None
        if delivery.state is DeliveryState.IN_DOUBT:
            delivery.lease_until = None
            delivery.move_to(DeliveryState.ACCEPTED, self.now)
            attempt = attempt_in(row.notice, delivery.id)
            detail = {"as": "accepted", "because": f"{row.category.value} by mail"}
            if attempt is not None:
                detail["attempt"] = str(attempt)
            self._tell(events.DELIVERY_SETTLED, delivery.id, detail)
            return "its doubt is settled: accepted"
        if delivery.state in EVER_ACCEPTED:
            return None
        detail = {"state": delivery.state.value}
        self._tell(events.DELIVERY_CONTRADICTED, delivery.id, detail)
        return f"the record says {delivery.state.value}, but a server took it"

    def _move(self, delivery: Delivery) -> str | None:
        """Move the delivery into the state that the notice shows it to be in."""
        said = effect_on(delivery.address, self.row.notice)
        state = said.leads_to(delivery.state) if said else None
        if said is None or state is None or self._is_one_of_many(delivery, said):
            return None
        delivery.move_to(state, self.now)
        self._tell(catalogue.into(state), delivery.id, self._said())
        return f"it is {state.value}"

    def _is_one_of_many(self, delivery: Delivery, said: Effect) -> bool:
        """Whether the letter went to a mailing list, and one of its members was not reached."""
        if said.is_own_address:
            return False
        return notices.has_action(self.session, delivery.id, Action.EXPANDED)

    def _suppress(self, delivery: Delivery, soft_bounces: int) -> str | None:
        """Suppress the address, if it is dead or somebody complained."""
        row = suppressions.suppress_after(
            self.session, self.row, delivery, soft_bounces=soft_bounces, now=self.now
        )
        if row is None:
            return None
        self._tell(events.ADDRESS_SUPPRESSED, row.id, {"why": row.reason})
        return f"its address is suppressed: {row.reason}"

    def _question_us(self, delivery: Delivery) -> str | None:
        """Record that our own server or domain was rejected, so that somebody looks at it."""
        if not self.row.is_about_us:
            return None
        detail = {"status": self.row.status or ""}
        self._tell(events.STANDING_QUESTIONED, delivery.id, detail)
        return "it is our own server or domain that was turned away"

    def _unsuppress(self, soft_bounces: int) -> str | None:
        """Lift the suppression that an earlier reading caused and this one does not justify."""
        row = suppressions.lift_unjustified(
            self.session, self.row, self.delivery, soft_bounces=soft_bounces, now=self.now
        )
        if row is None:
            return None
        detail = {"because": row.lifted_because or ""}
        self._tell(events.SUPPRESSION_LIFTED, row.id, detail)
        return "the suppression that it had caused is lifted"

    def _asked(self) -> Answered | None:
        """Return the question that the notice surely answers."""
        is_sure = self.question_id is not None and self.row.trust in PROVES_ACCEPTANCE
        return asked(self.session, self.question_id) if self.question_id and is_sure else None

    def _named(self, answered: Answered) -> Successor | None:
        """Return whom the notice names; a person's own words count only if we have asked."""
        notice = self.row.notice
        return named_in(notice) if answered.is_question else notice.successor

    def _suggest(self, answered: Answered | None) -> str | None:
        """Suggest a new contact, and withdraw what this message had suggested before."""
        successor = self._named(answered) if answered else None
        if answered is None or successor is None or self.row.trust is Trust.WRONG_TOKEN:
            count = suggestions.withdraw(self.session, self.mail.id)
            return "what it had suggested is withdrawn" if count else None
        key = folded(successor.address)
        suggestions.withdraw(self.session, self.mail.id, but=key)
        is_new = key != answered.address_key and suggestions.make(
            self.session, self.mail.id, answered, successor, now=self.now
        )
        if not is_new:
            return None
        if answered.is_question:
            self._tell(
                events.CONTACT_NAMED,
                answered.authority_code,
                suggestions.detail(self.session, answered),
            )
        else:
            self._tell(events.CONTACT_SUGGESTED, answered.id, {})
        return "it suggests a new contact: see `dispatch notice suggestions`"

    def _said(self) -> dict[str, str]:
        """Return what the notice says, for the ledger."""
        row = self.row
        said = (row.category, row.clue, row.trust, row.action, row.reason)
        names = ("category", "clue", "trust", "action", "reason")
        detail = {name: each.value for name, each in zip(names, said, strict=True) if each}
        return {**detail, **({"confirmed_by": row.confirmed_by} if row.confirmed_by else {})}

    def _tell(self, kind: Kind, key: object, detail: Mapping[str, str]) -> None:
        """Append an event with the digest of the message that it rests on."""
        event = kind.event(self.now, WORKER, key, **detail, mail=self.mail.sha256)
        journal.append(self.session, event)
