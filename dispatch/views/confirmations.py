"""The question to each contact, as people and programs are shown it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dispatch.domain.register.authority import Contact
from dispatch.tracking.confirmations import Question, Standing
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


def question_words(question: Question) -> str:
    """Return where a question stands, on one line, with what to look at."""
    contact = question.contact
    named = f", and it names {question.suggested}" if question.suggested else ""
    see = f" (dispatch notice show {short(question.mail_id)})" if question.mail_id else ""
    return (
        f"{contact.authority} {contact.role}: {name_and_address(contact)}: "
        f"{question.standing.value}{named}{see}"
    )
