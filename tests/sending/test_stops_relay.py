"""A relay that turns on us in the middle of a mailout, met by several workers at once."""

from __future__ import annotations

import email
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product
from time import monotonic
from typing import Final

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import SmtpTransport
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release, send
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.mail.servers import TurningServer

WORKERS: Final = 3
CONNECTIONS: Final = 8
COUNCILS: Final = tuple("".join(letters) for letters in product("ABC", "DEF", "GHI"))
MOST_MET: Final = 10
"""Of a reply that the table knows, whatever the speed of the machine: a run begins with two
connections, each of which may be in the middle of a letter, and gets one more for each letter that
is taken."""

DENIED: Final = "554 5.2.252 SendAsDenied; not allowed to send as"
ODD: Final = "550 5.9.9 the frobnicator is out of joint (in {})"
"""A reply that no table knows, with something in it that differs each time."""


def work(app: App) -> float:
    """Do what several workers do until nothing is due; return when the last one had stopped."""

    def one(_: int) -> float:
        means = replace(steps.means(app), connections=CONNECTIONS)
        while send.send(means, limit=10):
            pass
        return monotonic()

    with ThreadPoolExecutor(WORKERS) as pool:
        return max(pool.map(one, range(WORKERS)))


def states(app: App) -> Counter[DeliveryState]:
    return Counter(each.state for each in steps.deliveries_of(app).values())


@pytest.mark.parametrize(
    ("answer", "most_met", "why"),
    [
        pytest.param(DENIED, MOST_MET, "we may not use this sender", id="known"),
        pytest.param(ODD, len(COUNCILS), "one authority after another", id="unknown"),
    ],
)
def test_few_letters_meet_a_relay_that_turns_on_us_and_none_is_refused_or_sent_twice(
    app: App, clock: FakeClock, answer: str, most_met: int, why: str
) -> None:
    steps.released(app, clock, *COUNCILS, cc_roles=())
    with TurningServer(takes=2, then=answer) as relay:
        server = SmtpServer(host="127.0.0.1", port=relay.port, security="none")
        app = replace(app, transport=SmtpTransport(server))
        stopped_at = work(app)
        met, paused_after = relay.met, stopped_at - relay.first_at
        print(f"{met} letters met it; all had stopped after {paused_after:.3f} s")  # noqa: T201 - measured
        mailout = steps.mailout_of(app)
        assert mailout.state is MailoutState.PAUSED
        assert why in (mailout.remark or "")
        assert met <= most_met
        assert states(app)[DeliveryState.REFUSED] == 0
        assert states(app)[DeliveryState.ACCEPTED] == 2

        relay.mend()
        clock.advance(seconds=1)
        with app.sessions.begin() as session:
            release.resume(session, mailout_named(session, steps.NAME), a_word(clock()))
        work(app)
    assert states(app) == {DeliveryState.ACCEPTED: len(COUNCILS)}
    # What met the answer was turned down, so each letter was taken once.
    taken = len(relay.messages) - met
    recipients = Counter(email.message_from_bytes(each)["To"] for each in relay.messages)
    assert (taken, len(recipients)) == (len(COUNCILS), len(COUNCILS))
