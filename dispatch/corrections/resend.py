"""Resend a letter unchanged, to the contact now in the role or to an address that a person gives.

`prepare` works out which letters would go where and why, which would not, and makes the messages,
for a person to look at; `resend` queues exactly what was shown. The letter is the approved one,
byte for byte. A covering note in front of it says when and to which role it was first sent, or that
it was not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from dispatch.corrections import asked_for
from dispatch.corrections.obstacles import Obstacle, Obstacles, vacant
from dispatch.database import Session, Sessions
from dispatch.database.tables import Delivery, Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain import calendar
from dispatch.domain.address import domain_of, folded
from dispatch.domain.delivery import (
    EVER_ACCEPTED,
    REACHED,
    REJECTED,
    DeliveryState,
)
from dispatch.domain.digest import sha256
from dispatch.domain.errors import RuleBroken
from dispatch.domain.letter import Recipient
from dispatch.domain.letters import resending
from dispatch.domain.letters.resending import (
    Choice,
    CoveringNote,
    ResendRequest,
    is_same_person,
)
from dispatch.domain.proof.ledger import Event
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.authority import Contact, RoleAt
from dispatch.domain.register.codes import named
from dispatch.domain.register.mail_domains import Domains
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import counted
from dispatch.files.contacts import checked_address
from dispatch.incoming.store import suggestions
from dispatch.ledger import events, journal
from dispatch.letters import on_record
from dispatch.letters.store import documents, repeats, versions
from dispatch.letters.store.letters import Addressed
from dispatch.mail.outgoing.letter import letter_body
from dispatch.mailouts.changes import release_again
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.register.store import authorities, contacts
from dispatch.sending.store import deliveries, exchangers
from dispatch.tracking.store import chains
from dispatch.tracking.store.chains import Chain


@dataclass(frozen=True, slots=True)
class Going:
    """A letter that would be resent: what it was sent to before, who gets it now, and why."""

    chain: Chain
    recipient: Contact
    why: str
    domain_of: str = ""
    """The authorities whose domain the address has, in words, if it is certainly not its own."""


@dataclass(frozen=True, slots=True)
class Staying:
    """A letter that was asked for but would not be resent, and what stops it."""

    chain: Chain
    obstacle: Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendProposal(Proposal):
    """Which letters of a mailout a request would resend. Nothing has been written."""

    mailout: str
    request: ResendRequest
    going: tuple[Going, ...]
    staying: tuple[Staying, ...]
    not_after: datetime
    """The moment by which they must leave."""
    bodies: Mapping[UUID, bytes] = field(default_factory=dict, repr=False)
    """The body of each message, by the delivery that it follows, once `prepare` has made them."""
    names: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What authorities are called, by code, if any letter goes."""
    end: str = ""
    """The last code that was looked at, of a request that is about some; empty if none follows."""
    chosen: frozenset[UUID] | None = None
    """The deliveries whose letters a person picked out of these; None for all of them."""

    @property
    def effect(self) -> object:
        """What goes where: the last delivery of each letter, and the address that comes next."""
        return [(str(each.chain.last.id), folded(each.recipient.address)) for each in self.going]

    @property
    def picked(self) -> list[Going]:
        """The letters that go, of those that could."""
        chosen = self.chosen
        return [each for each in self.going if chosen is None or each.chain.last.id in chosen]


def prepare(
    sessions: Sessions, templates: Templates, name: str, request: ResendRequest, *, now: datetime
) -> ResendProposal:
    """Propose what to resend from a mailout, with every message made: see `propose`.

    The messages are made before anyone is asked, so that a fault in a note shows first. Raises
    `NotApproved` if a stored letter is not the approved one, and `CannotRender` for a note that
    cannot be made.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        proposal = propose(session, mailout, request, now=now)
        return _with_bodies(session, templates, mailout, proposal, calendar.local(now).date())


def _with_bodies(
    session: Session, templates: Templates, mailout: Mailout, proposal: ResendProposal, today: date
) -> ResendProposal:
    on_record.refuse_altered(session, mailout, _letters(session, proposal))
    bodies = {
        each.chain.last.id: _body(session, templates, each, today) for each in proposal.picked
    }
    return replace(proposal, bodies=bodies)


def _letters(session: Session, proposal: ResendProposal) -> list[Letter]:
    return [session.get_one(Letter, each.chain.last.letter_id) for each in proposal.picked]


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
) -> list[Delivery]:
    """Resend the letters that were picked from what a page showed; return the new deliveries.

    Owns its transactions: the messages are made while none is open that writes. Raises
    `ChangedMeanwhile` if the request would now resend something else; `RuleBroken` if nothing was
    picked; and as `prepare` and `resend`.
    """
    word.needed_reason()
    sessions, templates = means
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        proposal = propose(session, mailout, request, now=word.at)
        proposal.check(agreed.digest)
        proposal = replace(proposal, chosen=agreed.chosen)
        if not proposal.picked:
            raise RuleBroken("choose at least one letter to send again")
        today = calendar.local(word.at).date()
        proposal = _with_bodies(session, templates, mailout, proposal, today)
    with sessions.begin() as session:
        return resend(session, proposal, word)


def propose(
    session: Session, mailout: Mailout, request: ResendRequest, *, now: datetime
) -> ResendProposal:
    """Work out which letters a request would resend, and which of those asked for it would not.

    Raises `RuleBroken` before the release, once the mailout has ended, and for one address that
    several letters would go to; `BadInput` for text that is not an address; `NotFound`.
    """
    mailout.refuse_unless_released()
    roles = request.roles(mailout.plan)
    codes = authorities.letter_codes(session, request.codes)
    sent, end = asked_for.letters(session, mailout, request, codes)
    deliveries.refuse_purged(session, mailout, chains.every_delivery(sent))
    meant = _meant(mailout, codes, roles, sent)
    to = _address(request)
    goes_to = {each.addressed_to for each in meant}
    held_by = contacts.held(session, roles, goes_to)
    # Who has an address that somebody gives may be in post anywhere.
    in_post = contacts.current(session, roles) if to else held_by.present
    pairs = [(each, _recipient(each, to, in_post)) for each in meant]
    pairs = [pair for pair in pairs if _is_chosen(request.choice, *pair)]
    if to and len(pairs) > 1:
        raise RuleBroken(f"{len(pairs)} letters cannot all go to {to}: name one with --authority")
    held = {folded(each.address) for each in in_post.values()}
    reasons = _Reasons(session, request.choice, held_by)
    obstacles = _obstacles(session, mailout, sent, pairs, held) if pairs else None
    again = request.is_again
    going, staying = (
        _sorted_out(obstacles, pairs, reasons, is_again=again) if obstacles else ((), ())
    )
    domains = register.domains(session) if going else None
    return ResendProposal(
        mailout=mailout.name,
        request=request,
        going=_judged(going, domains) if domains else (),
        names=domains.names if domains else {},
        staying=staying,
        end=end,
        not_after=resending.not_after(mailout.plan, now),
    )


def _obstacles(
    session: Session,
    mailout: Mailout,
    sent: Iterable[Chain],
    pairs: Iterable[tuple[Chain, Contact | None]],
    held: Collection[str],
) -> Obstacles:
    """Return what may stop some letters; `held` are the addresses of those in post, folded."""
    pdfs = {each.last.letter_id: each.pdf for each, _ in pairs}
    unwanted = suggestions.unwanted(session)
    return Obstacles(
        mailout.name,
        sent,
        unwanted.suppressed,
        versions.outdated(session, mailout),
        repeats.gone_elsewhere(session, mailout, pdfs),
        unwanted.unproven.difference(held),
    )


def _judged(going: Iterable[Going], domains: Domains) -> tuple[Going, ...]:
    """Return what would go with whose domain each address has, if it is another's."""
    return tuple(
        replace(each, domain_of=domains.called(owners)) if owners else each
        for each in going
        for owners in [domains.owners_of(each.chain.addressed_to, each.recipient.address)]
    )


def _meant(
    mailout: Mailout, codes: Collection[str], roles: tuple[str, ...], sent: Iterable[Chain]
) -> list[Chain]:
    """Return the letters to the roles and authorities of a request, in any state."""
    found = [each for each in sent if each.last.role in roles]
    meant, lacking = named(codes, {each.last.authority_code for each in found})
    if codes:
        found = [each for each in found if each.last.authority_code in meant]
    if lacking:
        which = ", ".join(sorted(lacking))
        raise RuleBroken(f"{mailout.name} sent nothing to a {roles[0]} of {which} to send again")
    return found


def _address(request: ResendRequest) -> str | None:
    return None if request.to is None else checked_address(request.to)


def _recipient(chain: Chain, to: str | None, present: Mapping[RoleAt, Contact]) -> Contact | None:
    """Return who would get a letter: the current contact, or the role at the address given."""
    role = chain.last.role
    in_post = present.get((chain.addressed_to, role))
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
    Choice.CHANGED: "another address",
    Choice.UNREACHED: "not reached",
    Choice.BOUNCED: "it came back",
    Choice.NAMED: "asked for",
}
"""Why a letter goes, as shown to the person who asked, as far as the choice alone says."""


class _Reasons:
    """Why each letter of a request goes, from the records of that letter and of its post."""

    def __init__(self, session: Session, choice: Choice, held: contacts.Held) -> None:
        """Take everybody who has ever held the roles meant at the authorities meant."""
        self._session = session
        self._choice = choice
        self._held = held
        self._known = {
            self._key(each.role_at, each.full_name, each.address): each for each in held.ever
        }

    @cached_property
    def _said(self) -> frozenset[str]:
        """The changes of these contacts of which a person has said that nobody else came."""
        return contacts.said_to_stay(self._session, {code for code, _ in self._held.rows})

    @staticmethod
    def _key(role_at: RoleAt, name: str, address: str) -> tuple[RoleAt, str, str]:
        return role_at, name, folded(address)

    def find(self, chain: Chain, recipient: Contact) -> str:
        last = chain.last
        if self._choice is Choice.BOUNCED and last.state is DeliveryState.REFUSED:
            return "it was refused"
        role_at = (chain.addressed_to, last.role)
        before = self._known.get(self._key(role_at, last.name, last.address))
        is_another = before is not None and is_same_person(before, recipient) is False
        if before and is_another and not self._held.has_stayed(before, self._said):
            return "another is in post"
        return WHY[self._choice]


def _sorted_out(
    obstacles: Obstacles,
    pairs: Iterable[tuple[Chain, Contact | None]],
    reasons: _Reasons,
    *,
    is_again: bool,
) -> tuple[tuple[Going, ...], tuple[Staying, ...]]:
    """Separate the letters that go from those that stay.

    A letter goes to one address once, even where one person holds two roles.
    """
    going: dict[tuple[UUID, str], Going] = {}
    staying = []
    for chain, recipient in pairs:
        obstacle = obstacles.find(chain, recipient, is_again=is_again)
        if obstacle is None and recipient is not None:
            key = (chain.last.letter_id, folded(recipient.address))
            if key not in going:
                going[key] = Going(chain, recipient, reasons.find(chain, recipient))
                continue
            role = going[key].recipient.role
            obstacle = Obstacle(f"it goes to {recipient.address} already, as {role}")
        staying.append(Staying(chain, obstacle or vacant(chain)))
    return tuple(going.values()), tuple(staying)


def _body(session: Session, templates: Templates, going: Going, today: date) -> bytes:
    letter = session.get_one(Letter, going.chain.last.letter_id)
    parts, attached = documents.of(session, letter)
    text, html = templates.note_again(
        letter.draft.content,
        _covering_note(session, letter, going, today),
        letter.subject or "",
        attachments=len(letter.draft.attachments),
    )
    note = {"note_text": text.encode(), "note_html": html.encode()}
    return letter_body(letter.draft, {**parts, **note}, attached)


def _covering_note(session: Session, letter: Letter, going: Going, today: date) -> CoveringNote:
    content, sent = letter.draft.content, going.chain.of_its_letter
    role, addressee = going.chain.last.role, content.addressee
    accepted = next((each for each in sent if each.state in EVER_ACCEPTED), None)
    return CoveringNote(
        recipient=going.recipient,
        sent_to=addressee.title if addressee.role == role else role.title(),
        due_date=calendar.local(sent[0].created_at).date(),
        sent_date=_accepted_on(session, accepted) if accepted else None,
        outcome=resending.outcome_of(
            [each.state for each in sent], is_tried=any(each.attempts for each in sent)
        ),
        is_before_upload=today <= content.upload_date,
    )


def _accepted_on(session: Session, delivery: Delivery) -> date:
    """Return the day on which a server took charge: that of the last attempt, if any is known."""
    return calendar.local(chains.last_left_at(session, delivery.id) or delivery.state_at).date()


def resend(session: Session, proposal: ResendProposal, word: Word) -> list[Delivery]:
    """Queue what was prepared and shown; return the new deliveries.

    A mailout that was sent goes back to releasing. Raises `ChangedMeanwhile` if the same request
    would now resend something else, and `RuleBroken` without a reason or as `propose`.
    """
    word.needed_reason()
    # Two people may resend the same letters at once. The lock makes the second one wait, and
    # then find the deliveries of the first, so that its proposal is out of date.
    mailout = mailout_named(session, proposal.mailout, is_locked=True)
    propose(session, mailout, proposal.request, now=word.at).check(proposal.digest)
    bodies = {id_: sha256(body) for id_, body in proposal.bodies.items()}
    documents.keep(
        session, {bodies[id_]: ("multipart/mixed", body) for id_, body in proposal.bodies.items()}
    )
    on_record.refuse_altered(session, mailout, _letters(session, proposal))
    life = deliveries.Lifetime(
        word.at,
        proposal.not_after,
        mailout.plan.is_auto_submitted,
        waits_for_first=mailout.first_since is not None,
    )
    rows = list(_deliveries(session, proposal, bodies, life))
    session.add_all(rows)
    session.flush()
    exchangers.note(session, {domain_of(row.address) for row in rows})
    why = {"why": proposal.request.choice.value, "because": word.because}
    if proposal.request.is_again:
        why["again"] = "yes"
    journal.append_all(session, (_event(row, word, why) for row in rows))
    if rows:
        what = f"{counted(len(rows), 'letter is', 'letters are')} sent again"
        release_again(session, mailout, what, word.because, word)
    return rows


def _deliveries(
    session: Session,
    proposal: ResendProposal,
    bodies: Mapping[UUID, str],
    life: deliveries.Lifetime,
) -> Iterator[Delivery]:
    for each in proposal.picked:
        last, to = each.chain.last, each.recipient
        yield deliveries.addressed(
            session,
            Addressed.of(session.get_one(Letter, last.letter_id)),
            Recipient(kind=last.kind, role=last.role, address=to.address, name=to.full_name),
            life,
            replaces_id=last.id,
            mail=bodies[last.id],
        )


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
