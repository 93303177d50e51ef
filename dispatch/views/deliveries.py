"""Deliveries: the list of a mailout's, and one from its first attempt to what came back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Attempt, Delivery, Mailout
from dispatch.domain.calendar import moment_in_words
from dispatch.domain.delivery import (
    IN_PROGRESS,
    MAYBE_REACHED,
    ON_TRACK,
    REACHED,
    DeliveryState,
)
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE, Trust
from dispatch.domain.letter import RecipientKind
from dispatch.domain.notice import Action, Category, Clue
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.sending.explanation import explained, in_short
from dispatch.incoming.store import notices
from dispatch.incoming.store.notices import Found
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from dispatch.tracking.store import chains
from dispatch.views.form import Moment
from dispatch.views.names import in_words as words_of
from dispatch.views.notices import NoticeView, notice_view
from dispatch.views.remedies import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery in the list of its mailout's."""

    id: UUID
    authority: str
    kind: RecipientKind
    role: str
    name: str
    address: str
    state: DeliveryState
    since: Moment
    due_at: Moment
    attempts: int
    last_reply: str | None
    means: str | None
    """What that reply means and what to do, unless it is a yes."""
    letter: UUID
    replaces: UUID | None


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of deliveries that a list may be cut down to."""

    words: str
    states: Collection[DeliveryState]
    """Empty for all."""


SHOWN: Final[Mapping[str, Sort]] = {
    "": Sort("all deliveries", ()),
    "failed": Sort("what did not arrive", frozenset(DeliveryState) - MAYBE_REACHED - IN_PROGRESS),
    "in-doubt": Sort("what is in doubt", {DeliveryState.IN_DOUBT}),
    "deferred": Sort("what a server put off", {DeliveryState.DEFERRED}),
    "waiting": Sort("what waits or is leaving", ON_TRACK),
    "accepted": Sort("what was accepted or delivered", REACHED),
    "delivered": Sort("what a notification says was delivered", {DeliveryState.DELIVERED}),
}
"""The sorts, by how a page's address names them."""

PAGE: Final = 500
"""Deliveries in memory at once."""


def delivery_list(
    session: Session,
    mailout: str,
    states: Iterable[DeliveryState],
    *,
    after: str | None = None,
    limit: int | None = None,
) -> Iterator[DeliveryRow]:
    """Return the deliveries of a mailout in these states, or all, some at a time in memory.

    By authority, To before Cc, and a letter sent again after the delivery that it replaces. `after`
    is the beginning of an id: those that follow it, and at most `limit`. Raises `NotFound`.
    """
    found = mailout_named(session, mailout)
    last = None if after is None else deliveries.id_starting_with(session, after)
    size = min(PAGE, limit or PAGE)
    pages = deliveries.pages(session, found, *states, after=last, size=size)
    return islice(chain.from_iterable(_rows(session, page) for page in pages), limit)


def _rows(session: Session, page: Sequence[Delivery]) -> list[DeliveryRow]:
    attempts = deliveries.last_attempts(session, [each.id for each in page])
    return [_row(each, attempts.get(each.id)) for each in page]


def _row(delivery: Delivery, last: Attempt | None) -> DeliveryRow:
    return DeliveryRow(
        id=delivery.id,
        authority=delivery.authority_code,
        kind=delivery.kind,
        role=delivery.role,
        name=delivery.name,
        address=delivery.address,
        state=delivery.state,
        since=delivery.state_at,
        due_at=delivery.due_at,
        attempts=delivery.attempts,
        last_reply=(last.answer or None) if last else None,
        means=means(last) if last else None,
        letter=delivery.letter_id,
        replaces=delivery.replaces_id,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One try at a delivery."""

    number: int
    envid: str
    server: str
    tls: str | None
    started_at: Moment
    ended_at: Moment | None
    verdict: str | None
    code: int | None
    text: str | None
    whose: Whose | None
    """Whose trouble the reply is; None if that is not known, or if it is not a refusal."""
    means: str | None
    """What the reply means and what to do, unless it is a yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One letter to one address, from the first attempt to what came back."""

    id: UUID
    mailout: str
    authority: str
    role: str
    address: str
    state: DeliveryState
    since: Moment
    replaces: UUID | None
    replaced_by: UUID | None
    signs: Sequence[str]
    """What is known beyond the state: from notices, or why it was cancelled."""
    tries: Sequence[AttemptView]
    came_back: Sequence[NoticeView]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of one delivery."""

    delivery: Delivery
    mailout: Mailout
    attempts: Sequence[Attempt]
    notices: Sequence[Found]
    replaced_by: UUID | None
    copy_in: str | None = None
    """The mailout from which the address has the letter, if this was held back because of it."""

    @property
    def signs(self) -> list[str]:
        """What is known beyond the state; each thing once."""
        return [*self._why_cancelled(), *_signs(self.delivery, self.notices)]

    def _why_cancelled(self) -> Iterator[str]:
        if self.copy_in:
            again = Remedy(
                kind=RemedyKind.RESEND_AGAIN,
                mailout=self.mailout.name,
                authority=self.delivery.authority_code,
            )
            yield f"not sent: the address has this letter from {self.copy_in}, or may have it"
            yield f"to send it all the same: {in_words(again)}"


def story(session: Session, of: UUID | str) -> Story:
    """Return what is known of a delivery, by its id or how that starts; raise `NotFound`."""
    delivery_id = of if isinstance(of, UUID) else deliveries.id_starting_with(session, of)
    delivery, mailout = deliveries.with_mailout(session, delivery_id)
    return Story(
        delivery=delivery,
        mailout=mailout,
        attempts=deliveries.attempts_at(session, delivery_id),
        notices=notices.listed(session, delivery_id=delivery_id),
        replaced_by=chains.following(session, delivery_id),
        copy_in=_copy_in(session, delivery),
    )


def _copy_in(session: Session, delivery: Delivery) -> str | None:
    if delivery.state is not DeliveryState.CANCELLED:
        return None
    subject = Subject.DELIVERY.of(delivery.id)
    cancelled = journal.last(session, subject, {events.DELIVERY_CANCELLED.action})
    if cancelled is None or "copy" not in cancelled.detail:
        return None
    _, mailout = deliveries.with_mailout(session, UUID(cancelled.detail["copy"]))
    return mailout.name


def delivery_view(known: Story) -> DeliveryView:
    """Return the view of a delivery."""
    delivery = known.delivery
    return DeliveryView(
        id=delivery.id,
        mailout=known.mailout.name,
        authority=delivery.authority_code,
        role=delivery.role,
        address=delivery.address,
        state=delivery.state,
        since=delivery.state_at,
        replaces=delivery.replaces_id,
        replaced_by=known.replaced_by,
        signs=known.signs,
        tries=[_attempt_view(each) for each in known.attempts],
        came_back=[notice_view(*each) for each in known.notices],
    )


def _attempt_view(attempt: Attempt) -> AttemptView:
    return AttemptView(
        number=attempt.number,
        envid=attempt.envid,
        server=attempt.server,
        tls=attempt.tls,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        verdict=attempt.verdict,
        code=attempt.code,
        text=attempt.text,
        whose=explained(attempt.reply).whose if attempt.reply else None,
        means=means(attempt),
    )


def means(attempt: Attempt) -> str | None:
    """Say what the reply to an attempt means and what to do; None for a yes, or if none came."""
    return in_short(attempt.reply)


SHOWS: Final[dict[Category, str]] = {
    Category.AUTOREPLY: "its mailbox is there: a machine answered on",
    Category.HUMAN: "its mailbox is there: somebody answered on",
    Category.RECEIPT: "a receipt says that the message was dealt with, on",
    Category.SECURE_PORTAL: "it waits on a web page for the recipient, since",
    Category.HELD: "a gateway there holds it until somebody lets it through, since",
    Category.CHALLENGE: "it waits behind a challenge to the sender, since",
}
"""What a notice shows about its delivery, by category; the moment follows."""


def _signs(delivery: Delivery, found: Iterable[Found]) -> Iterator[str]:
    rows = [(row, mail) for row, mail, _ in found]
    credible = [each for each in rows if each[0].is_believed or each[0].trust in PROVES_ACCEPTANCE]
    if delivery.state is DeliveryState.ACCEPTED:
        delays = [mail.received_at for row, mail in credible if row.action is Action.DELAYED]
        yield from (f"delayed since {moment_in_words(at)}" for at in delays[:1])
    for category, words in SHOWS.items():
        of_kind = [
            mail.received_at
            for row, mail in credible
            if row.category is category and row.clue is not Clue.RECIPIENT
        ]
        yield from (f"{words} {moment_in_words(at)}" for at in of_kind[-1:])
    bounces = sum(row.action is Action.FAILED and row.is_believed for row, _ in credible)
    if bounces > 1:
        yield f"it came back {bounces} times"
    for row, mail in rows:
        is_bounce = row.trust is Trust.PROBABLE and row.action is Action.FAILED
        is_open = not (row.is_believed or row.dismissed_by)
        if is_open and (is_bounce or row.trust is Trust.UNVERIFIED):
            came = moment_in_words(mail.received_at)
            trust = words_of(row.trust or Trust.UNVERIFIED)
            yield f"{trust}, and perhaps about it: what came on {came}"
