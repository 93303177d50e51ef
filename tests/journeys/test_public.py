"""The public pages in a real browser, opened from a folder with no server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dispatch.app import App
from dispatch.domain.digest import sha256
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import some_figures
from tests.fakes import FakeClock
from tests.journeys.browser import Page, browser, needs_chromium
from tests.uploads import NEXT, sent, sent_next_year, uploaded

pytestmark = needs_chromium

SHOWN = (
    """[...document.querySelectorAll("tbody tr:not([hidden]) th")].map(each => each.innerText)"""
)
LINKS = """[...document.querySelectorAll("tbody tr:not([hidden]) [data-year]:not([hidden]) a")]
           .map(each => each.href)"""
COUNT = "document.getElementById('count').innerText"


@pytest.fixture
def public(app: App, clock: FakeClock, tmp_path: Path) -> Path:
    """Two years of letters to three authorities, some with made-up figures."""
    made_up = replace(some_figures("CMD"), synthetic=("upheld",))
    sent(app, clock, "OXO", "WOT", "CMD", figures=[made_up])
    uploaded(app, tmp_path / "public")
    sent_next_year(app, clock)
    uploaded(app, tmp_path / "public", NEXT)
    return tmp_path / "public"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with browser(tmp_path / "chromium") as opened:
        yield opened


def file_of(link: str) -> Path:
    assert link.startswith("file:///")
    return Path(unquote(urlsplit(link).path))


def test_who_types_a_name_and_a_year_finds_that_very_letter(
    app: App, public: Path, page: Page
) -> None:
    page.open(public / "index.html")
    assert page.evaluate(COUNT) == "3 authorities"
    page.evaluate("document.getElementById('words').focus()")
    page.type("Oxford City Council 2020")
    assert page.evaluate(SHOWN) == ["Oxford City Council"]
    assert page.evaluate(COUNT) == "1 of 3 authorities"
    [link] = page.evaluate(LINKS)
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        [digest] = [
            letter.parts["pdf"]
            for letter in letters.in_force(session, mailout)
            if letter.authority_code == "OXO"
        ]
    assert sha256(file_of(link).read_bytes()) == digest
    page.press_enter()
    assert page.evaluate("document.activeElement.href") == link
    assert page.complaints == []
    assert {urlsplit(each).scheme for each in page.requested} == {"file"}


def test_a_search_can_be_handed_on_as_a_link_and_cleared_and_a_year_and_a_group_chosen(
    public: Path, page: Page
) -> None:
    page.open(public / "index.html", "#q=worth")
    assert page.evaluate(SHOWN) == ["Worthing City Council"]
    assert len(page.evaluate(LINKS)) == 2
    page.evaluate("document.querySelector('button[type=reset]').click()")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    assert len(page.evaluate(SHOWN)) == 3
    page.evaluate("document.getElementById('words').focus()")
    page.type("nowhere")
    assert "No authority has these words" in page.evaluate(COUNT)
    page.evaluate("document.querySelector('button[type=reset]').click()")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    choose = "(id, value) => { const field = document.getElementById(id); field.value = value;"
    choose += "field.dispatchEvent(new Event('input', {bubbles: true})); }"
    page.evaluate(f"({choose})('year', '2021')")
    assert all("2021" in link for link in page.evaluate(LINKS))
    assert len(page.evaluate(LINKS)) == 3
    page.evaluate(f"({choose})('group', 'District Council')")
    assert len(page.evaluate(SHOWN)) == 3
    assert page.complaints == []


LINKED = {
    "%": "%",
    "%E0%A4%A": "\ufffd",
    "%ED%A0%80": "\ufffd",
    "%F0%9F": "\ufffd",
    "a%20b+c": "a b c",
    "%253Cb%253E": "%3Cb%3E",
    "javascript:alert(1)": "javascript:alert(1)",
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    "__proto__": "__proto__",
    "constructor": "constructor",
    "toString": "toString",
    "x" * 100_000: "x" * 200,
}
"""What stands in a link behind #q=, and how the words to look for begin."""


def test_no_link_breaks_the_search_or_becomes_part_of_the_page(public: Path, page: Page) -> None:
    elements = "document.querySelectorAll('*').length"
    page.open(public / "index.html")
    count = page.evaluate(elements)
    for written, read in LINKED.items():
        page.open(public / "index.html", f"#q={written}")
        words = page.evaluate("document.getElementById('words').value")
        assert words.startswith(read)
        is_word = any(each.isascii() and each.isalnum() for each in words)
        shown = "No authority has these words" if is_word else "3 authorities"
        assert page.evaluate(COUNT).startswith(shown)
        assert page.evaluate(elements) == count
    for other in ("#", "#q", "#q=", "#nobody", "#q=&q=x", "#=%"):
        page.open(public / "index.html", other)
        assert page.evaluate(COUNT) == "3 authorities"
    page.evaluate("document.getElementById('words').value = 'worth\\ud800'")
    page.evaluate("document.getElementById('search').dispatchEvent(new Event('input'))")
    assert page.evaluate("location.hash") == "#q=worth%EF%BF%BD"
    assert page.complaints == []
    assert {urlsplit(each).scheme for each in page.requested} == {"file"}


def test_nothing_runs_that_the_page_does_not_name(public: Path, page: Page) -> None:
    page.open(public / "index.html")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<i onclick=\"ran=1\">i</i>')")
    page.evaluate("document.querySelector('i').click()")
    assert page.evaluate("typeof ran") == "undefined"
    assert "Content Security Policy" in page.complaints[0]


def test_the_page_of_a_year_is_searched_alike_and_its_links_resolve(
    public: Path, page: Page
) -> None:
    page.open(public / "letters" / steps.NAME / "index.html", "#q=camden")
    [link] = page.evaluate(LINKS)
    assert file_of(link).read_bytes().startswith(b"%PDF")
    assert "50%*" in page.evaluate("document.querySelector('tbody tr:not([hidden])').innerText")
    [up] = page.evaluate("[...document.querySelectorAll('nav a')].map(a => a.href).slice(0, 1)")
    assert file_of(up) == public / "index.html"


def test_nothing_is_wider_than_the_screen(public: Path, page: Page) -> None:
    screen = {"height": 800, "deviceScaleFactor": 1, "mobile": False}
    for width in (320, 1280):
        page.tell("Emulation.setDeviceMetricsOverride", width=width, **screen)
        for path in ("index.html", f"letters/{NEXT}/index.html"):
            page.open(public / path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_every_letter_is_there(public: Path, page: Page) -> None:
    page.tell("Emulation.setScriptExecutionDisabled", value=True)
    page.open(public / "index.html")
    assert len(page.evaluate(LINKS)) == 6
    assert page.evaluate("document.getElementById('search').hidden")
