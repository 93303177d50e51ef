"""What a person is shown who is to approve the letters of a mailout, at once and without waiting.

Nothing here reads every letter: what takes long was worked out when all letters were made.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.documents import Templates
from dispatch.domain.errors import RuleBroken
from dispatch.domain.jobs.job import Job, JobKind
from dispatch.domain.letters.numbers import Numbers
from dispatch.domain.mailout import MailoutState
from dispatch.jobs import orders
from dispatch.ledger import journal
from dispatch.ledger.kinds import Subject
from dispatch.letters import approval, changed, review, seen
from dispatch.letters.changed import Since
from dispatch.letters.review import Asked
from dispatch.letters.seen import ToLookAt


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is to be approved, and whether this person may."""

    digest: str
    """What is approved: the form carries it."""
    numbers: Numbers
    asked: Asked | None
    since: Since | None
    """What differs from the last approval; None if there was none."""
    to_look_at: ToLookAt
    check: Job | None
    """The check of all PDFs, done or not; None if nobody asked for it."""
    refusal: RuleBroken | None
    """Why this person cannot approve them; None if they may."""


def outlook(session: Session, mailout: Mailout, templates: Templates, person: str) -> Outlook:
    """Return what a person is shown before approving a mailout whose letters are made.

    Raises `RuleBroken` if they are not made.
    """
    if mailout.state is MailoutState.DRAFT:
        approval.refuse(session, mailout, person)
    digest, numbers = _made(session, mailout, templates)
    told = journal.about(session, Subject.MAILOUT.of(mailout.name), review.KINDS | changed.KINDS)
    return Outlook(
        digest=digest,
        numbers=numbers,
        asked=review.asked(told),
        since=changed.since_approval(session, mailout, told),
        to_look_at=seen.to_look_at(session, mailout, digest, person),
        check=orders.last(session, JobKind.CHECK_PDFS, mailout.name),
        refusal=_refusal(session, mailout, person),
    )


def _made(session: Session, mailout: Mailout, templates: Templates) -> tuple[str, Numbers]:
    if mailout.rendered_digest and mailout.numbers:
        return mailout.rendered_digest, mailout.numbers
    # Its letters were made by a release that did not keep this.
    covered = approval.coverage(session, mailout, templates.digest(mailout.plan.template))
    return covered.digest, covered.numbers


def _refusal(session: Session, mailout: Mailout, person: str) -> RuleBroken | None:
    try:
        approval.refuse(session, mailout, person)
    except RuleBroken as error:
        return error
    return None
