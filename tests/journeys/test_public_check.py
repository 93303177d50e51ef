"""The public page that checks a file, in a real browser: from a folder and from a server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from dispatch.domain.digest import sha256
from dispatch.domain.publishing.published import earlier_row
from tests.documents.contents import boxes
from tests.documents.site.telling import CAMDEN, a_letter, pdf_of
from tests.journeys import public
from tests.journeys.public import THIS_YEAR, Reader
from tests.journeys.sighted import chromium, needs_chromium

pytestmark = [needs_chromium, pytest.mark.slow]

FIRST: Final = a_letter(boxes=boxes((1, 2, 40)))
DROP = """names => {
  const data = new DataTransfer();
  names.forEach(name => data.items.add(new File(['%PDF-1.7 ' + name], name)));
  for (const each of document.querySelectorAll('.answer')) { each.hidden = true; }
  document.body.dispatchEvent(
    new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
}"""
EVIL = "<img src=x onerror=alert(1)>.pdf"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two letters, of which one was replaced."""
    before = earlier_row(FIRST, sha256(pdf_of(FIRST)), date(2020, 7, 29))
    return public.written(
        tmp_path_factory.mktemp("public"),
        replace(FIRST, version=2),
        a_letter(CAMDEN, boxes=boxes((1, 2, 40))),
        earlier=[before],
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def reader(browser: Browser, folder: Path) -> Iterator[Reader]:
    with public.reader(browser) as opened:
        opened.open(folder / "check.html")
        yield opened


def the_letter(folder: Path) -> Path:
    return next((folder / "letters" / THIS_YEAR).glob("oxford*.pdf"))


def answer(reader: Reader, *files: Path) -> str:
    reader.page.evaluate(
        "document.querySelectorAll('.answer').forEach(each => { each.hidden = true; })"
    )
    reader.page.locator("#file").set_input_files([])
    reader.page.locator("#file").set_input_files(files)
    return said(reader)


def said(reader: Reader) -> str:
    shown = reader.page.locator(".answer >> visible=true")
    shown.wait_for()
    return f"{shown.get_attribute('id')}: {shown.inner_text()}"


@pytest.mark.parametrize("is_served", [True, False])
def test_a_file_is_a_letter_an_earlier_version_or_neither_and_stays_here(
    folder: Path, browser: Browser, tmp_path: Path, *, is_served: bool
) -> None:
    letter = the_letter(folder)
    with public.web_server(folder) as server, public.reader(browser) as reader:
        reader.page.goto(f"{server if is_served else folder.as_uri()}/check.html")
        opened = list(reader.requested)
        answered = answer(reader, letter)
        assert answered.startswith("yes: Yes: this is a letter of ours")
        assert "to Oxford City Council of 22 July 2020, version 2, as it was sent" in answered
        link = reader.page.locator("#yes [data-link]").evaluate("each => each.href")
        assert link.endswith(letter.relative_to(folder).as_posix())

        (tmp_path / "first.pdf").write_bytes(pdf_of(FIRST))
        answered = answer(reader, tmp_path / "first.pdf")
        assert answered.startswith("older: An earlier version, which has been replaced")
        assert "version 1 of the letter to Oxford City Council of 22 July 2020" in answered
        assert "It was replaced on 29 July 2020." in answered

        for altered in (letter.read_bytes() + b"\n", letter.read_bytes()[:-1] + b"x"):
            (tmp_path / EVIL).write_bytes(altered)
            answered = answer(reader, tmp_path / EVIL)
            assert answered.startswith("no: No: this file is not one of these letters")
            assert f"{EVIL} may have been printed" in answered

        reader.page.evaluate(DROP, ["a.pdf"])
        assert said(reader).startswith("no: ")
        reader.page.evaluate(DROP, ["a.pdf", "b.pdf"])
        assert said(reader).startswith("several: ")

        assert reader.requested == opened
        assert reader.complaints == []


def test_where_the_browser_works_out_no_digests_it_says_how_to_do_it_by_hand(
    folder: Path, browser: Browser
) -> None:
    with public.reader(browser) as reader:
        reader.page.add_init_script("Object.defineProperty(crypto, 'subtle', {value: undefined})")
        reader.open(folder / "check.html")
        assert answer(reader, the_letter(folder)).startswith("unread: This browser cannot read")
        assert reader.complaints == []


def test_the_page_can_send_nothing_whatever_runs_in_it(reader: Reader) -> None:
    for sending in (
        "fetch('https://elsewhere.test/').catch(() => 0)",
        "new Image().src = 'https://elsewhere.test/'",
        "navigator.sendBeacon('https://elsewhere.test/')",
    ):
        with reader.page.expect_console_message():
            reader.page.evaluate(sending)
    blocked = [each for each in reader.complaints if "The action has been blocked" in each]
    assert ["connect-src" in each for each in blocked] == [True, False, True]
    assert "'img-src' was not explicitly set, so 'default-src' is used" in blocked[1]


def test_without_scripts_there_is_the_list_and_how_to_check_by_hand(
    folder: Path, browser: Browser
) -> None:
    with public.reader(browser, has_script=False) as reader:
        reader.open(folder / "check.html")
        assert reader.page.locator("#check").is_hidden()
        text = reader.page.locator("body").inner_text()
        assert "Scripts are off" in text
        assert "sha256sum letter.pdf" in text
        assert reader.page.locator("#letters code").count() == 3
