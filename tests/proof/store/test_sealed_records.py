from __future__ import annotations

from typing import Any

import pytest

from dispatch.app import App
from dispatch.database.metadata import table_of
from dispatch.domain.hours import SendingDays
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.store import sealed_records
from dispatch.proof.store.sealed_kinds import KINDS, SEALED
from tests import steps
from tests.factories import RELEASE_AT
from tests.fakes import FakeClock
from tests.web.questions import questions

MOVING = {
    "delivery": {
        *("state", "due_at", "state_at", "attempts", "about_us", "token", "lease_until"),
        "mac",
    },
    "attempt": set(),
    "letter": {"state", "attempts", "lease_until", "error"}
    | {"group_name", "plainness", "oddities", "branches"}
    | {f"approval_{each}" for each in ("salt", "recipients", "index", "path")},
    "mailout": {
        "rendered_digest",
        "numbers",
        "state",
        "source_file_id",
        "template_digest",
        "remark",
        "first_since",
        "under_way",
        "lease_until",
    },
    "contact": set(),
    "figures": set(),
    "authority": {"former_names", "searched"},  # to find it by; events have what it was called
    "suppression": set(),
    "posting": {"state", "state_at", "mac"},
    "incoming_mail": {"content", "state", "due_at", "tries", "trouble"},
    "arrival": set(),
    "source_file": {"content"},
}
"""Columns that move on, by events or as work in hand; contents are held by their digests."""


def test_every_column_is_fixed_or_is_known_to_move() -> None:
    fixed: dict[str, set[str]] = {}
    for kind in SEALED:
        table = table_of(kind.model)
        fixed.setdefault(table.name, {kind.key.name}).update(kind.column_names)
    for name, columns in fixed.items():
        [table] = {table_of(kind.model) for kind in SEALED if kind.model.__tablename__ == name}
        assert columns | MOVING[name] == set(table.c.keys()) | {each.name for each in table.c}, name
        assert not columns & MOVING[name], name


def written(app: App, *subjects: str) -> set[str]:
    """The kinds of the records that events about these subjects are taken to have written."""
    events = [Event(RELEASE_AT, "sam", "something.happened", each) for each in subjects]
    with app.sessions.read() as session:
        found = list(sealed_records.written_by(session, events))
    return {each.record.partition(":")[0] for each in found}


def test_an_event_leads_to_what_it_wrote(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    [delivery, *_] = steps.deliveries_of(app).values()
    assert written(app, f"delivery:{delivery.id}") == {"delivery"}
    steps.send_due(app)
    assert written(app, f"delivery:{delivery.id}") == {"delivery", "attempt"}
    assert written(app, f"letter:{delivery.letter_id}") == {"letter"}
    assert written(app, f"mailout:{steps.NAME}") == {"release"}
    assert written(app, "authority:OXO") == {"authority", "contact", "figures"}


@pytest.mark.parametrize(
    "calm", [{"sending_days": SendingDays.WORKING}, {"first_letters_minutes": 15}]
)
def test_a_release_has_its_days_and_first_letters_in_a_record_of_their_own(
    app: App, clock: FakeClock, calm: dict[str, Any]
) -> None:
    steps.released(app, clock, **calm)
    assert written(app, f"mailout:{steps.NAME}") == {"release", "sending"}


def test_a_subject_that_names_nothing_leads_nowhere(app: App) -> None:
    assert written(app, "delivery:7", "nonsense", "mail:abc", "office:x", "authority:XXX") == set()


def test_before_its_release_a_mailout_may_change(app: App) -> None:
    steps.approved(app)
    assert written(app, f"mailout:{steps.NAME}") == set()


def test_a_record_has_one_imprint_by_whatever_way_it_is_found(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    steps.send_due(app)
    with app.sessions.read() as session:
        names = [name for page in sealed_records.all_names(session) for name in page]
        found = sealed_records.written(session, names)
        assert found.keys() == set(names)
        told = {
            each.record: each.written()
            for each in sealed_records.written_by(session, journal.events(session))
        }
    assert told.items() <= found.items()
    assert {name.partition(":")[0] for name in told} >= {"delivery", "attempt", "letter", "release"}


def test_what_the_clock_put_down_for_a_lost_worker_may_still_be_filled_in(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    with app.sessions.begin() as session:
        session.execute(
            table_of(KINDS["attempt"].model)
            .update()
            .values(
                verdict="in_doubt",
                text="its worker vanished after it was offered; no reply is known",
            )
        )
    assert written(app, f"delivery:{delivery.id}") == {"delivery"}


def test_what_was_said_of_an_authority_is_found_by_an_index(app: App, clock: FakeClock) -> None:
    """A batch of a seal may be about 250 of 100,000 authorities."""
    steps.planned(app, "OXO", "ADU")
    with questions(app) as said, app.sessions.read() as session:
        told = [Event(clock(), "sam", "authority.changed", "authority:OXO")]
        assert {each.kind.name for each in sealed_records.written_by(session, told)} >= {"figures"}
        if session.get_bind().dialect.name == "postgresql":
            return  # which reads a small table whole, whatever indexes it has
        plans = [
            str(row[-1])
            for statement, values in list(said.asked)
            for row in session.connection().exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
        ]
    assert [each for each in plans if each.startswith("SEARCH figures")]
    assert not [each for each in plans if each.startswith(("SCAN figures", "SCAN contact"))]
