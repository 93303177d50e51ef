"""Resend a letter unchanged, to the contact now in the role or to an address that a person gives.

`propose` works out which letters would go where and why, and which would not, for a person to look
at; `send_again` queues exactly what was shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Final
from uuid import UUID

from dispatch.corrections import asked_for
from dispatch.corrections.obstacles import Obstacle, Obstacles, vacant
from dispatch.database import Session
from dispatch.database.sql import as_list
from dispatch.database.tables import Mailout
from dispatch.domain.address import folded
from dispatch.domain.delivery import (
    REACHED,
    REJECTED,
    DeliveryState,
)
from dispatch.domain.errors import RuleBroken
from dispatch.domain.letters import resending
from dispatch.domain.letters.resending import (
    Choice,
    ResendRequest,
    is_same_person,
)
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.authority import Contact, RoleAt
from dispatch.domain.register.codes import named
from dispatch.files.contacts import checked_address
from dispatch.incoming.store import suggestions
from dispatch.letters.store import inputs, repeats, versions
from dispatch.mailouts.store import stamp_of_mailouts
from dispatch.register import register
from dispatch.register.store import authorities, contacts
from dispatch.sending.store import deliveries
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


@dataclass(frozen=True, slots=True)
class Basis:
    """What a proposal rests on, as far as that may change."""

    states: str
    """Every delivery of the letters that go and its state, listed by `sql.as_list`."""
    deliveries: int
    """How many these are."""
    in_post: str
    """In which role, where, and at which address contacts are that the letters go to, alike."""
    contacts: int
    """How many these are."""
    elsewhere: AbstractSet[tuple[UUID, str]]
    """Which addresses have one of these letters from another mailout."""
    stamp: object = None
    """See `stamp_of`; None if nobody is to act upon it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendProposal(Proposal):
    """Which letters of a mailout a request would resend. Nothing has been written."""

    mailout: str
    request: ResendRequest
    going: tuple[Going, ...]
    staying: tuple[Staying, ...]
    not_after: datetime
    """The moment by which they must leave."""
    basis: Basis = field(repr=False)
    """By what it shows whether the same would still go."""
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


def propose(
    session: Session, mailout: Mailout, request: ResendRequest, *, now: datetime
) -> ResendProposal:
    """Work out which letters a request would resend, and which of those asked for it would not.

    Raises `RuleBroken` before the release, once the mailout has ended, and for one address that
    several letters would go to; `BadInput` for text that is not an address; `NotFound`.
    """
    mailout.refuse_unless_released()
    search = _Search(session, mailout, request)
    pages, end = asked_for.pages(session, mailout, request, search.codes)
    for sent in pages:
        search.look_at(sent)
    search.refuse_unclear()
    return ResendProposal(
        mailout=mailout.name,
        request=request,
        going=search.judged(),
        staying=tuple(search.staying),
        end=end,
        not_after=resending.not_after(mailout.plan, now),
        basis=search.basis(),
    )


def propose_to_act(
    session: Session, mailout: Mailout, request: ResendRequest, *, now: datetime
) -> ResendProposal:
    """Return the same for a transaction that writes afterwards, which asks `refuse_changed`."""
    stamp = stamp_of(session, mailout)  # first: see `letters.store.inputs`
    found = propose(session, mailout, request, now=now)
    return replace(found, basis=replace(found.basis, stamp=stamp))


def stamp_of(session: Session, mailout: Mailout) -> object:
    """Return what differs once anything else has changed that a proposal rests on.

    That is, other than what is known of the letters that would go.
    """
    return (
        inputs.stamp(session, mailout),
        suggestions.unwanted(session),
        versions.outdated(session, mailout),
        stamp_of_mailouts(session),
    )


def refuse_changed(
    session: Session, mailout: Mailout, proposal: ResendProposal, *, now: datetime
) -> None:
    """Raise `ChangedMeanwhile` if the same request would now resend something else.

    While all that the proposal rests on is the same, it is not worked out again, which takes long.
    """
    if not _holds(session, mailout, proposal):
        propose(session, mailout, proposal.request, now=now).check(proposal.digest)


def _holds(session: Session, mailout: Mailout, proposal: ResendProposal) -> bool:
    basis = proposal.basis
    pdfs = {each.chain.last.letter_id: each.chain.pdf for each in proposal.going}
    return (
        basis.stamp == stamp_of(session, mailout)
        and chains.are_in(session, pdfs, basis.states, basis.deliveries)
        and contacts.count_in_post(session, basis.in_post) == basis.contacts
        and repeats.gone_elsewhere(session, mailout, pdfs) == basis.elsewhere
    )


class _Search:
    """Looks for the letters that a request would resend, among some letters at a time."""

    def __init__(self, session: Session, mailout: Mailout, request: ResendRequest) -> None:
        self._session, self._mailout, self._request = session, mailout, request
        self._roles = request.roles(mailout.plan)
        self.codes = authorities.letter_codes(session, request.codes)
        self._to = None if request.to is None else checked_address(request.to)
        self._found = set[str]()
        self.going: list[Going] = []
        self.staying: list[Staying] = []
        self._states: list[tuple[UUID, str]] = []
        self._elsewhere: set[tuple[UUID, str]] = set()

    @cached_property
    def _everybody(self) -> Mapping[RoleAt, Contact]:
        """Those in post anywhere: one of them may have the address that somebody gives."""
        return contacts.current(self._session, self._roles)

    @cached_property
    def _unwanted(self) -> suggestions.Unwanted:
        return suggestions.unwanted(self._session)

    @cached_property
    def _outdated(self) -> versions.Outdated:
        return versions.outdated(self._session, self._mailout)

    def look_at(self, sent: Sequence[Chain]) -> None:
        """Find out which of some letters go and which stay."""
        session, request = self._session, self._request
        deliveries.refuse_purged(session, self._mailout, chains.addresses(sent))
        meant = [each for each in sent if each.last.role in self._roles]
        self._found |= {each.last.authority_code for each in meant}
        held_by = contacts.held(session, self._roles, {each.addressed_to for each in meant})
        in_post = self._everybody if self._to else held_by.present
        pairs = [(each, _recipient(each, self._to, in_post)) for each in meant]
        pairs = [pair for pair in pairs if _is_chosen(request.choice, *pair)]
        if not pairs:
            return
        pdfs = {each.last.letter_id: each.pdf for each, _ in pairs}
        elsewhere = repeats.gone_elsewhere(session, self._mailout, pdfs)
        held = {folded(each.address) for each in in_post.values()}
        obstacles = self._obstacles(sent, elsewhere, held)
        reasons = _Reasons(session, request.choice, held_by)
        going, staying = _sorted_out(obstacles, pairs, reasons, is_again=request.is_again)
        self.going += going
        self.staying += staying
        letters = {each.chain.last.letter_id for each in going}
        every = (delivery for chain in sent for delivery in chain.deliveries)
        self._states += [(each.id, each.state.value) for each in every if each.letter_id in letters]
        self._elsewhere |= {each for each in elsewhere if each[0] in letters}

    def _obstacles(
        self,
        sent: Sequence[Chain],
        elsewhere: AbstractSet[tuple[UUID, str]],
        held: Collection[str],
    ) -> Obstacles:
        """Return what may stop some letters; `held` are the addresses of those in post, folded."""
        return Obstacles(
            self._mailout.name,
            sent,
            self._unwanted.suppressed,
            self._outdated,
            elsewhere,
            self._unwanted.unproven.difference(held),
        )

    def basis(self) -> Basis:
        """Return what the answer rests on. An address that somebody gives is nobody's in post."""
        to = [] if self._to else [each.recipient for each in self.going]
        in_post = {(each.authority, each.role, each.address) for each in to}
        states = as_list(self._states)
        return Basis(states, len(self._states), as_list(in_post), len(in_post), self._elsewhere)

    def refuse_unclear(self) -> None:
        """Raise `RuleBroken` for a code without a letter, and for one address of several."""
        _, lacking = named(self.codes, self._found)
        if lacking:
            which, name = ", ".join(sorted(lacking)), self._mailout.name
            raise RuleBroken(f"{name} sent nothing to a {self._roles[0]} of {which} to send again")
        count = len(self.going) + len(self.staying)
        if self._to and count > 1:
            raise RuleBroken(
                f"{count} letters cannot all go to {self._to}: name one with --authority"
            )

    def judged(self) -> tuple[Going, ...]:
        """Return what goes, with whose domain each address has, if it is another's.

        The address of a contact never is: its domain is that contact's authority's, too.
        """
        if not (self._to and self.going):
            return tuple(self.going)
        domains = register.domains(self._session)
        return tuple(
            replace(each, domain_of=domains.called(owners)) if owners else each
            for each in self.going
            for owners in [domains.owners_of(each.chain.addressed_to, each.recipient.address)]
        )


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
