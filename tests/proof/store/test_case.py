from __future__ import annotations

import json
from datetime import date

import pytest

from dispatch.app import App
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from dispatch.proof.evidence import Record, proven_records
from dispatch.proof.store import case as store
from dispatch.proof.store import seals
from dispatch.register.store import contacts, suppressions
from tests import packs, steps
from tests.factories import a_contact
from tests.fakes import FakeClock, FakeTransport


@pytest.fixture
def lived(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    packs.lived_through(app, clock, transport)
    return app


def records(app: App) -> list[Record]:
    with app.sessions.read() as session:
        last = seals.last(session)
        assert last
        case = store.case(session, mailout_named(session, steps.NAME), "OXO")
        return proven_records(session, case, last.seal.size)


def told(app: App, kind: str) -> list[dict[str, object]]:
    """Return the records of a kind, with what they say of people."""
    return [
        {**json.loads(each.text), **json.loads(each.people or b"{}")}
        for each in records(app)
        if each.name.startswith(f"{kind}:")
    ]


def test_who_was_in_post_on_the_day_is_told_and_not_who_came_later(
    lived: App, clock: FakeClock
) -> None:
    """The letter went to the one before, though she had left when the evidence was asked for."""
    clock.advance(days=5)
    with lived.sessions.begin() as session:
        before = contacts.holder(session, "OXO", "chief executive")
        assert before
        before_id = before.id
        later = a_contact(surname="Okafor", address="new@oxo.example")
        contacts.replace(session, [(later, before_id)], day=date(2020, 7, 27))
        journal.append(session, Event(clock(), "sam", "contact.replaced", "authority:OXO"))
    packs.seal_all(lived)
    names = {each["surname"] for each in told(lived, "contact")}
    assert names == {"Adeyemi"}
    assert told(lived, "leaving") == [{"id": str(before_id), "valid_until": "2020-07-27"}]


def test_an_address_that_was_barred_and_is_not_any_more_is_told_with_both(
    lived: App, clock: FakeClock
) -> None:
    with lived.sessions.begin() as session:
        [found] = told(lived, "suppression")
        row = suppressions.suppression_of(session, str(found["address"]))
        assert row
        row.lifted_at, row.lifted_by, row.lifted_because = clock(), "sam", "a new mailbox"
        subject = f"suppression:{row.id}"
        journal.append(session, Event(clock(), "sam", "suppression.lifted", subject))
    packs.seal_all(lived)
    [lifted] = told(lived, "lifting")
    assert (lifted["id"], lifted["lifted_by"]) == (found["id"], "sam")


def test_records_come_in_the_order_of_the_ledger_and_as_they_are_sealed(lived: App) -> None:
    found = records(lived)
    assert [each.place for each in found] == sorted(each.place for each in found)
    assert len({each.name for each in found}) == len(found)


def test_of_a_letter_that_is_none_there_is_no_case(lived: App) -> None:
    with lived.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        assert not store.case(session, mailout, "CMD").letters


def test_what_was_offered_may_have_reached_a_server(lived: App) -> None:
    with lived.sessions.read() as session:
        case = store.case(session, mailout_named(session, steps.NAME), "OXO")
        assert store.offered(session, case).keys() == {each.id for each in case.deliveries}
