"""The page from which proof copies are sent."""

from __future__ import annotations

from collections import deque

import pytest

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.domain.reply import Outcome, Verdict
from tests import steps
from tests.fakes import FakeTransport
from tests.web.browser import Browser

PAGE = f"/mailouts/{steps.NAME}/proofs"
JO = "jo@ombudsman.example"


def test_a_colleague_gets_proof_copies_and_the_page_says_who_had_which(
    app: App, browser: Browser, transport: FakeTransport
) -> None:
    steps.rendered(app, "OXO", "ADU")
    assert "Nobody has had a proof copy yet." in browser.get(PAGE)
    answer = browser.send(PAGE, address=JO, codes="OXO, ADU")
    assert (answer.status_code, answer.location) == (302, PAGE)
    assert {envelope.rcpt_to for envelope, _ in transport.sent} == {JO}
    shown = browser.get(PAGE)
    for words in (JO, "OXO, ADU", "2 of 2", "Sam Okafor", "2 proof copies are on the way."):
        assert words in shown


@pytest.mark.parametrize(
    ("address", "codes", "status", "words"),
    [
        ("", "", 400, "Give the address of a colleague"),
        ("ceo@oxo.example", "", 409, "Proof copies go to colleagues only"),
        ("nonsense", "", 409, "nonsense"),
        (JO, "XYZ", 409, "authority has the code"),
        (JO, "OXO " * 21, 409, "At most 20 proof copies"),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_leaves(  # noqa: PLR0913 - a table's columns, and what it runs on
    app: App,
    browser: Browser,
    transport: FakeTransport,
    *,
    address: str,
    codes: str,
    status: int,
    words: str,
) -> None:
    steps.rendered(app)
    answer = browser.send(PAGE, address=address, codes=codes)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert not transport.sent


def test_the_words_of_a_server_that_refuses_are_shown(
    app: App, browser: Browser, transport: FakeTransport
) -> None:
    steps.rendered(app)
    transport.outcomes = deque([Outcome(Verdict.REFUSED, trouble="<b>no such user</b>")])
    answer = browser.send(PAGE, address=JO, codes="")
    assert answer.status_code == 409
    assert "&lt;b&gt;no such user&lt;/b&gt;" in answer.text


def test_a_viewer_sees_who_had_which_and_sends_none(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.rendered(app)
    fields = browser.fields(PAGE)
    visitors.append(AccountRole.VIEWER)
    assert "Send proof copies" not in browser.get(PAGE)
    assert browser.client.post(PAGE, data={**fields, "address": JO}).status_code == 403
