"""The documentation as help on the pages: the same Markdown, with its links inside the help.

It is part of the program, so its HTML needs no guard against strangers; Markdown's own HTML is off
all the same.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from dispatch.documents.markdown import words
from dispatch.domain.register.authority import slugified

FOLDERS: Final = ("using", "running")
"""The folders of the documentation that are help; beside them, the words."""

INDEX: Final = "README"
INDEXED: Final = "## Changing dispatch"
"""Where the part of the index ends that is about pages of the help."""


@dataclass(frozen=True, slots=True)
class Help:
    """One page of the help."""

    name: str
    """Its path without the ending: using/contacts."""
    title: str
    html: str
    """Its text below the title, safe to show as it is."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documentation in a folder."""

    folder: Path

    @property
    def names(self) -> frozenset[str]:
        """The names of all pages of the help."""
        return _names(self.folder)

    def page(self, name: str) -> Help | None:
        """Return a page of the help by its name; None if there is none."""
        return _page(self.folder, name) if name in self.names else None

    @property
    def index(self) -> Help:
        """The list of all pages."""
        source = (self.folder / f"{INDEX}.md").read_text(encoding="utf-8")
        return _rendered(INDEX, source.partition(INDEXED)[0], self.names)


@cache
def _names(folder: Path) -> frozenset[str]:
    found = (path for part in FOLDERS for path in (folder / part).glob("*.md"))
    return frozenset({"words", *(f"{path.parent.name}/{path.stem}" for path in found)})


@cache
def _page(folder: Path, name: str) -> Help:
    return _rendered(name, (folder / f"{name}.md").read_text(encoding="utf-8"), _names(folder))


def _rendered(name: str, source: str, names: frozenset[str]) -> Help:
    tokens = PARSER.parse(source)
    title = words(tokens[1]) if tokens and tokens[0].type == "heading_open" else name
    body = tokens[3:] if tokens and tokens[0].type == "heading_open" else tokens
    _dress(body)
    for each in body:
        _lead(each.children or [], name, names)
    return Help(name, title, PARSER.renderer.render(body, PARSER.options, {"tables": count(1)}))


CLASSES: Final = {
    "paragraph_open": "govuk-body",
    "bullet_list_open": "govuk-list govuk-list--bullet",
    "ordered_list_open": "govuk-list govuk-list--number",
    "blockquote_open": "govuk-inset-text",
    "thead_open": "govuk-table__head",
    "tbody_open": "govuk-table__body",
    "tr_open": "govuk-table__row",
    "th_open": "govuk-table__header",
    "td_open": "govuk-table__cell",
}
HEADINGS: Final = {"h1": "l", "h2": "m", "h3": "s"}


def _dress(tokens: Sequence[Token]) -> None:
    """Give each block its class, each heading a place to link to, and each column its scope."""
    for at, token in enumerate(tokens):
        if token.type in CLASSES:
            token.attrSet("class", CLASSES[token.type])
        if token.type == "th_open":
            _head(*tokens[at : at + 3])
        if token.type == "heading_open":
            token.attrSet("class", f"govuk-heading-{HEADINGS.get(token.tag, 's')}")
            token.attrSet("id", anchor(words(tokens[at + 1])))


def _head(begin: Token, content: Token, end: Token) -> None:
    """Give the heading of a column its scope; an empty one is a cell like others."""
    if content.content:
        begin.attrSet("scope", "col")
        return
    begin.tag = end.tag = "td"
    begin.attrSet("class", CLASSES["td_open"])


def anchor(heading: str) -> str:
    """Return what a link to a heading ends with, as the documentation has it."""
    return slugified(heading)


def _lead(tokens: Sequence[Token], name: str, names: frozenset[str]) -> None:
    """Lead links to other pages of the help there, and leave of the others only their words."""
    is_left_out = False
    for token in tokens:
        if token.type == "link_open":
            href = _href(str(token.attrs["href"]), name, names)
            is_left_out = href is None
            token.attrSet("href", href or "")
            token.attrSet("class", "govuk-link")
        if token.type in {"link_open", "link_close"}:
            token.hidden = is_left_out


def _href(link: str, name: str, names: frozenset[str]) -> str | None:
    """Return where a link of a page leads in the help; None if it leads out of it."""
    path, _, part = link.partition("#")
    if re.match(r"https?://", link):
        return link
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
    target = target.removesuffix(".md")
    if target not in names:
        return None
    return f"/help/{target}" + (f"#{part}" if part else "")


def _table_open(
    _renderer: RendererHTML,
    _tokens: Sequence[Token],
    _index: int,
    _options: OptionsDict,
    env: Any,  # noqa: ANN401 - markdown-it passes on what `_rendered` gave it
) -> str:
    label = f"Table {next(env['tables'])}"
    return (
        f'<div class="office-scroll" role="region" aria-label="{label}" tabindex="0">'
        '<table class="govuk-table">'
    )


def _table_close(*_: object) -> str:
    return "</table></div>"


def _code(
    _renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    _options: OptionsDict,
    _env: Any,  # noqa: ANN401 - as above
) -> str:
    return f'<pre class="office-words"><code>{escapeHtml(tokens[index].content)}</code></pre>\n'


def _parser() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    made.add_render_rule("table_open", _table_open)
    made.add_render_rule("table_close", _table_close)
    made.add_render_rule("fence", _code)
    made.add_render_rule("code_block", _code)
    return made


PARSER: Final = _parser()


def links(html: str) -> Iterator[str]:
    """Yield where the links of a page lead."""
    return (each[1] for each in re.finditer(r'href="([^"]*)"', html))
