"""Take the pictures of the tour: .ci/screenshots.py HOME, which `dispatch demo --once` made.

docs/pictures/list.toml says which. The pages are served by this process, to an approver who needs
no password; the font is the pages' own, so that a picture is the same on every machine.
"""

# ruff: noqa: T201, INP001 - a script that prints what it does, and not part of a package

from __future__ import annotations

import shutil
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from threading import Thread
from uuid import UUID

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from dispatch.app import from_environ, isolated, ready
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.people.account import Account, AccountRole
from dispatch.views.deliveries import delivery_list
from dispatch.web.site import site

FOLDER = Path("docs/pictures")
NAME = "annual-review-2020"
LOOKING = Account(id=UUID(int=0), name="Priya Nair", role=AccountRole.APPROVER)
HEIGHT = 900


def main(home: Path) -> None:
    """Take every picture that the list names."""
    app = ready(from_environ(isolated(DISPATCH_HOME=str(home))))
    with app.sessions.read() as session:
        found = list(delivery_list(session, NAME, ()))
    refused = next(each for each in found if each.state is DeliveryState.REFUSED)
    ended = max(each.since for each in found)
    app = replace(app, clock=lambda: ended)  # as it was when the last letter had left
    server = make_server("127.0.0.1", 0, site(app, lambda: LOOKING), threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    listed = tomllib.loads((FOLDER / "list.toml").read_text())["picture"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for each in listed:
            place = each["address"].format(delivery=refused.id)
            take(browser, f"http://127.0.0.1:{server.server_port}{place}", each)
        browser.close()
    server.shutdown()


def take(browser: Browser, address: str, picture: dict[str, str]) -> None:
    """Take one picture."""
    context = browser.new_context(
        viewport={"width": int(picture.get("width", 1280)), "height": HEIGHT},
        color_scheme="dark" if picture.get("scheme") == "dark" else "light",
    )
    page = context.new_page()
    answer = page.goto(address, wait_until="networkidle")
    if answer is None or not answer.ok:
        print(f"{picture['name']}: {answer and answer.status}", file=sys.stderr)
        sys.exit(1)
    page.screenshot(path=str(FOLDER / f"{picture['name']}.png"))
    print(f"{FOLDER}/{picture['name']}.png: {picture['shows']}")
    context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
