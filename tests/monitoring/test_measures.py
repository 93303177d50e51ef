from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from dispatch.app import App
from dispatch.database.tables import EventRow
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.mail.incoming.maildir import Maildir
from dispatch.monitoring import exposition, measures
from dispatch.monitoring.catalogue import EVERY, PAGES
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.store import heartbeats
from tests import steps
from tests.factories import RELEASE_AT
from tests.fakes import FakeClock, FakeTransport

NAME = steps.NAME
OF = f'{{mailout="{NAME}"}}'
Numbers = dict[str, float]


def numbers(app: App) -> Numbers:
    """Return what Prometheus reads, by metric and labels."""
    lines = (each for each in exposition.text(app).splitlines() if not each.startswith("#"))
    return {name: float(value) for name, _, value in (each.rpartition(" ") for each in lines)}


def labelled(found: Numbers, metric: str) -> dict[tuple[str, ...], float]:
    """Return the samples of one metric by the values of their labels."""
    named = {each: value for each, value in found.items() if each.partition("{")[0] == metric}
    return {tuple(re.findall(r'"([^"]*)"', each)): value for each, value in named.items()}


@pytest.fixture(autouse=True)
def home(app: App) -> None:
    app.settings.home.mkdir()


def test_an_empty_office_is_measured_too(app: App) -> None:
    found = numbers(app)
    assert found["dispatch_clock_seen_timestamp_seconds"] == 0
    assert found["dispatch_workers"] == 0
    assert found["dispatch_queue_due"] == 0
    assert found["dispatch_attempts_window_seconds"] == 300
    assert found["dispatch_disk_free_bytes"] <= found["dispatch_disk_size_bytes"]
    assert labelled(found, "dispatch_info")
    assert "dispatch_mailout_state" not in "".join(found)
    assert "dispatch_ledger_holds" not in found


def test_a_mailout_is_measured_from_its_plan_to_its_last_letter(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.scheduled(app, "OXO", "ADU", "WOT", cc_roles=())
    found = numbers(app)
    assert labelled(found, "dispatch_mailout_state") == {(NAME, "scheduled"): 1}
    assert found[f"dispatch_mailout_release_timestamp_seconds{OF}"] == RELEASE_AT.timestamp()
    assert found[f"dispatch_mailout_released{OF}"] == 0
    assert found[f"dispatch_mailout_working_days_to_upload{OF}"] == 7

    clock.reach(RELEASE_AT)
    assert steps.tick(app) == [NAME]
    found = numbers(app)
    assert found[f"dispatch_mailout_released{OF}"] == 1
    assert found["dispatch_queue_due"] == 3
    assert found[f"dispatch_mailout_due_since_timestamp_seconds{OF}"] == RELEASE_AT.timestamp()
    assert labelled(found, "dispatch_deliveries") == {(NAME, "queued"): 3}

    transport.outcomes.extend(
        [
            Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox")),
            Outcome(Verdict.IN_DOUBT, trouble="the line dropped"),
        ]
    )
    steps.send_due(app)
    found = numbers(app)
    assert labelled(found, "dispatch_attempts") == {
        ("2yz", "accepted"): 1,
        ("none", "in_doubt"): 1,
        ("5yz", "refused"): 1,
    }
    assert found[f"dispatch_mailout_reached{OF}"] == 1
    assert found[f"dispatch_mailout_unreached{OF}"] == 2
    assert found[f"dispatch_doubt_oldest_timestamp_seconds{OF}"] == clock().timestamp()
    assert found['dispatch_accept_seconds_bucket{le="+Inf"}'] == 1
    assert f"dispatch_mailout_due_since_timestamp_seconds{OF}" not in found


def test_what_ended_before_the_window_is_not_counted(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    steps.send_due(app)
    assert labelled(numbers(app), "dispatch_attempts") == {("2yz", "accepted"): 1}
    clock.advance(minutes=6)
    assert labelled(numbers(app), "dispatch_attempts") == {}


def test_the_window_is_as_much_shorter_as_fewer_attempts_are_read(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    steps.send_due(app)
    clock.advance(seconds=60)
    monkeypatch.setattr(measures, "MOST_ATTEMPTS", 2)
    assert numbers(app)["dispatch_attempts_window_seconds"] == 60


@pytest.mark.parametrize(
    ("took", "counts"),
    [([], (0,) * 11), ([0.1], (1,) * 11), ([0.3, 400.0], (0, 0, *[1] * 8, 2))],
)
def test_what_acceptance_took_is_counted_up_to_each_bound(
    took: list[float], counts: tuple[int, ...]
) -> None:
    found = measures.distribution(took)
    assert (found.counts, found.seconds) == (counts, sum(took))


def test_what_should_happen_again_and_again_is_never_absent(app: App, tmp_path: Path) -> None:
    inbox = Maildir(tmp_path / "jo.smith@wot.example")
    settings = app.settings.model_copy(update={"lmtp_listen": "127.0.0.1:2424"})
    office = replace(app, inboxes=(inbox,), settings=settings)
    assert labelled(numbers(office), "dispatch_inbox_read_timestamp_seconds") == {
        ("maildir",): 0,
        ("lmtp",): 0,
    }
    with app.sessions.begin() as session:
        heartbeats.beat(session, INBOX, inbox.name, app.clock(), timedelta(0))
        heartbeats.beat(session, "worker", "worker-1", app.clock(), timedelta(0))
    found = numbers(office)
    at = app.clock().timestamp()
    assert labelled(found, "dispatch_inbox_read_timestamp_seconds")["maildir",] == at
    assert (found["dispatch_workers"], found["dispatch_worker_seen_timestamp_seconds"]) == (1, at)
    assert "@" not in exposition.text(office)


def test_the_ledger_is_measured_by_what_is_not_sealed(app: App) -> None:
    steps.planned(app, "OXO")
    with app.sessions.begin() as session:
        known = list(session.scalars(select(EventRow.at).order_by(EventRow.id)))
    found = numbers(app)
    assert found["dispatch_ledger_unsealed"] == len(known)
    assert found["dispatch_ledger_unsealed_oldest_timestamp_seconds"] == known[0].timestamp()
    assert found["dispatch_ledger_sealed_timestamp_seconds"] == 0


def test_moments_of_a_trial_are_those_of_the_true_clock(app: App) -> None:
    steps.scheduled(app, "OXO", cc_roles=())
    shifted = replace(app, settings=app.settings.model_copy(update={"clock_offset": 3600.0}))
    found = numbers(shifted)
    expected = RELEASE_AT.timestamp() - 3600
    assert found[f"dispatch_mailout_release_timestamp_seconds{OF}"] == expected
    assert found["dispatch_clock_seen_timestamp_seconds"] == 0


def test_each_number_has_a_metric_and_few_questions_are_asked_for_all(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    asked: list[str] = []
    with app.sessions.begin() as session:
        engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    found = exposition.text(app)
    selects = [each for each in asked if each.lstrip().startswith(("SELECT", "WITH"))]
    assert len(selects) <= 30
    named = set(re.findall(r"^# TYPE (\S+?)(?:_gcount|_gsum)? ", found, re.MULTILINE))
    assert named <= {each.full_name for each in EVERY if each is not PAGES}
