"""Where a mailout stands: its counts, who is not reached and why, and what to look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Final

from pydantic import PlainSerializer

from dispatch.domain.calendar import day_in_words, moment_in_words
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.hours import ReminderHours, SendingDays, SendingHours
from dispatch.domain.incoming.undecided import Prospect
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import SENDING_OVER, MailoutState
from dispatch.domain.notice import Category
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.sending.providers import in_words
from dispatch.domain.sending.timekeeping import Timekeeping
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState
from dispatch.domain.tracking.unreached import KEPT_BACK, PATIENCE, left, perhaps, reason
from dispatch.domain.wording.counts import counted
from dispatch.letters import hands
from dispatch.sending.first_letters import FirstLetters
from dispatch.tracking.status import LastReminder, LedgerState, ServerState, Status, is_silent
from dispatch.views.ages import ago, lasting, seen
from dispatch.views.confirmations import RoundView, round_said, round_view
from dispatch.views.form import Moment
from dispatch.views.mailouts import first_named
from dispatch.views.pace import PaceView, letters_a_minute, misfit, pace_view, said
from dispatch.views.remedies import Caution, cautions

MOST_NAMED: Final = 12
"""Authorities that are named before the rest are counted: three lines of 80 columns."""


@dataclass(frozen=True, slots=True)
class ReminderView:
    """The reminder of the last hour that was due."""

    slot_at: Moment
    kind: ReminderKind
    unreached: int
    state: ReminderState
    remark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerView:
    """How the mail server does. `tracking.status.ServerState` says what each value means."""

    address: str
    accepted_at: Moment | None
    trouble: str | None
    troubled_since: Moment | None
    troubled_at: Moment | None
    troubles: int
    well_at: Moment | None
    next_try_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerView:
    """How the ledger was found when it was last verified by night."""

    at: Moment
    wrong: tuple[str, ...]
    held_at: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLettersView:
    """The first letters. `sending.first_letters.FirstLetters` says what each value means."""

    authorities: tuple[str, ...]
    systems: tuple[str, ...]
    accepted: int
    waiting: int
    until: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """Where a mailout stands at a moment. `tracking.status.Status` says what each count means."""

    at: Moment
    name: str
    title: str
    state: MailoutState
    remark: str | None
    letters: Mapping[LetterState, int]
    deliveries: Mapping[DeliveryState, int]
    reached: int
    unreached: tuple[str, ...]
    challenged: tuple[str, ...]
    on_hold: tuple[str, ...]
    perhaps: Mapping[str, Prospect]
    undecided: Mapping[Prospect, int]
    forged: int
    untied: int
    proposed: tuple[str, ...]
    delayed: int
    about_us: int
    release_at: Moment
    released_at: Moment | None
    sending_hours: SendingHours | None
    sending_days: SendingDays
    next_try_at: Moment | None
    not_after: Moment
    first_letters: FirstLettersView | None
    reminders: ReminderHours | None
    last_reminder: ReminderView | None
    next_reminder_at: Moment | None
    last_warning: ReminderView | None
    next_warning_at: Moment | None
    upload_date: date
    days_to_upload: int
    working_days_to_upload: int
    approved_by: str | None
    approved_digest: str | None
    took_part_in_both: str | None
    clocks: Mapping[str, Moment]
    workers: Mapping[str, Moment]
    ledger: LedgerView | None
    mail_server: ServerView | None
    pace: PaceView | None
    """How long the letters that wait will take; None if none waits or no rate limits them."""
    slowed_to: Annotated[timedelta | None, PlainSerializer(letters_a_minute)]
    """Letters a minute while a mail server has said that we send too fast."""
    asked: RoundView | None
    unreached_because: Mapping[str, DeliveryState | None]
    """The state of the delivery that counts, by the authority's code; None if there is none."""
    warnings: tuple[Annotated[Caution, PlainSerializer(str)], ...] = field(default=())


def _kept_back(status: Status, category: Category) -> tuple[str, ...]:
    return tuple(sorted(code for code, each in status.kept_back.items() if each is category))


def status_view(status: Status) -> StatusView:
    """Return the view of a status."""
    fields = Status.__dataclass_fields__.keys() & StatusView.__dataclass_fields__.keys()
    same = {name: getattr(status, name) for name in fields}
    changed: dict[str, Any] = {
        "reached": status.reached,
        "unreached": tuple(sorted(status.unreached)),
        "unreached_because": dict(sorted(status.unreached.items())),
        "challenged": _kept_back(status, Category.CHALLENGE),
        "on_hold": _kept_back(status, Category.HELD),
        "perhaps": dict(sorted(status.waiting.perhaps.items())),
        "undecided": status.waiting.undecided,
        "forged": status.waiting.forged,
        "untied": status.waiting.untied,
        "last_reminder": _reminder_view(status.last_reminder),
        "last_warning": _reminder_view(status.last_warning),
        "first_letters": _first_letters_view(status.first_letters),
        "ledger": _ledger_view(status.ledger),
        "mail_server": _server_view(status.mail_server),
        "asked": round_view(status.asked) if status.asked else None,
        "pace": pace_view(status.forecast) if status.forecast else None,
        "warnings": tuple(_warnings(status)),
    }
    return StatusView(**(same | changed))


def _server_view(server: ServerState | None) -> ServerView | None:
    if server is None:
        return None
    return ServerView(**{each.name: getattr(server, each.name) for each in fields(ServerState)})


def _first_letters_view(found: FirstLetters | None) -> FirstLettersView | None:
    if found is None:
        return None
    return FirstLettersView(
        **{each.name: getattr(found, each.name) for each in fields(FirstLetters)}
    )


def _ledger_view(found: LedgerState | None) -> LedgerView | None:
    if found is None:
        return None
    return LedgerView(at=found.at, wrong=found.wrong, held_at=found.held_at)


def _reminder_view(last: LastReminder | None) -> ReminderView | None:
    if last is None:
        return None
    return ReminderView(last.slot_at, last.kind, last.unreached, last.state, last.remark)


def _warnings(status: Status) -> Iterator[Caution]:
    name = status.name
    yield from cautions(status.concerns)
    if status.ledger and status.ledger.wrong:
        yield Caution(
            f"the ledger did not hold on {moment_in_words(status.ledger.at)}: "
            f"{status.ledger.wrong[0]}",
            Remedy(kind=RemedyKind.VERIFY),
        )
    if status.failures:
        yield _failed(status)
    if doubts := status.deliveries.get(DeliveryState.IN_DOUBT):
        yield Caution(f"{doubts} in doubt", Remedy(kind=RemedyKind.DOUBTS, mailout=name))
    yield from undecided_cautions(status)
    if status.about_us:
        yield Caution(
            f"{status.about_us} came back because of our own server or domain",
            Remedy(kind=RemedyKind.NOTICES, mailout=name),
        )
    for name, at in status.unlooked.items():
        since = f"since {moment_in_words(at)}" if at else "for a day"
        yield Caution(f"nothing that came back was taken in from {name} {since}")
    if status.state not in SENDING_OVER:
        yield from _absences(status)
        if status.held:
            yield until_trusted(status.held, status.at)
        yield from _server_trouble(status.mail_server)
        yield from _pace(status)


def _failed(status: Status) -> Caution:
    """Say how many letters could not be made, and why the first of them."""
    code, why = status.failures[0]
    made = counted(len(status.failures), "letter", "letters")
    remedy = Remedy(kind=RemedyKind.RENDER, mailout=status.name)
    return Caution(f"{made} could not be made ({code}: {why})", remedy, "; when mended, run")


def _pace(status: Status) -> Iterator[Caution]:
    """Say that letters do not fit into their time, or go more slowly than they should."""
    if status.forecast and (words := misfit(status.forecast)):
        yield Caution(words)
    if status.slowed_to:
        yield Caution(
            f"a mail server has said that we send too fast: letters go at "
            f"{in_words(status.slowed_to)}, and faster again after each quarter of an hour"
        )


def undecided_cautions(status: Status) -> Iterator[Caution]:
    """Say how many notices wait until a person decides about each."""
    remedy = Remedy(kind=RemedyKind.UNDECIDED, mailout=status.name)
    waiting = status.waiting
    if count := sum(waiting.undecided.values()):
        notices = "notice" if count == 1 else "notices"
        said = counts(waiting.undecided)
        yield Caution(f"{count} {notices} came back that nothing proves ({said})", remedy)
    if waiting.forged:
        notices = "notice" if waiting.forged == 1 else "notices"
        yield Caution(
            f"{waiting.forged} {notices} came back with a forged or damaged token, and changed "
            f"nothing",
            remedy,
        )


def _server_trouble(server: ServerState | None) -> Iterator[Caution]:
    """Say that letters cannot leave by the mail server at the moment, and why."""
    if server and server.is_in_trouble and server.troubled_since:
        since = moment_in_words(server.troubled_since)
        often = "once" if server.troubles == 1 else f"{server.troubles} times"
        yield Caution(
            f"trouble with the mail server {server.address} since {since}, {often} so far: "
            f"{server.trouble}"
        )


def _absences(status: Status) -> Iterator[Caution]:
    has_clock, has_worker = (
        any(not is_silent(at, status.at) for at in moments.values())
        for moments in (status.clocks, status.workers)
    )
    return absences(has_clock=has_clock, has_worker=has_worker)


def absences(*, has_clock: bool, has_worker: bool) -> Iterator[Caution]:
    """Say what does not happen because no clock or no worker runs."""
    match has_clock, has_worker:
        case False, False:
            what = "no clock and no worker seen lately: nothing moves"
            yield Caution(what, Remedy(kind=RemedyKind.RUN), "; start")
        case False, True:
            yield Caution("no clock seen lately: no letter will be released, no doubt noticed")
        case True, False:
            yield Caution("no worker seen lately: nothing will be rendered or sent")


def until_trusted(held: Timekeeping, now: datetime) -> Caution:
    """Say what does not happen because the clock is not trusted, why, and until when."""
    why = "the clock process was away, and nobody knows what the clock did meanwhile"
    if held.ahead:
        way = "forward" if held.ahead > timedelta(0) else "back"
        why = f"the clock was set {way} by {lasting(abs(held.ahead))}"
    until = moment_in_words(now + held.held_for)
    return Caution(
        f"{why}: nothing is released and nothing expires until {until}",
        Remedy(kind=RemedyKind.CLOCK),
        "; if the clock is right, run",
    )


def facts(view: StatusView, *, has_staff: bool) -> list[tuple[str, object]]:
    """Return what a person is shown but for the warnings: a label and a value for each line.

    `has_staff` says whether there is anybody to remind.
    """
    total = view.reached + len(view.unreached)
    rows: list[tuple[str, object]] = [
        ("mailout", view.name),
        ("state", view.state.value),
        ("why", None if _is_said(view) else view.remark),
        ("letters", counts(view.letters)),
        ("approved", _approved(view)),
        ("contacts", view.asked and round_said(view.asked)),
        ("deliveries", counts(view.deliveries)),
        ("delayed", f"{view.delayed} on the way" if view.delayed else None),
        ("reached", f"{view.reached} of {total}"),
        ("unreached", _named(_reasons(view)) if view.deliveries else None),
        ("not tied", _untied(view.untied)),
        _letters_at(view),
        ("hours", _hours(view)),
        ("first letters", first_letters_in_words(view.first_letters, view.at)),
        ("next try", _next_try(view)),
        ("pace", view.pace and said(view.pace)),
        ("not after", moment_in_words(view.not_after)),
        ("reminders", _reminders(view, has_staff=has_staff)),
        ("emailed", _told(view, has_staff=has_staff)),
        ("upload", f"{day_in_words(view.upload_date)}, {until_upload(view)}"),
        ("clock", _clocks(view)),
        ("workers", seen(view.workers, view.at)),
        ("mail server", _mail_server(view)),
        ("ledger", _ledger(view.ledger)),
    ]
    return [(label, value) for label, value in rows if value]


def _hours(view: StatusView) -> str | None:
    """Say at which hours and on which days letters may leave, unless they always may."""
    is_any_day = view.sending_days is SendingDays.ANY
    if view.sending_hours is None:
        return None if is_any_day else "any, on working days in England"
    return f"{view.sending_hours}, {'every day' if is_any_day else 'on working days in England'}"


def first_letters_in_words(
    found: FirstLetters | FirstLettersView | None, now: datetime
) -> str | None:
    """Say which letters go first, or how they fare and until when the others wait."""
    if found is None:
        return None
    others = f"the {found.waiting:,} others"
    if found.systems:
        named = first_named(zip(found.authorities, found.systems, strict=True))
        return f"{named}; then {others}"
    said = f"{found.accepted} of {len(found.authorities)} accepted; {others} wait"
    if found.until is None:
        return said
    until = moment_in_words(found.until)
    return f"{said} until {until}" if now < found.until else f"{said} since {until}"


def _approved(view: StatusView) -> str | None:
    """Say who approved it, if one person took part in both."""
    if not (view.approved_by and view.took_part_in_both):
        return None
    return f"by {view.approved_by}; {hands.in_words(view.took_part_in_both)}"


def _is_said(view: StatusView) -> bool:
    """Whether a warning has the remark already."""
    return any((view.remark or "") in each.text for each in view.warnings)


def _mail_server(view: StatusView) -> str | None:
    """Say when the mail server last took a letter, its last trouble, and what happens next."""
    server = view.mail_server
    if server is None:
        return None
    took = server.accepted_at
    said = [server.address]
    said.append(f"last took a letter on {moment_in_words(took)}" if took else "took no letter yet")
    if server.trouble and server.troubled_since:
        began, ended = moment_in_words(server.troubled_since), server.well_at
        lasted = f"from {began} to {moment_in_words(ended)}" if ended else f"since {began}"
        said.append(f"last trouble {lasted}: {server.trouble}")
    if server.next_try_at and server.next_try_at > view.at:
        said.append(f"next try at {moment_in_words(server.next_try_at)}")
    return "; ".join(said)


def _ledger(found: LedgerView | None) -> str | None:
    """Say when the ledger was last found to hold."""
    if found is None:
        return None
    held = f"held last on {moment_in_words(found.held_at)}" if found.held_at else "never held yet"
    return f"does not hold; {held}" if found.wrong else held


def _letters_at(view: StatusView) -> tuple[str, str]:
    """Say when the letters went, or will go, or should."""
    if view.released_at:
        return "released", moment_in_words(view.released_at)
    at = moment_in_words(view.release_at)
    if view.state is MailoutState.SCHEDULED and view.at < view.release_at:
        return "letters go", at
    return "due", at if view.state is MailoutState.SCHEDULED else f"{at}, not scheduled"


def _told(view: StatusView, *, has_staff: bool) -> str | None:
    """Say what staff were warned of last, and when they are next."""
    said = []
    if view.last_warning:
        ended = _ended(view.last_warning)
        said.append(f"last {moment_in_words(view.last_warning.slot_at)}: warning {ended}")
    if view.next_warning_at and has_staff:
        said.append(f"next {moment_in_words(view.next_warning_at)}, unless somebody acts")
    elif view.next_warning_at:
        said.append("nobody is warned: DISPATCH_OFFICE is empty")
    return "; ".join(said) or None


def counts(values: Mapping[Any, int]) -> str:
    """Return counts by state in words: "680 accepted, 2 in doubt"."""
    return ", ".join(f"{count} {_state(state)}" for state, count in values.items()) or "none"


def _state(state: Enum) -> str:
    return str(state.value).replace("_", " ")


def _named(reasons: Mapping[str, str]) -> str:
    """Name who is not reached, and why: first those for whom somebody must do something."""
    ordered = sorted(reasons, key=lambda code: (PATIENCE.get(reasons[code], 0), code))
    named = [f"{code} {reasons[code]}" for code in ordered[:MOST_NAMED]]
    more = Counter(reasons[code] for code in ordered[MOST_NAMED:])
    return ", ".join(named + [f"{count} more {reason}" for reason, count in more.items()])


def _reasons(view: StatusView) -> dict[str, str]:
    reasons = {code: reason(state) for code, state in view.unreached_because.items()}
    unsure = {code: perhaps(each) for code, each in view.perhaps.items() if code in reasons}
    kept = {Category.CHALLENGE: view.challenged, Category.HELD: view.on_hold}
    kept_back = {code: KEPT_BACK[each] for each, codes in kept.items() for code in codes}
    return {**reasons, **unsure, **{code: kept_back[code] for code in kept_back.keys() & reasons}}


def _untied(count: int) -> str | None:
    """Say how many bounces are about none of our letters, as far as anybody can tell."""
    if not count:
        return None
    bounces = "1 bounce names" if count == 1 else f"{count} bounces name"
    return f"{bounces} no letter: see `dispatch notice list --category bounce`"


def _next_try(view: StatusView) -> str | None:
    """Say when the next letter may leave, unless that is now."""
    at = view.next_try_at
    return moment_in_words(at) if at and at > view.at else None


def _reminders(view: StatusView, *, has_staff: bool) -> str | None:
    """Say what staff were reminded of last, and when they are next."""
    said = [_last_reminder(view.last_reminder)] if view.last_reminder else []
    if view.next_reminder_at and has_staff:
        said.append(f"next {moment_in_words(view.next_reminder_at)}")
    elif view.next_reminder_at:
        said.append("to nobody: DISPATCH_OFFICE is empty")
    return "; ".join(said) or None


def _last_reminder(last: ReminderView) -> str:
    is_all = last.kind is ReminderKind.ALL_REACHED
    what = "all reached" if is_all else f"{last.unreached} unreached"
    return f"last {moment_in_words(last.slot_at)}: {what}, {_ended(last)}"


def _ended(last: ReminderView) -> str:
    return _state(last.state) + (f" ({last.remark})" if last.remark else "")


def until_upload(view: Status | StatusView) -> str:
    """Say how long it is to the upload."""
    return left(view.days_to_upload, view.working_days_to_upload)


def _clocks(view: StatusView) -> str:
    match list(view.clocks.values()):
        case [at]:
            return f"seen {ago(at, view.at)}"
        case _:
            return seen(view.clocks, view.at)
