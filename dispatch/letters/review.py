"""Ask for a mailout's letters to be approved, and send them back if they are not to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.documents import Templates
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import REOPENED_BY_CHANGE, MailoutState, next_step
from dispatch.domain.proof.ledger import Event
from dispatch.domain.word import Word
from dispatch.ledger import events, journal
from dispatch.letters.approval import Looked, covered_by
from dispatch.mailouts import changes


def ask(session: Session, mailout: Mailout, word: Word) -> None:
    """Ask for the letters of a mailout to be approved; the office is told by email.

    Raises `RuleBroken` unless they are made and nobody has approved them.
    """
    if mailout.state is not MailoutState.RENDERED:
        raise RuleBroken(
            f"{mailout.name} is {mailout.state.value}: approval is asked for once its letters are "
            f"made, and before they are approved",
            remedy=next_step(mailout.state, mailout.name),
        )
    journal.append(session, events.MAILOUT_FOR_APPROVAL.by(word, mailout.name))


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked for an approval, and when."""

    by: str
    at: datetime


KINDS: Final = frozenset({*events.BACK_TO_DRAFT, events.MAILOUT_FOR_APPROVAL.action})
"""The events by which `asked` knows."""


def asked(told: Iterable[Event]) -> Asked | None:
    """Return who last asked for the letters as they are to be approved; None if nobody did.

    By the events of these kinds about a mailout, the oldest first.
    """
    known = [each for each in told if each.action in KINDS]
    if not known or known[-1].action != events.MAILOUT_FOR_APPROVAL.action:
        return None
    return Asked(known[-1].actor, known[-1].at)


def send_back(
    session: Session,
    mailout: Mailout,
    templates: Templates,
    agreed: str,
    word: Word,
    looked: Looked | None = None,
) -> None:
    """Say no to the letters of a mailout, which must be locked: it is a draft again.

    `agreed` is the digest of what the person was shown; what was `looked` at before need not be
    again. The reason of the word is shown with the mailout and told to the office by email. Raises
    `ChangedMeanwhile` if the letters are others now, and `RuleBroken` without a reason or if the
    mailout is not waiting to go.
    """
    if mailout.state not in REOPENED_BY_CHANGE:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}: it cannot be sent back")
    covered_by(session, mailout, templates.digest(mailout.plan.template), looked).check(agreed)
    changes.send_back(session, mailout, agreed, word)
