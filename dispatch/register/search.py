"""Find an authority by what somebody has typed so far: its code, its name, or a former name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dispatch.database import Session
from dispatch.domain.register.search import Match, Sought, has_words, words
from dispatch.domain.register.spelling import near
from dispatch.register.store import authorities
from dispatch.register.store.authorities import Listed

MOST: Final = 20
"""How many are shown: more of the name finds fewer."""

MOST_ALIKE: Final = 200
"""How many are looked at for one that is spelt nearly so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An authority that was found."""

    authority: Listed
    former: str = ""
    """The former name by which it was found, if by none of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, the likeliest first."""

    hits: tuple[Hit, ...]
    count: int
    """How many there are in all."""
    is_near: bool = False
    """Whether nothing is called so, and these are only spelt nearly so."""


def search(session: Session, typed: str) -> Found:
    """Return the authorities that somebody may mean by what they have typed."""
    sought = Sought.of(typed)
    found = authorities.found(session, sought, limit=MOST)
    if not found:
        return _nearly(session, sought, typed)
    hits = tuple(Hit(authority=each, former=_former(each, sought, how)) for each, how in found)
    count = len(hits) if len(hits) < MOST else authorities.count_found(session, sought)
    return Found(hits=hits, count=count)


def _former(authority: Listed, sought: Sought, how: Match) -> str:
    """Return the former name by which an authority was found; empty if by one of today."""
    if how is not Match.FORMER_NAME:
        return ""
    names = authority.former_names
    return next((each for each in names if has_words(words(each), sought.words)), names[0])


def meant(session: Session, typed: str) -> tuple[Listed, ...]:
    """Return the authority that somebody means by a code or a name, or those it could be."""
    found = authorities.found(session, Sought.of(typed), limit=MOST)
    hits = tuple(each for each, _ in found)
    whole = tuple(each for each in hits if typed.strip().casefold() in _called(each))
    return whole[:1] or hits


def _called(authority: Listed) -> set[str]:
    names = authority.code, authority.name, authority.official_name
    return {each.casefold() for each in names}


def _nearly(session: Session, sought: Sought, typed: str) -> Found:
    by_name = {each.name: each for each in authorities.alike(session, sought, limit=MOST_ALIKE)}
    hits = tuple(Hit(authority=by_name[each]) for each in near(typed, by_name))
    return Found(hits=hits, count=len(hits), is_near=bool(hits))
