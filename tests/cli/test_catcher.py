from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from dispatch.app import App
from tests.cli.conftest import Dispatch

DELIVERY = "c8a8580f-012e-44cc-8d85-dcf783b06b1b"
CAUGHT = f"""Return-Path: <bounces@office.example>
Delivered-To: a.very.long.name.of.an.officer@a-council-with-a-long-name.example
From: Office <office@office.example>
To: Jo Marsh <jo@council.example>
Subject: Annual Review letter 2020: Oxford City Council
Date: Wed, 22 Jul 2020 09:00:09 +0100
X-Dispatch-Delivery: {DELIVERY}
MIME-Version: 1.0
Content-Type: text/plain; charset="utf-8"

Dear Jo Marsh

We write.
""".replace("\n", "\r\n").encode()  # as a message's lines end


@pytest.fixture
def caught(app: App) -> None:
    folder = app.settings.maildir / "new"
    folder.mkdir(parents=True)
    (folder / "00b7e04891954b78.dispatch").write_bytes(CAUGHT)


def test_where_nothing_was_caught_it_says_where_it_looked(app: App, dispatch: Dispatch) -> None:
    assert (
        f"Nothing has been caught in {app.settings.maildir}" in dispatch("catcher", "list").output
    )


@pytest.mark.usefixtures("caught")
def test_what_was_caught_is_listed_with_the_id_that_shows_it(dispatch: Dispatch) -> None:
    listed = dispatch("catcher", "list").output
    assert "1 message in " in listed
    assert "a.very.long.name.of.an.officer@a-council-with-a-long-name.example" in listed
    assert "Wed 22 July 2020 09:00 BST" in listed
    for beginning in ("00b7e048", DELIVERY[:8]):
        shown = dispatch("catcher", "show", beginning).output
        assert "To: Jo Marsh <jo@council.example>" in shown
        assert "\nDear Jo Marsh\n\nWe write.\n" in shown
        assert "00b7e04891954b78.dispatch" in shown
    absent = dispatch("catcher", "show", "ffff")
    assert (absent.exit_code, "see `dispatch catcher list`" in absent.output) == (1, True)


def test_with_a_mail_server_nothing_is_caught(app: App, dispatch: Dispatch) -> None:
    server = replace(
        app, settings=app.settings.model_copy(update={"smtp_url": SecretStr("smtp://relay:25")})
    )
    assert not server.settings.uses_catcher
