"""One delivery from the letter to what came back: a line of time, and what it proves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Delivery, Letter
from dispatch.domain.delivery import EVER_ACCEPTED, DeliveryState
from dispatch.domain.register.codes import called
from dispatch.domain.reply import Verdict
from dispatch.ledger.catalogue import CATALOGUE
from dispatch.ledger.kinds import Subject
from dispatch.proof.store import events
from dispatch.proof.store.events import Stored
from dispatch.views.deliveries import AttemptView, DeliveryView, Story, delivery_view
from dispatch.views.names import in_words
from dispatch.views.notices import NoticeView


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened, on the line of time."""

    at: datetime
    what: str
    who: str = ""
    detail: str = ""
    said: str = ""
    """What a server said, word for word."""
    is_sealed: bool | None = None
    """Whether a seal covers its event; None if it is not an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """The whole story of a delivery."""

    delivery: DeliveryView
    authority: str
    """What the letter is called: by the names that are in it."""
    name: str
    """Of the person it went to."""
    version: int
    letter_digest: str | None
    steps: tuple[Step, ...]
    proves: tuple[str, ...]
    proves_not: tuple[str, ...]
    unsealed: int
    """How many of its events no seal covers yet."""


def story_view(session: Session, known: Story) -> StoryView:
    """Return the whole story of a delivery, of which the rest is known."""
    delivery = known.delivery
    letter = session.get_one(Letter, delivery.letter_id)
    told = events.about(session, Subject.DELIVERY.of(delivery.id))
    view = delivery_view(known)
    # At the same moment, a try comes before what it led to.
    steps = [*_of_letter(known, letter), *map(_of_attempt, view.tries)]
    steps += [*map(_of_notice, view.came_back), *map(_of_event, told)]
    return StoryView(
        delivery=view,
        authority=_called(letter),
        name=delivery.name,
        version=letter.version,
        letter_digest=letter.digest,
        steps=tuple(sorted(steps, key=lambda each: each.at)),
        proves=tuple(_proves(delivery, view, told)),
        proves_not=PROVES_NOT.get(delivery.state, ()),
        unsealed=sum(each.place is None for each in told),
    )


def _called(letter: Letter) -> str:
    content, code = letter.draft.content, letter.authority_code
    names = {each.code: each.name for each in (content.authority, content.addressed_to)}
    return called([code], names)[code]


def _of_letter(known: Story, letter: Letter) -> Iterator[Step]:
    if letter.rendered_at:
        version = f", version {letter.version}" if letter.version > 1 else ""
        yield Step(at=letter.rendered_at, what=f"the letter was made{version}", who=letter.asked_by)
    approved = letter if letter.version > 1 else known.mailout
    if approved.approved_at and approved.approved_by:
        yield Step(
            at=approved.approved_at, what="the letter was approved", who=approved.approved_by
        )


def _of_event(stored: Stored) -> Step:
    event = stored.event
    kind = CATALOGUE.get(event.action)
    return Step(
        at=event.at,
        what=kind.words if kind else event.action,
        who=event.actor,
        detail=event.detail.get("because", ""),
        is_sealed=stored.place is not None,
    )


def _of_attempt(attempt: AttemptView) -> Step:
    tls = f" over {attempt.tls}" if attempt.tls else ", not encrypted"
    answer = f"{attempt.code or ''} {attempt.text or ''}".strip()
    return Step(
        at=attempt.ended_at or attempt.started_at,
        what=f"try {attempt.number}, to {attempt.server or 'a server that did not answer'}{tls}",
        detail=attempt.means or "",
        said=answer,
    )


def _of_notice(notice: NoticeView) -> Step:
    words = [in_words(notice.category)]
    words += [in_words(each) for each in (notice.action, notice.reason) if each]
    trust = f"{in_words(notice.trust)}" if notice.trust else "not looked at yet"
    return Step(at=notice.received_at, what=f"came back: {', '.join(words)}", detail=trust)


def _proves(delivery: Delivery, view: DeliveryView, told: Sequence[Stored]) -> Iterator[str]:
    """Yield what the record shows, in sentences."""
    taken = [each for each in view.tries if each.verdict == Verdict.ACCEPTED.value]
    if delivery.state in EVER_ACCEPTED and taken:
        yield (
            f"The mail server {taken[-1].server} took charge of this message for this address; its "
            f"answer is kept word for word."
        )
    if delivery.state is DeliveryState.REFUSED and view.tries:
        server = view.tries[-1].server
        yield f"The mail server {server} would not take it: its answer is kept word for word."
    if delivery.state is DeliveryState.DELIVERED:
        yield "A delivery notification says that it reached the mailbox."
    if delivery.state is DeliveryState.BOUNCED:
        yield "It was accepted, and came back: what came back is kept as it came."
    if told and all(each.place is not None for each in told):
        yield "Every event of it is sealed: a change made since would be found by a verification."


_READ: Final = "That anybody has read it."
IN_MAILBOX: Final = (
    "That it is in the mailbox: a server took it, and nothing else is known. An old mailbox often "
    "takes what nobody reads."
)
WHETHER_IT_LEFT: Final = (
    "Whether it left: the connection ended after the message and before the answer. It is not sent "
    "again by itself."
)

PROVES_NOT: Final = {
    DeliveryState.ACCEPTED: (
        _READ,
        IN_MAILBOX,
    ),
    DeliveryState.DELIVERED: (_READ,),
    DeliveryState.IN_DOUBT: (WHETHER_IT_LEFT,),
    DeliveryState.REFUSED: (
        "That the address is wrong: only that the server would not take the letter.",
    ),
}
"""What a delivery in a state does not show."""
