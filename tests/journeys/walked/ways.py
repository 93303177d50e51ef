"""The ways in which people use pages: with script, without, and by the keyboard alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Locator, Page, Response
from playwright.sync_api import TimeoutError as NeverShown

from tests.journeys.sighted import STOP, Look, window
from tests.journeys.walked.office import Office

MOST_STOPS: Final = 200
"""Presses of the Tab key until one has surely been everywhere on a page."""

STRANGERS: Final = """
() => [...document.scripts].filter((each) => !each.src).map((each) => each.outerHTML)
  .concat(document.title === "taken over" ? ["the title is a stranger's"] : [])
  .concat(document.body.innerText.includes("</script>49") ? ["a stranger's sum was done"] : [])
"""
"""What of a stranger's script a page has run, or would run."""
MISSED: Final = """
() => document.querySelector(".govuk-error-summary") &&
  !document.querySelector(".govuk-error-summary").contains(document.activeElement)
"""
"""Whether the focus is elsewhere than at what is wrong with a form."""


@dataclass
class Person(ABC):
    """Somebody at a browser, who does what a journey says."""

    office: Office
    address: str
    page: Page
    complaints: list[str]
    """What the browser ran into, and what the eye could not follow."""
    has_script: bool

    @abstractmethod
    def press(self, target: Locator) -> None:
        """Press a link or a button."""

    @abstractmethod
    def write(self, target: Locator, text: str) -> None:
        """Write into a field, in the place of what is there."""

    @abstractmethod
    def tick(self, target: Locator) -> None:
        """Tick a box, or choose one of several."""

    @abstractmethod
    def pick(self, target: Locator, choice: str) -> None:
        """Pick one of a list."""

    @abstractmethod
    def attach(self, target: Locator, file: Path) -> None:
        """Choose a file."""

    def field(self, label: str) -> Locator:
        """Return the field with this label."""
        return self.one(partial(self.page.get_by_label, label), label)

    def button(self, words: str) -> Locator:
        """Return the button with these words."""
        return self.one(partial(self.page.get_by_role, "button", name=words), words)

    def link(self, words: str) -> Locator:
        """Return the link with these words, which may look like a button."""

        def named(*, exact: bool = False) -> Locator:
            link = self.page.get_by_role("link", name=words, exact=exact)
            button = self.page.get_by_role("button", name=words, exact=exact)
            return self.page.locator("a").and_(link.or_(button))

        return self.one(named, words)

    def one(self, named: Callable[..., Locator], words: str) -> Locator:
        """Return the first that has just this name; else the first that has it in its name."""
        whole, part = named(exact=True), named()
        self.there(part, words)
        return (whole if whole.count() else part).first

    def there(self, wanted: Locator, words: str) -> None:
        """Wait until something is on the page."""
        try:
            wanted.first.wait_for()
        except NeverShown:
            text = self.page.locator("main").inner_text()
            raise AssertionError(f"“{words}” is not on {self.page.url}:\n{text}") from None

    def onward(self, target: Locator) -> None:
        """Go on to another page."""
        with self.page.expect_event("load"):  # a navigation in the page itself is none
            self.press(target)
        if self.has_script and self.page.evaluate(MISSED):
            self.complaints.append("the focus is not at what is wrong with the form")

    def judge(self, act: object) -> None:
        """Complain of what no page may show, whatever was done."""
        found = self.page.evaluate(STRANGERS) if self.page.url.startswith(self.address) else []
        assert not found + self.complaints, (act, self.page.url, found, self.complaints)


class WithPointer(Person):
    """Clicks, with script or without."""

    def press(self, target: Locator) -> None:
        target.click()

    def write(self, target: Locator, text: str) -> None:
        target.fill(text)

    def tick(self, target: Locator) -> None:
        target.check()

    def pick(self, target: Locator, choice: str) -> None:
        target.select_option(label=choice)

    def attach(self, target: Locator, file: Path) -> None:
        target.set_input_files(file)


class WithKeys(Person):
    """Uses the keyboard alone; the focus must be seen at every stop."""

    def press(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Enter")

    def write(self, target: Locator, text: str) -> None:
        self._reach(target)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def tick(self, target: Locator) -> None:
        if target.get_attribute("type") != "radio":
            self._reach(target)
            self.page.keyboard.press("Space")
            return
        group = self.page.locator(f'input[name="{target.get_attribute("name")}"]')
        chosen = group.and_(self.page.locator(":checked"))
        self._reach((chosen if chosen.count() else group).first)
        if not chosen.count():
            self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if target.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        assert target.is_checked()

    def pick(self, target: Locator, choice: str) -> None:
        self._reach(target)
        for _ in range(target.locator("option").count()):
            if target.locator("option:checked").inner_text() == choice:
                return
            self.page.keyboard.press("ArrowDown")
        assert target.locator("option:checked").inner_text() == choice

    def attach(self, target: Locator, file: Path) -> None:
        self._reach(target)
        with self.page.expect_file_chooser() as asked:
            self.page.keyboard.press("Enter")
        asked.value.set_files(file)

    def _reach(self, target: Locator) -> None:
        """Press the Tab key until the focus is there."""
        stop = target.evaluate(
            STOP
        )  # found anew each time: a part that is asked for again replaces it
        for _ in range(MOST_STOPS):
            if stop and stop["fault"]:
                self.complaints.append(f"{stop['fault']}: {stop['html']}")
            if stop and stop["is_wanted"]:
                return
            self.page.keyboard.press("Tab")
            stop = target.evaluate(STOP)
        raise AssertionError(f"the Tab key does not come to {target} on {self.page.url}")


@dataclass(frozen=True, slots=True)
class Way:
    """A way of using pages."""

    name: str
    person: type[Person]
    has_script: bool = True


WAYS: Final = (
    Way("with script", WithPointer),
    Way("without script", WithPointer, has_script=False),
    Way("by keys", WithKeys),
)

IN_EVERY_WAY: Final = pytest.mark.parametrize(
    "way", [pytest.param(each, id=each.name, marks=pytest.mark.slow) for each in WAYS]
)
IN_EVERY_WAY_ONE_QUICKLY: Final = pytest.mark.parametrize(
    "way",
    [
        pytest.param(each, id=each.name, marks=[pytest.mark.slow] if each is not WAYS[0] else [])
        for each in WAYS
    ],
)
"""The same, of which `make test` goes the first way."""


@contextmanager
def at_browser(browser: Browser, office: Office, address: str, way: Way) -> Iterator[Person]:
    """Open a browser window in which somebody goes about things in one of the ways."""
    with window(browser, has_script=way.has_script) as page:
        complaints = Look(page, is_dark=False).complaints

        def hear(answer: Response) -> None:
            is_page = answer.request.resource_type == "document"
            if answer.status >= (
                HTTPStatus.INTERNAL_SERVER_ERROR if is_page else HTTPStatus.BAD_REQUEST
            ):
                complaints.append(f"{answer.url}: {answer.status}")

        page.on("response", hear)
        yield way.person(office, address, page, complaints, way.has_script)
