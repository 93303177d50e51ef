"""The public pages in a real browser: from a folder and from a server, with script and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from dispatch.domain.digest import sha256
from dispatch.domain.publishing.spreadsheet import from_csv
from tests.journeys import public
from tests.journeys.public import NEXT_YEAR, THIS_YEAR, Reader
from tests.journeys.sighted import NARROW, WIDE, Look, chromium, needs_chromium, window

pytestmark = needs_chromium

YEAR = f"letters/{THIS_YEAR}/index.html"
WHOLE_YEAR = "letters/annual-review-2020/index.html"
MOST_BYTES = 300_000
"""Of the page of a year and all that it loads."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public.written(tmp_path_factory.mktemp("public"), *public.two_years())


@pytest.fixture(scope="module")
def england(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public.written(tmp_path_factory.mktemp("england"), *public.sample_year())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    with public.reader(browser) as opened:
        yield opened


def test_who_types_a_name_and_a_year_finds_that_very_letter(folder: Path, reader: Reader) -> None:
    reader.open(folder / "index.html")
    assert reader.count() == "3 authorities"
    reader.page.locator("#words").press_sequentially("Oxford City Council 2020")
    assert reader.shown() == ["Oxford City Council"]
    assert reader.count() == "1 of 3 authorities"
    [letter] = reader.letters()
    rows = from_csv((folder / "letters.csv").read_bytes())
    [digest] = [
        row["sha256"]
        for row in rows
        if (row["mailout"], row["authority_code"]) == (THIS_YEAR, "OXO")
    ]
    assert sha256(letter.read_bytes()) == digest
    assert reader.page.locator(".panels .found").count() == 1
    reader.page.keyboard.press("Enter")
    focused = reader.page.evaluate("document.activeElement.href")
    assert public.file_of(focused) == letter
    assert reader.complaints == []
    assert reader.asked_for_files_alone


@pytest.mark.slow
def test_a_search_can_be_handed_on_as_a_link_and_cleared_and_a_year_and_a_group_chosen(
    folder: Path, reader: Reader
) -> None:
    reader.open(folder / "index.html", "#q=worth")
    assert reader.shown() == ["Worthing Borough Council"]
    assert len(reader.letters()) == 2
    reader.page.locator("button[type=reset]").click()
    reader.page.get_by_text("3 authorities", exact=True).wait_for()
    reader.page.locator("#words").press_sequentially("nowhere")
    assert "No authority has these words" in reader.count()
    reader.page.locator("button[type=reset]").click()
    reader.page.get_by_text("3 authorities").wait_for()
    reader.page.locator("#year").select_option("2021")
    assert [letter.parent.name for letter in reader.letters()] == [NEXT_YEAR] * 3
    reader.page.locator("#group").select_option("District Council")
    assert reader.shown() == ["Oxford City Council", "Worthing Borough Council"]
    assert reader.complaints == []


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


@pytest.mark.slow
def test_no_link_breaks_the_search_or_becomes_part_of_the_page(
    folder: Path, reader: Reader
) -> None:
    elements = "document.querySelectorAll('*').length"
    reader.open(folder / "index.html")
    count = reader.page.evaluate(elements)
    for written, read in LINKED.items():
        reader.open(folder / "index.html", f"#q={written}")
        words = reader.page.locator("#words").input_value()
        assert words.startswith(read)
        is_word = any(each.isascii() and each.isalnum() for each in words)
        shown = "No authority has these words" if is_word else "3 authorities"
        assert reader.count().startswith(shown)
        assert reader.page.evaluate(elements) == count
    for other in ("#", "#q", "#q=", "#nobody", "#q=&q=x", "#=%"):
        reader.open(folder / "index.html", other)
        assert reader.count() == "3 authorities"
    reader.page.evaluate("document.getElementById('words').value = 'worth\\ud800'")
    reader.page.evaluate("document.getElementById('search').dispatchEvent(new Event('input'))")
    assert reader.page.evaluate("location.hash") == "#q=worth%EF%BF%BD"
    assert reader.complaints == []
    assert reader.asked_for_files_alone


@pytest.mark.slow
def test_nothing_runs_that_stands_in_the_page_itself(folder: Path, reader: Reader) -> None:
    reader.open(folder / "index.html")
    reader.page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<i onclick=\"ran=1\">i</i>')"
    )
    reader.page.evaluate("document.querySelector('body > i').click()")
    assert reader.page.evaluate("typeof ran") == "undefined"
    assert "Content Security Policy" in reader.complaints[0]


@pytest.mark.slow
@pytest.mark.parametrize("has_script", [True, False])
@pytest.mark.parametrize("is_served", [True, False])
def test_from_the_map_to_the_authority_to_its_letter_and_nothing_is_fetched_from_elsewhere(
    folder: Path, browser: Browser, *, has_script: bool, is_served: bool
) -> None:
    with (
        public.web_server(folder) as server,
        public.reader(browser, has_script=has_script) as reader,
    ):
        root = server if is_served else folder.as_uri()
        reader.page.goto(f"{root}/index.html")
        hexagon = reader.page.locator(".panels a", has_text="Oxford")
        assert hexagon.locator("text >> visible=true").text_content() == "25"
        reader.page.locator("#by-b").check()
        assert hexagon.locator("text >> visible=true").text_content() == "90"
        assert reader.page.locator(".legend h3 >> visible=true").all_inner_texts() == [
            "Compliance with Ombudsman recommendations"
        ]
        hexagon.click()
        reader.page.wait_for_url(f"{root}/authorities/oxo.html")
        assert "25%" in reader.page.locator("main").inner_text()
        for path in (YEAR, "data.html", "check.html"):
            reader.page.goto(f"{root}/{path}")
            assert reader.page.locator("h1").is_visible()
        assert reader.complaints == []
        there = {f"{root}/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*")}
        assert {urlsplit(each)._replace(fragment="").geturl() for each in reader.requested} <= there


@pytest.mark.slow
def test_without_scripts_every_letter_is_there(folder: Path, browser: Browser) -> None:
    with public.reader(browser, has_script=False) as reader:
        reader.open(folder / "index.html")
        assert len(reader.letters()) == 6
        assert reader.page.locator("#search").is_hidden()


@pytest.mark.slow
def test_the_page_of_a_year_is_searched_alike_and_its_links_resolve(
    folder: Path, reader: Reader
) -> None:
    reader.open(folder / YEAR, "#q=camden")
    [letter] = reader.letters()
    assert letter.read_bytes().startswith(b"%PDF")
    assert "50%*" in reader.page.locator("#letters tbody tr >> visible=true").inner_text()
    up = reader.page.locator("nav a").first.evaluate("each => each.href")
    assert public.file_of(up) == folder / "index.html"


SAMPLE = (
    "index.html",
    WHOLE_YEAR,
    "authorities/bir.html",  # all measures
    "authorities/oxo.html",  # nothing to measure
    "authorities/ayl.html",  # ended; the letter went to its successor
    "check.html",
    "data.html",
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "scheme"), [(NARROW, "light"), (WIDE, "light"), (NARROW, "dark"), (WIDE, "dark")]
)
def test_nobody_is_shut_out_of_a_page(
    england: Path, browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    with window(browser, width=width, scheme=scheme) as page:
        look = Look(page, is_dark=scheme == "dark")
        found = {}
        for path in SAMPLE:
            look.open((england / path).as_uri())
            found[path] = look.faults()
    left = {path: [each for each in faults if not by_axe(each)] for path, faults in found.items()}
    assert {path: faults for path, faults in left.items() if faults} == {}


def by_axe(fault: str) -> bool:
    """Whether axe itself tried to fetch the stylesheet, which the page's policy forbids."""
    return fault.startswith("Connecting to 'file:") and ".css' violates" in fault


@pytest.mark.slow
def test_on_paper_are_the_map_that_was_chosen_and_the_list_without_what_is_to_be_clicked(
    england: Path, reader: Reader
) -> None:
    reader.open(england / WHOLE_YEAR)
    reader.page.locator("#by-a").check()
    reader.page.emulate_media(media="print")
    assert reader.page.locator(".panels svg a").first.is_visible()
    assert reader.page.locator("#letters tbody tr >> visible=true").count() == 346
    for hidden in (".choice", "#search", "#jumps ul"):
        assert reader.page.locator(hidden).is_hidden()


@pytest.mark.slow
def test_the_page_of_a_year_is_small_with_all_that_it_loads(england: Path, reader: Reader) -> None:
    for path, most in ((WHOLE_YEAR, MOST_BYTES), ("authorities/bir.html", MOST_BYTES // 4)):
        reader.requested.clear()
        reader.open(england / path)
        loaded = {public.file_of(each) for each in reader.requested if each.startswith("file:///")}
        assert sum(each.stat().st_size for each in loaded) < most
    assert reader.page.goto((england / WHOLE_YEAR).as_uri())
    assert reader.page.locator(".panels figure a").count() == 339
    beside = reader.page.locator(".beside li").count()
    assert beside == 7
    assert reader.page.locator("#letters tbody tr").count() == 339 + beside
