"""What a bundle tells of some letters, for tests of its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any

from dispatch.documents.site import Published, Site
from dispatch.domain.letter import Content
from dispatch.domain.publishing.bundle import paths
from dispatch.domain.publishing.published import (
    figure_rows,
    letter_row,
    made_up_groups,
)
from dispatch.domain.publishing.spreadsheet import Row
from tests.documents.contents import FOLDER, OXFORD, a_content
from tests.factories import a_plan

SITE = Site(FOLDER / "upload")
CAMDEN = replace(
    OXFORD,
    code="CMD",
    name="Camden",
    official_name="London Borough of Camden",
    group="London Borough",
)


def a_letter(authority: Any = OXFORD, **changes: Any) -> Content:
    changes.setdefault("addressed_to", authority)
    return a_content(mailout="review-2020", authority=authority, group=authority.group, **changes)


LATER: dict[str, Any] = {
    "title": "Annual Review letter 2021",
    "letter_date": date(2021, 7, 21),
    "upload_date": date(2021, 7, 28),
}


def pdf_of(content: Content) -> bytes:
    """Return what stands for the PDF of a letter, another for each."""
    return f"%PDF {content.mailout} {content.code} {content.version}".encode()


def told(
    *contents: Content,
    site: Site = SITE,
    checkpoints: Mapping[str, bytes] = MappingProxyType({}),
    earlier: Sequence[Row] = (),
    drawn: str = "",
) -> dict[str, str]:
    """Return the text of each file that tells of some letters."""
    files = {
        (name, code): path
        for name in {content.mailout for content in contents}
        for code, path in paths(each for each in contents if each.mailout == name).items()
    }
    letters = [
        letter_row(each, files[each.mailout, each.authority.code], pdf_of(each))
        for each in contents
    ]
    made_up = made_up_groups(contents)
    figures = {
        (each.mailout, each.authority.code): list(figure_rows(each, a_plan(), None, made_up))
        for each in contents
    }
    found = site.map(drawn) if drawn else None
    names = sorted({content.mailout for content in contents})
    published = Published(
        letters=letters,
        figures=figures,
        checkpoints=checkpoints,
        earlier=earlier,
        places=[each.row(name, drawn) for each in found.places for name in names] if found else [],
        notices={drawn: found.notice} if found and found.notice else {},
    )
    return {
        path: (content if isinstance(content, bytes) else b"".join(content)).decode()
        for path, content in site.files(published)
    }


class Page(HTMLParser):
    """The words and the links of a page, and whatever it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(str(given["href"]))
        self.fetched += [str(given[name]) for name in ("src", "srcset", "data") if given.get(name)]
        if tag == "link":
            self.fetched.append(str(given.get("href")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())
