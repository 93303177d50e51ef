"""What has a date is watched until it has happened: what is wrong, why, and when staff are told.

A concern is one thing that will not happen on its date unless somebody acts. Each has moments of
its own at which staff are told: at once where the service or a change undid a person's work, on the
working day before the date, at the hour itself, and then each working day until it is put right.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.calendar import day_in_words, moment_in_words
from dispatch.domain.hours import ReminderHours
from dispatch.domain.mailout import (
    AWAITING_UPLOAD,
    CLOSED,
    UNRELEASED,
    MailoutState,
    Plan,
    next_step,
)
from dispatch.domain.proof.ledger import SERVICE
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.wording.counts import some

WATCHED_FROM: Final = 5
"""Working days before the letter date from which a mailout that is not scheduled is a concern."""

USUAL_HOUR: Final = time(9)
"""When staff are told on a working day, unless the plan's reminders begin at another hour."""

LATE: Final = timedelta(minutes=5)
"""How long after its hour a scheduled mailout may still be unreleased."""

STALLED_AFTER: Final = timedelta(hours=1)
"""How long letters may be due, and none leave, before that is a concern."""

LONGEST_BREAK: Final = timedelta(days=14)
"""Longer than any run of days on which offices are closed."""


USUAL_DAYS: Final = 30
"""How many days before the letters the contacts are to have been asked, in a new plan that does not
say: time enough to find out who is in post now."""

ASK_SHOWN: Final = 5
"""Days before that from which it is shown that nobody has asked them."""


class Matter(Enum):
    """What a concern is about. The value is what the ledger shows."""

    UNSCHEDULED = "unscheduled"
    """The letters will not leave on their date: nobody has scheduled them, or that was undone."""

    FOR_APPROVAL = "for_approval"
    """Somebody has asked for the letters to be approved, and nobody has yet."""

    UNASKED = "unasked"
    """Nobody has asked the contacts whether they are the right person, and the plan wants it."""

    UNCONFIRMED = "unconfirmed"
    """They were asked, and some have not said so."""

    UNRELEASED = "unreleased"
    """The mailout is scheduled, its hour has passed, and it has not been released."""

    HELD = "held"
    """It was paused while its letters were leaving."""

    STALLED = "stalled"
    """Letters are due, and none leave."""

    EXPIRING = "expiring"
    """Letters still wait, and their not-after time is near."""

    PROPOSED = "proposed"
    """New versions of letters wait for a second person."""

    UPLOAD = "upload"
    """The upload date is near or past, and nobody has made the letters public."""


@dataclass(frozen=True, slots=True)
class Step:
    """The last step of a mailout's life: when, by whom, and what it undid."""

    at: datetime
    actor: str
    is_reopening: bool = False
    """Whether it took the mailout back to draft."""
    was: MailoutState | None = None
    """The state that it took the mailout back from."""
    sent_back_because: str | None = None
    """Why the person who was to approve the letters sent them back, if that was it."""
    is_asking: bool = False
    """Whether somebody asked for the letters to be approved."""
    is_repetition: bool = False
    """Whether the mailout was paused because its letters had gone with another mailout."""

    @property
    def is_by_service(self) -> bool:
        return self.actor in SERVICE

    @property
    def undid_approval(self) -> bool:
        """Whether the mailout had been approved before it, so that people take it to be done."""
        return self.is_reopening and self.was is not MailoutState.RENDERED


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is known about a mailout at a moment, as far as the rules here need it."""

    plan: Plan
    state: MailoutState
    step: Step
    remark: str | None = None
    released_at: datetime | None = None
    asked_at: datetime | None = None
    """When somebody last asked the contacts whether they are the right person."""
    unconfirmed: int | None = None
    """How many contacts have not plainly said so; None if that was not counted."""
    waiting: int = 0
    """Deliveries that have not left."""
    due_since: datetime | None = None
    """Since when the one that is due longest might have left."""
    moved_at: datetime | None = None
    """When a delivery last came to an end, or the mailout was released."""
    proposed: tuple[str, ...] = ()
    """Authorities with a new version that waits for a second person."""
    proposed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing that will not happen on its date unless somebody acts."""

    matter: Matter
    what: str
    why: str | None = None
    remedy: Remedy | None = None
    moments: tuple[datetime, ...] = ()
    """When staff are told, besides each working day."""
    daily_from: datetime | None = None
    """The first moment from which staff are told each working day; None for never."""
    not_before: datetime | None = None
    """The last step, after which people need not be told what they could not know before it."""
    is_shown: bool = True
    """Whether it is time to show it; staff may be told at a later moment only."""

    @property
    def text(self) -> str:
        """What is wrong, and why, in one line."""
        return f"{self.what} ({self.why})" if self.why else self.what


@dataclass(frozen=True, slots=True)
class Watch:
    """The concerns about one mailout at a moment, and when staff are told of them."""

    watched: Watched
    bank_holidays: Container[date]
    now: datetime

    def concerns(self) -> tuple[Concern, ...]:
        """Return what staff must know about, the most urgent first."""
        return tuple(_Rules(self.watched, self.bank_holidays, self.now).found())

    def shown(self) -> tuple[Concern, ...]:
        """Return the concerns that it is time to show."""
        return tuple(each for each in self.concerns() if each.is_shown)

    def current(self) -> datetime | None:
        """Return the last moment at which staff were to be told of anything, told or not."""
        return max((at for at in self._moments(self.now) if at <= self.now), default=None)

    def next(self) -> datetime | None:
        """Return the next moment at which staff will be told of what is shown, if nobody acts."""
        if not self.shown():
            return None
        until = self.now + LONGEST_BREAK
        return min((at for at in self._moments(until) if at > self.now), default=None)

    def _moments(self, until: datetime) -> Iterator[datetime]:
        """Yield the moments of all concerns, of the working days only those near now."""
        for each in self.concerns():
            found = [*each.moments, *self._daily(each.daily_from, until)]
            yield from (at for at in found if each.not_before is None or at >= each.not_before)

    def _daily(self, start: datetime | None, until: datetime) -> list[datetime]:
        if start is None or start > until:
            return []
        first = max(start, self.now - LONGEST_BREAK)
        days = calendar.local(first).date(), calendar.local(until).date()
        slots = ReminderHours((hour_of(self.watched.plan),)).slots(*days, self.bank_holidays)
        return [at for at in slots if at >= start]


def hour_of(plan: Plan) -> time:
    """Return the hour at which staff are told on a working day."""
    return min(plan.reminders.hours) if plan.reminders else USUAL_HOUR


@dataclass(frozen=True, slots=True)
class _Rules:
    """What is a concern, a rule for each matter."""

    watched: Watched
    bank_holidays: Container[date]
    now: datetime

    def _eve(self, day: date) -> datetime:
        """Return when staff are told on the last working day before a day."""
        before = day - timedelta(days=1)
        while not calendar.is_working_day(before, self.bank_holidays):
            before -= timedelta(days=1)
        return calendar.moment(before, hour_of(self.watched.plan))

    def found(self) -> Iterator[Concern]:
        state = self.watched.state
        if self.watched.released_at is None:
            yield from _of_contacts(self.watched, self.now, self._eve)
            if state is MailoutState.SCHEDULED:
                yield from self._unreleased()
            elif state in UNRELEASED or state is MailoutState.PAUSED:
                yield from self._for_approval()
                yield self._unscheduled()
            return
        if state not in AWAITING_UPLOAD:
            return
        if state is MailoutState.PAUSED:
            yield self._held()
        yield from self._stalled()
        yield from self._expiring()
        yield from self._upload()
        yield from self._proposed()

    def _for_approval(self) -> Iterator[Concern]:
        """Say that letters wait to be approved: at once, and when two working days are left."""
        it, step = self.watched, self.watched.step
        if it.state is not MailoutState.RENDERED or not step.is_asking:
            return
        eve = self._eve(it.plan.letter_date)
        yield Concern(
            matter=Matter.FOR_APPROVAL,
            what=f"the letters of {day_in_words(it.plan.letter_date)} wait to be approved",
            why=f"{step.actor} asked for it on {moment_in_words(step.at)}",
            remedy=Remedy(kind=RemedyKind.APPROVE, mailout=it.plan.name),
            moments=(step.at, self._eve(calendar.local(eve).date())),
            not_before=step.at,
        )

    def _unscheduled(self) -> Concern:
        it, step = self.watched, self.watched.step
        release_at = it.plan.release_at
        is_undone = (
            step.undid_approval
            or step.sent_back_because is not None
            or (it.state is MailoutState.PAUSED and step.is_by_service)
        )
        today = calendar.local(self.now).date()
        left = calendar.working_days(today, it.plan.letter_date, self.bank_holidays)
        return Concern(
            matter=Matter.UNSCHEDULED,
            what=self._nothing_leaves(),
            why=self._because(),
            remedy=self._towards_release(),
            moments=(*((step.at,) if is_undone else ()), release_at),
            daily_from=self._eve(it.plan.letter_date),
            not_before=step.at,
            is_shown=is_undone or left <= WATCHED_FROM,
        )

    def _nothing_leaves(self) -> str:
        it = self.watched
        at, state = moment_in_words(it.plan.release_at), NOT_SCHEDULED[it.state]
        if it.plan.not_after <= self.now:
            passed = moment_in_words(it.plan.not_after)
            return (
                f"no letter has left: {state}, and its not-after time passed on {passed}, so its "
                f"file needs later dates"
            )
        if it.plan.release_at <= self.now:
            return f"the letters of {at} have not left: {state}"
        return f"no letter will leave on {at}: {state}"

    def _because(self) -> str | None:
        """Say who took it back to draft or paused it, when, and what had changed."""
        it, step = self.watched, self.watched.step
        when, by = moment_in_words(step.at), "" if step.is_by_service else f" by {step.actor}"
        if step.sent_back_because is not None:
            return f"sent back on {when}{by}: {step.sent_back_because}"
        if step.is_reopening:
            return f"back to draft on {when}{by}: {it.remark}"
        if it.state is MailoutState.PAUSED:
            return f"paused on {when}{by}" + (f": {it.remark}" if it.remark else "")
        return it.remark

    def _towards_release(self) -> Remedy | None:
        it = self.watched
        if it.plan.not_after <= self.now:
            return Remedy(kind=RemedyKind.PLAN)
        if it.state is MailoutState.PAUSED and it.step.is_repetition:
            return Remedy(kind=RemedyKind.RESUME_ALTHOUGH, mailout=it.plan.name)
        return next_step(it.state, it.plan.name)

    def _unreleased(self) -> Iterator[Concern]:
        it = self.watched
        since = max(it.plan.release_at, it.step.at) + LATE
        if self.now >= since:
            at = moment_in_words(it.plan.release_at)
            yield Concern(
                matter=Matter.UNRELEASED,
                what=f"the letters of {at} have not left, although they are scheduled",
                why=it.remark,
                remedy=Remedy(kind=RemedyKind.RUN),
                moments=(since,),
                daily_from=since,
            )

    def _held(self) -> Concern:
        it, step = self.watched, self.watched.step
        return Concern(
            matter=Matter.HELD,
            what=f"nothing leaves while it is paused; {_letters(it.waiting)} waiting",
            why=self._because(),
            remedy=next_step(it.state, it.plan.name),
            moments=(step.at,) if step.is_by_service else (),
            daily_from=step.at,
            not_before=step.at,
        )

    def _stalled(self) -> Iterator[Concern]:
        it = self.watched
        if it.state is not MailoutState.RELEASING or not it.due_since or not it.moved_at:
            return
        since = max(it.due_since, it.moved_at) + STALLED_AFTER
        if self.now >= since:
            yield Concern(
                matter=Matter.STALLED,
                what=f"{_letters(it.waiting)} due, and none has left for over an hour",
                remedy=Remedy(kind=RemedyKind.UNREACHED, mailout=it.plan.name),
                moments=(since,),
                daily_from=since,
            )

    def _expiring(self) -> Iterator[Concern]:
        it = self.watched
        eve = self._eve(calendar.local(it.plan.not_after).date())
        if it.waiting and eve <= self.now:
            yield Concern(
                matter=Matter.EXPIRING,
                what=(
                    f"{_letters(it.waiting)} waiting, and will not be sent any more after "
                    f"{moment_in_words(it.plan.not_after)}"
                ),
                remedy=Remedy(kind=RemedyKind.UNREACHED, mailout=it.plan.name),
                moments=(eve,),
                daily_from=eve,
            )

    def _upload(self) -> Iterator[Concern]:
        it = self.watched
        eve = self._eve(it.plan.upload_date)
        day = calendar.moment(it.plan.upload_date, hour_of(it.plan))
        today = calendar.local(self.now).date()
        is_sent = it.state is MailoutState.SENT
        if self.now < eve or (today < it.plan.upload_date and not is_sent):
            return
        name = it.plan.name
        ready = Remedy(kind=RemedyKind.UPLOAD, mailout=name)
        waits = Remedy(kind=RemedyKind.UNREACHED, mailout=name)
        yield Concern(
            matter=Matter.UPLOAD,
            what=self._not_public(today),
            why=None if is_sent else f"{_letters(it.waiting)} still to leave",
            remedy=ready if is_sent else waits,
            moments=(eve, day),
            daily_from=eve,
        )

    def _not_public(self, today: date) -> str:
        upload_date = self.watched.plan.upload_date
        day = day_in_words(upload_date)
        if today < upload_date:
            return f"the letters are to be public on {day}, and a person must upload them that day"
        if today == upload_date:
            return f"the letters are to be public today, {day}, and nobody has uploaded them"
        return f"the letters were to be public on {day}, and nobody has uploaded them"

    def _proposed(self) -> Iterator[Concern]:
        it = self.watched
        if it.proposed_at:
            yield Concern(
                matter=Matter.PROPOSED,
                what=(
                    f"a new version waits for a second person, of the letter of "
                    f"{some(it.proposed, NAMED)}"
                ),
                why=f"since {moment_in_words(it.proposed_at)}",
                remedy=Remedy(kind=RemedyKind.APPROVE, mailout=it.plan.name),
                daily_from=it.proposed_at,
            )


def _of_contacts(
    it: Watched, now: datetime, eve_of: Callable[[date], datetime]
) -> Iterator[Concern]:
    """Say that the contacts are to be asked who they are, or that some have not answered.

    Staff are told once of each, on the day or on the last working day before it.
    """
    days = it.plan.confirm_days
    if not days or it.state in CLOSED or it.plan.release_at <= now:
        return
    first = it.plan.letter_date - timedelta(days=days)
    half = it.plan.letter_date - timedelta(days=days // 2)
    name, today = it.plan.name, calendar.local(now).date()
    if it.asked_at is None:
        yield Concern(
            matter=Matter.UNASKED,
            what="nobody has asked the contacts yet whether they are the right person",
            remedy=Remedy(kind=RemedyKind.ASK, mailout=name),
            moments=(eve_of(first + timedelta(days=1)),),
            is_shown=today >= first - timedelta(days=ASK_SHOWN),
        )
    elif it.unconfirmed is None or it.unconfirmed:
        count = it.unconfirmed or 0
        have = "contact has" if count == 1 else "contacts have"
        yield Concern(
            matter=Matter.UNCONFIRMED,
            what=f"{count} {have} not said that they are the right person",
            remedy=Remedy(kind=RemedyKind.ASKED, mailout=name),
            moments=(eve_of(half + timedelta(days=1)),),
            not_before=it.asked_at,
            is_shown=bool(count) and today >= half,
        )


NOT_SCHEDULED: Final[Mapping[MailoutState, str]] = {
    MailoutState.DRAFT: "the mailout is a draft",
    MailoutState.RENDERED: "the mailout is rendered, and nobody has approved it",
    MailoutState.APPROVED: "the mailout is approved, and nobody has scheduled it",
    MailoutState.PAUSED: "the mailout is paused",
}
"""What keeps a mailout that is not scheduled from being released."""

NAMED: Final = 12
"""How many authorities are named before the rest is counted."""


def _letters(count: int) -> str:
    return f"{count} letter{'' if count == 1 else 's'} {'is' if count == 1 else 'are'}"
