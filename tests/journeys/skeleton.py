"""The skeleton of a page: all that rules of accessibility judge it by, but for its words."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

WITHOUT_END: Final = {"br", "col", "hr", "img", "input", "link", "meta", "path", "source", "wbr"}
TOLD_BY_VALUE: Final = {
    *("class", "role", "type", "scope", "lang", "autocomplete", "tabindex", "colspan", "rowspan"),
    *("aria-current", "aria-disabled", "aria-expanded", "aria-hidden", "aria-live", "aria-sort"),
}
"""Attributes whose value changes how an element is seen or heard. Of others, such as an address or
an id, it matters that they are there."""


def skeleton(page: str) -> str:
    """Return the elements of a page in their order, each kind of child once.

    Two pages have the same skeleton if they differ in words alone, in what addresses and ids say,
    or in how many rows of the same kind a table has. An element without any words differs from one
    with some.
    """
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.whole()


class _Reader(HTMLParser):
    """Builds the skeleton from the inside out: an element is spelled once it has ended."""

    def __init__(self) -> None:
        """Begin outside all elements."""
        super().__init__()
        self._open: list[tuple[str, str, dict[str, None]]] = [("", "", {})]
        """The elements that have not ended: tag, how each begins, and its kinds of children."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = [f"{name}={value}" if name in TOLD_BY_VALUE else name for name, value in attrs]
        self._open.append((tag, " ".join([tag, *sorted(told)]), {}))
        if tag in WITHOUT_END:
            self._end()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in WITHOUT_END:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        if tag in {each for each, _, _ in self._open}:
            while self._open[-1][0] != tag:
                self._end()
            self._end()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._open[-1][2]["words"] = None

    def whole(self) -> str:
        while len(self._open) > 1:
            self._end()
        return "".join(self._open[0][2])

    def _end(self) -> None:
        _, begun, children = self._open.pop()
        self._open[-1][2][f"<{begun}>{''.join(children)}</>"] = None
