from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import Delivery, IncomingMail, NoticeRow
from dispatch.domain.incoming.message import Arrival, MailState
from dispatch.domain.notice import Category, Notice
from dispatch.incoming import receive
from dispatch.web.inbox import notices
from tests import steps
from tests.fakes import FakeClock
from tests.notices import a_bounce, came, named, token
from tests.web.browser import Browser

MESSAGE = (
    "From: =?utf-8?q?Jo_=3Cscript=3Ealert=281=29=3C/script=3E?= <jo@oxo.example>\r\n"
    "Subject: {{7*7}} <b>bold</b> \u202eevil\r\n"
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    "--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    "Dear all, <script>alert(2)</script> \u202egnp.exe {{7*7}}\r\n"
    "--x\r\nContent-Type: text/html\r\n"
    'Content-Disposition: attachment; filename="<img src=x onerror=alert(3)>.html"\r\n\r\n'
    "<p onclick=alert(4)>x</p>\r\n--x--\r\n"
).encode()


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [found] = steps.deliveries_of(app).values()
    return found


@pytest.fixture(autouse=True)
def viewer() -> Iterator[None]:
    yield
    notices.viewer.close()


def mail(app: App) -> IncomingMail:
    with app.sessions.read() as session:
        return session.scalars(select(IncomingMail)).one()


def test_what_came_back_is_listed_by_kind_and_shown(
    app: App, browser: Browser, delivery: Delivery
) -> None:
    assert "Nothing has come back" in browser.get("/notices")
    came(app, a_bounce(delivery), token(app, delivery))
    place = f"/notices/{mail(app).id}"
    for address in ("/notices", "/notices?kind=bounce", f"/notices?mailout={steps.NAME}"):
        assert place in browser.get(address)
    for address in ("/notices?kind=human", "/notices?shown=undecided"):
        assert place not in browser.get(address)
    assert "Bounce (1)" in browser.get("/notices")
    shown = browser.get(place)
    assert f"/deliveries/{delivery.id}" in shown
    assert "Is it genuine" not in shown


def test_what_people_wrote_comes_first(app: App, browser: Browser, delivery: Delivery) -> None:
    came(app, Notice(category=Category.HUMAN), token(app, delivery))
    shown = browser.get("/notices")
    assert shown.index("What people wrote") < shown.index("By kind")


def test_a_notice_that_nothing_proves_is_confirmed_or_dismissed(
    app: App, browser: Browser, delivery: Delivery
) -> None:
    came(app, a_bounce(delivery, clues=named(delivery)))
    place = f"/notices/{mail(app).id}"
    assert "1 waits for a decision" in browser.get("/notices")
    assert place in browser.get("/notices?shown=undecided")
    assert "the letter came back" in browser.get(place)
    assert "Give a reason" in browser.send(f"{place}/confirm", place, because=" ").text
    browser.send(f"{place}/dismiss", place, because="rang: it is not theirs")
    assert "It was dismissed" in browser.get(place)
    assert place not in browser.get("/notices?shown=undecided")
    done = browser.send(f"{place}/confirm", place, because="it is after all")
    assert done.status_code == 303
    assert steps.deliveries_of(app)[delivery.address].state.value == "bounced"
    again = browser.send(f"{place}/dismiss", place, because="x", digest="old")
    assert (again.status_code, "believed already" in again.text) == (409, True)


def test_a_notice_that_says_something_else_by_now_is_not_decided(
    app: App, browser: Browser, delivery: Delivery
) -> None:
    came(app, a_bounce(delivery, clues=named(delivery)))
    place = f"/notices/{mail(app).id}"
    fields = browser.fields(place)
    with app.sessions.begin() as session:
        session.scalars(select(NoticeRow)).one().status = "4.2.2"
    answer = browser.client.post(f"{place}/confirm", data={**fields, "because": "rang"})
    assert answer.status_code == 409
    assert "has changed since it was shown" in answer.text


def test_a_message_is_text_whatever_it_holds(app: App, browser: Browser) -> None:
    stored = receive.store(app.sessions, MESSAGE, Arrival(source="file"), now=app.clock())
    shown = browser.get(f"/notices/{stored.mail_id}")
    for text in (
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "{{7*7}} &lt;b&gt;bold&lt;/b&gt; [U+202E]evil",
        "Dear all, &lt;script&gt;alert(2)&lt;/script&gt; [U+202E]gnp.exe {{7*7}}",
        "text/html",
    ):
        assert text in shown
    for markup in ("<script>alert", "<b>bold", "\u202e", "onerror=alert(3)>", "49"):
        assert markup not in shown.partition("<main")[2] or markup == "49"
    raw = browser.client.get(f"/notices/{stored.mail_id}/raw")
    assert (raw.data, raw.content_type) == (MESSAGE, "application/octet-stream")
    assert raw.headers["Content-Disposition"].startswith("attachment")
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


def test_a_message_that_cannot_be_read_says_why_and_may_be_read_again(
    app: App, browser: Browser
) -> None:
    assert "could be read" in browser.get("/notices/quarantine")
    stored = receive.store(app.sessions, MESSAGE, Arrival(source="file"), now=app.clock())
    with app.sessions.begin() as session:
        row = session.get_one(IncomingMail, stored.mail_id)
        row.state, row.trouble = MailState.QUARANTINED, "it <b>broke</b> its reader"
    assert "it &lt;b&gt;broke&lt;/b&gt; its reader" in browser.get("/notices/quarantine")
    assert "&lt;b&gt;broke" in browser.get(f"/notices/{stored.mail_id}")
    done = browser.send(f"/notices/{stored.mail_id}/again", "/notices/quarantine")
    assert done.location == f"/notices/{stored.mail_id}"
    assert mail(app).state is MailState.READ
