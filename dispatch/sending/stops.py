"""Stop a mailout at a reply about ourselves, so that it is not counted against anybody.

A reply about us (see `domain.replies`) comes the same for every letter. The mailout is paused with
the reply as its reason, and goes on when a person says so. An unknown reply that comes the same for
five receiving domains in a row is taken for one as well: what it refused is queued again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.domain.address import domain_of
from dispatch.domain.mailout import AWAITING_UPLOAD
from dispatch.domain.replies.meanings import ALL_ALIKE, Meaning, Whose
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.attempt import Tried
from dispatch.domain.sending.explanation import SAME_IN_A_ROW, may_be_about_us, why
from dispatch.mailouts.changes import hold
from dispatch.mailouts.store import mailout_by_id
from dispatch.sending.store import stops
from dispatch.sending.store.stops import Answered, Key


def ruled(outcome: Outcome, about_council: Collection[Key]) -> Outcome:
    """Return the outcome, judged by its code alone if a person said so of such replies."""
    if outcome.reply and about_council and stops.key_of(outcome.reply) in about_council:
        return Outcome.about_council(outcome.reply)
    return outcome


def stop_after(sessions: Sessions, tried: Sequence[Tried], *, now: datetime) -> bool:
    """Pause the mailouts to whose letters a server replied about us; return whether any was.

    Owns its transactions: a mailout is locked before its deliveries, and these attempts are
    recorded already. If the worker dies before this, the next such reply stops the mailout.
    """
    found = {
        each.claim.mailout_id: each.outcome for each in tried if each.outcome.whose is Whose.US
    }
    suspected = {each.claim.mailout_id for each in tried if is_suspect(each)}
    is_any = stop(sessions, found, now=now)
    for mailout_id in suspected - found.keys():
        is_any |= _stop_if_all_alike(sessions, mailout_id, now)
    return is_any


def stop(sessions: Sessions, outcomes: Mapping[UUID, Outcome], *, now: datetime) -> bool:
    """Pause each mailout with the reply about us that it got; return whether any was paused."""
    is_any = False
    for mailout_id, outcome in outcomes.items():
        if outcome.reply and (meaning := outcome.reply.meaning):
            with sessions.begin() as session:
                is_any |= _pause(session, mailout_id, outcome.reply, meaning, now=now)
    return is_any


def is_suspect(tried: Tried) -> bool:
    """Whether an attempt's reply may be about us, and nobody has said that it is not."""
    outcome, is_first = tried.outcome, tried.claim.number == 1
    if outcome.reply is None or outcome.is_ruled:
        return False
    return may_be_about_us(outcome.reply, is_first=is_first)


def _pause(
    session: Session,
    mailout_id: UUID,
    reply: Reply,
    meaning: Meaning,
    *,
    now: datetime,
    has_more: bool = False,
) -> bool:
    mailout = hold(session, mailout_id, why(reply, meaning), now=now, has_more=has_more)
    if mailout is None:
        return False
    stops.add(session, mailout, reply, now=now)
    return True


def _stop_if_all_alike(sessions: Sessions, mailout_id: UUID, now: datetime) -> bool:
    """Pause a mailout if one reply came for one domain after another."""
    with sessions.read() as session:
        alike = _alike(session, mailout_id)
    if len({domain_of(each.address) for each in alike}) < SAME_IN_A_ROW:
        return False
    with sessions.begin() as session:
        if mailout_by_id(session, mailout_id).state not in AWAITING_UPLOAD:
            return False
        back = stops.give_back(session, [each.delivery_id for each in alike], now=now)
        reply = alike[0].reply
        return _pause(session, mailout_id, reply, ALL_ALIKE, now=now, has_more=bool(back))


def _alike(session: Session, mailout_id: UUID) -> list[Answered]:
    """Return the last replies that may be about us and say the same, up to one that does not.

    A letter that is only put off says nothing about the others.
    """
    found: list[Answered] = []
    council = stops.about_council(session, [mailout_id])[mailout_id]
    for each in stops.last_replies(session, mailout_id):
        key = stops.key_of(each.reply)
        if not may_be_about_us(each.reply, is_first=each.is_first) or key in council:
            if each.reply.verdict is Verdict.DEFERRED:
                continue
            break
        if found and key != stops.key_of(found[0].reply):
            break
        found.append(each)
    return found
