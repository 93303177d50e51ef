"""The files that a template needs, and the values that they are filled in with."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from dispatch.documents import pdf
from dispatch.documents.font import undrawable
from dispatch.documents.sandbox import Prose
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content
from dispatch.domain.letters.resending import CoveringNote
from dispatch.domain.wording.characters import code_point

LETTER: Final = ("letter.md", "measures.md")
NOTE: Final = "email.md"
NOTE_AGAIN: Final = "resend.md"
NEEDED: Final = (*LETTER, NOTE, NOTE_AGAIN, "letter.html", "email.html", pdf.MAIN)


def values_of(content: Content, *, attachments: int) -> dict[str, Any]:
    """Return the values that templates can use: the year's constants, and the letter's content."""
    constants = {
        name: Prose(value, f"the constant {name}") if isinstance(value, str) else value
        for name, value in content.constants.items()
    }
    own = {each.name: getattr(content, each.name) for each in fields(content)}
    own["bespoke"] = Prose(content.bespoke, f"{content.authority.code}.md")
    counted = {"attachment_count": attachments, "has_attachments": attachments > 0}
    return {**constants, **own, **counted}


def told(resending: CoveringNote) -> dict[str, Any]:
    """Return what the covering note of a letter that is sent again can use beside them."""
    return {each.name: getattr(resending, each.name) for each in fields(resending)}


def refuse_undrawable(text: str, place: str = "") -> None:
    """Raise `CannotRender` if the letters' font lacks a character of a text."""
    if lacking := undrawable(text):
        named = ", ".join(f"{character} ({code_point(character)})" for character in lacking)
        raise CannotRender(f"{place}the letters' font has no {named}")
