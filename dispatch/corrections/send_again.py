"""Send letters again: exactly those that a person was shown, in one transaction.

`prepare` also makes every message, so that a fault in a note shows before anyone is asked. `resend`
stores the messages some at a time and prepares all rows, before it locks the mailout: then it makes
sure that the same would still go, and inserts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from dispatch.corrections.covering import Message, messages
from dispatch.corrections.resend import ResendProposal, propose_to_act, refuse_changed
from dispatch.database import Session, Sessions
from dispatch.database.sql import Prepared, insert_prepared
from dispatch.database.tables import Delivery, Mailout
from dispatch.documents import Templates
from dispatch.domain import calendar
from dispatch.domain.address import domain_of
from dispatch.domain.digest import sha256
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.letter import Recipient
from dispatch.domain.letters.resending import ResendRequest
from dispatch.domain.proof.ledger import Event
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import counted
from dispatch.ledger import events, journal
from dispatch.letters import on_record
from dispatch.letters.store import documents
from dispatch.mailouts.changes import release_again
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import deliveries, exchangers


def prepare(
    sessions: Sessions, templates: Templates, name: str, request: ResendRequest, *, now: datetime
) -> ResendProposal:
    """Propose what to resend from a mailout, once every message could be made.

    Raises as `resend.propose`; `NotApproved` if a stored letter is not the approved one, and
    `CannotRender` for a note that cannot be made.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        proposal = propose_to_act(session, mailout, request, now=now)
        today = calendar.local(now).date()
        for _ in messages(session, templates, mailout, proposal.picked, today):
            pass  # `resend` makes them again: all of them may be gigabytes
        return proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a person agreed to on a page: what it showed, by digest, and the rows picked there."""

    digest: str
    chosen: frozenset[UUID]
    """The last deliveries of the letters."""


def carry_out(
    means: tuple[Sessions, Templates],
    name: str,
    request: ResendRequest,
    agreed: Agreed,
    word: Word,
) -> Mapping[UUID, UUID]:
    """Resend the letters that were picked from what a page showed; return as `resend`.

    Raises `ChangedMeanwhile` if the request would now resend something else; `RuleBroken` if
    nothing was picked; and as `prepare` and `resend`.
    """
    word.needed_reason()
    with means[0].read() as session:
        proposal = propose_to_act(session, mailout_named(session, name), request, now=word.at)
    proposal.check(agreed.digest)
    proposal = replace(proposal, chosen=agreed.chosen)
    if not proposal.picked:
        raise RuleBroken("choose at least one letter to send again")
    return resend(means, proposal, word)


@dataclass(frozen=True, slots=True)
class _Ready:
    """All that is written, prepared before the transaction begins."""

    waits_for_first: bool
    """Whether the deliveries wait for the mailout's first letters."""
    rows: list[Prepared] = field(default_factory=list)
    events: list[Prepared] = field(default_factory=list)
    new: dict[UUID, UUID] = field(default_factory=dict)
    """The new deliveries, by those that they follow."""
    mails: set[str] = field(default_factory=set)
    """The SHA-256 of each message."""


def resend(
    means: tuple[Sessions, Templates], proposal: ResendProposal, word: Word
) -> Mapping[UUID, UUID]:
    """Queue what was shown; return the new deliveries by those that they follow.

    Owns its transactions. A mailout that was sent goes back to releasing. Raises `ChangedMeanwhile`
    if the same request would now resend something else, and `RuleBroken` without a reason; as
    `prepare`.
    """
    word.needed_reason()
    sessions, _ = means
    with sessions.read() as session:
        first_since = mailout_named(session, proposal.mailout).first_since
    ready = _Ready(waits_for_first=first_since is not None)
    try:
        _get_ready(means, proposal, word, ready)
        with sessions.begin() as session:
            _queue(session, proposal, ready, word)
    except BaseException:  # also of a person who stops it
        if ready.mails:
            with sessions.begin() as session:
                mailout_named(session, proposal.mailout, is_locked=True)
                documents.forget_messages(session, ready.mails)
        raise
    return ready.new


def _get_ready(
    means: tuple[Sessions, Templates], proposal: ResendProposal, word: Word, ready: _Ready
) -> None:
    """Store the messages, and prepare the deliveries and their events.

    Workers may look up the domains meanwhile.
    """
    sessions, templates = means
    today = calendar.local(word.at).date()
    with sessions.read() as session:
        mailout = mailout_named(session, proposal.mailout)
        life = deliveries.Lifetime(
            word.at, proposal.not_after, mailout.plan.is_auto_submitted, ready.waits_for_first
        )
        for some in messages(session, templates, mailout, proposal.picked, today):
            mails = {sha256(each.body): ("multipart/mixed", each.body) for each in some}
            ready.mails.update(mails)
            rows = [_delivery(session, each, life) for each in some]
            with sessions.begin() as storing:
                documents.keep(storing, mails)
                exchangers.note(storing, {domain_of(each.address) for each in rows})
            ready.rows.append(deliveries.prepared(session, rows))
            why = _why(proposal, word)
            told = journal.prepared(session, (_event(each, word, why) for each in rows))
            ready.events.append(told)
            ready.new.update({each.replaces_id: each.id for each in rows if each.replaces_id})


def _queue(session: Session, proposal: ResendProposal, ready: _Ready, word: Word) -> None:
    # Two people may resend the same letters at once. The lock makes the second one wait, and
    # then find the deliveries of the first, so that its proposal is out of date.
    mailout = mailout_named(session, proposal.mailout, is_locked=True)
    mailout.refuse_unless_released()
    deliveries.refuse_purged(session, mailout)
    on_record.refuse_altered(session, mailout)  # each letter was just looked at, and is again
    refuse_changed(session, mailout, proposal, now=word.at)
    _refuse_gone(session, mailout, ready)
    for each in [*ready.rows, *ready.events]:
        insert_prepared(session, each)
    if ready.new:
        what = f"{counted(len(ready.new), 'letter is', 'letters are')} sent again"
        release_again(session, mailout, what, word.because, word)


def _refuse_gone(session: Session, mailout: Mailout, ready: _Ready) -> None:
    """Raise `ChangedMeanwhile` if what is prepared can no longer be inserted as it is."""
    waits_for_first = mailout.first_since is not None
    is_same = waits_for_first == ready.waits_for_first
    if not (is_same and documents.are_there(session, ready.mails)):
        raise ChangedMeanwhile


def _delivery(session: Session, message: Message, life: deliveries.Lifetime) -> Delivery:
    last, to = message.going.chain.last, message.going.recipient
    return deliveries.addressed(
        session,
        message.letter,
        Recipient(kind=last.kind, role=last.role, address=to.address, name=to.full_name),
        life,
        replaces_id=last.id,
        mail=sha256(message.body),
    )


def _why(proposal: ResendProposal, word: Word) -> dict[str, str]:
    why = {"why": proposal.request.choice.value, "because": word.because}
    return {**why, "again": "yes"} if proposal.request.is_again else why


def _event(row: Delivery, word: Word, why: Mapping[str, str]) -> Event:
    detail = {
        "authority": row.authority_code,
        "role": row.role,
        "letter": str(row.letter_id),
        "replaces": str(row.replaces_id),
        "mail": row.mail or "",
        **why,
    }
    return events.DELIVERY_RESENT.by(word, row.id, **detail)
