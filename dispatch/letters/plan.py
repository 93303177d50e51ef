"""Plan a mailout, and say what stands in its way before anything is rendered."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout, SourceFile
from dispatch.domain import calendar
from dispatch.domain.digest import digest
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.letters.drafting import Drafting, draw_up
from dispatch.domain.mailout import CHANGEABLE, MailoutState, Plan
from dispatch.domain.word import Word
from dispatch.files.plan.plan import PlanFile, read_plan
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind
from dispatch.letters.store import documents
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.register.store import authorities

FAR_ENOUGH: Final = 3
"""Working days between letter and upload, below which a check warns: time to reach the rest."""


def read_file(session: Session, path: Path) -> PlanFile:
    """Read a plan, and check its codes against the register unless that is still empty.

    Raises `BadInput` with a line for everything that is wrong.
    """
    return read_plan(path, known=authorities.by_code(session) or None)


def save(session: Session, file: PlanFile, word: Word) -> Mailout:
    """Plan a mailout as a file says, or change the mailout of that name.

    The file and what it encloses are kept as they came. A change to the plan makes letters and
    approval void. Raises `RuleBroken` if the mailout is cancelled or has been released.
    """
    source = SourceFile.of("mailout", file.name, file.content, word)
    session.add(source)
    documents.keep(session, file.documents)
    mailout = _saved(session, file, word)
    session.flush()
    mailout.source_file_id = source.id
    return mailout


def _saved(session: Session, file: PlanFile, word: Word) -> Mailout:
    try:
        mailout = mailout_named(session, file.plan.name, is_locked=True)
    except NotFound:
        return _new(session, file.plan, word)
    if mailout.state is MailoutState.CANCELLED:
        raise RuleBroken(f"{mailout.name} is cancelled: give the file another name")
    if mailout.plan_digest != digest(file.plan):
        _change(session, mailout, file, word)
    return mailout


def _new(session: Session, plan: Plan, word: Word) -> Mailout:
    mailout = Mailout(
        name=plan.name,
        plan=plan,
        plan_digest=digest(plan),
        created_at=word.at,
        created_by=word.person,
    )
    _adopt(mailout, plan)
    session.add(mailout)
    _record(session, events.MAILOUT_PLANNED, mailout, word)
    return mailout


def _change(session: Session, mailout: Mailout, file: PlanFile, word: Word) -> None:
    if mailout.state not in CHANGEABLE or mailout.released_at:
        raise RuleBroken(
            f"{mailout.name} is {mailout.state.value}: its plan can no longer change; "
            f"give the file another name for another mailout"
        )
    if mailout.state is not MailoutState.DRAFT:
        reopen(session, mailout, f"its plan changed ({file.name})", word)
    _adopt(mailout, file.plan)
    _record(session, events.MAILOUT_REPLANNED, mailout, word)


def _adopt(mailout: Mailout, plan: Plan) -> None:
    """Give a mailout its plan, and copy what statements need of it into columns."""
    hours = plan.sending_hours
    mailout.plan = plan
    mailout.plan_digest = digest(plan)
    mailout.opens, mailout.closes = (hours.opens, hours.closes) if hours else (None, None)


def _record(session: Session, kind: Kind, mailout: Mailout, word: Word) -> None:
    journal.append(session, kind.by(word, mailout.name, plan=mailout.plan_digest))


@dataclass(frozen=True, slots=True)
class Check:
    """What is known about a mailout before it is rendered."""

    drafting: Drafting
    remarks: tuple[str, ...]
    """What is odd about its dates."""

    @property
    def is_ready(self) -> bool:
        """Whether every letter that is due can be made."""
        return bool(self.drafting.drafts) and not self.drafting.obstacles


def check(
    session: Session, mailout: Mailout, *, bank_holidays: Collection[date], now: datetime
) -> Check:
    """Say who gets a letter, what is missing for whom, and what is odd about the dates."""
    drafting = draw_up(mailout.plan, register.for_plan(session, mailout.plan))
    return Check(drafting, tuple(_remarks(mailout.plan, bank_holidays, now)))


def _remarks(plan: Plan, bank_holidays: Collection[date], now: datetime) -> Iterator[str]:
    if not calendar.is_working_day(plan.letter_date, bank_holidays):
        day = calendar.day_in_words(plan.letter_date)
        yield f"the letter date, {plan.letter_date:%A} {day}, is not a working day in England"
    between = calendar.working_days(plan.letter_date, plan.upload_date, bank_holidays)
    if between < FAR_ENOUGH:
        yield f"the upload follows the letters after only {between} working days"
    if plan.not_after <= now:
        passed = calendar.local(plan.not_after)
        day = calendar.day_in_words(passed.date())
        yield f"its not-after time passed at {day}, {passed:%H:%M}"
