"""A mail server may answer in many ways (RFC 5321); each leaves a delivery in a known state."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import SecretStr
from sqlalchemy import Table, select

from dispatch.app import App, build
from dispatch.database import Sessions
from dispatch.database.metadata import Base
from dispatch.database.tables import Attempt, MailServer
from dispatch.domain.delivery import WAITING, DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import SmtpTransport
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.sending.servers import LONGEST_RESTS
from dispatch.sending.store import deliveries as stored_deliveries
from dispatch.settings import Settings
from tests import steps
from tests.conftest import postgresql_database
from tests.databases import POSTGRESQL
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock
from tests.mail.servers import CA_FILE, Answer, Deed, Late, ScriptedServer, Stuck

ACCEPTED, DEFERRED = DeliveryState.ACCEPTED, DeliveryState.DEFERRED
REFUSED, IN_DOUBT = DeliveryState.REFUSED, DeliveryState.IN_DOUBT

PATIENT, IMPATIENT = 10.0, 0.25
"""Timeouts in seconds: where an answer comes, however late, and where none does."""

HANG_UP, STAY_SILENT, TALK_ON, DRIP = Deed.HANG_UP, Deed.STAY_SILENT, Deed.TALK_ON, Deed.DRIP

Row = tuple[str, Answer, DeliveryState, str]
"""A verb, the answer to it, the state that follows, and how the record of the attempt begins, where
that is not the answer itself."""

MESSAGE_ROWS: list[Row] = [
    ("MAIL", "251 2.1.0 if you say so", ACCEPTED, "250 2.0.0 OK"),
    ("MAIL", Late("250 2.1.0 OK"), ACCEPTED, "250 2.0.0 OK"),
    ("MAIL", "354 go ahead", DEFERRED, "MAIL was answered with 354 go ahead"),
    ("MAIL", "421 4.3.2 going down", DEFERRED, ""),
    ("MAIL", "451 4.3.0 not now", DEFERRED, ""),
    ("MAIL", "503 5.5.1 out of order", DEFERRED, ""),
    ("MAIL", "552 5.3.4 too large", REFUSED, ""),
    ("MAIL", "555 5.5.4 no such parameter", DEFERRED, ""),
    ("MAIL", "hello", DEFERRED, "MAIL was answered with 'hello'"),
    ("MAIL", HANG_UP, DEFERRED, "connection lost during MAIL: "),
    ("MAIL", STAY_SILENT, DEFERRED, "connection lost during MAIL: timed out"),
    ("MAIL", TALK_ON, DEFERRED, "connection lost during MAIL: a reply without an end"),
    ("MAIL", DRIP, DEFERRED, "connection lost during MAIL: timed out"),
    ("MAIL", b"250", DEFERRED, "connection lost during MAIL: "),
    ("MAIL", b"250-and\r\n", DEFERRED, "connection lost during MAIL: "),
    ("MAIL", Stuck(b"250 2.1.0 O"), DEFERRED, "connection lost during MAIL: timed out"),
    ("RCPT", "251 2.1.5 will forward", ACCEPTED, "250 2.0.0 OK"),
    ("RCPT", "252 2.1.5 cannot verify", ACCEPTED, "250 2.0.0 OK"),
    ("RCPT", Late("250 2.1.5 OK"), ACCEPTED, "250 2.0.0 OK"),
    ("RCPT", "354 go ahead", DEFERRED, "RCPT was answered with 354 go ahead"),
    ("RCPT", "421 4.3.2 going down", DEFERRED, ""),
    ("RCPT", "450 4.7.1 greylisted", DEFERRED, ""),
    ("RCPT", "452 4.5.3 too many recipients", DEFERRED, ""),
    ("RCPT", "503 5.5.1 out of order", DEFERRED, ""),
    ("RCPT", "550 5.1.1 no such mailbox", REFUSED, ""),
    ("RCPT", "551 5.1.6 moved", REFUSED, ""),
    ("RCPT", "552 5.5.3 too many recipients, by the old code", DEFERRED, ""),
    ("RCPT", "553 5.1.3 no such name", REFUSED, ""),
    ("RCPT", "hello", DEFERRED, "RCPT was answered with 'hello'"),
    ("RCPT", HANG_UP, DEFERRED, "connection lost during RCPT: "),
    ("RCPT", STAY_SILENT, DEFERRED, "connection lost during RCPT: timed out"),
    ("RCPT", TALK_ON, DEFERRED, "connection lost during RCPT: a reply without an end"),
    ("RCPT", DRIP, DEFERRED, "connection lost during RCPT: timed out"),
    ("RCPT", b"550", DEFERRED, "connection lost during RCPT: "),
    ("RCPT", b"550-5.1.1 no\r\n", DEFERRED, "connection lost during RCPT: "),
    ("RCPT", Stuck(b"550-5.1.1 no\r\n"), DEFERRED, "connection lost during RCPT: timed out"),
    ("DATA", Late("354 go ahead"), ACCEPTED, "250 2.0.0 OK"),
    ("DATA", "250 2.0.0 thanks", DEFERRED, "DATA was answered with 250 2.0.0 thanks"),
    ("DATA", "334 go ahead", DEFERRED, "DATA was answered with 334 go ahead"),
    ("DATA", "421 4.3.2 going down", DEFERRED, ""),
    ("DATA", "451 4.3.0 not now", DEFERRED, ""),
    ("DATA", "503 5.5.1 out of order", DEFERRED, ""),
    ("DATA", "554 5.7.1 not wanted", REFUSED, ""),
    ("DATA", "hello", DEFERRED, "DATA was answered with 'hello'"),
    ("DATA", HANG_UP, DEFERRED, "connection lost during DATA: "),
    ("DATA", STAY_SILENT, DEFERRED, "connection lost during DATA: timed out"),
    ("DATA", TALK_ON, DEFERRED, "connection lost during DATA: a reply without an end"),
    ("DATA", DRIP, DEFERRED, "connection lost during DATA: timed out"),
    ("DATA", b"354", DEFERRED, "connection lost during DATA: "),
    ("DATA", b"354-go\r\n", DEFERRED, "connection lost during DATA: "),
    ("DATA", Stuck(b"354 go ahea"), DEFERRED, "connection lost during DATA: timed out"),
    ("DATA", "354 go\r\n250 2.0.0 thanks", DEFERRED, "DATA was answered with 250 2.0.0 thanks"),
    ("DATA", "354 go\r\n421 4.3.2 going down", DEFERRED, "421 4.3.2 going down"),
    ("DATA", "354 go\r\n552 5.3.4 too large", REFUSED, "552 5.3.4 too large"),
    (".", "251 2.6.0 queued", ACCEPTED, ""),
    (".", Late("250 2.0.0 queued"), ACCEPTED, "250 2.0.0 queued"),
    (".", "250-2.0.0 queued\r\n250 2.0.0 as 7F3A", ACCEPTED, "250 2.0.0 queued\n2.0.0 as 7F3A"),
    (".", "250 2.0.0 queued\r\n421 4.7.0 now go", ACCEPTED, "250 2.0.0 queued"),
    (".", "421 4.3.2 going down", DEFERRED, ""),
    (".", "451 4.3.0 not now", DEFERRED, ""),
    (".", "552 5.2.2 mailbox full", REFUSED, ""),
    (".", "554 5.7.1 not wanted", REFUSED, ""),
    (".", "354 more", IN_DOUBT, "the final dot was answered with 354 more"),
    (".", "hello", IN_DOUBT, "the final dot was answered with 'hello'"),
    (".", "250-both\r\n550 and", IN_DOUBT, "the final dot was answered with '250-both\\n550 and'"),
    (".", HANG_UP, IN_DOUBT, "no reply to the final dot: the server hung up"),
    (".", STAY_SILENT, IN_DOUBT, "no reply to the final dot: timed out"),
    (".", TALK_ON, IN_DOUBT, "no reply to the final dot: a reply without an end"),
    (".", DRIP, IN_DOUBT, "no reply to the final dot: timed out"),
    (".", b"250", IN_DOUBT, "no reply to the final dot: the server hung up"),
    (".", b"550-5.7.1 not\r\n", IN_DOUBT, "no reply to the final dot: the server hung up"),
    (".", Stuck(b"250 2.0.0 queue"), IN_DOUBT, "no reply to the final dot: timed out"),
]


BREATH_ROWS: list[tuple[dict[str, Answer], DeliveryState, str]] = [
    ({"MAIL": "503 no", "RCPT": "250", "DATA": "354 go"}, DEFERRED, "503 no"),
    ({"MAIL": "451 later", "RCPT": "550 no"}, DEFERRED, "451 later"),
    ({"MAIL": "552 too large", "RCPT": HANG_UP}, REFUSED, "552 too large"),
    ({"RCPT": "550 no", "DATA": "354 go"}, REFUSED, "550 no"),
    ({"RCPT": "450 later", "DATA": "354 go"}, DEFERRED, "450 later"),
    ({"RCPT": "450 later", "DATA": "554 nobody left"}, DEFERRED, "450 later"),
    ({"RCPT": "550 no", "DATA": "250 fine"}, REFUSED, "550 no"),
    ({"RCPT": "550 no", "DATA": "421 bye"}, REFUSED, "550 no"),
    ({"RCPT": "550 no", "DATA": "hello"}, REFUSED, "550 no"),
    ({"RCPT": "550 no", "DATA": HANG_UP}, REFUSED, "550 no"),
    ({"RCPT": "550 no", "DATA": STAY_SILENT}, REFUSED, "550 no"),
]
"""What a server says to several commands that came in one breath: the first "no" decides."""

SESSION_ROWS: list[Row] = [
    ("CONNECT", Late("220 fake.example"), ACCEPTED, "250 2.0.0 OK"),
    ("CONNECT", "250 fake.example", DEFERRED, ""),
    ("CONNECT", "354 go ahead", DEFERRED, ""),
    ("CONNECT", "421 4.3.2 too busy", DEFERRED, ""),
    ("CONNECT", "451 4.3.0 not now", DEFERRED, ""),
    ("CONNECT", "521 5.3.2 no mail here", DEFERRED, ""),
    ("CONNECT", "554 5.7.1 not you", DEFERRED, ""),
    ("CONNECT", "hello", DEFERRED, "CONNECT was answered with 'hello'"),
    ("CONNECT", HANG_UP, DEFERRED, "CONNECT to "),
    ("CONNECT", STAY_SILENT, DEFERRED, "CONNECT to "),
    ("CONNECT", TALK_ON, DEFERRED, "CONNECT to "),
    ("CONNECT", b"220", DEFERRED, "CONNECT to "),
    ("CONNECT", b"220-fake.example\r\n", DEFERRED, "CONNECT to "),
    ("CONNECT", Stuck(b"220-fake.example\r\n"), DEFERRED, "CONNECT to "),
    ("EHLO", "251 fake.example", ACCEPTED, "250 2.0.0 OK"),
    ("EHLO", Late("250 fake.example"), ACCEPTED, "250 2.0.0 OK"),
    ("EHLO", "354 go ahead", DEFERRED, ""),
    ("EHLO", "421 4.3.2 going down", DEFERRED, ""),
    ("EHLO", "451 4.3.0 not now", DEFERRED, ""),
    ("EHLO", "502 5.5.1 what?", ACCEPTED, "250 2.0.0 OK"),
    ("EHLO", "550 5.7.1 not you", DEFERRED, ""),
    ("EHLO", "hello", DEFERRED, "EHLO was answered with 'hello'"),
    ("EHLO", HANG_UP, DEFERRED, "EHLO to "),
    ("EHLO", STAY_SILENT, DEFERRED, "EHLO to "),
    ("EHLO", TALK_ON, DEFERRED, "EHLO to "),
    ("EHLO", DRIP, DEFERRED, "EHLO to "),
    ("EHLO", b"250", DEFERRED, "EHLO to "),
    ("EHLO", b"250-fake.example\r\n", DEFERRED, "EHLO to "),
    ("STARTTLS", Late("220 go ahead"), ACCEPTED, "250 2.0.0 OK"),
    ("STARTTLS", "250 fine", DEFERRED, ""),
    ("STARTTLS", "354 go ahead", DEFERRED, ""),
    ("STARTTLS", "421 4.3.2 going down", DEFERRED, ""),
    ("STARTTLS", "454 4.7.0 not now", DEFERRED, ""),
    ("STARTTLS", "501 5.5.4 how?", DEFERRED, ""),
    ("STARTTLS", "hello", DEFERRED, "STARTTLS was answered with 'hello'"),
    ("STARTTLS", HANG_UP, DEFERRED, "STARTTLS to "),
    ("STARTTLS", STAY_SILENT, DEFERRED, "STARTTLS to "),
    ("STARTTLS", TALK_ON, DEFERRED, "STARTTLS to "),
    ("STARTTLS", b"220", DEFERRED, "STARTTLS to "),
    ("TLS", HANG_UP, DEFERRED, "STARTTLS to "),
    ("TLS", STAY_SILENT, DEFERRED, "STARTTLS to "),
    ("TLS", b"220 go ahead\r\n", DEFERRED, "STARTTLS to "),
    ("TLS", Stuck(b"\x16\x03\x03"), DEFERRED, "STARTTLS to "),
    ("AUTH", Late("235 2.7.0 welcome"), ACCEPTED, "250 2.0.0 OK"),
    ("AUTH", "250 fine", DEFERRED, ""),
    ("AUTH", "334 ", DEFERRED, "AUTH to "),
    ("AUTH", "354 go ahead", DEFERRED, ""),
    ("AUTH", "421 4.3.2 going down", DEFERRED, ""),
    ("AUTH", "432 4.7.12 a new password is needed", DEFERRED, ""),
    ("AUTH", "454 4.7.0 not now", DEFERRED, ""),
    ("AUTH", "534 5.7.9 too weak", DEFERRED, ""),
    ("AUTH", "535 5.7.8 expired", DEFERRED, ""),
    ("AUTH", "hello", DEFERRED, "AUTH was answered with 'hello'"),
    ("AUTH", HANG_UP, DEFERRED, "AUTH to "),
    ("AUTH", STAY_SILENT, DEFERRED, "AUTH to "),
    ("AUTH", TALK_ON, DEFERRED, "AUTH to "),
    ("AUTH", b"235", DEFERRED, "AUTH to "),
]
"""The same before the first message, where the server says it on every line."""

Wanted = dict[str, Any]
STARTTLS: Wanted = {"host": "localhost", "security": "starttls"}
TLS: Wanted = {"host": "localhost", "security": "tls"}
LOGIN: Wanted = {"username": "me", "password": "pw"}

SAFETY_ROWS: list[tuple[str, Literal["starttls", "tls"] | None, dict[str, Answer], Wanted, str]] = [
    ("no STARTTLS", None, {}, STARTTLS, "the server does not offer STARTTLS"),
    ("no TLS", None, {}, TLS, "CONNECT to "),
    ("no login", None, {}, LOGIN, "AUTH to "),
    ("unknown authority", "starttls", {}, STARTTLS | {"ca_file": None}, "verify failed"),
    ("unknown authority, TLS", "tls", {}, TLS | {"ca_file": None}, "verify failed"),
    ("another's name", "starttls", {}, STARTTLS | {"host": "127.0.0.1"}, "verify failed"),
    ("another's name, TLS", "tls", {}, TLS | {"host": "127.0.0.1"}, "verify failed"),
    ("handshake cut, TLS", "tls", {"TLS": HANG_UP}, TLS, "CONNECT to "),
    ("handshake silent, TLS", "tls", {"TLS": STAY_SILENT}, TLS, "timed out"),
]
"""What a server offers and is, what we want of it, and what the record of the attempt says."""


Rows = dict[Table, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def released(
    migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Sessions, Rows]]:
    """A database in which two deliveries have just been released, and what it holds.

    One for all tests here: letters take longer to make than to send.
    """
    home = tmp_path_factory.mktemp("released")
    with _copy(migrated, home) as url:
        settings, clock = (
            Settings(
                home=home, database_url=SecretStr(url), smtp_url=SecretStr("smtp://mail.test")
            ),
            FakeClock(),
        )
        app = replace(build(settings), clock=clock)
        steps.released(app, clock, "OXO", "ADU", cc_roles=())
        with app.sessions.read() as session:
            rows: Rows = {
                table: [dict(row) for row in session.execute(select(table)).mappings()]
                for table in Base.metadata.sorted_tables
            }
        yield app.sessions, rows
        app.sessions.dispose()


@pytest.fixture
def sessions(released: tuple[Sessions, Rows]) -> Sessions:
    """The same, with everything as it was."""
    opened, rows = released
    with opened.begin() as session:
        for table in reversed(rows):
            session.execute(table.delete())
        for table, found in rows.items():
            if found:
                session.execute(table.insert(), found)
    return opened


@contextmanager
def _copy(url: str, folder: Path) -> Iterator[str]:
    if POSTGRESQL:
        with postgresql_database(template=url.rpartition("/")[2]) as copied:
            yield copied
    else:
        shutil.copy(url.removeprefix("sqlite:///"), folder / "released.db")
        yield f"sqlite:///{folder / 'released.db'}"


@pytest.fixture(autouse=True)
def letter_date(clock: FakeClock) -> None:
    clock.reach(RELEASE_AT)


def sending_to(app: App, server: ScriptedServer, **settings: Any) -> App:
    """Return the app with this mail server: in the clear, unless the settings say otherwise."""
    settings = {"host": "127.0.0.1", "security": "none", "ca_file": CA_FILE, **settings}
    return replace(app, transport=SmtpTransport(SmtpServer(port=server.port, **settings)))


def timeouts(*answers: Answer) -> dict[str, float]:
    """How long to wait for these: not long for those that never come."""
    is_vain = any(each in {STAY_SILENT, DRIP} or isinstance(each, Stuck) for each in answers)
    timeout = IMPATIENT if is_vain else PATIENT
    return {"timeout": timeout, "dot_timeout": timeout}


def states(app: App) -> list[DeliveryState]:
    return [each.state for each in steps.deliveries_of(app).values()]


def on_record(app: App, state: DeliveryState) -> list[tuple[str | None, str]]:
    """Return the verb and the words of the last attempt of each delivery in a state."""
    with app.sessions.read() as session:
        ids = [each.id for each in steps.deliveries_of(app).values() if each.state is state]
        attempts = [stored_deliveries.attempts_at(session, id_)[-1] for id_ in ids]
    assert all(attempt.verdict == state.value for attempt in attempts)
    return [(attempt.verb, words(attempt)) for attempt in attempts]


def words(attempt: Attempt) -> str:
    return f"{attempt.code} {attempt.text}" if attempt.code else attempt.text or ""


def is_on_record(app: App, row: Row) -> bool:
    """Whether the answer of a row is, with its verb, or what the row says about it without one."""
    verb, answer, state, record = row
    begins = record or str(answer)
    said_at = ("." if state is ACCEPTED else verb) if begins[:3].isdigit() else None
    return any(
        found_at == said_at and found.startswith(begins)
        for found_at, found in on_record(app, state)
    )


def named(value: object) -> str | None:
    """Say in a test's id what a server does."""
    name = None
    match value:
        case Deed():
            name = value.name.lower().replace("_", " ")
        case Late():
            name = f"{value.words}, late"
        case Stuck():
            name = f"{value.said.decode(errors='replace').strip()}... and no more"
        case bytes():
            name = f"{value.decode().strip()}... and gone"
        case str():
            name = value.replace("\r\n", " / ")
        case dict():
            name = " ".join(f"{verb} {named(each)}" for verb, each in value.items())
    return name


def due_again(app: App, clock: FakeClock) -> int:
    """Return how many deliveries will be tried once more, after the first wait."""
    at = clock() + timedelta(minutes=5)
    deliveries = steps.deliveries_of(app).values()
    return sum(each.state in WAITING and each.due_at == at for each in deliveries)


def given_back(app: App, clock: FakeClock, record: str, *, is_about_us: bool = False) -> bool:
    """Whether both letters wait untried, and the server's trouble is on record, once for both.

    If it is about us, the mailout waits for a person; else the server is tried again soon.
    """
    with app.sessions.read() as session:
        [server] = session.scalars(select(MailServer))
    assert record in (server.trouble or "")
    assert server.troubles == 1
    assert states(app) == [DeliveryState.QUEUED] * 2
    rows = steps.deliveries_of(app).values()
    assert [each.attempts for each in rows] == [0, 0]
    assert (steps.state_of(app) is MailoutState.PAUSED) == is_about_us
    again = None if is_about_us else clock() + LONGEST_RESTS[0]
    assert server.next_try_at == again
    assert {each.due_at for each in rows} == {again or RELEASE_AT}
    return True


@pytest.mark.parametrize(
    ("row", "extensions"),
    [
        pytest.param(row, extensions, id=f"{row[0]} {named(row[1])}{how}", marks=marks)
        for row in MESSAGE_ROWS
        for extensions, how, marks in (
            ((), "", ()),
            (("PIPELINING",), ", in one breath", pytest.mark.slow),
        )
        if not extensions or row[0] != "."
        if not extensions or isinstance(row[1], str) or row[1] in {HANG_UP, STAY_SILENT}
    ],
)
def test_an_answer_decides_about_its_own_delivery_and_no_other(
    app: App, clock: FakeClock, row: Row, extensions: tuple[str, ...]
) -> None:
    verb, answer, state, _ = row
    with ScriptedServer({verb: [answer]}, extensions=extensions) as server:
        steps.send_due(sending_to(app, server, **timeouts(answer)))

    assert Counter(states(app)) == Counter([state, ACCEPTED])
    assert is_on_record(app, row)
    assert due_again(app, clock) == (state is DEFERRED)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "530 5.7.0 log in first"),
        ("MAIL", "550 5.7.1 not from you"),
        ("RCPT", "530 5.7.0 log in first"),
        ("RCPT", "554 5.7.1 <you@council.example>: Relay access denied"),
        ("DATA", "535 5.7.8 expired"),
        (".", "554 5.7.1 rejected as spam"),
    ],
)
def test_an_answer_about_us_stops_the_mailout_until_a_person_resumes_it(
    app: App, clock: FakeClock, verb: str, answer: str
) -> None:
    with ScriptedServer({verb: [answer]}) as server:
        steps.send_due(sending_to(app, server))
        assert Counter(states(app)) == Counter([DEFERRED, DeliveryState.QUEUED])
        assert is_on_record(app, (verb, answer, DEFERRED, ""))
        mailout = steps.mailout_of(app)
        assert mailout.state is MailoutState.PAUSED
        asked = "the final dot" if verb == "." else verb
        assert f"{asked} was answered with '{answer[:9]}" in (mailout.remark or "")
        assert "@" not in (mailout.remark or "")
        assert server.messages == [] or verb == "."

        with app.sessions.begin() as session:
            release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))
        steps.send_due(sending_to(app, server))
    assert states(app) == [ACCEPTED] * 2
    assert steps.mailout_of(app).remark is None


def test_a_person_may_say_that_an_answer_is_about_the_council_after_all(
    app: App, clock: FakeClock
) -> None:
    answer = "554 5.7.1 <{}@council.example>: rejected as spam"
    with ScriptedServer({"RCPT": [answer.format("a"), answer.format("b")]}) as server:
        steps.send_due(sending_to(app, server))
        with app.sessions.begin() as session:
            mailout = mailout_named(session, steps.NAME)
            release.resume(session, mailout, a_word(clock()), is_about_council=True)
        steps.send_due(sending_to(app, server))
    assert Counter(states(app)) == Counter([REFUSED, ACCEPTED])
    assert steps.state_of(app) is MailoutState.RELEASING
    [told] = [each for each in steps.events(app) if each.detail.get("about")]
    assert (told.action, told.detail["about"]) == ("mailout.releasing", "council")


@pytest.mark.parametrize(
    ("script", "state", "record"), [pytest.param(*row, id=named(row[0])) for row in BREATH_ROWS]
)
def test_the_first_command_turned_down_in_one_breath_decides(
    app: App, clock: FakeClock, script: dict[str, Answer], state: DeliveryState, record: str
) -> None:
    once = {verb: [answer] for verb, answer in script.items()}
    with ScriptedServer(once, extensions=["PIPELINING"]) as server:
        steps.send_due(sending_to(app, server, **timeouts(*script.values())))

    assert Counter(states(app)) == Counter([state, ACCEPTED])
    assert is_on_record(app, (next(iter(script)), "", state, record))
    assert len(server.messages) == 1
    assert due_again(app, clock) == (state is DEFERRED)


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=f"{row[0]} {named(row[1])}") for row in SESSION_ROWS]
)
def test_an_answer_before_the_first_message_is_about_no_recipient(
    app: App, clock: FakeClock, row: Row
) -> None:
    verb, answer, state, _ = row
    is_safe = verb in {"STARTTLS", "TLS"}
    settings = (STARTTLS if is_safe else {}) | (LOGIN if verb == "AUTH" else {})
    tls: Literal["starttls"] | None = "starttls" if is_safe else None
    with ScriptedServer({verb: answer}, extensions=["AUTH PLAIN"], tls=tls) as server:
        steps.send_due(sending_to(app, server, **settings, **timeouts(answer)))

    if state is DEFERRED:
        is_about_us = isinstance(answer, str) and answer.startswith(("5", "432"))
        assert given_back(app, clock, row[3] or f"{verb}: {answer!s}", is_about_us=is_about_us)
    else:
        assert states(app) == [state] * 2
        assert is_on_record(app, row)


@pytest.mark.parametrize(
    ("tls", "script", "settings", "record"),
    [pytest.param(*row[1:], id=row[0]) for row in SAFETY_ROWS],
)
def test_nothing_is_said_over_a_line_that_is_not_safe(
    app: App,
    clock: FakeClock,
    tls: Literal["starttls", "tls"] | None,
    script: dict[str, Answer],
    settings: Wanted,
    record: str,
) -> None:
    with ScriptedServer(script, tls=tls) as server:
        steps.send_due(sending_to(app, server, **settings, **timeouts(*script.values())))

    assert given_back(app, clock, record)
    assert not [said for said in server.heard if said.startswith(("AUTH", "MAIL"))]


def test_a_server_that_is_down_holds_everything_up(app: App, clock: FakeClock) -> None:
    with ScriptedServer() as server:
        pass
    steps.send_due(sending_to(app, server))

    assert given_back(app, clock, "refused")


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)], ids=["", "in one breath"])
def test_a_limit_of_messages_on_one_line_costs_only_whom_it_turns_away(
    app: App, clock: FakeClock, extensions: tuple[str, ...]
) -> None:
    with ScriptedServer(messages_a_line=1, extensions=extensions) as server:
        steps.send_due(sending_to(app, server))

    turned_away = sum(said.startswith("421") for said in server.said)
    assert states(app).count(ACCEPTED) == len(server.messages) == 2 - turned_away
    assert states(app).count(DEFERRED) == turned_away
    assert due_again(app, clock) == turned_away


@pytest.mark.parametrize(
    ("answer", "state"),
    [("250 queued", ACCEPTED), ("451 later", DEFERRED), ("554 no", REFUSED), (HANG_UP, IN_DOUBT)],
)
def test_only_what_was_deferred_is_offered_again(
    app: App, clock: FakeClock, answer: Answer, state: DeliveryState
) -> None:
    with ScriptedServer({".": answer}) as server:
        steps.send_due(sending_to(app, server))
    first_states = states(app)
    for _ in range(3):
        clock.advance(minutes=15)
        steps.tick(app)
        with ScriptedServer() as polite:
            steps.send_due(sending_to(app, polite))

    is_deferred = state is DEFERRED
    assert first_states == [state] * 2
    assert states(app) == [ACCEPTED if is_deferred else state] * 2
    assert len(server.messages) == 2
    assert polite.heard == []
