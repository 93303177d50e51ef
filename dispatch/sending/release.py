"""Release a mailout: on its date the approved letters become a queue of deliveries.

Until then and meanwhile, a person may schedule, pause, resume and cancel it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from dispatch.database import Session, Sessions
from dispatch.database.tables import Delivery, Mailout
from dispatch.documents import Templates
from dispatch.domain.address import folded
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import CannotRender, NotApproved, RuleBroken
from dispatch.domain.mailout import LEASE, REOPENED_BY_CHANGE, MailoutState, next_step
from dispatch.domain.proof.ledger import CLOCK
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import ABOUT_THE_RECIPIENT, Reply
from dispatch.domain.sending.first_letters import First
from dispatch.domain.word import Word, clock_at
from dispatch.ledger import catalogue, journal
from dispatch.letters import on_record, repeats
from dispatch.letters.approval import Coverage, Looked, covered_by, digest_without_tree, sender
from dispatch.letters.approval import look as look_at
from dispatch.letters.plan import copy_times
from dispatch.letters.repeats import Repeat
from dispatch.letters.store import documents, letters
from dispatch.letters.store.inputs import Stamp
from dispatch.letters.store.letters import Addressed, Stored
from dispatch.mailouts.changes import hold, reopen
from dispatch.mailouts.store import (
    mailout_named,
    mailout_to_release,
    mailouts_in,
    stamp_of_mailouts,
)
from dispatch.sending import exchangers, first_letters
from dispatch.sending.store import deliveries, servers, stops


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a transaction that only read has found of a mailout that is to be scheduled."""

    looked: Looked
    repeats: Sequence[Repeat]
    others: Stamp
    """How all mailouts stood then."""


def foresee(session: Session, mailout: Mailout, templates: Templates) -> Foreseen | None:
    """Work out what `schedule` needs before it has a lock; None if the template cannot be read."""
    with contextlib.suppress(CannotRender):
        others = stamp_of_mailouts(session)  # first: see `letters.store.inputs`
        looked = look_at(session, mailout, templates.digest(mailout.plan.template))
        return Foreseen(looked, repeats.find(session, mailout), others)
    return None


def schedule(
    session: Session,
    mailout: Mailout,
    templates: Templates,
    word: Word,
    foreseen: Foreseen | None = None,
) -> None:
    """Leave an approved mailout to the clock, which releases it on its date.

    What was `foreseen` need not be found again. Raises `NotApproved` if it is not approved, or is
    no longer what was approved; `RuleBroken` if its not-after time has passed, or if another
    mailout sends its letters and the word has no reason why both should.
    """
    if mailout.state is MailoutState.SCHEDULED:
        raise RuleBroken(f"{mailout.name} is scheduled already")
    if mailout.state is not MailoutState.APPROVED:
        raise NotApproved(
            f"{mailout.name} is {mailout.state.value}, not approved",
            remedy=next_step(mailout.state, mailout.name),
        )
    _refuse_too_late(mailout, word.at)
    digest = templates.digest(mailout.plan.template)
    covered = covered_by(session, mailout, digest, foreseen.looked if foreseen else None)
    if stale := _differs(session, covered, mailout):
        raise NotApproved(
            f"{mailout.name} is not what was approved: {stale}",
            remedy=Remedy(kind=RemedyKind.RENDER, mailout=mailout.name),
        )
    holds = foreseen and foreseen.others == stamp_of_mailouts(session)
    found = foreseen.repeats if foreseen and holds else repeats.find(session, mailout)
    why = _although(session, mailout, word, RemedyKind.SCHEDULE_ALTHOUGH, found)
    exchangers.note_some(session, mailout)  # workers look them up before the date
    _move(session, mailout, MailoutState.SCHEDULED, word, **why)


def refuse_repeats(session: Session, mailout: Mailout, word: Word) -> None:
    """Raise `RuleBroken` if scheduling an approved mailout would, because of other mailouts."""
    if mailout.state is MailoutState.APPROVED:
        found = repeats.find(session, mailout)
        _although(session, mailout, word, RemedyKind.SCHEDULE_ALTHOUGH, found)


def _although(
    session: Session,
    mailout: Mailout,
    word: Word,
    otherwise: RemedyKind,
    others: Sequence[Repeat],
) -> dict[str, str]:
    """Return what the ledger keeps of why the letters go although another mailout sends them.

    Raises `RuleBroken` without a reason, naming that mailout.
    """
    found = [each for each in others if each.is_certain]
    if not word.because:
        known = repeats.excused(session, mailout)
        if unknown := [each for each in found if each.name not in known]:
            raise RuleBroken(
                f"{_all(unknown)}. Nobody gets a letter twice without a reason: cancel one of "
                f"the two, or say why",
                remedy=Remedy(kind=otherwise, mailout=mailout.name),
            )
        return {}
    names = " ".join(sorted(each.name for each in found))
    return {"although": word.because, "others": names} if names else {"because": word.because}


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
        found = repeats.find(session, mailout)
        why = _although(session, mailout, word, RemedyKind.RESUME_ALTHOUGH, found)
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
    mailout.come_to(None)  # letters that are not queued yet never will be
    stopped = deliveries.cancel_unsent(session, mailout, word)
    offered = deliveries.counts(session, mailout).get(DeliveryState.OFFERED, 0)
    return Cancelled(stopped, offered)


def due(session: Session, *, now: datetime) -> list[str]:
    """Return the names of the scheduled mailouts whose time has come."""
    return [
        each.name for each in mailouts_in(session, MailoutState.SCHEDULED) if _is_due(each, now)
    ]


def _is_due(mailout: Mailout, now: datetime) -> bool:
    """Whether a mailout is to be released; not before each of its letters has its proof."""
    is_proven = mailout.under_way is None
    is_scheduled = mailout.state is MailoutState.SCHEDULED
    return is_scheduled and is_proven and mailout.plan.release_at <= now


@dataclass(frozen=True, slots=True)
class Ready:
    """What `release` needs of a mailout whose documents are all intact."""

    foreseen: Foreseen
    first: Sequence[First]
    """Its first letters, if they leave alone."""


def look(session: Session, name: str, templates: Templates) -> Ready | None:
    """Look through the letters of a mailout, before `release` has a lock; None if any is damaged.

    Then `release` need not: nothing that takes long may be in a transaction that writes.
    """
    mailout = mailout_named(session, name)
    with contextlib.suppress(NotApproved):
        _refuse_damaged(session, mailout)
        if foreseen := foresee(session, mailout, templates):
            return Ready(foreseen, first_letters.foresee(session, mailout))
    return None


def _refuse_damaged(session: Session, mailout: Mailout) -> None:
    found = letters.all_stored(session, mailout)
    documents.verify(session, (each.documents for each in found))


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
    if not _is_due(mailout, now):
        return False
    if mailout.plan.not_after <= now:
        mailout.remark = "its not-after time passed before it could be released"
        _move(session, mailout, MailoutState.PAUSED, _clock(now))
        return False
    looked = ready.get(name)
    try:
        digest = templates.digest(mailout.plan.template)
        covered = covered_by(session, mailout, digest, looked.foreseen.looked if looked else None)
        if looked is None or covered is not looked.foreseen.looked.covered:
            looked = None  # something has changed since
            _refuse_damaged(session, mailout)
        why = _differs(session, covered, mailout)
    except CannotRender as error:
        mailout.remark = f"it could not be released: {error}"
        return False
    except NotApproved as error:
        why = str(error)
    if why:
        reopen(session, mailout, f"at release: {why}", _clock(now))
        return False
    if others := _sent_already(session, mailout, looked):
        _pause_for(session, mailout, others, now)
        return False
    first = looked.first if looked else first_letters.foresee(session, mailout)
    _begin(session, mailout, covered, first, now)
    return True


def _pause_for(session: Session, mailout: Mailout, others: Sequence[Repeat], now: datetime) -> None:
    mailout.remark = f"{_all(others)}, and nobody has said why both should"
    names = " ".join(each.name for each in others)
    _move(session, mailout, MailoutState.PAUSED, _clock(now), why=mailout.remark, others=names)


def _sent_already(session: Session, mailout: Mailout, looked: Ready | None) -> list[Repeat]:
    """Return the mailouts that have sent these letters, and for which there is no reason yet."""
    holds = looked and looked.foreseen.others == stamp_of_mailouts(session)
    found = looked.foreseen.repeats if looked and holds else repeats.find(session, mailout)
    return [
        each
        for each in found
        if each.is_released
        and not repeats.is_excused(session, mailout, mailout_named(session, each.name))
    ]


def _begin(
    session: Session, mailout: Mailout, covered: Coverage, first: Sequence[First], now: datetime
) -> None:
    """Begin to release a mailout: queue its first letters, if any go alone, and some of all."""
    mailout.released_at = now
    mailout.remark = None
    copy_times(mailout)  # whatever somebody has written there since the plan was approved
    _move(session, mailout, MailoutState.RELEASING, _clock(now))
    mailout.come_to("")
    alone = {(each.code, folded(each.address)) for each in first}
    found = letters.stored(session, mailout, {code for code, _ in alone}) if first else []
    rows = [
        row
        for row in _deliveries(session, mailout, found)
        if (row.authority_code, row.address_key) in alone
    ]
    first_letters.begin(session, mailout, first, rows, covered.recipients)
    deliveries.add(session, rows, clock_at(now))
    _queue_some(session, mailout, now)
    while mailout.under_way is not None and not _has_tree(session, mailout):
        _queue_some(session, mailout, now)


def _has_tree(session: Session, mailout: Mailout) -> bool:
    """Whether each letter can be held to the approval by itself; before there was a tree, none."""
    return on_record.approval_of(session, mailout).terms is not None


def queue(sessions: Sessions, name: str, clock: Callable[[], datetime]) -> None:
    """Queue the other letters of a mailout that is being released, some at a time.

    None leaves before all are queued. If one is not what was approved, the mailout is paused.
    """
    is_over = False
    while not is_over:
        with sessions.begin() as session:
            mailout, now = mailout_named(session, name, is_locked=True), clock()
            if mailout.state is not MailoutState.RELEASING or mailout.under_way is None:
                return
            _queue_some(session, mailout, now, until=now + LEASE)
            is_over = mailout.under_way is None


BATCH: Final = 200
"""Letters queued in one transaction: a delivery to each recipient of each, and its event."""


def _queue_some(
    session: Session, mailout: Mailout, now: datetime, *, until: datetime | None = None
) -> None:
    after = mailout.under_way or ""
    found = letters.stored_after(session, mailout, after, limit=BATCH)
    if other := _not_approved(session, mailout, found):
        hold(session, mailout.id, documents.not_approved(other), now=now)
        return
    there = deliveries.there(session, [each.id for each in found])
    rows = _deliveries(session, mailout, found)
    new = [each for each in rows if (each.letter_id, each.address_key) not in there]
    deliveries.add(session, new, clock_at(now))
    is_last = len(found) < BATCH
    mailout.come_to(None if is_last else found[-1].authority_code, until=until)


def _not_approved(session: Session, mailout: Mailout, found: Iterable[Stored]) -> str | None:
    """Return the code of a letter that is not the one that was approved; None if all are."""
    terms = on_record.approval_of(session, mailout).terms
    if terms is None:  # without a tree: `release` has held all of them to it at once
        return None
    tree = terms.shown()
    for each in found:
        proof = documents.proof_in(each, each.digest or "")
        is_whole = each.is_as_digested and proof is not None and proof.leaf == each.leaf
        if not (is_whole and proof and tree.holds(proof.leaf.hash, proof.index, proof.path)):
            return each.authority_code
    return None


def _deliveries(session: Session, mailout: Mailout, found: Iterable[Stored]) -> list[Delivery]:
    """Return a delivery of each letter to each of its recipients."""
    assert mailout.released_at  # noqa: S101 - for the type checker: it is being released
    life = deliveries.Lifetime(
        mailout.released_at,
        mailout.plan.not_after,
        mailout.plan.is_auto_submitted,
        waits_for_first=mailout.first_since is not None,
    )
    return [
        deliveries.addressed(session, letter, recipient, life)
        for letter in (Addressed.as_stored(each, mailout) for each in found)
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
