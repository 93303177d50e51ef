"""The public page that checks a file, in a real browser, opened from a folder with no server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from dispatch.app import App
from dispatch.database.tables import Letter
from dispatch.letters.store import documents
from tests import steps
from tests.corrections import versions
from tests.factories import some_figures
from tests.fakes import FakeClock
from tests.journeys.browser import Page, browser, needs_chromium
from tests.uploads import a_checkpoint, sent, uploaded

pytestmark = [needs_chromium, pytest.mark.slow]

ANSWER = """(async () => {
  const shown = () => document.querySelector('.answer:not([hidden])');
  while (!shown()) { await new Promise(done => setTimeout(done, 10)); }
  return shown().id + ': ' + shown().innerText;
})()"""
DROP = """(() => {
  const data = new DataTransfer();
  %s.forEach(name => data.items.add(new File(['%%PDF-1.7 ' + name], name)));
  for (const each of document.querySelectorAll('.answer')) { each.hidden = true; }
  document.body.dispatchEvent(
    new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
})()"""
EVIL = "<img src=x onerror=alert(1)>.pdf"


@pytest.fixture
def public(app: App, clock: FakeClock, tmp_path: Path) -> Path:
    """Two letters, of which one was replaced; the PDF of its first version lies beside."""
    sent(app, clock, "OXO", "ADU")
    first = steps.letters_of(app)["OXO"]
    steps.figures_corrected(app, some_figures("OXO", upheld=4))
    versions.proposed(app, versions.corrected(app, "OXO").redrafts)
    versions.approved(app)
    steps.send_due(app)
    steps.tick(app)
    uploaded(app, tmp_path / "public", checkpoint=a_checkpoint(7))
    (tmp_path / "first.pdf").write_bytes(pdf_of(app, first))
    return tmp_path / "public"


def pdf_of(app: App, letter: Letter) -> bytes:
    with app.sessions.read() as session:
        return documents.load(session, [letter.parts["pdf"]])[letter.parts["pdf"]]


@pytest.fixture
def page(tmp_path: Path, public: Path) -> Iterator[Page]:
    with browser(tmp_path / "chromium") as opened:
        opened.open(public / "check.html")
        yield opened


def answer(page: Page, *files: Path) -> str:
    root = page.tell("DOM.getDocument")["root"]["nodeId"]
    node = page.tell("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    page.evaluate("document.querySelectorAll('.answer').forEach(each => each.hidden = true)")
    page.tell("DOM.setFileInputFiles", nodeId=node, files=[str(each) for each in files])
    return str(page.evaluate(ANSWER))


def test_a_file_is_a_letter_an_earlier_version_or_neither_and_stays_here(
    public: Path, page: Page, tmp_path: Path
) -> None:
    opened = list(page.requested)
    letter = next((public / "letters" / steps.NAME).glob("oxford*.pdf"))
    said = answer(page, letter)
    assert said.startswith("yes: Yes: this is a letter of ours")
    assert "the letter to Oxford City Council of 22 July 2020, version 2, as it was sent" in said
    link = page.evaluate("document.querySelector('#yes [data-link]').href")
    assert Path(unquote(urlsplit(link).path)) == letter

    said = answer(page, tmp_path / "first.pdf")
    assert said.startswith("older: An earlier version, which has been replaced")
    assert "version 1 of the letter to Oxford City Council of 22 July 2020" in said
    assert "It was replaced on 29 July 2020." in said

    (tmp_path / EVIL).write_bytes(letter.read_bytes() + b"\n")
    said = answer(page, tmp_path / EVIL)
    assert said.startswith("no: No: this file is not one of these letters")
    assert f"{EVIL} may have been printed" in said

    page.evaluate(DROP % "['a.pdf']")
    assert str(page.evaluate(ANSWER)).startswith("no: ")
    page.evaluate(DROP % "['a.pdf', 'b.pdf']")
    assert str(page.evaluate(ANSWER)).startswith("several: ")

    assert page.requested == opened
    assert page.complaints == []
    assert {urlsplit(each).scheme for each in opened} == {"file"}


def test_the_page_can_send_nothing_whatever_runs_in_it(page: Page) -> None:
    page.evaluate("fetch('https://elsewhere.test/').catch(() => 0)")
    page.evaluate("new Image().src = 'https://elsewhere.test/'")
    page.evaluate("navigator.sendBeacon('https://elsewhere.test/')")
    page.evaluate("new Promise(done => setTimeout(done, 50))")
    blocked = [each for each in page.complaints if "The action has been blocked" in each]
    assert ["connect-src" in each for each in blocked] == [True, False, True]
    assert "'img-src' was not explicitly set, so 'default-src' is used" in blocked[1]


def test_without_scripts_there_is_the_list_and_how_to_check_by_hand(
    public: Path, page: Page
) -> None:
    page.tell("Emulation.setScriptExecutionDisabled", value=True)
    page.open(public / "check.html")
    assert page.evaluate("document.getElementById('check').hidden")
    text = page.evaluate("document.body.innerText")
    assert "Scripts are off" in text
    assert "sha256sum letter.pdf" in text
    assert page.evaluate("[...document.querySelectorAll('#letters code')].length") == 3
    assert "had 7 entries under the root" in text


def test_nothing_is_wider_than_the_screen(page: Page, public: Path) -> None:
    for width in (320, 1280):
        screen = {"height": 800, "deviceScaleFactor": 1, "mobile": False}
        page.tell("Emulation.setDeviceMetricsOverride", width=width, **screen)
        page.open(public / "check.html")
        page.evaluate("document.getElementById('list').open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
