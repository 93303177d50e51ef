from __future__ import annotations

from email import message_from_bytes
from email.message import Message

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import Delivery, NoticeRow
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.notice import Clue
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import delivery_of, is_of_test
from dispatch.domain.sending.modes import AllowList
from dispatch.domain.sending.pace import Rates
from dispatch.letters.store import documents
from dispatch.mail.outgoing.body import pdfs_in
from dispatch.mail.outgoing.transport import Transport
from dispatch.sending import own_tests
from dispatch.sending.own_tests import Offered, Order, Way
from dispatch.views.notices import about
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport
from tests.notices import a_bounce, came


def way(app: App, transport: Transport | None) -> Way:
    return Way(
        app.sessions,
        transport or app.transport,
        app.sender,
        app.clock,
        Rates(),
        AllowList.of(["friend.example"]),
        lambda _: None,
    )


def sent(app: App, to: str = "", because: str = "", transport: Transport | None = None) -> Offered:
    address = to or f"jo@{app.sender.domain}"
    word = a_word(app.clock(), because=because)
    order = Order(mailout=steps.NAME, code="oxo", to=address, word=word)
    return own_tests.send(way(app, transport), order)


def last(transport: FakeTransport) -> Message:
    return message_from_bytes(transport.sent[-1][1])


def test_a_test_is_the_letter_but_for_its_marks(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app, "OXO")
    test = sent(app)
    envelope, content = transport.sent[-1]
    message = last(transport)
    assert (test.code, test.outcome.verdict) == ("OXO", Verdict.ACCEPTED)
    assert envelope.rcpt_to == message["To"] == f"jo@{app.sender.domain}"
    assert message["Subject"].startswith("[Test] ")
    assert "chief.executive@oxo.example" in message["X-Dispatch-Test"]
    body = content.partition(b"\r\n\r\n")[2]
    with app.sessions.read() as session:
        parts, _ = documents.of(session, steps.letters_of(app)["OXO"])
    head = content[: len(content) - len(body)].decode()
    kind = "Content-Type:" + head.partition("Content-Type:")[2]
    assert pdfs_in(kind.encode() + body) == (parts["pdf"],)
    [text, html] = [
        b"".join([part.get_payload(decode=True)]).decode()  # type: ignore[list-item]  # it is bytes
        for part in message.walk()
        if part.get_content_maintype() == "text"
    ]
    assert text.startswith("This is a test of the letter of OXO, version 1.")
    assert "<p><strong>This is a test of the letter of OXO" in html.partition("<body")[2]


def test_a_test_counts_as_nothing_and_is_in_the_ledger(app: App, transport: FakeTransport) -> None:
    steps.scheduled(app, "OXO")
    before = steps.mailout_of(app).state
    test = sent(app)
    with app.sessions.read() as session:
        assert session.scalars(select(Delivery)).all() == []
    assert steps.mailout_of(app).state is before
    event = steps.events(app)[-1]
    assert event.action == "letter.test"
    assert event.detail["test"] == str(test.id)
    assert event.detail["verdict"] == "accepted"
    assert delivery_of(transport.sent[-1][0].mail_from, app.sender.key) == test.id


def test_what_comes_back_is_known_to_be_of_a_test(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, "OXO")
    steps.send_due(app)
    test = sent(app)
    [chief, *_] = steps.deliveries_of(app).values()
    came(app, a_bounce(chief), transport.sent[-1][0].mail_from)
    with app.sessions.read() as session:
        [row] = session.scalars(select(NoticeRow))
        assert (row.delivery_id, row.clue) == (None, Clue.TEST)
        assert about(None, row.clue) == "a test, not a letter"
    assert is_of_test(test.id)
    assert not is_of_test(chief.id)
    assert {row.state.value for row in steps.deliveries_of(app).values()} == {"accepted"}


@pytest.mark.parametrize(
    ("to", "because", "is_sent"),
    [
        ("jo@friend.example", "", True),
        ("jo@oxo.example", "", False),
        ("jo@oxo.example", "they asked to see how it looks", True),
    ],
)
def test_outside_the_office_it_needs_the_list_or_a_reason(
    app: App, transport: FakeTransport, to: str, because: str, *, is_sent: bool
) -> None:
    steps.scheduled(app, "OXO")
    if is_sent:
        sent(app, to, because)
    else:
        with pytest.raises(RuleBroken, match="give a reason with --because"):
            sent(app, to, because)
    assert bool(transport.sent) is is_sent


def test_without_a_connection_nothing_is_recorded(app: App) -> None:
    steps.scheduled(app, "OXO")
    gone = FakeTransport(trouble=Outcome(Verdict.DEFERRED, trouble="no server"))
    with pytest.raises(Unavailable, match="no test was sent: no server"):
        sent(app, transport=gone)
    assert "letter.test" not in steps.actions(app)
