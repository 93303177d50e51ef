"""Find an authority by what somebody has typed so far: its code, its name, or a former name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.database import Session
from dispatch.domain.register.search import Match
from dispatch.domain.register.spelling import near
from dispatch.register.store import authorities
from dispatch.register.store.authorities import Listed

MOST: Final = 20
"""How many are shown: more of the name finds fewer."""


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


def search(session: Session, typed: str, *, most: int = MOST) -> Found:
    """Return the authorities that somebody may mean by what they have typed.

    Abolished ones too, after those that exist and are found alike.
    """
    known = list(authorities.listed(session))
    matched = [(each, match) for each in known if (match := each.named.match(typed))]
    ordered = sorted(matched, key=lambda found: (found[1][0], found[0].last_day is not None))
    hits = tuple(
        Hit(authority=each, former=name if how is Match.FORMER_NAME else "")
        for each, (how, name) in ordered
    )
    return Found(hits=hits[:most], count=len(hits)) if hits else _nearly(known, typed)


def meant(session: Session, typed: str) -> tuple[Listed, ...]:
    """Return the authority that somebody means by a code or a name, or those it could be."""
    found = search(session, typed)
    hits = () if found.is_near else tuple(each.authority for each in found.hits)
    whole = tuple(each for each in hits if typed.strip().casefold() in _called(each))
    return whole[:1] or hits


def _called(authority: Listed) -> set[str]:
    return {each.casefold() for each in (authority.code, *authority.named.names)}


def _nearly(known: Sequence[Listed], typed: str) -> Found:
    by_name = {each.name: each for each in known}
    hits = tuple(Hit(authority=by_name[each]) for each in near(typed, by_name)) if typed else ()
    return Found(hits=hits, count=len(hits), is_near=bool(hits))
