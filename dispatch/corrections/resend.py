"""Resend: the same letter goes out again, to whoever is in post by now or to an address given.

First it is worked out what would go where, why, and what each had before, for a person to see;
then, on that person's word, exactly this is queued. The letter is the approved one, byte for
byte. In front of it stands a note of its own, which says when and to which post it first went.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.corrections.repeats import Repeats
from dispatch.database import Session
from dispatch.database.tables import Delivery, Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain import calendar, resending
from dispatch.domain.address import domain_of, folded
from dispatch.domain.authority import Contact
from dispatch.domain.delivery import REACHED, REJECTED
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.letter import Recipient
from dispatch.domain.resending import Choice, CoveringNote, ResendRequest
from dispatch.domain.word import named
from dispatch.files.contacts import mailbox
from dispatch.files.tables.faults import Wrong
from dispatch.ledger import journal
from dispatch.letters.store import documents, versions
from dispatch.mail.outgoing.letter import letter_body
from dispatch.mailouts.changes import release_again
from dispatch.register.store import register
from dispatch.sending.store import deliveries, exchangers
from dispatch.tracking.store import chains
from dispatch.tracking.store.chains import Chain


@dataclass(frozen=True, slots=True)
class Going:
    """A letter that goes again, to whom, and all that it went to before."""

    chain: Chain
    recipient: Contact
    why: str


@dataclass(frozen=True, slots=True)
class Staying:
    """A letter that was asked for and does not go, and why not."""

    chain: Chain
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a request comes to. Nothing is written."""

    request: ResendRequest
    going: tuple[Going, ...]
    staying: tuple[Staying, ...]
    not_after: datetime
    """Until when they may leave."""

    @property
    def gist(self) -> list[tuple[UUID, str]]:
        """What goes where: each last delivery, with the folded address that comes after it."""
        return [(each.chain.last.id, folded(each.recipient.address)) for each in self.going]


def propose(
    session: Session, mailout: Mailout, request: ResendRequest, *, now: datetime
) -> Proposal:
    """Work out which letters would go again, and which of those asked for would not.

    Raises `RuleBroken` before the release, once the mailout has ended, and for one address that
    several letters would go to; `BadInput` for what is no address; `NotFound`.
    """
    mailout.refuse_unless_released()
    deliveries.refuse_purged(session, mailout)
    roles = request.roles(mailout.plan)
    codes = {register.authority_code(session, code) for code in request.codes}
    found = chains.chains(session, mailout)
    meant = [each for each in found if _is_meant(each, roles, codes)]
    if lacking := sorted(codes - {each.last.authority_code for each in meant}):
        which = ", ".join(lacking)
        raise RuleBroken(f"{mailout.name} sent nothing to a {roles[0]} of {which} to send again")
    contacts = register.contacts_in_post(session, roles)
    to = _address(request)
    pairs = [(each, _recipient(each, to, contacts)) for each in meant]
    pairs = [pair for pair in pairs if _is_chosen(request.choice, *pair)]
    if to and len(pairs) > 1:
        raise RuleBroken(f"{len(pairs)} letters cannot all go to {to}: name one with --authority")
    repeats = Repeats(found, register.suppressed(session), versions.outdated(session, mailout))
    going, staying = _sorted_out(repeats, request, pairs)
    return Proposal(request, going, staying, resending.not_after(mailout.plan, now))


def _is_meant(chain: Chain, roles: Iterable[str], codes: set[str]) -> bool:
    return chain.last.role in roles and (not codes or chain.last.authority_code in codes)


def _address(request: ResendRequest) -> str | None:
    try:
        return mailbox(request.to) if request.to is not None else None
    except Wrong as error:
        raise BadInput(f"{request.to!r} {error}") from None


def _recipient(
    chain: Chain, to: str | None, contacts: Mapping[tuple[str, str], Contact]
) -> Contact | None:
    """Return who would get it: the contact in post, or nobody by name at the address given."""
    role = chain.last.role
    in_post = contacts.get((chain.addressed_to, role))
    if to is None or (in_post and folded(in_post.address) == folded(to)):
        return in_post
    return Contact(authority=chain.addressed_to, role=role, address=to)


def _is_chosen(choice: Choice, chain: Chain, recipient: Contact | None) -> bool:
    match choice:
        case Choice.CHANGED:
            went_to = {each.address_key for each in chain.of_its_letter}
            return recipient is not None and folded(recipient.address) not in went_to
        case Choice.UNREACHED:
            return chain.last.state not in REACHED
        case Choice.BOUNCED:
            return chain.last.state in REJECTED
        case Choice.NAMED:
            return True


WHY: Final = {
    Choice.CHANGED: "another is in post",
    Choice.UNREACHED: "not reached",
    Choice.BOUNCED: "it came back",
    Choice.NAMED: "asked for",
}


def _sorted_out(
    repeats: Repeats, request: ResendRequest, pairs: Iterable[tuple[Chain, Contact | None]]
) -> tuple[tuple[Going, ...], tuple[Staying, ...]]:
    """Part what goes from what stays. No letter goes to one address twice, in two roles."""
    going: dict[tuple[UUID, str], Going] = {}
    staying = []
    for chain, recipient in pairs:
        why = repeats.obstacle(chain, recipient, is_again=request.is_again)
        if why is None and recipient is not None:
            key = (chain.last.letter_id, folded(recipient.address))
            if key not in going:
                going[key] = Going(chain, recipient, WHY[request.choice])
                continue
            why = f"it goes to {recipient.address} already, as {going[key].recipient.role}"
        staying.append(Staying(chain, why or ""))
    return tuple(going.values()), tuple(staying)


def pack(session: Session, templates: Templates, proposal: Proposal) -> dict[UUID, bytes]:
    """Return the body of each message, by the delivery that it comes after. Writes nothing.

    Raises `NotApproved` if a stored letter is not what it was, `CannotRender` if the note lacks
    anything.
    """
    return {each.chain.last.id: _body(session, templates, each) for each in proposal.going}


def _body(session: Session, templates: Templates, going: Going) -> bytes:
    letter = session.get_one(Letter, going.chain.last.letter_id)
    parts, attached = documents.of(session, letter)
    text, html = templates.note_again(
        letter.draft.content,
        _told(session, letter, going),
        letter.subject or "",
        has_attachments=bool(letter.draft.attachments),
    )
    note = {"note_text": text.encode(), "note_html": html.encode()}
    return letter_body(letter.draft, {**parts, **note}, attached)


def _told(session: Session, letter: Letter, going: Going) -> CoveringNote:
    role, addressee = going.chain.last.role, letter.draft.content.addressee
    left_at = chains.first_left_at(session, [each.id for each in going.chain.of_its_letter])
    return CoveringNote(
        recipient=going.recipient,
        sent_to=addressee.title if addressee.role == role else role.title(),
        sent_date=calendar.local(left_at).date() if left_at else None,
    )


def resend(  # noqa: PLR0913 - what, on whose word, why and when
    session: Session,
    mailout: Mailout,
    proposal: Proposal,
    bodies: Mapping[UUID, bytes],
    *,
    person: str,
    because: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> list[Delivery]:
    """Queue exactly what was proposed, in a mailout that is locked; return the new deliveries.

    A mailout that was sent goes back to releasing. Raises `RuleBroken` if by now anything else
    would be proposed, without a reason or without a person's name.
    """
    name, reason = named(person), " ".join(because.split())
    if not reason:
        raise RuleBroken("say why they are sent again")
    if propose(session, mailout, proposal.request, now=now).gist != proposal.gist:
        raise RuleBroken("what there is to send again has just changed: look at it anew")
    mails = {id_: sha256(body) for id_, body in bodies.items()}
    kept = {mails[id_]: ("multipart/mixed", body) for id_, body in bodies.items()}
    documents.keep(session, kept)
    rows = list(_deliveries(session, proposal, mails, now))
    session.add_all(rows)
    session.flush()
    exchangers.note(session, {domain_of(row.address) for row in rows})
    why = {
        "why": proposal.request.choice.value,
        "because": reason,
        "at_keyboard": at_keyboard or name,
    }
    journal.append_all(session, (_event(row, name, why) for row in rows))
    if rows:
        what = f"{len(rows)} letters are sent again"
        release_again(session, mailout, what, reason, actor=name, now=now)
    return rows


def _deliveries(
    session: Session, proposal: Proposal, mails: Mapping[UUID, str], now: datetime
) -> Iterator[Delivery]:
    for each in proposal.going:
        last, to = each.chain.last, each.recipient
        yield deliveries.addressed(
            session.get_one(Letter, last.letter_id),
            Recipient(kind=last.kind, role=last.role, address=to.address, name=to.full_name),
            frozenset(),  # none of them is suppressed: that was an obstacle
            now=now,
            not_after=proposal.not_after,
            replaces_id=last.id,
            mail=mails[last.id],
        )


def _event(row: Delivery, person: str, why: Mapping[str, str]) -> Event:
    detail = {
        "authority": row.authority_code,
        "role": row.role,
        "letter": str(row.letter_id),
        "replaces": str(row.replaces_id),
        "mail": row.mail or "",
        **why,
    }
    return Event(row.created_at, person, "delivery.resent", f"delivery:{row.id}", detail)
