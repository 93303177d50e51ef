"""Letters by post, by page."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from dispatch.app import App
from dispatch.corrections.posted import Said
from tests import steps
from tests.corrections import postings
from tests.corrections.postings import WHERE
from tests.fakes import FakeClock
from tests.web.browser import Browser

PAGE = f"/mailouts/{steps.NAME}/post"
SAY = f"/mailouts/{steps.NAME}/posted"
UNREACHED = f"/mailouts/{steps.NAME}/unreached"


@pytest.fixture
def office(app: App, clock: FakeClock) -> App:
    postings.refused(app, clock)
    return app


def digests(shown: str) -> list[str]:
    """Return what each form of the page carries out."""
    return re.findall(r'name="digest"[^>]*value="([^"]*)"', shown)


def say(browser: Browser, **values: Any) -> Any:
    return browser.send(SAY, PAGE, **{"letter": "ADU", "on": "2020-07-25", **values})


def test_the_print_file_is_handed_over_and_nothing_counts_as_posted(
    office: App, browser: Browser
) -> None:
    shown = browser.get(PAGE)
    for words in ("1 letter to print", WHERE, "Refused", "DL (110 by 220 mm"):
        assert words in shown
    answer = browser.send(PAGE, envelope="c5", digest=digests(shown)[0])
    assert answer.mimetype == "application/zip"
    files = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert set(files) == {"ADU.pdf", "all-letters.pdf", "list.csv"}
    assert "Printed, to be posted" in browser.get(PAGE)
    assert "Printed, to be posted" in browser.get(UNREACHED)
    assert "posting.posted" not in steps.actions(office)


def test_that_they_were_posted_is_said_and_shown_as_no_more_than_that(
    office: App, browser: Browser
) -> None:
    postings.made(office)
    answer = say(browser)
    assert (answer.status_code, answer.location) == (303, PAGE)
    shown = browser.get(PAGE)
    assert "It is recorded of 1 letter." in shown
    assert "Posted on 25 July 2020, not proved to have arrived" in shown
    assert "not that it arrived" in shown
    listed = browser.get(UNREACHED)
    assert "1 of 2 is not surely reached" in listed
    assert "Posted on 25 July 2020, not proved to have arrived" in listed
    [refused] = [
        each for each in steps.deliveries_of(office).values() if each.authority_code == "ADU"
    ]
    assert "Posted on 25 July 2020, not proved to have arrived" in browser.get(
        f"/deliveries/{refused.id}"
    )
    assert PAGE in browser.get(f"/mailouts/{steps.NAME}/deliveries")
    [event] = [each for each in steps.events(office) if each.action == "posting.posted"]
    assert (event.actor, event.detail["on"]) == ("Sam Okafor", "2020-07-25")


def test_before_the_letters_have_left_there_is_nothing_to_print(app: App, browser: Browser) -> None:
    steps.rendered(app, "ADU")
    assert "none of its letters have left" in browser.get(PAGE)


def test_two_working_days_before_the_upload_the_front_page_says_so(
    office: App, clock: FakeClock, browser: Browser
) -> None:
    assert "to post: post still arrives" not in browser.get("/")
    clock.advance(days=2)  # Monday; the upload is on Wednesday
    assert "1 letter to post: post still arrives before the upload" in browser.get("/")
    postings.made(office)
    postings.say(office, postings.asked(office, Said.POSTED))
    assert "to post: post still arrives" not in browser.get("/")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"letter": ""}, "Choose at least one letter"),
        ({"on": ""}, "Enter the day"),
        ({"on": "2020-07-26"}, "still to come"),
        ({"on": "2020-07-24"}, "ADU: its print file was made on 25 July 2020"),
        ({"said": Said.WITHDRAWN.value}, "Give a reason"),
        ({"said": Said.RETURNED.value, "because": "gone away"}, "ADU: it is printed"),
    ],
)
def test_what_cannot_be_said_is_refused_in_words(
    office: App, browser: Browser, values: dict[str, str], words: str
) -> None:
    postings.made(office)
    answer = say(
        browser,
        **{key: value for key, value in values.items() if key != "letter"}
        | ({"letter": []} if "letter" in values else {}),
    )
    assert answer.status_code == 400
    assert words in answer.text
    assert "posting.posted" not in steps.actions(office)


def test_what_has_changed_since_it_was_shown_is_not_carried_out(
    office: App, browser: Browser
) -> None:
    shown = browser.get(PAGE)
    postings.lives(office, "ADU", "Civic Centre, Anytown, AB1 2CD")
    assert browser.send(PAGE, envelope="dl", digest=digests(shown)[0]).status_code == 409
    postings.made(office)
    seen = browser.get(PAGE)
    postings.say(office, postings.asked(office, Said.POSTED))
    answer = say(browser, digest=digests(seen)[-1])
    assert answer.status_code == 409
    assert "nothing was done" in answer.text
