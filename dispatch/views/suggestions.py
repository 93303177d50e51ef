"""Contacts that answers suggest, as people and programs are shown them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from dispatch.database.tables import NoticeRow
from dispatch.domain.address import domain_of
from dispatch.domain.incoming.message import SuggestionState, Trust
from dispatch.domain.incoming.successors import Doubt, Known, doubts
from dispatch.domain.register.codes import authority_of
from dispatch.domain.register.mail_domains import Domains
from dispatch.incoming.store.suggestions import Found
from dispatch.incoming.suggestions import is_proven
from dispatch.views.names import address_shown


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionView:
    """A suggested contact, whom they would replace, and what was decided."""

    id: UUID
    state: SuggestionState
    name: str
    address: str
    sentence: str
    authority: str
    role: str
    in_place_of: str
    notice: UUID
    trust: Trust | None
    doubts: tuple[str, ...]
    """What is odd about the address, in sentences."""
    first_by: str | None
    """Who accepted it first, if it needs two."""
    decided_by: str | None
    because: str | None


def suggestion_view(found: Found, domains: Domains) -> SuggestionView:
    """Return the view of a suggestion."""
    suggestion, answered, notice = found
    return SuggestionView(
        id=suggestion.id,
        state=suggestion.state,
        name=suggestion.name,
        address=suggestion.address,
        sentence=suggestion.sentence,
        authority=answered.authority_code,
        role=answered.role,
        in_place_of=answered.address,
        notice=suggestion.mail_id,
        trust=notice.trust,
        doubts=tuple(each.said for each in doubts_of(found, domains)),
        first_by=suggestion.first_by,
        decided_by=suggestion.decided_by,
        because=suggestion.because,
    )


def doubts_of(found: Found, domains: Domains) -> tuple[Doubt, ...]:
    """Return what is odd about a suggested address."""
    suggestion, answered, _ = found
    if not suggestion.address:  # it was purged
        return ()
    code = authority_of(answered.authority_code)
    theirs = domains.of(code)
    own = theirs | {domain_of(answered.address)} if answered.address else theirs
    owners = domains.called(domains.owners_of(code, suggestion.address))
    known = Known(
        theirs=frozenset(own),
        all=domains.by_domain.keys(),
        by_look=domains.by_look,
        owners=owners,
    )
    return doubts(suggestion.address, known)


def what_it_rests_on(found: Found, domains: Domains) -> Iterator[tuple[str, str]]:
    """Yield what a person should know before they accept a suggestion: a label and a text each."""
    suggestion, answered, notice = found
    who = f"{suggestion.name or 'nobody by name'} <{suggestion.address}>"
    yield "suggested", f"{who}, as {answered.role} of {answered.authority_code}"
    yield "instead of", address_shown(answered.address)
    yield "belief", _belief(notice)
    yield from (("address", each.said) for each in doubts_of(found, domains))
    yield "it says", suggestion.sentence
    yield "to be sure", "ring the council, on a number that is not from this message"
    if suggestion.first_by:
        why = f": {suggestion.first_because}" if suggestion.first_because else ""
        yield "accepted by", f"{suggestion.first_by}{why}"


def _belief(notice: NoticeRow) -> str:
    if notice.trust is Trust.VERIFIED:
        return "verified: it came to the return path that only mail servers of our message know"
    if notice.trust is Trust.PROBABLE:
        return "probable: its writer had our message, or a copy of it"
    sender = next(iter(notice.notice.about), "")
    says = f" That it is from {sender} is only what it says of itself." if sender else ""
    confirmed = f" {notice.confirmed_by} confirmed it." if notice.confirmed_by else ""
    return f"UNVERIFIED: anybody could have written this.{says}{confirmed}"


def question(found: Found) -> str:
    """Return what a person is asked before they accept a suggestion."""
    suggestion, answered, notice = found
    who = f"{suggestion.name or 'nobody by name'} <{suggestion.address}>"
    post = f"{answered.role} of {answered.authority_code}"
    put = f"Put {who} in post as {post}, in the place of {answered.address}?"
    if is_proven(notice):
        return put
    if suggestion.first_by or notice.confirmed_by:
        return f"Nothing but two people's word proves this contact.\n{put}"
    return "Nothing proves this contact. Accept it, if somebody else does as well?"
