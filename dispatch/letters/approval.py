"""Approve: a second person signs off every letter, recipient and date by one digest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.documents import Templates, conformance
from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.mailout import MailoutState
from dispatch.domain.person import same
from dispatch.domain.word import named
from dispatch.ledger import journal
from dispatch.letters.sealing import sealing
from dispatch.letters.store import documents, letters
from dispatch.mailouts.changes import reopen


@dataclass(frozen=True, slots=True)
class Approval:
    """What came of asking for approval: the digest approved, or why the letters are stale."""

    digest: str | None
    changes: tuple[str, ...] = ()
    """What changed since rendering; the mailout is then back in draft."""


def approve(
    session: Session,
    mailout: Mailout,
    templates: Templates,
    *,
    person: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> Approval:
    """Approve a rendered mailout by the digest over all of it, in the name of `person`.

    If anything that the letters are made from has changed, nothing is approved and the mailout
    goes back to draft. Raises as `refuse`. The ledger names who was at the keyboard, too.
    """
    refuse(session, mailout, person)
    person = named(person)
    seal = sealing(session, mailout, templates.digest(mailout.plan.template))
    if seal.changes:
        why = f"approval was asked for, but since rendering: {seal.changes[0]}"
        reopen(session, mailout, why, actor=person, now=now)
        return Approval(None, seal.changes)
    mailout.move_to(MailoutState.APPROVED)
    mailout.approved_by, mailout.approved_at = person, now
    mailout.approved_digest = seal.digest
    mailout.remark = None
    detail = {"digest": seal.digest, "at_keyboard": at_keyboard or person}
    journal.append(
        session, Event(now, person, "mailout.approved", f"mailout:{mailout.name}", detail)
    )
    return Approval(seal.digest)


def refuse(session: Session, mailout: Mailout, person: str) -> None:
    """Raise `RuleBroken` if the mailout is not rendered, or if `person` asked for any letter.

    Two people must have looked at each.
    """
    if mailout.state is not MailoutState.RENDERED:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}: {NEXT[mailout.state]}")
    name = named(person)
    if any(same(name, letter.asked_by) for letter in letters.in_force(session, mailout)):
        raise RuleBroken(
            f"{name} had the letters of {mailout.name} rendered, so somebody else must approve "
            f"them: `dispatch mailout approve {mailout.name} --as PERSON`"
        )


NEXT: Final = dict.fromkeys(MailoutState, "there is nothing to approve any more") | {
    MailoutState.DRAFT: "have its letters made first, with `dispatch mailout render`",
    MailoutState.APPROVED: "it is approved already; `dispatch mailout schedule` comes next",
    MailoutState.SCHEDULED: "it is approved already, and waits for its date",
}


def check(session: Session, mailout: Mailout, person: str) -> Iterator[Sequence[str]]:
    """Check the PDF of every letter against PDF/UA-1, and yield after each what is wrong with it.

    It takes some milliseconds a letter; an iterator lets the caller show how far it is. Raises as
    `refuse`, since what cannot be approved need not be checked.
    """
    refuse(session, mailout, person)
    for letter in letters.in_force(session, mailout):
        [pdf] = documents.load(session, [letter.parts["pdf"]]).values()
        yield [f"{letter.authority_code}: {failure}" for failure in conformance(pdf)]
