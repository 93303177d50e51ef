"""The question to each contact, as people and programs are shown it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import UUID

from dispatch.domain.register.authority import Contact
from dispatch.domain.tracking.confirmations import (
    Round,
    Standing,
)
from dispatch.tracking.confirmations import (
    Question,
)
from dispatch.views.contacts import name_and_address
from dispatch.views.form import Moment
from dispatch.views.names import short


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One contact, and where the question to them stands."""

    contact: Contact
    standing: Standing
    asked_at: Moment | None
    message: UUID | None
    """The message that came back."""
    suggested: str
    """Whom it names instead."""


def question_view(question: Question) -> QuestionView:
    """Return the view of a question."""
    return QuestionView(
        contact=question.contact,
        standing=question.standing,
        asked_at=question.asked_at,
        message=question.mail_id,
        suggested=question.suggested,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundView:
    """How many contacts are where. `tracking.confirmations.Round` says what each count means."""

    contacts: int
    asked: int
    yes: int
    to_read: int
    by_machine: int
    dead: int
    silent: int


def round_view(found: Round) -> RoundView:
    """Return the view of a round."""
    return RoundView(**{each.name: getattr(found, each.name) for each in fields(Round)})


def round_said(view: RoundView) -> str:
    """Say how many contacts were asked whether they are the right person, and what they said."""
    if not view.asked:
        return f"none of {view.contacts} asked whether they are the right person"
    counts = (
        (view.yes, "said yes"),
        (view.to_read, "to be read"),
        (view.by_machine, "answered by a machine"),
        (view.dead, "came back: the address is dead"),
        (view.silent, "silent"),
    )
    said = ", ".join(f"{count} {words}" for count, words in counts if count)
    return f"{view.asked} of {view.contacts} asked: {said}"


def question_words(question: Question) -> str:
    """Return where a question stands, on one line, with what to look at."""
    contact = question.contact
    named = f", and it names {question.suggested}" if question.suggested else ""
    see = f" (dispatch notice show {short(question.mail_id)})" if question.mail_id else ""
    return (
        f"{contact.authority} {contact.role}: {name_and_address(contact)}: "
        f"{question.standing.value}{named}{see}"
    )
