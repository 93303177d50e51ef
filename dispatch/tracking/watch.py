"""Watch every mailout until it is uploaded or cancelled, and warn staff of what will not happen.

What the concerns are, and when staff are told, is in `domain.tracking.watch`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.calendar import moment_in_words
from dispatch.domain.mailout import CLOSED, MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.tracking.confirmations import (
    Round,
)
from dispatch.domain.tracking.reminders import ReminderKind
from dispatch.domain.tracking.watch import Concern, Step, Watch, Watched
from dispatch.domain.wording.sentences import capitalised
from dispatch.files.holidays import ENGLAND
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries
from dispatch.tracking.confirmations import (
    asked_at,
    round_of,
)
from dispatch.tracking.staff import Reminded, ReminderMeans, Topic, Written, is_open, tell, write
from dispatch.tracking.store import reminders
from dispatch.tracking.store.tallies import Tally, tallies


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of the mailouts that staff must be warned about now."""
    watched = reminders.watched(session)
    found = of_each(session, watched, now=now)
    return [
        mailout.name
        for mailout in watched
        if (slot := found[mailout.id].current())
        and is_open(session, mailout, slot, now, is_warning=True)
    ]


def warn(means: ReminderMeans, name: str) -> Reminded | None:
    """Warn staff of a mailout's concerns; None if no warning is due.

    A moment that passed while the service was down is made up for when it is back.
    """
    now = means.clock()
    with means.sessions.read() as session:
        mailout = mailout_named(session, name)
        slot = watch(session, mailout, now=now).current()
        if not means.staff or not slot or not is_open(session, mailout, slot, now, is_warning=True):
            return None
        asked = round_of(session, mailout, means.sender, now=now)
        concerns = watch(session, mailout, now=now, asked=asked).shown()
        topic = Topic(
            slot=slot,
            at=now,
            kind=ReminderKind.WATCH,
            about=" ".join(each.matter.value for each in concerns),
            holds_in={mailout.state},
        )
        written = Written(topic=topic, remark=NOTHING_LEFT)
        if concerns:
            written = write(
                session, means, mailout, topic, lambda: _values(means, mailout, concerns, now)
            )
    return tell(means, name, written)


NOTHING_LEFT: Final = "every contact has said that they are the right person"


def watch(
    session: Session,
    mailout: Mailout,
    counted: Tally | None = None,
    *,
    now: datetime,
    asked: Round | None = None,
) -> Watch:
    """Return the rules for a mailout as it is.

    `counted` is how much there is of it, and `asked` how the question to its contacts stands, if
    that was counted already.
    """
    if counted is None:
        found = of_each(session, [mailout], now=now)[mailout.id]
    else:
        found = watches(session, [mailout], {mailout.id: counted}, now=now)[mailout.id]
    if asked is not None:
        found = replace(found, watched=replace(found.watched, unconfirmed=asked.unconfirmed))
    return found


def of_each(session: Session, mailouts: Sequence[Mailout], *, now: datetime) -> dict[UUID, Watch]:
    """Return the rules for some mailouts as they are, by id: by as many statements as for one."""
    counted = tallies(session, list(filter(_is_on_its_way, mailouts)))
    counts = {each.id: counted.get(each.id, Tally.EMPTY) for each in mailouts}
    return watches(session, mailouts, counts, now=now)


def _is_on_its_way(mailout: Mailout) -> bool:
    """Whether letters of a mailout may wait."""
    return mailout.released_at is not None and mailout.state not in CLOSED


def watches(
    session: Session, mailouts: Sequence[Mailout], counted: Mapping[UUID, Tally], *, now: datetime
) -> dict[UUID, Watch]:
    """Return the rules for some mailouts as they are, by id; `counted` is how much there is."""
    subjects = {each.id: Subject.MAILOUT.of(each.name) for each in mailouts}
    steps = journal.last_of_each(session, list(subjects.values()), STEPS)
    due = {each.id: _due_since(each, counted[each.id], now) for each in mailouts}
    stands = [each for each, since in due.items() if since]
    moved = deliveries.last_ended(session, stands) if stands else {}
    return {
        each.id: Watch(
            replace(
                _watched(session, each, counted[each.id]),
                step=_step(each, steps.get(subjects[each.id])),
                due_since=due[each.id],
                moved_at=moved.get(each.id, each.released_at),
            ),
            each.plan.holidays(ENGLAND),
            now,
        )
        for each in mailouts
    }


def _watched(session: Session, mailout: Mailout, counted: Tally) -> Watched:
    known: dict[str, Any] = {
        "plan": mailout.plan,
        "state": mailout.state,
        "step": Step(mailout.created_at, mailout.created_by),
        "remark": mailout.remark,
        "released_at": mailout.released_at,
    }
    if mailout.plan.confirm_days and not mailout.released_at:
        known["asked_at"] = asked_at(session, mailout)
    if _is_on_its_way(mailout):
        known |= {
            "proposed": tuple(counted.proposed),
            "proposed_at": min((at for at in counted.proposed.values() if at), default=None),
            "waiting": counted.waiting,
        }
    return Watched(**known)


_STEPS: Final = (
    *(events.MAILOUT_PLANNED, events.MAILOUT_REPLANNED, events.MAILOUT_REOPENED),
    *(events.MAILOUT_SENT_BACK, events.MAILOUT_RENDER, events.MAILOUT_FOR_APPROVAL),
    *(events.MAILOUT_APPROVED, events.MAILOUT_SCHEDULED),
    *(events.MAILOUT_RELEASING, events.MAILOUT_PAUSED, events.MAILOUT_SENT),
)
STEPS: Final = frozenset(kind.action for kind in _STEPS)
"""Events by which a mailout's life goes on. Not that its letters are rendered: the workers end that
by themselves, and nobody who asked for it before the hour need be there to see it."""


def _step(mailout: Mailout, event: Event | None) -> Step:
    """Return the last step of a mailout's life, as its event says, or its row."""
    if event is None:
        return Step(mailout.created_at, mailout.created_by)
    was = event.detail.get("was")
    is_sent_back = event.action == events.MAILOUT_SENT_BACK.action
    return Step(
        at=event.at,
        actor=event.actor,
        is_reopening=event.action in events.BACK_TO_DRAFT,
        sent_back_because=event.detail.get("because") if is_sent_back else None,
        is_asking=event.action == events.MAILOUT_FOR_APPROVAL.action,
        was=MailoutState(was) if was else None,
        is_repetition="others" in event.detail,
    )


def _due_since(mailout: Mailout, counted: Tally, now: datetime) -> datetime | None:
    """Return since when a letter of a mailout that is being sent might have left, if one waits."""
    due_at = counted.next_due_at
    if due_at is None and mailout.first_since is None:
        due_at = mailout.released_at
    if mailout.state is not MailoutState.RELEASING or due_at is None or not counted.waiting:
        return None
    times = mailout.plan.sending_times(ENGLAND)
    is_now = due_at <= now and times.is_open(now)
    return max(due_at, times.last_opening(now)) if is_now else None


def _values(
    means: ReminderMeans, mailout: Mailout, concerns: Sequence[Concern], now: datetime
) -> dict[str, Any]:
    """Return the values of the warning's template."""
    plan = mailout.plan
    return {
        "name": mailout.name,
        "title": plan.title,
        "state": mailout.state.value,
        "letters_at": moment_in_words(plan.release_at),
        "upload_date": plan.upload_date,
        "at": moment_in_words(now),
        "can_cancel": mailout.released_at is None,
        "rows": [
            {
                "what": capitalised(each.what),
                "why": capitalised(each.why or ""),
                "next": means.in_words(each.remedy) if each.remedy else None,
                "is_command": each.remedy is not None and each.remedy.is_act,
            }
            for each in concerns
        ],
    }
