"""A letter's code: how people name one letter of a mailout.

It is the code of the authority that the letter is about. Where several bodies came after an
authority, each gets a letter of its own about it, and the code of that body follows: SRY/ESU is the
letter about Surrey to East Surrey.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

SLASH: Final = "/"
"""Stands between the two codes: no code of an authority has it."""


def letter_code(about: str, to: str | None = None) -> str:
    """Return the code of a letter; `to` names one of several successors."""
    return about if to is None else f"{about}{SLASH}{to}"


def authority_of(code: str) -> str:
    """Return the code of the authority that a letter is about."""
    return code.partition(SLASH)[0]


def authorities_of(codes: Iterable[str]) -> frozenset[str]:
    """Return the codes of the authorities that some letters are about."""
    return frozenset(map(authority_of, codes))


def named(wanted: Iterable[str], codes: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the codes that are meant, and those of `wanted` that mean none of them."""
    known = by_name(codes)
    asked = set(wanted)
    return set().union(*(known.get(each, ()) for each in asked)), asked - known.keys()


def by_name(codes: Iterable[str]) -> dict[str, set[str]]:
    """Return the codes that each name means: its own, and that of its authority."""
    known: dict[str, set[str]] = {}
    for code in codes:
        for name in (code, authority_of(code)):
            known.setdefault(name, set()).add(code)
    return known


def called(codes: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return what the letters with some codes are called: "Surrey, to East Surrey" is SRY/ESU.

    `known` has the names of authorities; nothing is returned if it has none.
    """
    if not known:
        return {}
    return {
        code: ", to ".join(known.get(part, part) for part in code.split(SLASH)) for code in codes
    }
