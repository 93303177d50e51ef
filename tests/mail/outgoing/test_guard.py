from __future__ import annotations

import pytest

from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.domain.sending.modes import AllowList, Mode
from dispatch.mail.outgoing.guard import GuardedTransport
from tests.fakes import FakeTransport

ALLOWED = AllowList.of(["Jo@Office.example", "test.example", "@other.example"])


def offered(mode: Mode, address: str) -> tuple[Outcome, list[str]]:
    inner = FakeTransport()
    connection = GuardedTransport(inner, mode, ALLOWED).connect()
    assert not isinstance(connection, Outcome)
    envelope = Envelope("bounces@office.example", address, "1")
    outcome = connection.offer(envelope, b"letter", before_dot=lambda: True)
    return outcome, [sent.rcpt_to for sent, _ in inner.sent]


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("jo@office.example", True),
        ("JO@OFFICE.EXAMPLE", True),
        ("chief@test.example", True),
        ("chief@other.example", True),
        ("other@office.example", False),
        ("chief@council.example", False),
        ("chief@below.test.example", False),
        ("chief@test.example.council.example", False),
        ("jo@office.example@council.example", False),
        ("test.example", False),
    ],
)
def test_nobody_is_written_to_who_is_not_on_the_list(address: str, *, is_allowed: bool) -> None:
    outcome, sent = offered(Mode.REHEARSAL, address)
    assert (outcome.verdict is Verdict.ACCEPTED) is is_allowed
    assert sent == ([address] if is_allowed else [])
    if not is_allowed:
        assert outcome.verdict is Verdict.DEFERRED
        assert f"nothing was sent to {address}: DISPATCH_MODE is rehearsal" in str(outcome)


def test_in_production_everybody_may_be() -> None:
    assert offered(Mode.PRODUCTION, "chief@council.example")[1] == ["chief@council.example"]


def test_no_connection_is_what_the_server_said() -> None:
    gone = Outcome(Verdict.DEFERRED, trouble="no server")
    inner = FakeTransport(trouble=gone)
    guarded = GuardedTransport(inner, Mode.PRODUCTION, ALLOWED)
    assert (guarded.connect(), guarded.address) == (gone, inner.address)
