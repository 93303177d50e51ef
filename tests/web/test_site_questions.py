"""Each page that lists asks few questions, none of which reads a large table from end to end."""

from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.domain.reply import Outcome, Reply
from tests import steps
from tests.corrections import postings, versions
from tests.databases import POSTGRESQL
from tests.factories import some_figures
from tests.fakes import FakeClock, FakeTransport
from tests.web.browser import Browser
from tests.web.questions import MOST, questions

HERE = f"/mailouts/{steps.NAME}"


@pytest.fixture
def office(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    """An office that has sent its letters; one was refused, and one is in doubt."""
    steps.released(app, clock, "OXO", "ADU", "CMD", "WOT")
    transport.outcomes += [
        Outcome.answered(Reply("RCPT", 550, "5.1.1 <b>no such</b> mailbox")),
        Outcome.answered(Reply("RCPT", 450, "4.7.1 come back later")),
    ]
    steps.send_due(app)
    return app


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", MOST),
        ("/mailouts", MOST),
        (HERE, MOST),
        (f"{HERE}/live", 3),
        (f"{HERE}/unreached", MOST),
        (f"{HERE}/deliveries", MOST),
        (f"{HERE}/deliveries?shown=failed", MOST),
        (f"{HERE}/deliveries?shown=accepted&after=DELIVERY", MOST),
        (f"{HERE}/resend", MOST),
        (f"{HERE}/resend?authority=OXO&authority=ADU&again=yes", MOST),
        (f"{HERE}/check", MOST),
        (f"{HERE}/letters/OXO", MOST),
        ("/authorities/OXO", MOST),
        ("/deliveries/DELIVERY", MOST),
        ("/audit", MOST),
        ("/audit?authority=OXO", MOST),
        ("/audit?kind=delivery.refused", MOST),
        ("/audit?since=2020-07-22&until=2020-07-22", MOST),
        ("/audit/ledger", MOST),
    ],
)
def test_a_page_asks_few_questions_and_reads_no_large_table_whole(
    office: App, browser: Browser, address: str, most: int
) -> None:
    delivery = next(iter(steps.deliveries_of(office).values())).id
    with questions(office) as found:
        browser.get(address.replace("DELIVERY", str(delivery)))
    assert len(found.asked) <= most, "\n".join(statement for statement, _ in found.asked)
    if not POSTGRESQL:
        assert found.whole_tables() == []


@pytest.mark.parametrize("address", [f"{HERE}/post", f"{HERE}/unreached"])
def test_a_page_asks_few_questions_where_letters_go_by_post(
    app: App, clock: FakeClock, browser: Browser, address: str
) -> None:
    postings.refused(app, clock)
    postings.made(app)
    browser.get("/")
    with questions(app) as found:
        assert "Printed" in browser.get(address)
    assert len(found.asked) <= MOST, "\n".join(statement for statement, _ in found.asked)


def test_a_page_asks_few_questions_where_contacts_have_changed(
    office: App, browser: Browser
) -> None:
    domains = [f"{code}.example" for code in ("oxo", "adu", "cmd", "wot")]
    for domain in domains:
        steps.appointed(office, domain[:3].upper(), f"new@{domain}")
    asked = _asked(office, browser, f"{HERE}/resend?choice=changed&again=yes")
    assert asked <= MOST
    page = browser.get(f"{HERE}/resend?choice=changed&again=yes")
    # By chance one of these letters is the one that was put off, and waits instead.
    waiting = [each for each in domains if f"waits to be sent to chief.executive@{each}" in page]
    assert len(waiting) <= 1
    assert all((f"new@{each}" in page) != (each in waiting) for each in domains)


def test_a_page_asks_as_few_questions_of_many_letters_as_of_one(
    app: App, clock: FakeClock, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.released(app, clock, "OXO", "ADU", "CMD", "WOT")
    steps.send_due(app)
    asked = []
    for codes in (("OXO",), ("ADU", "CMD", "WOT")):
        for code in codes:
            steps.figures_corrected(app, some_figures(code, upheld=4))
            versions.proposed(app, versions.corrected(app, code).redrafts)
            steps.appointed(app, code, f"new@{code.lower()}.example")
        asked.append([_asked(app, browser, f"{HERE}/resend?choice=changed&again=yes")])
        visitors.append(AccountRole.APPROVER)
        asked[-1].append(_asked(app, browser, f"{HERE}/reissues/approval"))
        visitors.pop()
    assert asked[0] == asked[1]
    assert max(asked[0]) <= MOST


def _asked(app: App, browser: Browser, address: str) -> int:
    browser.get(address)  # what is remembered, such as mail domains, is asked for once
    with questions(app) as found:
        browser.get(address)
    return len(found.asked)
