"""Approve: a second person signs off every letter, recipient and date by one digest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.db import Mailout, Session, documents, journal, queries
from dispatch.db.reopen import reopen
from dispatch.db.sealing import sealing
from dispatch.documents import Templates, conformance
from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.mailout import MailoutState


@dataclass(frozen=True, slots=True)
class Approval:
    """What came of asking for approval: the digest approved, or why the letters are stale."""

    digest: str | None
    changes: tuple[str, ...] = ()
    """What changed since rendering; the mailout is then back in draft."""


def approve(
    session: Session, mailout: Mailout, templates: Templates, *, person: str, now: datetime
) -> Approval:
    """Approve a rendered mailout by the digest over all of it, in the name of `person`.

    If anything that the letters are made from has changed, nothing is approved and the mailout
    goes back to draft. Raises `RuleBroken` if it is not rendered, or if `person` asked for the
    letters: two people must have looked.
    """
    if mailout.state is not MailoutState.RENDERED:
        raise RuleBroken(
            f"{mailout.name} is {mailout.state.value}, not rendered: "
            f"run `dispatch mailout render {mailout.name}` first"
        )
    if person.casefold() == (mailout.rendered_by or "").casefold():
        raise RuleBroken(
            f"{person} had the letters of {mailout.name} rendered, so somebody else must approve "
            f"them: `dispatch mailout approve {mailout.name} --as PERSON`"
        )
    seal = sealing(session, mailout, templates.digest(mailout.plan.template))
    if seal.changes:
        why = f"approval was asked for, but since rendering: {seal.changes[0]}"
        reopen(session, mailout, why, actor=person, now=now)
        return Approval(None, seal.changes)
    mailout.move_to(MailoutState.APPROVED)
    mailout.approved_by, mailout.approved_at = person, now
    mailout.approved_digest = seal.digest
    mailout.remark = None
    detail = {"digest": seal.digest}
    journal.append(
        session, Event(now, person, "mailout.approved", f"mailout:{mailout.name}", detail)
    )
    return Approval(seal.digest)


def check(session: Session, mailout: Mailout) -> Iterator[Sequence[str]]:
    """Check the PDF of every letter against PDF/UA-1, and yield after each what is wrong with it.

    It takes a few milliseconds a letter; an iterator lets the caller show how far it is.
    """
    letters = queries.letters(session, mailout)
    for letter in letters:
        [pdf] = documents.load(session, [letter.parts["pdf"]]).values()
        yield [f"{letter.authority_code}: {failure}" for failure in conformance(pdf)]
