"""The busiest paths, with the log at its most talkative: no address, name or sentence is in it.

The second net that takes addresses out of each line is away here, so that a line of ours which has
one is found, and every library logs all that it can.
"""

from __future__ import annotations

import io
import json
import logging
import math
import sys
import threading
import warnings
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from typing import NoReturn

import pytest
import structlog
from flask import Flask

from dispatch import log
from dispatch.app import App
from dispatch.domain.errors import CannotRender
from dispatch.domain.incoming.message import Arrival
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.token import Scope
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.upkeep.logged import LogFormat, LogLevel
from dispatch.domain.word import Word
from dispatch.incoming.store import messages
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.people import tokens
from dispatch.register.store import contacts
from dispatch.sending import sweep
from dispatch.web import home
from dispatch.web.site import site
from dispatch.worker import tasks
from dispatch.worker.means import Means
from dispatch.worker.trouble import TROUBLES
from tests import steps
from tests.factories import a_word, contact_in
from tests.fakes import FakeClock, FakeTransport
from tests.files.tables.written import csv_of
from tests.notices import a_dsn
from tests.people.office import NAMES, joined
from tests.web.browser import Browser

pytestmark = pytest.mark.slow

CODES = ("OXO", "ADU", "WOT", "CMD", "BRX")
QUOTED = "we have upheld two complaints against your council"
TYPED = "correct horse battery staple"
STRANGER = "perpetua.umbridge@elsewhere.example"
HEADINGS = ["authority", "role", "address", "honorific", "surname"]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """All that is logged: every line of every library, too, and nothing cleaned."""
    known = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    before = [(each, each.handlers[:], each.level) for each in known]
    for module, name in ((sys, "excepthook"), (threading, "excepthook"), (warnings, "showwarning")):
        monkeypatch.setattr(module, name, getattr(module, name))
    monkeypatch.setattr(log, "cleaned", lambda text: text)
    log.begin(LogFormat.JSON, LogLevel.DEBUG)
    for each in known:
        is_slow = each.name.startswith(("sqlalchemy.orm", "sqlalchemy.pool"))
        each.setLevel(logging.INFO if is_slow else logging.DEBUG)
    written = io.StringIO()
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    for logger, handlers, level in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def means(app: App) -> Means:
    return Means(app, lambda _task, _workers: None)


def entries(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(each) for each in lines.getvalue().splitlines()]


def said(lines: io.StringIO) -> set[object]:
    return {each["event"] for each in entries(lines)}


def private(app: App) -> set[str]:
    """Return every address, name of a person and sentence of a letter in the database."""
    with app.sessions.read() as session:
        people = list(contacts.current(session).values())
    texts = [each.draft for each in steps.letters_of(app).values()]
    sentences = {line for each in texts for line in _long(json.dumps(each.content, default=str))}
    return {
        *(each.address for each in people),
        *(each.surname for each in people if each.surname),
        *NAMES.values(),
        *sentences,
        *(QUOTED, TYPED, STRANGER, "Umbridge"),
    }


def _long(text: str) -> set[str]:
    """Return the sentences of a text."""
    return {each.strip() for each in text.split('"') if len(each.strip()) > 40}


def check(app: App, lines: io.StringIO) -> None:
    """See that nothing private is logged, in any spelling of JSON."""
    shown = json.dumps(entries(lines), ensure_ascii=False)
    assert {each for each in private(app) if each in shown} == set()


def fail(error: Exception) -> NoReturn:
    raise error


def replies(address: str) -> deque[Outcome]:
    """Return what a talkative mail server says of five letters."""
    return deque(
        [
            Outcome.answered(Reply("RCPT", 550, f"5.1.1 <{address}>: Ms Adeyemi has left")),
            Outcome.answered(Reply("RCPT", 451, f"4.7.1 {address} is greylisted, Ms Adeyemi")),
            Outcome.answered(Reply(".", 554, f"5.7.1 we do not like: {QUOTED}")),
            Outcome(Verdict.IN_DOUBT, trouble=f"the line dropped while {address} was asked for"),
            Outcome.answered(Reply(".", 250, f"2.0.0 queued for {address}")),
        ]
    )


def test_nothing_private_is_logged_while_letters_are_made_and_sent(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    means: Means,
    lines: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps.planned_today(app, *CODES, cc_roles=())
    with app.sessions.begin() as session:
        contact_in(session, "WOT").address = STRANGER
        contact_in(session, "WOT").surname = "Umbridge"
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(app.clock()))
    with monkeypatch.context() as patch:
        failure = CannotRender(f"{QUOTED} {STRANGER}")
        patch.setattr(render, "render_all", lambda _, jobs: ((job, failure) for job in jobs))
        tasks.render_batches(means, math.inf)
    steps.render_again(app)
    steps.schedule_again(app)
    transport.outcomes = replies(STRANGER)
    tasks.tick(means)
    tasks.send_letters(means)
    clock.advance(seconds=400)
    transport.trouble = Outcome.answered(Reply("AUTH", 535, f"5.7.8 no {STRANGER}: Umbridge"))
    tasks.send_letters(means)
    tasks.pulse(means)
    _fail_at_work(means, monkeypatch)
    assert said(lines) >= {"letter rendered", "attempt ended", "a mailout is stuck"}
    ended = [each for each in entries(lines) if each["event"] == "attempt ended"]
    assert all({"delivery", "letter", "mailout_id", "attempt"} <= each.keys() for each in ended)
    assert {each["verdict"] for each in ended} >= {"accepted", "deferred", "refused", "in_doubt"}
    check(app, lines)


def _fail_at_work(means: Means, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a task and a step of the clock fail, with words that quote."""
    TROUBLES.run("dispatch.send_letters", lambda: fail(ValueError(f"{QUOTED} {STRANGER}")))
    with monkeypatch.context() as patch:
        patch.setattr(sweep, "finish", lambda *_, **__: fail(KeyError(STRANGER)))
        patch.setattr(sweep, "settled", lambda _: [steps.NAME])
        tasks.tick(means)


def test_nothing_private_is_logged_of_what_comes_back(
    app: App, transport: FakeTransport, means: Means, lines: io.StringIO
) -> None:
    steps.sent_today(app, "OXO", "ADU", cc_roles=())
    [delivery, other] = steps.deliveries_of(app).values()
    returned = transport.sent[0][1]
    bounce = a_dsn(app, delivery).replace(b"--b--", b"\r\n" + returned + b"\r\n--b--")
    answer = f"From: {STRANGER}\r\nSubject: Umbridge has left\r\n\r\n{QUOTED}\r\n".encode()
    for content in (bounce, a_dsn(app, other, action="delayed"), answer, b"\xff" * 100):
        with app.sessions.begin() as session:
            arrival = Arrival(source="lmtp", recipient=STRANGER)
            messages.store(session, content, arrival, now=app.clock())
    tasks.read_mail(means)
    assert said(lines) >= {"mail read", "message read", "notice concluded"}
    check(app, lines)


def test_nothing_private_is_logged_by_pages(
    app: App, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.sent_today(app, "OXO", "ADU", cc_roles=())
    account = joined(app, AccountRole.EDITOR).account
    pages = site(app)
    browser = Browser(pages.test_client())
    for name, password in ((account.name, TYPED), (TYPED, TYPED), (STRANGER, TYPED)):
        assert browser.send("/sign-in", name=name, password=password).status_code == 400
    signed = site(app, lambda: account)
    _bring_faults(Browser(signed.test_client()))
    with monkeypatch.context() as patch:
        patch.setattr(home, "today", lambda *_, **__: fail(ValueError(f"{QUOTED} {STRANGER}")))
        assert signed.test_client().get(f"/?q={STRANGER}").status_code == 500
    _read(app, pages, account.name)
    assert said(lines) >= {"sign-in refused", "token refused"}
    check(app, lines)


def _bring_faults(browser: Browser) -> None:
    """Bring in a file of contacts in which every row has something wrong."""
    rows = [["XXX", "chief executive", STRANGER, "Ms", "Umbridge"], ["OXO", "x", QUOTED, "", TYPED]]
    file = (io.BytesIO(csv_of(HEADINGS, *rows)), "contacts.csv")
    brought = browser.send("/imports/new", kind="contacts", file=file)
    assert "Umbridge" in browser.get(str(brought.location))


def _read(app: App, pages: Flask, owner: str) -> None:
    """Read all that a program may, and try without a token."""
    word = Word(person=owner, keyboard=owner, because="a report", at=app.clock())
    with app.sessions.begin() as session:
        made = tokens.make_token(session, "report", Scope, app.clock() + timedelta(days=1), word)
    shown = {"Authorization": f"Bearer {made.text}"}
    for what in ("letters", "deliveries"):
        address = f"/api/v1/mailouts/{steps.NAME}/{what}"
        assert pages.test_client().get(address, headers=shown).status_code == 200
        assert pages.test_client().get(address).status_code == 401
    answer = pages.test_client().get(f"/api/v1/authorities/{STRANGER}", headers=shown)
    assert answer.status_code == 404
