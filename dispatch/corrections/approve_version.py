"""Replace: a second person approves a new version, which goes out in place of the one before.

It goes to whom it names, and, where the content was wrong, to everybody else who had the letter
before it. What still waited of that one is not sent any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from dispatch.database import Session
from dispatch.database.tables import Delivery, Letter, Mailout
from dispatch.documents import Templates, conformance
from dispatch.domain import resending
from dispatch.domain.address import domain_of, folded
from dispatch.domain.approval import CoveredLetter, approval_digest
from dispatch.domain.delivery import HELD_OR_IN_DOUBT, MAYBE_REACHED, DeliveryState
from dispatch.domain.drafting import Register, draw_up
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.letter import Draft, LetterState, Recipient, letter_digest
from dispatch.domain.person import same
from dispatch.domain.versions import difference, is_reissued, readdressed, reissued
from dispatch.domain.word import named
from dispatch.ledger import journal
from dispatch.letters.store import documents, versions
from dispatch.mailouts.changes import release_again
from dispatch.register.store import register
from dispatch.sending.store import deliveries, exchangers
from dispatch.tracking.store import chains
from dispatch.tracking.store.chains import Chain


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new version that waits for approval, what it changes, and who gets it."""

    letter: Letter
    replaced: Sequence[Letter]
    """The versions before it, the last first."""
    recipients: tuple[Recipient, ...]
    """Those whom it names come last."""
    difference: tuple[str, ...]
    """The lines of text that changed."""
    chains: Sequence[Chain] = field(repr=False)
    """Where the versions before it went."""


def pending(
    session: Session, mailout: Mailout, codes: Iterable[str] = ()
) -> tuple[Replacement, ...]:
    """Return what waits for approval, of these authorities or of all. Raises `NotFound`."""
    wanted = [register.authority_code(session, code) for code in codes]
    letters = versions.proposed(session, mailout, wanted)
    if lacking := sorted(set(wanted) - {letter.authority_code for letter in letters}):
        raise RuleBroken(f"no new version of the letter of {', '.join(lacking)} waits for approval")
    if not letters:
        return ()
    went = chains.chains(session, mailout)
    suppressed = register.suppressed(session)
    return tuple(_replacement(session, each, went, suppressed) for each in letters)


def _replacement(
    session: Session, letter: Letter, went: Iterable[Chain], suppressed: frozenset[str]
) -> Replacement:
    replaced = versions.earlier(session, letter)
    own = [chain for chain in went if chain.last.authority_code == letter.authority_code]
    recipients = letter.draft.recipients
    if is_reissued(replaced[0].draft, letter.draft):
        recipients = (*_others(own, recipients, suppressed), *recipients)
    before, after = (
        documents.load(session, [each.parts["text"]])[each.parts["text"]].decode()
        for each in (replaced[0], letter)
    )
    return Replacement(letter, replaced, recipients, difference(before, after), own)


def _others(
    went: Iterable[Chain], recipients: Iterable[Recipient], suppressed: frozenset[str]
) -> Iterator[Recipient]:
    """Yield who had an earlier version and is none of the recipients, each mailbox once."""
    known = {folded(each.address) for each in recipients} | suppressed
    for each in (delivery for chain in went for delivery in chain.deliveries):
        if each.state in MAYBE_REACHED and each.address_key not in known:
            known.add(each.address_key)
            yield Recipient(kind=each.kind, role=each.role, address=each.address, name=each.name)


def check(
    session: Session, replacements: Iterable[Replacement], person: str
) -> Iterator[Sequence[str]]:
    """Check the PDF of each new version against PDF/UA-1, and yield what is wrong with it.

    Raises `RuleBroken` if `person` is who proposed any: two people must have looked at each.
    """
    for each in replacements:
        _refuse(each.letter, named(person))
        [pdf] = documents.load(session, [each.letter.parts["pdf"]]).values()
        yield [f"{each.letter.authority_code}: {failure}" for failure in conformance(pdf)]


def _refuse(letter: Letter, name: str) -> None:
    if same(name, letter.asked_by):
        raise RuleBroken(
            f"{name} proposed the new letter of {letter.authority_code}, so somebody else must "
            f"approve it: --as PERSON"
        )


def digest(mailout: Mailout, replacements: Iterable[Replacement]) -> str:
    """Return the digest over new versions and whom they go to: what a person approves."""
    seals = (
        CoveredLetter(
            each.letter.authority_code,
            each.letter.version,
            each.letter.fingerprint,
            each.letter.digest or "",
            each.recipients,
        )
        for each in replacements
    )
    return approval_digest(mailout.plan, seals)


def replace(  # noqa: PLR0913 - what, on whose word and when
    session: Session,
    mailout: Mailout,
    approved: str,
    templates: Templates,
    *,
    codes: Iterable[str] = (),
    person: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> list[Delivery]:
    """Approve what waits by its digest, in a mailout that is locked, and queue it at once.

    Raises `RuleBroken` for who proposed any of it, if it is not what was `approved` any more, or
    while it is not known whether the letter before it has gone; `NotApproved` if a contact, a
    figure, a template or stored bytes have changed since it was proposed.
    """
    name = named(person)
    mailout.refuse_unless_released()
    found = pending(session, mailout, codes)
    if not found or digest(mailout, found) != approved:
        raise RuleBroken("what there is to approve has just changed: look at it anew")
    template_digest = templates.digest(mailout.plan.template)
    known = register.for_plan(session, mailout.plan)
    drafts = {draft.content.authority.code: draft for draft in draw_up(mailout.plan, known).drafts}
    for each in found:
        _refuse(each.letter, name)
        _refuse_stale(session, each, _as_of_now(mailout, each, drafts, known), template_digest)
        for old in each.replaced:
            deliveries.cancel_letter(session, old.id, actor=name, now=now)
    _refuse_unsure(session, mailout, found)
    rows: list[Delivery] = []
    for each in found:
        _approve(session, each, approved, name, at_keyboard or name, now)
        rows += _rows(mailout, each, known.suppressed, now)
    deliveries.add(session, rows, actor=name)
    exchangers.note(session, {domain_of(row.address) for row in rows})
    what = f"{len(found)} letters are replaced"
    because = "; ".join(dict.fromkeys(each.letter.because or "" for each in found))
    release_again(session, mailout, what, because, actor=name, now=now)
    return rows


def _as_of_now(
    mailout: Mailout, each: Replacement, drafts: dict[str, Draft], known: Register
) -> Draft | None:
    """Return the new version as it would be proposed at this moment, or None."""
    old, code = each.replaced[0], each.letter.authority_code
    if is_reissued(old.draft, each.letter.draft):
        return reissued(old.draft, drafts[code]) if code in drafts else None
    role, goes_to = mailout.plan.to_roles[0], old.draft.content.addressed_to.code
    contact = known.contacts.get((goes_to, role))
    return readdressed(old.draft, contact) if contact else None


def _refuse_stale(
    session: Session, each: Replacement, draft: Draft | None, template_digest: str
) -> None:
    letter = each.letter
    if draft is None or draft.fingerprint(template_digest) != letter.fingerprint:
        raise NotApproved(
            f"what the new letter of {letter.authority_code} was made from has changed since: "
            f"propose it again"
        )
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.draft.attachments):
        raise NotApproved(f"the stored letter of {letter.authority_code} is not the one made")
    documents.verify(session, [letter])


def _refuse_unsure(session: Session, mailout: Mailout, found: Iterable[Replacement]) -> None:
    """Refuse while an earlier version may be on its way: it could come in after the new one."""
    old = {letter.id for each in found for letter in each.replaced}
    for delivery in deliveries.of_mailout(session, mailout, *HELD_OR_IN_DOUBT):
        if delivery.letter_id in old:
            code, at = delivery.authority_code, delivery.address
            if delivery.state is DeliveryState.IN_DOUBT:
                settle = f"dispatch delivery settle {str(delivery.id)[:8]} accepted|not-sent"
                raise RuleBroken(
                    f"whether {at} has the letter of {code} is in doubt: `{settle}` first"
                )
            raise RuleBroken(f"the letter of {code} is just going to {at}: try in a minute")


def _approve(
    session: Session,
    each: Replacement,
    approved: str,
    name: str,
    at_keyboard: str,
    now: datetime,
) -> None:
    letter = each.letter
    letter.move_to(LetterState.RENDERED)
    letter.approved_by, letter.approved_at, letter.approved_digest = name, now, approved
    detail = {
        "authority": letter.authority_code,
        "version": str(letter.version),
        "letter": letter.digest or "",
        "digest": approved,
        "because": letter.because or "",
        "at_keyboard": at_keyboard,
    }
    journal.append(session, Event(now, name, "letter.approved", f"letter:{letter.id}", detail))


def _rows(
    mailout: Mailout, each: Replacement, suppressed: frozenset[str], now: datetime
) -> Iterator[Delivery]:
    """Yield a delivery to each recipient, as what follows the last to its role.

    So whoever the letter names has the last one, which counts.
    """
    last = {chain.last.role: chain.last.id for chain in each.chains}
    not_after = resending.not_after(mailout.plan, now)
    for recipient in each.recipients:
        row = deliveries.addressed(
            each.letter,
            recipient,
            suppressed,
            now=now,
            not_after=not_after,
            replaces_id=last.get(recipient.role),
        )
        last[recipient.role] = row.id
        yield row
