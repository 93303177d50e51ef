"""Each page that lists asks few questions, none of which reads a large table from end to end."""

from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.reply import Outcome, Reply
from tests import steps
from tests.conftest import POSTGRESQL
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
