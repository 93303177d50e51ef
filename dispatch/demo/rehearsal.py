"""What a rehearsal on this machine sends: a plan as it would be if its letters went now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Final

from dispatch.database import Session
from dispatch.demo import people, sample
from dispatch.demo.sample import Sample
from dispatch.domain import calendar
from dispatch.domain.hours import SendingDays
from dispatch.files.plan.plan import PlanFile
from dispatch.files.tables.faults import Faults
from dispatch.letters import plan as plans
from dispatch.letters.plan import Edit
from dispatch.mailouts.store import mailouts

SEED: Final = 2020
WEEK: Final = timedelta(days=7)
DEFERRING: Final = "defer."
"""Begins the addresses that the mail catcher defers: minutes, which nobody waits for here."""


def files(folder: Path, reals: Path) -> Sample:
    """Write a small sample year into a folder, fit for letters of any day.

    It leaves out councils that have ended since, whose successors have no contacts in it, and
    mailboxes that say "not now".
    """
    councils = sample.existing(reals)
    deferring = {
        row["authority"]
        for row in people.contacts(SEED, councils)
        if row["address"].startswith(DEFERRING)
    }
    lasting = {code for code, row in councils.items() if not row["last_day"]}
    return sample.write(folder, SEED, reals, (sample.small(SEED, reals) & lasting) - deferring)


def plan_for(session: Session, file: PlanFile, now: datetime) -> PlanFile:
    """Return a plan whose letters go at once, under a name that no mailout has.

    Its figures, wording and recipients are the plan's own. Raises `BadInput`.
    """
    shown = calendar.local(now)
    keys: dict[str, object] = {
        "name": _free_name(session, file.plan.name),
        "dates.letter": shown.date(),
        "dates.send_at": shown.time().replace(second=0, microsecond=0),
        "dates.sending_hours": None,
        "dates.sending_days": SendingDays.ANY.value,
        "dates.first_letters_minutes": 0,
        "dates.confirm_days": 0,
        "dates.not_after": (shown + WEEK).replace(tzinfo=None, microsecond=0),
        "dates.upload": (shown + WEEK).date(),
        "reminders": None,
    }
    made = plans.edited(session, file.plan, Edit(keys=keys), Faults(file.name))
    return replace(made, documents=file.documents)


def _free_name(session: Session, name: str) -> str:
    taken = {each.name for each in mailouts(session)}
    names = (f"{name}-rehearsal{'' if number == 1 else f'-{number}'}" for number in count(1))
    return next(each for each in names if each not in taken)
