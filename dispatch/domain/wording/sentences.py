"""Sentences made of clauses."""

from __future__ import annotations


def capitalised(text: str) -> str:
    """Return a text with a capital letter at its beginning; the rest is left as it is."""
    return f"{text[:1].upper()}{text[1:]}"


def sentence(clause: str) -> str:
    """Return a clause as a sentence, with its full stop."""
    return f"{capitalised(clause)}."
