"""Markdown to blocks and runs.

A letter may have paragraphs, headings, lists, quotations, tables, bold, italic, links and pictures.
The rest of Markdown is off, and so is HTML: `marks` refuses it in what the office writes, and in
data it prints as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.token import Token

from dispatch.documents.blocks import (
    Block,
    Blocks,
    Grid,
    Heading,
    Items,
    Paragraph,
    Picture,
    Quotation,
    Run,
    Runs,
)
from dispatch.domain.errors import CannotRender


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """As much of a letter as stands by itself: its blocks, and the tokens that HTML is made from.

    The same words are the same piece, so that what is made of it can be remembered.
    """

    blocks: Blocks
    tokens: Sequence[Token]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a letter: its name, its pieces, and their blocks."""

    name: str
    pieces: Sequence[Piece]
    blocks: Blocks


LINKS: Final = ("https://", "mailto:")


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802, ARG002 - markdown-it's signature
        # A link refused here would only print as it is typed; `_link` fails the letter instead.
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        return _normal(url)


@lru_cache(maxsize=512)
def _normal(url: str) -> str:
    """Return a link as markdown-it writes it: letters share their links, and each takes long."""
    return normalizeLink(url)


def parser() -> MarkdownIt:
    """Return a parser of the Markdown that letters have."""
    made = _Parser("commonmark", {"html": False}).enable("table")
    made.disable(["backticks", "html_inline"])
    return made.disable(["code", "fence", "hr", "html_block", "lheading", "reference"])


PARSER: Final = parser()
_BLOCKS: Final = parser().disable(["inline", "text_join"])
"""Finds the blocks of a text and leaves the words in them as they are."""
MOST_LEVELS: Final = int(PARSER.options["maxNesting"]) - 1
TOO_DEEP: Final = "lists and quotations stand too deeply in each other"


def is_too_deep(token: Token) -> bool:
    """Whether what stands in this block would be left out: markdown-it goes no deeper."""
    return token.nesting > 0 and token.level >= MOST_LEVELS


_PART: Final = re.compile(r"^::: *(\w+) *$", re.MULTILINE)


def parts(source: str) -> Iterator[Part]:
    """Yield the parts of a Markdown text, each of which begins with a line `::: name`."""
    before, *rest = _PART.split(source)
    if before.strip():
        raise CannotRender(f"text before the first part (::: name): {before.strip()[:40]}")
    for name, text in zip(rest[::2], rest[1::2], strict=True):
        yield part(name, text)


def part(name: str, source: str) -> Part:
    """Parse one part."""
    pieces = [_piece(text) for text in _APART.split(source)]
    return Part(name, pieces, tuple(block for each in pieces for block in each.blocks))


_APART: Final = re.compile(r"\n(?<=\S\n)(?:[ \t]*+\n)++(?=[A-Za-z#!]|\*\*)")
"""Where one piece ends and the next begins: an empty line, and one that no list can go on with.

Empty lines are looked for behind words alone: of very many, each is looked at once."""


@lru_cache(maxsize=2048)
def _piece(source: str) -> Piece:
    """Parse one piece. Cached, because letters share most of theirs word for word."""
    tokens = _tokens(source)
    if found := next(filter(is_too_deep, tokens), None):
        first = found.map[0] if found.map else 0
        raise CannotRender(f"{TOO_DEEP}: {source.splitlines()[first].strip()[:40]}")
    return Piece(_blocks(iter(tokens)), tokens)


def _tokens(source: str) -> list[Token]:
    tokens = _BLOCKS.parse(source)
    for token in tokens:
        if token.type == "inline":
            token.children = _styled(token.content)
    return tokens


@lru_cache(maxsize=2048)
def _styled(content: str) -> list[Token]:
    """Return what the words of one block consist of. Nobody changes it.

    Cached, because where a table or a list differs from that of other letters, most of it does not.
    """
    [inline] = PARSER.parseInline(content)
    return inline.children or []


def _blocks(tokens: Iterator[Token]) -> Blocks:
    """Return the blocks up to the end of the block that encloses them."""
    blocks: list[Block] = []
    for token in tokens:
        if token.nesting < 0:
            break
        blocks.append(_block(token, tokens))
    return tuple(blocks)


def _block(token: Token, tokens: Iterator[Token]) -> Block:
    match token.type:
        case "heading_open":
            return Heading(int(token.tag[1:]), _runs(_inline(tokens).content))
        case "paragraph_open":
            inline = _inline(tokens)
            return _picture(inline) or Paragraph(_runs(inline.content))
        case "table_open":
            head, *rows = _rows(tokens)
            return Grid(head, tuple(rows))
        case "blockquote_open":
            return Quotation(_blocks(tokens))
        case _:
            return Items(token.type == "ordered_list_open", tuple(_items(tokens)))


def _inline(tokens: Iterator[Token]) -> Token:
    """Take the token with the words of a heading, paragraph or cell, and skip the closing one."""
    inline = next(tokens)
    next(tokens)
    return inline


def _items(tokens: Iterator[Token]) -> Iterator[Blocks]:
    for token in tokens:
        if token.nesting < 0:
            return
        yield _blocks(tokens)


def _rows(tokens: Iterator[Token]) -> Iterator[tuple[Runs, ...]]:
    cells: list[Runs] = []
    for token in tokens:
        match token.type:
            case "th_open" | "td_open":
                cells.append(_runs(_inline(tokens).content))
            case "tr_close":
                yield tuple(cells)
                cells = []
            case "table_close":
                return


def _picture(inline: Token) -> Picture | None:
    children = inline.children or []
    if [child.type for child in children] != ["image"]:
        return None
    source = str(children[0].attrs["src"])
    description = words(children[0])
    if not description:
        raise CannotRender(f"the picture {source} has no description for those who cannot see it")
    return Picture(source, description)


def words(token: Token) -> str:
    """Return the words of a token without their style."""
    return "".join(run.text for run in _runs(token.content)).strip()


_STYLES: Final = {"strong": "strong", "em": "emphasis", "link": "link"}
"""The field of a run for each kind of token that markdown-it opens and closes."""


@lru_cache(maxsize=2048)
def _runs(content: str) -> Runs:
    """Return words as runs, with neighbours in the same style joined."""
    style: dict[str, Any] = {}
    runs: list[Run] = []
    for token in _styled(content):
        kind, _, edge = token.type.rpartition("_")
        if edge == "open":
            style[_STYLES[kind]] = _link(str(token.attrs["href"])) if kind == "link" else True
        elif edge == "close":
            style.pop(_STYLES[kind], None)
        else:
            runs.append(_run(token, style))
    return tuple(_joined(runs))


def _run(token: Token, style: dict[str, Any]) -> Run:
    match token.type:
        case "image":
            raise CannotRender(f"the picture {token.attrs['src']} must be in a paragraph by itself")
        case "hardbreak":
            return Run("\n")
        case "softbreak":
            return Run(" ", **style)
        case _:
            return Run(token.content, **style)


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    held = Run("")
    for run in runs:
        is_same = (run.strong, run.emphasis, run.link) == (held.strong, held.emphasis, held.link)
        if is_same and "\n" not in (run.text, held.text):
            held = Run(held.text + run.text, run.strong, run.emphasis, run.link)
        else:
            if held.text:
                yield held
            held = run
    if held.text:
        yield held


def _link(address: str) -> str:
    if not address.startswith(LINKS):
        raise CannotRender(f"the link {address} is neither https nor mailto")
    return address
