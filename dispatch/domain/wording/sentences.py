"""Sentences made of clauses."""

from __future__ import annotations

from typing import Final

ENDS: Final = (".", "?", "!", ":")


def capitalised(text: str) -> str:
    """Return a text with a capital letter at its beginning; the rest is left as it is."""
    return f"{text[:1].upper()}{text[1:]}"


def sentence(clause: str) -> str:
    """Return a clause as a sentence, with a full stop unless it has an end of its own."""
    return capitalised(clause if clause.endswith(ENDS) else f"{clause}.")
