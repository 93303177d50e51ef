"""Plan: draw up a mailout, and say what stands in its way before anything is rendered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout, SourceFile
from dispatch.domain import calendar
from dispatch.domain.digest import digest, sha256
from dispatch.domain.drafting import Drafting, draw_up
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.mailout import CHANGEABLE, MailoutState, Plan
from dispatch.files.plan.plan import PlanFile
from dispatch.ledger import journal
from dispatch.letters.store import documents
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import register

FAR_ENOUGH: Final = 3
"""Working days between letter and upload, below which a check warns: time to reach the rest."""


@dataclass(frozen=True, slots=True)
class Check:
    """What is known of a mailout before it is rendered."""

    drafting: Drafting
    remarks: tuple[str, ...]
    """What is odd about its dates."""

    @property
    def is_ready(self) -> bool:
        """Whether every letter that is due can be made."""
        return bool(self.drafting.drafts) and not self.drafting.obstacles


def plan(session: Session, file: PlanFile, *, actor: str, now: datetime) -> Mailout:
    """Write a mailout down, or change the one of that name, which voids what was made of it.

    Raises `RuleBroken` if that mailout's letters are already on their way.
    """
    source = SourceFile(
        kind="mailout",
        name=file.name,
        sha256=sha256(file.content),
        content=file.content,
        imported_at=now,
        imported_by=actor,
    )
    session.add(source)
    documents.keep(session, file.documents)
    mailout = _mailout(session, file, actor=actor, now=now)
    session.flush()
    mailout.source_file_id = source.id
    return mailout


def _mailout(session: Session, file: PlanFile, *, actor: str, now: datetime) -> Mailout:
    plan_digest = digest(file.plan)
    try:
        mailout = mailout_named(session, file.plan.name, is_locked=True)
    except NotFound:
        mailout = Mailout(
            name=file.plan.name,
            plan=file.plan,
            plan_digest=plan_digest,
            created_at=now,
            created_by=actor,
        )
        _adopt(mailout, file.plan)
        session.add(mailout)
        journal.append(session, _event("mailout.planned", mailout, actor, now))
        return mailout
    if mailout.state is MailoutState.CANCELLED:
        raise RuleBroken(f"{mailout.name} is cancelled: give the file another name")
    if mailout.plan_digest != plan_digest:
        _change(session, mailout, file, actor=actor, now=now)
    return mailout


def _change(
    session: Session, mailout: Mailout, file: PlanFile, *, actor: str, now: datetime
) -> None:
    if mailout.state not in CHANGEABLE or mailout.released_at:
        raise RuleBroken(
            f"{mailout.name} is {mailout.state.value}: its plan cannot change any more; "
            f"give the file another name for another mailout"
        )
    if mailout.state is not MailoutState.DRAFT:
        reopen(session, mailout, f"its plan changed ({file.name})", actor=actor, now=now)
    _adopt(mailout, file.plan)
    journal.append(session, _event("mailout.replanned", mailout, actor, now))


def _adopt(mailout: Mailout, plan: Plan) -> None:
    """Give a mailout its plan, with what the database itself has to know of it."""
    hours = plan.sending_hours
    mailout.plan = plan
    mailout.plan_digest = digest(plan)
    mailout.opens, mailout.closes = (hours.opens, hours.closes) if hours else (None, None)


def _event(action: str, mailout: Mailout, actor: str, now: datetime) -> Event:
    detail = {"plan": mailout.plan_digest}
    return Event(now, actor, action, f"mailout:{mailout.name}", detail)


def check(
    session: Session, mailout: Mailout, *, bank_holidays: Collection[date], now: datetime
) -> Check:
    """Say who gets a letter, what is missing for whom, and what is odd about the dates."""
    drafting = draw_up(mailout.plan, register.for_plan(session, mailout.plan))
    return Check(drafting, tuple(_remarks(mailout.plan, bank_holidays, now)))


def _remarks(plan: Plan, bank_holidays: Collection[date], now: datetime) -> list[str]:
    remarks = []
    if not calendar.is_working_day(plan.letter_date, bank_holidays):
        day = calendar.day_in_words(plan.letter_date)
        remarks.append(
            f"the letter date, {plan.letter_date:%A} {day}, is no working day in England"
        )
    between = calendar.working_days(plan.letter_date, plan.upload_date, bank_holidays)
    if between < FAR_ENOUGH:
        remarks.append(f"the upload follows the letters after only {between} working days")
    if plan.not_after <= now:
        passed = calendar.local(plan.not_after)
        remarks.append(
            f"its not-after time passed at {calendar.day_in_words(passed.date())}, {passed:%H:%M}"
        )
    return remarks
