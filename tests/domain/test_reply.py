from __future__ import annotations

import pytest

from dispatch.domain.reply import Outcome, Reply, Verdict


@pytest.mark.parametrize(
    ("verb", "code", "verdict"),
    [
        pytest.param(".", 250, Verdict.ACCEPTED, id="done"),
        pytest.param("MAIL", 421, Verdict.DEFERRED, id="not available"),
        pytest.param("RCPT", 450, Verdict.DEFERRED, id="mailbox busy"),
        pytest.param("RCPT", 550, Verdict.REFUSED, id="no such mailbox"),
        pytest.param("RCPT", 552, Verdict.DEFERRED, id="too many recipients, by its old code"),
        pytest.param(".", 552, Verdict.REFUSED, id="message too large"),
        pytest.param(".", 554, Verdict.REFUSED, id="content refused"),
        pytest.param("AUTH", 535, Verdict.DEFERRED, id="our login is wrong, not the recipient"),
        pytest.param("MAIL", 530, Verdict.DEFERRED, id="no login, not the recipient"),
        pytest.param("MAIL", 553, Verdict.DEFERRED, id="our return path, not the recipient"),
        pytest.param("MAIL", 552, Verdict.REFUSED, id="too large, as declared"),
        pytest.param("RCPT", 530, Verdict.DEFERRED, id="login missed as late as RCPT"),
        pytest.param("DATA", 535, Verdict.DEFERRED, id="login that has run out"),
        pytest.param("RCPT", 503, Verdict.DEFERRED, id="out of order, not the recipient"),
        pytest.param("DATA", 502, Verdict.DEFERRED, id="command not known"),
        pytest.param(".", 500, Verdict.REFUSED, id="a line of the message too long"),
        pytest.param("STARTTLS", 501, Verdict.DEFERRED, id="trouble with the line"),
        pytest.param("DATA", 354, Verdict.DEFERRED, id="neither yes nor no"),
    ],
)
def test_verdict(verb: str, code: int, verdict: Verdict) -> None:
    assert Reply(verb, code, "").verdict is verdict


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.1.1 no such mailbox", "5.1.1"),
        ("2.0.0", "2.0.0"),
        ("no such mailbox", None),
        ("9.1.1 not a status", None),
    ],
)
def test_the_enhanced_status_is_read_where_there_is_one(text: str, status: str | None) -> None:
    assert Reply("RCPT", 550, text).enhanced_status == status


def test_an_outcome_says_what_it_rests_on() -> None:
    assert str(Outcome.answered(Reply(".", 250, "2.0.0 queued"))) == "250 2.0.0 queued"
    assert str(Outcome(Verdict.IN_DOUBT, trouble="the line dropped")) == "the line dropped"
    assert str(Outcome(Verdict.WITHDRAWN)) == "withdrawn"
