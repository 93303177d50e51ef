"""Public folders for a browser to open, made without an office that has sent the letters."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page

from benchmarks.letters import drafts
from dispatch.app import from_environ, isolated, ready
from dispatch.domain.letter import Content
from dispatch.domain.publishing.spreadsheet import Row, from_csv
from tests.documents.contents import OXFORD, boxes
from tests.documents.site.telling import CAMDEN, LATER, a_letter, pdf_of, told
from tests.journeys.sighted import WIDE, serving, window

THIS_YEAR: Final = "review-2020"
NEXT_YEAR: Final = "review-2021"
MAP: Final = "england-2020"
WORTHING: Final = replace(
    OXFORD, code="WOT", name="Worthing", official_name="Worthing Borough Council"
)
"""Another district council."""


def two_years() -> list[Content]:
    """Return the letters of two years to three authorities, some with made-up figures."""
    first = [
        a_letter(boxes=boxes((1, 4, 40), (9, 10, 99))),
        a_letter(WORTHING, boxes=boxes((4, 5, 40), (5, 5, 99))),
        a_letter(CAMDEN, boxes=boxes((1, 2, 70), (0, 0, None)), is_synthetic=True),
    ]
    later = {"mailout": NEXT_YEAR, "year": "2020-21", **LATER}
    return [*first, *(replace(each, **later) for each in first)]


def sample_year() -> list[Content]:
    """Return the letters of the whole sample year."""
    with tempfile.TemporaryDirectory() as home:
        app = ready(from_environ(isolated(DISPATCH_HOME=home)))
        return [draft.content for draft in drafts(app, 2020)]


def written(folder: Path, *contents: Content, earlier: Sequence[Row] = ()) -> Path:
    """Write the bundle of some letters into a folder, but for its manifest and checkpoints."""
    texts = told(*contents, drawn=MAP, earlier=earlier)
    files = {path: text.encode() for path, text in texts.items()}
    files |= _pdfs(files["letters.csv"], contents)
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def _pdfs(table: bytes, contents: tuple[Content, ...]) -> Mapping[str, bytes]:
    pdfs = {
        (each.mailout, each.authority.code, each.addressed_to.official_name): each
        for each in contents
    }
    return {
        row["file"]: pdf_of(pdfs[row["mailout"], row["authority_code"], row["addressed_to"]])
        for row in from_csv(table)
    }


def web_server(folder: Path) -> AbstractContextManager[str]:
    """Serve a folder on a port of this machine, as any web server would; yield its address."""
    handler = partial(_Silent, directory=str(folder))
    return serving(ThreadingHTTPServer(("127.0.0.1", 0), handler))


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@dataclass
class Reader:
    """Somebody with a browser, what it asked for, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen."""
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requested.append(request.url))

    def open(self, path: Path, fragment: str = "") -> None:
        """Open a file anew: a link to another place in the same page would not load it again."""
        self.page.goto("about:blank")
        self.page.goto(path.as_uri() + fragment)

    @property
    def asked_for_files_alone(self) -> bool:
        return {urlsplit(each).scheme for each in self.requested} <= {"file", "about"}

    def shown(self) -> list[str]:
        """Return the names in the list."""
        return self.page.locator("#letters tbody th >> visible=true").all_inner_texts()

    def letters(self) -> list[Path]:
        """Return the PDFs that the list leads to."""
        links = self.page.locator("#letters [data-year] a >> visible=true")
        return [file_of(each) for each in links.evaluate_all("all => all.map(each => each.href)")]

    def count(self) -> str:
        return self.page.locator("#count").inner_text()


def file_of(link: str) -> Path:
    """Return the file that a link leads to."""
    assert link.startswith("file:///")
    return Path(unquote(urlsplit(link).path))


@contextmanager
def reader(browser: Browser, *, has_script: bool = True, width: int = WIDE) -> Iterator[Reader]:
    """Open a page of a visitor of its own."""
    with window(browser, has_script=has_script, width=width) as page:
        yield Reader(page)
