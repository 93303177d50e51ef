from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.app import App, ledger_signer
from dispatch.domain.proof.ledger import Event
from dispatch.domain.reply import Outcome, Verdict
from dispatch.ledger import journal
from dispatch.proof import nightly
from dispatch.proof.nightly import NightlyMeans
from dispatch.sending.store import claims
from dispatch.tracking.status import NOT_OURS, ledger_state
from tests import packs, steps
from tests.fakes import FakeClock, FakeTransport

FIRST_NIGHT = datetime(2020, 7, 23, 1, tzinfo=UTC)
"""Two o'clock in London."""


@pytest.fixture
def means(app: App, clock: FakeClock, transport: FakeTransport) -> NightlyMeans:
    """A ledger that holds, in its first night."""
    app.settings.home.mkdir()
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    steps.send_due(app)
    packs.seal_all(app)
    made = NightlyMeans(
        sessions=app.sessions,
        clock=clock,
        signer=ledger_signer(app),
        checkpoints=None,
        staff=("office@ombudsman.example", "other@ombudsman.example"),
        transport=transport,
        sender=app.sender,
        templates=app.templates,
    )
    assert nightly.verify(made) is None
    clock.reach(FIRST_NIGHT)
    transport.sent.clear()
    return made


def altered(means: NightlyMeans, statement: str = "UPDATE attempt SET text = '2.0.0 read'") -> None:
    with means.sessions.begin() as session:
        session.execute(text(statement))


def told(transport: FakeTransport) -> list[str]:
    found = [envelope.rcpt_to for envelope, _ in transport.sent]
    transport.sent.clear()
    return found


def test_a_ledger_that_holds_is_verified_once_a_night_and_nobody_is_told(
    means: NightlyMeans, app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    assert nightly.verify(means) == ()
    assert nightly.verify(means) is None
    assert told(transport) == []
    [event] = [each for each in steps.events(app) if each.action == "ledger.audited"]
    assert event.detail == {"wrong": "0"}
    with app.sessions.read() as session:
        found = ledger_state(session)
    assert found
    assert (found.wrong, found.held_at) == ((), FIRST_NIGHT)
    clock.advance(days=1)
    assert nightly.verify(means) == ()


def test_staff_are_told_at_once_what_is_wrong_and_not_again_of_the_same(
    means: NightlyMeans, app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    altered(means)
    wrong = nightly.verify(means)
    assert wrong
    assert "was changed after seal" in wrong[0]
    assert b"was changed after seal" in transport.sent[0][1].replace(b"=\r\n", b"")
    assert told(transport) == list(means.staff)
    clock.advance(days=1)
    assert nightly.verify(means) == wrong
    assert told(transport) == []
    altered(means, "UPDATE contact SET surname = 'Black'")
    clock.advance(days=1)
    assert len(nightly.verify(means) or ()) > len(wrong)
    assert told(transport) == list(means.staff)
    *_, event = [each for each in steps.events(app) if each.action == "ledger.audited"]
    assert "was changed after seal" in event.detail["first"]


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE ledger_audit SET ended_at = '2999-01-01 00:00:00'",
        "UPDATE ledger_audit SET began_at = '2999-01-01 00:00:00'",
        "UPDATE ledger_audit SET ended_at = '2020-07-24 23:00:00', held_at = ended_at",
        "UPDATE ledger_audit SET told_at = '2999-01-01 00:00:00'",
        "UPDATE ledger_audit SET mac = NULL",
        "DELETE FROM ledger_audit",
    ],
)
def test_nobody_with_the_database_alone_puts_an_audit_off(
    means: NightlyMeans, app: App, clock: FakeClock, transport: FakeTransport, attack: str
) -> None:
    assert nightly.verify(means) == ()
    altered(means)
    clock.advance(days=1)
    altered(means, attack)
    with app.sessions.read() as session:
        found = ledger_state(session)
    assert found is None or found.wrong == (NOT_OURS,)
    assert nightly.verify(means)
    assert told(transport) == list(means.staff)


def test_staff_whom_no_server_took_the_message_for_are_told_later(
    means: NightlyMeans, clock: FakeClock, transport: FakeTransport
) -> None:
    altered(means)
    transport.outcomes.extend([Outcome(Verdict.DEFERRED, trouble="not now")] * 2)
    assert nightly.verify(means)
    assert nightly.verify(means) is None
    assert told(transport) == []
    clock.advance(minutes=5)
    assert nightly.verify(means) is None
    assert told(transport) == list(means.staff)


def test_an_audit_that_was_killed_is_begun_again_an_hour_later(
    means: NightlyMeans, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr(nightly, "audit", _killed)
        with pytest.raises(KeyboardInterrupt):
            nightly.verify(means)
    assert nightly.verify(means) is None
    clock.advance(hours=1)
    assert nightly.verify(means) == ()


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_checkpoint_that_cannot_be_read_is_told_too(
    means: NightlyMeans, transport: FakeTransport, tmp_path: Path
) -> None:
    (tmp_path / "checkpoint-000000000001.txt").write_text("nothing")
    wrong = nightly.verify(replace(means, checkpoints=tmp_path))
    assert wrong == ("checkpoint-000000000001.txt is not a checkpoint of a ledger",)
    assert told(transport) == list(means.staff)


def test_letters_that_may_leave_go_first_but_for_two_days_only(
    means: NightlyMeans, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "count_due", lambda *_, **__: 1)
    assert nightly.verify(means) is None
    clock.advance(days=2)
    assert nightly.verify(means) == ()


@pytest.mark.parametrize(
    ("now", "due_at"),
    [
        (datetime(2020, 7, 23, 1, tzinfo=UTC), datetime(2020, 7, 23, 1, tzinfo=UTC)),
        (datetime(2020, 7, 23, 0, 59, tzinfo=UTC), datetime(2020, 7, 22, 1, tzinfo=UTC)),
        (datetime(2020, 12, 23, 1, 59, tzinfo=UTC), datetime(2020, 12, 22, 2, tzinfo=UTC)),
        (datetime(2020, 12, 23, 2, tzinfo=UTC), datetime(2020, 12, 23, 2, tzinfo=UTC)),
    ],
)
def test_a_nights_audit_is_due_at_two_in_london(now: datetime, due_at: datetime) -> None:
    assert nightly.last_night(now) == due_at
