"""Marks that would print as they are typed: Markdown that letters do not have, and slips.

A letter has paragraphs, headings, lists, quotations, tables, bold, italic, links and pictures. Who
types a footnote or a tag means it to be one, so it is refused with its line. A backslash in front
of a mark says that it shall print.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from markdown_it.token import Token

from dispatch.documents.markdown import TOO_DEEP, is_too_deep, parser
from dispatch.domain.errors import CannotRender

KINDS: Final = (
    (re.compile(r"\[\^[^\]\n]*\]:?"), "letters have no footnotes"),
    (re.compile(r"\[[ xX]\](?![(:])"), "letters have no boxes to tick"),
    (re.compile(r"~~+"), "letters cannot strike words out"),
    (re.compile(r"```|`[^`]*`"), "letters have no code"),
    (re.compile(r"^(?:-{3,}|_{3,}|={2,})$"), "letters have no lines across"),
    (re.compile(r"==\S[^=]*=="), "letters cannot mark words in colour"),
    (re.compile(r"</?[a-zA-Z][^<>]*>|<!--|-->"), "letters take no HTML"),
    (re.compile(r"!\[[^\]]*\]?"), "write a picture as ![words](file.svg)"),
    (re.compile(r"^\[[^\]]+\]:(?= )|\[[^\]]+\]\[[^\]]*\]"), "write a link as [words](address)"),
    (re.compile(r"\]\([^)]*\)?"), "write a link as [words](address)"),
    (re.compile(r"\*\*+|(?<!\w)__+(?=\w)|(?<=\w)__+(?!\w)"), "bold has two stars on both sides"),
    (re.compile(r"(?<![\w*])\*(?=\w)"), "italic has a star on both sides"),
    (re.compile(r"^#+(?=\w)|^#+ "), "a heading has one to six # and a space, and its own line"),
    (
        re.compile(r"^\|.*|^:?-+:?(?: *\| *:?-+:?)+$"),
        "a table has a head and under it a line |--|--|",
    ),
    (re.compile(r"^>"), "a quotation has > and a space"),
)
"""What must not be left among the words of a line, and why."""

_PARSER: Final = parser()
_PARSER.disable("text_join")  # which keeps a mark after a backslash apart from the words


def refuse(source: str, place: str) -> None:
    """Raise `CannotRender` with the line of `place` at which a mark would print as typed."""
    _refuse_length(source, place)
    if found := left(source):
        line, mark, why = found
        raise CannotRender(f'{place}, line {line}: "{mark}" would print as it is: {why}{PRINTED}')


MOST_CHARACTERS: Final = 100_000
"""Far more than a letter holds. Beyond it, looking for marks takes for ever: each begins anew."""


def _refuse_length(source: str, place: str) -> None:
    if len(source) > MOST_CHARACTERS:
        raise CannotRender(
            f"{place}: it has {len(source):,} characters, and {MOST_CHARACTERS:,} are the most"
        )


PRINTED: Final = " (a backslash in front prints it)"


@lru_cache(maxsize=512)
def left(source: str) -> tuple[int, str, str] | None:
    """Return the first mark that would print as typed: its line, itself, and the rule."""
    return next(_left(_PARSER.parse(source)), None)


def _left(tokens: list[Token]) -> Iterator[tuple[int, str, str]]:
    for token in tokens:
        first = token.map[0] + 1 if token.map else 1
        if is_too_deep(token):
            yield first, token.markup, TOO_DEEP
        if token.type == "ordered_list_open" and token.attrs.get("start", 1) != 1:
            yield first, f"{token.attrs['start']}{token.markup}", "a numbered list begins with 1"
        for number, words in enumerate(_lines(token.children or [])):
            for pattern, why in KINDS:
                if found := pattern.search(words):
                    yield first + number, found[0], why


def _lines(inline: list[Token]) -> Iterator[str]:
    """Yield the words of each line of a paragraph; what means something is left out of them."""
    words = ""
    for token in inline:
        match token.type:
            case "text":
                words += token.content
            case "softbreak" | "hardbreak":
                yield words.strip()
                words = ""
            case "text_special":
                words += "\\"
    yield words.strip()


_REMARK: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
_TAG: Final = re.compile(r"\{%.*?%\}", re.DOTALL)
_VALUE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def refuse_in_template(source: str, name: str) -> None:
    """Raise `CannotRender` if a template's own words have a mark that would print as typed.

    Its values stand for one word each, and lines that have only tags are left out, as Jinja does.
    """
    _refuse_length(source, name)
    numbered = list(enumerate(_bare(source).split("\n"), start=1))
    kept = [(number, line) for number, line in numbered if line != _NOTHING]
    if found := left("\n".join(line for _, line in kept)):
        line, mark, why = found
        raise CannotRender(
            f'{name}, line {kept[line - 1][0]}: "{mark}" would print as it is: {why}'
        )


_NOTHING: Final = "\0"


def _lines_kept(instead: str) -> Callable[[re.Match[str]], str]:
    return lambda found: instead + "\n" * found[0].count("\n")


def _bare(source: str) -> str:
    for pattern, instead in ((_REMARK, _NOTHING), (_TAG, _NOTHING), (_VALUE, "1")):
        source = pattern.sub(_lines_kept(instead), source)
    lines = (line.strip() if line.strip(f" {_NOTHING}") else line for line in source.split("\n"))
    return "\n".join(
        _NOTHING if line and not line.strip(_NOTHING) else line.replace(_NOTHING, "")
        for line in lines
    )
