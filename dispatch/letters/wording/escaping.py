"""Words as Markdown that prints them as they are, between the tags of a template.

A template eats the end of a line after a tag or a remark: a blank line there needs one more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dispatch.documents import marks
from dispatch.domain.errors import CannotRender

_ANYWHERE: Final = re.compile(
    r"[\\`*_\[\]<|]|~(?=~)|(?<=~)~|=(?==)|&(?=#?\w+;)|(?<=\{)[{%#]|(?<=[}%#])\}"
)
_START: Final = re.compile(r"(#+|>|[-+](?=\s|$)|:::|={2,}|-{2,}|~)|(\d+)([.)])(?=\s|$)")
UNPRINTED: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Characters that nobody sees: where a word may break, and which way it runs."""


def escaped(text: str) -> str:
    """Return Markdown that prints a text as it is, and means nothing to a template."""
    plain = UNPRINTED.sub("", text).replace("\u2011", "-")
    return _ANYWHERE.sub(lambda found: f"\\{found[0]}", plain)


def at_start(line: str) -> str:
    """Return words that begin a paragraph, and no list, heading or quotation."""
    lines = line.split("\n")
    return "\n".join(
        _START.sub(lambda m: f"\\{m[0]}" if m[1] else f"{m[2]}\\{m[3]}", each, count=1)
        if _START.match(each)
        else each
        for each in lines
    )


def comment(words: str) -> str:
    """Return a remark, which is printed nowhere, about what Word had at a place."""
    return f"{{# Word: {in_remark(words)} #}}"


def in_remark(words: str) -> str:
    """Return words that may stand in a remark."""
    return " ".join(words.replace("#}", "# }").replace("{#", "{ #").split())


def is_broken(line: str) -> bool:
    """Whether a star or another mark would print as it is."""
    try:
        marks.refuse_in_template(line, "letter.md")
    except CannotRender:
        return True
    return False


def joined(blocks: Iterable[str]) -> str:
    """Return blocks with a blank line between them: a template eats a line's end after a tag."""
    text = ""
    for block in filter(None, blocks):
        if text:
            text += "\n\n\n" if text.endswith(("%}", "#}")) else "\n\n"
        text += block
    return text


def kept_apart(lines: Iterable[str]) -> Iterator[str]:
    """Yield the items of a list, each on lines of its own."""
    for line in lines:
        yield f"{line}\n" if line.endswith(("%}", "#}")) else line
