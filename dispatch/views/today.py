"""What needs somebody today: each thing in a line, with where it is done; or what comes next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from dispatch.domain.calendar import day_in_words, local, moment, moment_in_words
from dispatch.domain.mailout import MailoutState
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.tracking.unreached import left
from dispatch.domain.tracking.watch import Matter
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.tracking.overview import Overview, Today
from dispatch.views.status import absences


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that somebody must do."""

    words: str
    remedy: Remedy
    about: str | None = None
    """The title of the mailout that it is about."""
    is_pressing: bool = False
    """Whether a date is missed, or nothing moves, unless somebody acts."""


@dataclass(frozen=True, slots=True)
class TodayView:
    """What needs somebody today."""

    tasks: tuple[Task, ...]
    """What is most pressing first."""
    next: str
    """What comes next, and who is due to do it."""


def today_view(found: Today, *, may_approve: bool) -> TodayView:
    """Return what needs somebody; `may_approve` says whether the reader may approve letters."""
    tasks = [*_of_the_service(found)]
    for each in found.mailouts:
        tasks += _of_mailout(each, may_approve=may_approve)
    tasks += _of_the_inbox(found)
    tasks.sort(key=lambda each: not each.is_pressing)
    return TodayView(tuple(tasks), _next(found))


def _of_the_service(found: Today) -> Iterator[Task]:
    run = Remedy(kind=RemedyKind.RUN)
    for each in absences(has_clock=found.has_clock, has_worker=found.has_worker):
        yield Task(sentence(each.text), each.remedy or run, is_pressing=True)
    if found.ledger and found.ledger.wrong:
        at, wrong = moment_in_words(found.ledger.at), found.ledger.wrong[0]
        words = f"The ledger did not hold on {at}: {wrong}."
        yield Task(words, Remedy(kind=RemedyKind.VERIFY), is_pressing=True)


CAN_WAIT: Final = frozenset({Matter.FOR_APPROVAL, Matter.PROPOSED, Matter.UNASKED})
"""What may wait a day without a date being missed."""


def _of_mailout(each: Overview, *, may_approve: bool) -> Iterator[Task]:
    told = {concern.matter for concern in each.concerns}
    for concern in each.concerns:
        remedy = concern.remedy or Remedy(kind=RemedyKind.STATUS, mailout=each.name)
        is_pressing = concern.matter not in CAN_WAIT
        yield Task(sentence(concern.text), remedy, each.title, is_pressing=is_pressing)
    if may_approve and each.state is MailoutState.RENDERED and Matter.FOR_APPROVAL not in told:
        words = f"The letters of {day_in_words(local(each.release_at).date())} can be approved"
        yield Task(sentence(words), _do(RemedyKind.APPROVE, each), each.title)
    for words, kind in _counts(each):
        yield Task(sentence(words), _do(kind, each), each.title)


POST_BEFORE: Final = 2
"""Working days before the upload on which the last letters are to be posted."""


def _counts(each: Overview) -> Iterator[tuple[str, RemedyKind]]:
    """Yield how many of what wait for somebody, in words, with what to do about them."""
    if each.has_left and each.unreached:
        verb = "is" if each.unreached == 1 else "are"
        until = left(each.days_to_upload, each.working_days_to_upload)
        words = (
            f"{each.unreached:,} of {each.of:,} {verb} not surely reached; the upload is {until}"
        )
        yield words, RemedyKind.UNREACHED
        to_post = each.unreached - each.posted
        if to_post and 0 < each.working_days_to_upload <= POST_BEFORE:
            letters = counted(to_post, "letter", "letters")
            yield f"{letters} to post: post still arrives before the upload", RemedyKind.POST
    if each.doubts:
        yield f"{counted(each.doubts, 'delivery is', 'deliveries are')} in doubt", RemedyKind.DOUBTS
    if each.undecided:
        notices = counted(each.undecided, "notice", "notices")
        words = f"{notices} came back that nothing proves, and somebody must decide"
        yield words, RemedyKind.UNDECIDED


def _do(kind: RemedyKind, each: Overview) -> Remedy:
    return Remedy(kind=kind, mailout=each.name)


def _of_the_inbox(found: Today) -> Iterator[Task]:
    if found.suggestions:
        contacts = counted(found.suggestions, "contact waits", "contacts wait")
        words = f"{contacts} for a decision: an answer to a letter names somebody else"
        yield Task(sentence(words), Remedy(kind=RemedyKind.SUGGESTIONS))
    if found.quarantined:
        messages = counted(found.quarantined, "message", "messages")
        words = f"{messages} that came in could not be read"
        yield Task(sentence(words), Remedy(kind=RemedyKind.QUARANTINE))


def _next(found: Today) -> str:
    """Say what comes next, and who is due to do it."""
    coming = sorted(filter(None, (_coming(each, found.at) for each in found.mailouts)))
    if not coming:
        return "No date is ahead. An editor plans the next mailout."
    _, words = coming[0]
    return words


def _coming(each: Overview, now: datetime) -> tuple[datetime, str] | None:
    """Return the next date of a mailout, and what happens then."""
    if not each.has_left and each.release_at > now:
        who = WHO.get(each.state, "the clock sends them by itself")
        when = moment_in_words(each.release_at)
        return each.release_at, f"{each.title}: the letters go on {when}; {who}."
    upload_at = moment(each.upload_date, time(0))
    if each.has_left and upload_at > now:
        when = day_in_words(each.upload_date)
        return upload_at, f"{each.title}: the upload is on {when}; an approver makes it public."
    return None


WHO: Final = {
    MailoutState.DRAFT: "an editor has the letters made before that",
    MailoutState.RENDERED: "an approver looks at them before that",
    MailoutState.APPROVED: "an approver schedules them before that",
    MailoutState.PAUSED: "an approver lets the mailout go on before that",
}
"""Who is due to act before the letters can go, by the state of the mailout."""
