"""Release a mailout: on its date the approved letters become a queue of deliveries.

Until then and meanwhile, a person may schedule, pause, resume and cancel it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Delivery, Mailout
from dispatch.documents import Templates
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import CannotRender, NotApproved, RuleBroken
from dispatch.domain.mailout import REOPENED_BY_CHANGE, MailoutState, next_step
from dispatch.domain.proof.ledger import CLOCK
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import ABOUT_THE_RECIPIENT, Reply
from dispatch.domain.word import Word, clock_at
from dispatch.ledger import catalogue, journal
from dispatch.letters import on_record, repeats
from dispatch.letters.approval import Coverage, coverage, digest_without_tree, sender
from dispatch.letters.plan import copy_times
from dispatch.letters.repeats import Repeat
from dispatch.letters.store import documents, letters
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named, mailout_to_release, mailouts_in
from dispatch.sending import first_letters
from dispatch.sending.store import deliveries, exchangers, servers, stops


def foresee(session: Session, mailout: Mailout, templates: Templates) -> None:
    """Work out what `schedule` needs, before it has a lock (see `approval.coverage`)."""
    with contextlib.suppress(CannotRender, NotApproved):
        _stale(session, mailout, templates)


def schedule(session: Session, mailout: Mailout, templates: Templates, word: Word) -> None:
    """Leave an approved mailout to the clock, which releases it on its date.

    Raises `NotApproved` if it is not approved, or is no longer what was approved; `RuleBroken` if
    its not-after time has passed, or if another mailout sends its letters and the word has no
    reason why both should.
    """
    if mailout.state is MailoutState.SCHEDULED:
        raise RuleBroken(f"{mailout.name} is scheduled already")
    if mailout.state is not MailoutState.APPROVED:
        raise NotApproved(
            f"{mailout.name} is {mailout.state.value}, not approved",
            remedy=next_step(mailout.state, mailout.name),
        )
    _refuse_too_late(mailout, word.at)
    if stale := _stale(session, mailout, templates):
        raise NotApproved(
            f"{mailout.name} is not what was approved: {stale}",
            remedy=Remedy(kind=RemedyKind.RENDER, mailout=mailout.name),
        )
    why = _although(session, mailout, word, RemedyKind.SCHEDULE_ALTHOUGH)
    exchangers.note(
        session, letters.domains(session, mailout)
    )  # workers look them up before the date
    _move(session, mailout, MailoutState.SCHEDULED, word, **why)


def refuse_repeats(session: Session, mailout: Mailout, word: Word) -> None:
    """Raise `RuleBroken` if scheduling an approved mailout would, because of other mailouts."""
    if mailout.state is MailoutState.APPROVED:
        _although(session, mailout, word, RemedyKind.SCHEDULE_ALTHOUGH)


def _although(
    session: Session, mailout: Mailout, word: Word, otherwise: RemedyKind
) -> dict[str, str]:
    """Return what the ledger keeps of why the letters go although another mailout sends them.

    Raises `RuleBroken` without a reason, naming that mailout.
    """
    found = [each for each in repeats.find(session, mailout) if each.is_certain]
    if not word.because:
        known = repeats.excused(session, mailout)
        if unknown := [each for each in found if each.name not in known]:
            raise RuleBroken(
                f"{_all(unknown)}. Nobody gets a letter twice without a reason: cancel one of "
                f"the two, or say why",
                remedy=Remedy(kind=otherwise, mailout=mailout.name),
            )
        return {}
    others = " ".join(sorted(each.name for each in found))
    return {"although": word.because, "others": others} if others else {"because": word.because}


def _all(found: Iterable[Repeat]) -> str:
    return "; ".join(map(str, found))


def pause(session: Session, mailout: Mailout, word: Word) -> None:
    """Hold a mailout: letters that have not left wait. A worker finishes the one it is sending.

    Raises `RuleBroken` without a reason.
    """
    word.needed_reason()
    _move(session, mailout, MailoutState.PAUSED, word)


def resume(
    session: Session, mailout: Mailout, word: Word, *, is_about_council: bool = False
) -> None:
    """Let a paused mailout go on from where it was, and offer its letters at once.

    If a mail server's reply paused it, `is_about_council` says that such replies are about the
    recipient after all: from then on they count by their code. Raises `RuleBroken` if no reply did,
    or one that came before the recipient was named; if its not-after time passed before it was ever
    released; and as `schedule` if another mailout sends its letters. If it had been released it
    goes on to its end: letters that could not leave in time expire. If its first letters were on
    their way alone, the others follow, unless a person had paused it.
    """
    if mailout.state is not MailoutState.PAUSED:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}, not paused")
    if mailout.released_at is None:
        _refuse_too_late(mailout, word.at)
    on_record.approval_of(session, mailout)
    back, why = MailoutState.RELEASING, dict[str, str]()
    if mailout.released_at is None:
        back = MailoutState.SCHEDULED
        why = _although(session, mailout, word, RemedyKind.RESUME_ALTHOUGH)
    mailout.remark = None
    replies = stops.resume(session, mailout, now=word.at, is_about_council=is_about_council)
    if is_about_council:
        why |= _about_council(mailout, replies)
    _move(session, mailout, back, word, **why)
    first_letters.go_on(session, mailout, word)
    servers.try_now(session)


def _about_council(mailout: Mailout, replies: Sequence[Reply]) -> dict[str, str]:
    """Return what the ledger says of replies that are about the recipient, as a person says."""
    if not replies:
        raise RuleBroken(f"{mailout.name} was not paused by a mail server's reply")
    for reply in replies:
        if reply.verb not in ABOUT_THE_RECIPIENT:
            raise RuleBroken(
                f"{reply.said}: the mail server did not know yet whom the letter was for, so it "
                f"cannot be about the recipient. Mend it, and resume without --about-council"
            )
    names = sorted({stops.named(stops.key_of(reply)) for reply in replies})
    return {"about": "council", "replies": " ".join(names)}


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What cancelling a mailout did to its deliveries."""

    stopped: int
    """How many will not leave."""
    leaving: int
    """How many are being handed to the mail server at this moment, and may still leave."""


def cancel(session: Session, mailout: Mailout, word: Word) -> Cancelled:
    """Stop a mailout permanently, and return how many deliveries that stopped.

    A letter whose final dot is about to leave may still do so; if the server does not take it, the
    clock cancels it. Raises `RuleBroken` without a reason.
    """
    word.needed_reason()
    _move(session, mailout, MailoutState.CANCELLED, word)
    stopped = deliveries.cancel_unsent(session, mailout, word)
    offered = deliveries.counts(session, mailout).get(DeliveryState.OFFERED, 0)
    return Cancelled(stopped, offered)


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of the scheduled mailouts whose time has come."""
    scheduled = mailouts_in(session, MailoutState.SCHEDULED)
    return [mailout.name for mailout in scheduled if mailout.plan.release_at <= now]


@dataclass(frozen=True, slots=True)
class Ready:
    """What `release` would queue of a mailout whose documents are all intact."""

    covered: Coverage
    """What its letters were when this was made."""
    rows: Sequence[Delivery]


def look(session: Session, name: str, templates: Templates, *, now: datetime) -> Ready | None:
    """Look through the letters of a mailout, before `release` has a lock; None if any is damaged.

    Then `release` need not: nothing that takes long may be in a transaction that writes.
    """
    mailout = mailout_named(session, name)
    try:
        covered = coverage(session, mailout, templates.digest(mailout.plan.template))
        documents.verify(session, letters.in_force(session, mailout))
    except (CannotRender, NotApproved):
        return None
    return Ready(covered, _deliveries(session, mailout, now))


NONE: Final[Mapping[str, Ready]] = MappingProxyType({})


def release(
    session: Session,
    name: str,
    templates: Templates,
    *,
    now: datetime,
    ready: Mapping[str, Ready] = NONE,
) -> bool:
    """Release a scheduled mailout whose time has come; return whether its letters now go.

    If the letters are not as they were approved the mailout goes back to draft. If it is too late,
    or if another mailout has sent the same letters and nobody has said why both should, it is
    paused. Each has the reason as its remark. If this machine lacks the template, the mailout waits
    for a machine that has it. Of those that are `ready`, `look` has just looked at every document;
    each is looked at again before it leaves.
    """
    # Two clocks may call this at once: with the row locked and its state read again, only one of
    # them still finds it scheduled.
    mailout = mailout_to_release(session, name)
    if mailout.state is not MailoutState.SCHEDULED or mailout.plan.release_at > now:
        return False
    if mailout.plan.not_after <= now:
        mailout.remark = "its not-after time passed before it could be released"
        _move(session, mailout, MailoutState.PAUSED, _clock(now))
        return False
    looked = ready.get(name)
    try:
        covered = coverage(session, mailout, templates.digest(mailout.plan.template))
        why = _differs(session, covered, mailout)
        if looked is None:
            documents.verify(session, letters.in_force(session, mailout))
    except CannotRender as error:
        mailout.remark = f"it could not be released: {error}"
        return False
    except NotApproved as error:
        why = str(error)
    if why:
        reopen(session, mailout, f"at release: {why}", _clock(now))
        return False
    if others := _sent_already(session, mailout):
        mailout.remark = f"{_all(others)}, and nobody has said why both should"
        names = " ".join(each.name for each in others)
        _move(session, mailout, MailoutState.PAUSED, _clock(now), why=mailout.remark, others=names)
        return False
    # The same object, if no row has changed since.
    is_ready = looked is not None and looked.covered is covered
    _queue(session, mailout, looked.rows if looked and is_ready else None, now)
    return True


def _sent_already(session: Session, mailout: Mailout) -> list[Repeat]:
    """Return the mailouts that have sent these letters, and for which there is no reason yet."""
    return [
        each
        for each in repeats.find(session, mailout)
        if each.is_released
        and not repeats.is_excused(session, mailout, mailout_named(session, each.name))
    ]


def _queue(
    session: Session, mailout: Mailout, rows: Sequence[Delivery] | None, now: datetime
) -> None:
    """Queue a delivery of each letter to each of its recipients, which `look` may have made."""
    mailout.released_at = now
    mailout.remark = None
    copy_times(mailout)  # whatever somebody has written there since the plan was approved
    _move(session, mailout, MailoutState.RELEASING, _clock(now))
    rows = _deliveries(session, mailout, now) if rows is None else rows
    first_letters.hold_others(session, mailout, rows)
    deliveries.add(session, rows, clock_at(now))


def _deliveries(session: Session, mailout: Mailout, now: datetime) -> list[Delivery]:
    life = deliveries.Lifetime(now, mailout.plan.not_after, mailout.plan.is_auto_submitted)
    return [
        deliveries.addressed(session, letter, recipient, life)
        for letter in letters.addressed(session, mailout)
        for recipient in letter.recipients
    ]


def changed(session: Session, templates: Templates) -> list[str]:
    """Return the names of mailouts whose template, or sender, is not that of their letters."""
    return [
        mailout.name
        for mailout in mailouts_in(session, *REOPENED_BY_CHANGE)
        if _why_void(session, mailout, templates)
    ]


def void(session: Session, name: str, templates: Templates, *, now: datetime) -> bool:
    """Take such a mailout back to draft, without waiting for its date."""
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state not in REOPENED_BY_CHANGE:
        return False
    if why := _why_void(session, mailout, templates):
        reopen(session, mailout, why, _clock(now))
    return why is not None


def _why_void(session: Session, mailout: Mailout, templates: Templates) -> str | None:
    with contextlib.suppress(CannotRender):  # this machine lacks the template; another will tell
        if templates.digest(mailout.plan.template) != mailout.template_digest:
            return (
                f"its template {mailout.plan.template}, or the certificate that signs its letters, "
                f"changed"
            )
    if mailout.state is MailoutState.RENDERED:
        return None
    with contextlib.suppress(NotApproved):  # whatever lets letters go says so
        terms = on_record.approval_of(session, mailout).terms
        return _other_sender(terms.sender, sender(session)) if terms else None
    return None


def _stale(session: Session, mailout: Mailout, templates: Templates) -> str | None:
    """Return why the mailout is not what was approved, or None if it is."""
    covered = coverage(session, mailout, templates.digest(mailout.plan.template))
    return _differs(session, covered, mailout)


def _differs(session: Session, covered: Coverage, mailout: Mailout) -> str | None:
    """Return why a mailout is not what was approved. Raises as `on_record.approval_of`."""
    if covered.changes:
        more = len(covered.changes) - 1
        return covered.changes[0] + (f", and {more} more letters" if more else "")
    on_record.refuse_unless_in(session, mailout, mailout.state)
    approved = on_record.approval_of(session, mailout)
    if approved.terms is None:
        now = digest_without_tree(session, mailout)
    else:
        if changed := _other_sender(approved.terms.sender, covered.terms.sender):
            return changed
        now = replace(covered.terms, sender=approved.terms.sender).digest
    if now != approved.digest:
        return "a stored letter differs from the one approved"
    return None


def _other_sender(approved: str, now: str) -> str | None:
    """Return how the sender differs from the one that was approved; an old approval names none."""
    if approved in {"", now}:
        return None
    return (
        f"its letters were approved as from {approved}, and by the settings they would be from "
        f"{now or 'nobody'}: approve them again, or set back what was changed"
    )


def _refuse_too_late(mailout: Mailout, now: datetime) -> None:
    if mailout.plan.not_after <= now:
        raise RuleBroken(
            f"the not-after time of {mailout.name} has passed: give its file a later one",
            remedy=Remedy(kind=RemedyKind.PLAN),
        )


def _clock(now: datetime) -> Word:
    return Word(person=CLOCK, keyboard=None, at=now)


def _move(
    session: Session, mailout: Mailout, state: MailoutState, word: Word, **details: str
) -> None:
    """Move a mailout. The reason of the word is in the event, once."""
    mailout.move_to(state)
    if word.because and details.keys().isdisjoint({"although", "because"}):
        details["because"] = word.because
    journal.append(session, catalogue.into(state).by(word, mailout.name, **details))
