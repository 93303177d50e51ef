"""What a browser finds on a page: what a person who cannot see, point or wait would run into."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import HTTPServer
from threading import Thread
from typing import Any, Final, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.patience import HANG_SECONDS

CHROMIUM: Final = shutil.which("chromium") or "chromium"

needs_chromium = pytest.mark.skipif(
    shutil.which(CHROMIUM) is None, reason="needs the Debian package chromium"
)
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE: Final = Axe()
SHOWN_SECONDS: Final = HANG_SECONDS / 10
"""How long a page may take on the slowest machine; what is not there then never comes."""
NARROW, WIDE = 320, 1280
HEIGHT: Final = 900
MOST_STOPS: Final = 80
"""Stops of the Tab key that are looked at on one page."""


class _Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served(site: Flask) -> Iterator[str]:
    """Serve pages on a port of this machine; yield their address."""
    with serving(
        make_server("127.0.0.1", 0, site, threaded=True, request_handler=_Silent)
    ) as address:
        yield address


@contextmanager
def serving(server: HTTPServer) -> Iterator[str]:
    """Have a server answer in a thread of its own; yield its address."""
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=HANG_SECONDS * 1000
        )
        yield browser
        browser.close()


@contextmanager
def window(
    browser: Browser,
    *,
    width: int = WIDE,
    scheme: Literal["light", "dark"] = "light",
    has_script: bool = True,
) -> Iterator[Page]:
    """Open a window of somebody with a browser of their own."""
    context = browser.new_context(
        java_script_enabled=has_script,
        viewport={"width": width, "height": HEIGHT},
        color_scheme=scheme,
    )
    context.set_default_timeout(SHOWN_SECONDS * 1000)
    page = context.new_page()
    # Who starts to listen only when a file is about to be asked for races with the key that asks:
    # on a busy machine the browser then opens a dialog of its own, which nobody can answer.
    page.on("filechooser", lambda _: None)
    try:
        yield page
    finally:
        context.close()


@dataclass
class Look:
    """A page as one kind of browser shows it, and what is wrong with it."""

    page: Page
    is_dark: bool
    complaints: list[str] = field(default_factory=list)
    """What the browser complained of: a script that failed, or what the policy forbids."""

    def __post_init__(self) -> None:
        """Listen for complaints."""
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "status of" not in message.text:  # a 404 is the page's own
            self.complaints.append(message.text)

    def open(self, address: str) -> None:
        """Open an address, and listen for complaints anew."""
        self.complaints.clear()
        self.page.goto(address)

    def faults(self, *, in_words_alone: bool = False) -> list[str]:
        """Say what is wrong with what the page shows, or what its words alone can do to it."""
        of_build = [] if in_words_alone else [*self._of_axe(), *self._of_focus()]
        return [*of_build, *self._overflow(), *self.complaints]

    def _of_axe(self) -> Iterator[str]:
        rules = ["color-contrast"] if self.is_dark else RULES
        options = {"runOnly": rules, "resultTypes": ["violations"]}  # others are long, and not read
        for each in AXE.run(self.page, options=options).response["violations"]:
            for node in each["nodes"]:
                why = " ".join(node["failureSummary"].split())
                yield f"{each['id']}: {node['html'][:200]} {why[:300]}"

    def _overflow(self) -> Iterator[str]:
        width = self.page.evaluate("document.documentElement.scrollWidth")
        if width > self.page.evaluate("innerWidth"):
            yield f"scrolls sideways: {width} px, for {self.page.evaluate(WIDEST)}"

    def _of_focus(self) -> Iterator[str]:
        """Go through the page by the Tab key, on the small screen, where most could cover it."""
        if self.is_dark or self.page.viewport_size != {"width": NARROW, "height": HEIGHT}:
            return
        self.page.evaluate("document.activeElement.blur()")
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            stop = self.page.evaluate(STOP, None)
            if stop is None or not stop["is_new"]:
                return
            if stop["fault"]:
                yield f"{stop['fault']}: {stop['html']}"


WIDEST: Final = """
[...document.querySelectorAll("main *, header *, footer *")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
        && !each.closest(".office-scroll"))
    .map((each) => each.outerHTML.slice(0, 120)).slice(0, 3).join(" | ")
"""

STOP: Final = """
(wanted) => {
  const here = document.activeElement;
  if (!here || here === document.body) return null;
  const is_new = !here.dataset.seen || here === globalThis.lastStop; // a date has several stops
  const html = here.outerHTML.slice(0, 160);
  const stop = { fault: "", html, is_new, is_wanted: here === wanted };
  here.dataset.seen = "yes";
  globalThis.lastStop = here;
  if (here.tagName === "IFRAME") return stop;
  const box = [...here.getClientRects()].find((each) => each.width > 1);
  if (!box) return { ...stop, fault: "focus is where nothing is seen" };
  const drawn = here.matches(".govuk-radios__input, .govuk-checkboxes__input")
    ? getComputedStyle(here.nextElementSibling, "::before") : getComputedStyle(here);
  const isSeen = drawn.boxShadow !== "none"
    || (drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) > 0);
  const x = Math.min(box.left + box.width / 2, innerWidth - 1);
  const y = Math.min(box.top + box.height / 2, innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const isFree = top && (top === here || here.contains(top) || top.contains(here)
    || here.nextElementSibling === top);
  return { ...stop, fault: isSeen ? (isFree ? "" : "focus is covered") : "focus is not seen" };
}
"""
"""What the Tab key has come to, and whether it is the element that is wanted: null at the end of
the page."""
