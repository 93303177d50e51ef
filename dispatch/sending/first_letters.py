"""First letters: one to each receiving system, and the others once what came back has been read.

Which they are is in the ledger, by the event of the release. Whether the others follow is decided
here alone, by the clock: see `domain.sending.first_letters` for the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Delivery, Mailout
from dispatch.domain.address import domain_of, folded
from dispatch.domain.errors import NotApproved
from dispatch.domain.hours import EVER
from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import REOPENED_BY_CHANGE, MailoutState
from dispatch.domain.proof.ledger import CLOCK, SERVICE, Event
from dispatch.domain.sending.first_letters import (
    Candidate,
    Course,
    Decision,
    First,
    Incoming,
    Progress,
    choose,
)
from dispatch.domain.word import Word, clock_at
from dispatch.files.holidays import ENGLAND
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named, mailouts_in
from dispatch.register.store import suppressions
from dispatch.sending.store import exchangers
from dispatch.sending.store import first_letters as store

NOT_ON_RECORD = "the ledger does not have which letters went first, as we wrote it"


def begin(
    session: Session, mailout: Mailout, chosen: Sequence[First], rows: Sequence[Delivery], of: int
) -> None:
    """At the release, let the first letters go alone; there are deliveries `of` all letters.

    `rows` are their deliveries, which the caller adds. The others are queued to wait for them.
    """
    if not chosen:
        return
    assert mailout.released_at  # noqa: S101 - for the type checker: it is being released
    mailout.first_since = mailout.released_at
    detail = {
        "letters": str(len(rows)),
        "others": str(of - len(rows)),
        "deliveries": " ".join(str(each.id) for each in rows),
    }
    event = events.MAILOUT_FIRST_LETTERS.event(mailout.released_at, CLOCK, mailout.name, **detail)
    journal.append(session, event)


def foresee(
    session: Session, mailout: Mailout, going: Iterable[tuple[str, Recipient]] | None = None
) -> tuple[First, ...]:
    """Return the first letters, as they would be chosen now: of those in force, or of `going`."""
    if not mailout.plan.first_letters_minutes:
        return ()
    if going is None:
        found = letters.addressed(session, mailout)
        going = ((letter.authority_code, to) for letter in found for to in letter.recipients)
    suppressed, known = suppressions.suppressed(session), exchangers.every_known(session)
    dead = exchangers.dead(known)
    candidates = (
        Candidate(code, to.address, domain_of(to.address), to.kind is RecipientKind.CC)
        for code, to in going
        if folded(to.address) not in suppressed and domain_of(to.address) not in dead
    )
    return choose(candidates, known, mailout.name)


def findings(chosen: Sequence[First], ways: Sequence[str]) -> list[Finding]:
    """Say that the mailout will pause after its first letters, if no mail comes in."""
    said = (
        "nothing takes in what comes back (DISPATCH_IMAP_URL and others are not set): after the "
        "first letters the mailout will pause until a person resumes it"
    )
    return [Finding(place=PLACE, message=said)] if chosen and not ways else []


PLACE: Final = "dates.first_letters_minutes"


def due(session: Session) -> list[str]:
    """Return the names of the mailouts whose first letters are on their way alone."""
    releasing = mailouts_in(session, MailoutState.RELEASING)
    return [each.name for each in releasing if each.first_since and each.under_way is None]


def follow(session: Session, name: str, ways: Sequence[str], *, now: datetime) -> bool:
    """Let the others of a mailout follow, or pause it, if the time has come for either.

    `ways` are those by which mail comes in. Two clocks may call this at once: the row is locked
    and read again, so only one of them acts. Returns whether anything was done.
    """
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state is not MailoutState.RELEASING or mailout.first_since is None:
        return False
    if mailout.under_way is not None:  # the others are still being queued
        return False
    if not store.is_any_waiting(session, mailout) or _others_may(session, mailout):
        _let_go(session, mailout, clock_at(now))
        return True
    decision = decide(session, mailout, ways, now=now)
    if decision.course is Course.GO:
        _let_go(session, mailout, clock_at(now))
        return True
    mailout.remark = decision.why or None
    if decision.course is Course.WAIT:
        return False
    mailout.move_to(MailoutState.PAUSED)
    paused = events.MAILOUT_PAUSED.event(now, CLOCK, mailout.name, why=decision.why)
    journal.append(session, paused)
    return True


def decide(session: Session, mailout: Mailout, ways: Sequence[str], *, now: datetime) -> Decision:
    """Say whether the others of a mailout follow its first letters now, wait, or stay."""
    progress = progress_of(session, mailout, now=now)
    if progress is None:
        return Decision(Course.STOP, NOT_ON_RECORD)
    until = progress.until
    if until is None or now < until:
        return progress.decide(Incoming(looked_at={}))
    since = mailout.released_at or until
    return progress.decide(store.incoming(session, ways, since=since, until=until))


def progress_of(session: Session, mailout: Mailout, *, now: datetime) -> Progress | None:
    """Return how the first letters of a mailout fare; None if the ledger does not have them."""
    ids = first_of(session, mailout.name)
    if not ids:
        return None
    times = mailout.plan.sending_times(ENGLAND)
    return Progress(
        now=now,
        since=mailout.first_since or EVER,
        open_since=times.last_opening(now) if times.is_open(now) else None,
        wait=timedelta(minutes=mailout.plan.first_letters_minutes),
        letters=store.fared(session, ids),
    )


def first_of(session: Session, name: str) -> Collection[UUID]:
    """Return the deliveries that went first, by the ledger; none if we did not write that."""
    subject = Subject.MAILOUT.of(name)
    event = journal.last_of_ours(session, subject, {events.MAILOUT_FIRST_LETTERS.action})
    return _deliveries_in(event) if event else ()


def alone(session: Session, name: str) -> Collection[UUID] | None:
    """Return the deliveries that alone may leave yet, by the ledger; None if all may.

    A row that is due says nothing: somebody with the database alone may have made it so. Raises
    `NotApproved` if the ledger has an event about it that we did not write.
    """
    subject = Subject.MAILOUT.of(name)
    told = journal.all_of_ours(session, [subject], _TELL)[subject]
    if told is None:
        raise NotApproved(NOT_ON_RECORD)
    is_alone = told and told[-1].action == events.MAILOUT_FIRST_LETTERS.action
    return _deliveries_in(told[-1]) if is_alone else None


_TELL: Final = {
    kind.action
    for kind in (events.MAILOUT_FIRST_LETTERS, events.MAILOUT_OTHERS, events.MAILOUT_SENT)
}


def _deliveries_in(event: Event) -> frozenset[UUID]:
    return frozenset(map(UUID, event.detail["deliveries"].split()))


def due_at(session: Session, mailout: Mailout, delivery: Delivery, *, now: datetime) -> datetime:
    """Return when a delivery that waits again is due: not before the first letters are judged."""
    is_first = mailout.first_since is None or delivery.id in first_of(session, mailout.name)
    return now if is_first else delivery.not_after


def go_on(session: Session, mailout: Mailout, word: Word) -> None:
    """When a person resumes a mailout: let the others follow if the service had stopped it.

    If a person had paused it, the first letters go on alone.
    """
    if mailout.first_since is None:
        return
    subject = Subject.MAILOUT.of(mailout.name)
    paused = journal.last_of_ours(session, subject, {events.MAILOUT_PAUSED.action})
    if paused and paused.actor in SERVICE:
        _let_go(session, mailout, word)
    else:
        mailout.first_since = word.at


def _let_go(session: Session, mailout: Mailout, word: Word) -> None:
    """Let the others follow, some at a time: the clock lets go those that are left."""
    if not _others_may(session, mailout):
        count = str(store.count_waiting(session, mailout))
        journal.append(session, events.MAILOUT_OTHERS.by(word, mailout.name, letters=count))
    mailout.remark = None
    store.let_go(session, mailout, now=word.at)
    if not store.is_any_waiting(session, mailout):
        mailout.first_since = None


def _others_may(session: Session, mailout: Mailout) -> bool:
    """Whether the ledger says already that the others follow."""
    told = journal.last_of_ours(session, Subject.MAILOUT.of(mailout.name), _TELL)
    return told is not None and told.action == events.MAILOUT_OTHERS.action


@dataclass(frozen=True, slots=True)
class FirstLetters:
    """The first letters of a mailout, as people are shown them."""

    authorities: tuple[str, ...]
    """Whose letters they are, by code."""
    systems: tuple[str, ...]
    """What receives each, while they are only foreseen."""
    accepted: int
    waiting: int
    """How many letters wait for them."""
    until: datetime | None
    """When the wait ends, once all are accepted."""


def shown(session: Session, mailout: Mailout, *, now: datetime) -> FirstLetters | None:
    """Return the first letters: those foreseen, or how they fare; None once the others may leave.

    They may be others once more is known of where their recipients' mail is received.
    """
    if mailout.state in REOPENED_BY_CHANGE:
        return _foreseen(foresee(session, mailout))
    if mailout.first_since is None or not (progress := progress_of(session, mailout, now=now)):
        return None
    return FirstLetters(
        authorities=tuple(each.code for each in progress.letters),
        systems=(),
        accepted=progress.accepted,
        waiting=store.count_waiting(session, mailout),
        until=progress.until,
    )


def _foreseen(chosen: tuple[First, ...]) -> FirstLetters | None:
    if not chosen:
        return None
    return FirstLetters(
        authorities=tuple(each.code for each in chosen),
        systems=tuple(each.system for each in chosen),
        accepted=0,
        waiting=sum(each.letters for each in chosen) - len(chosen),
        until=None,
    )
