from __future__ import annotations

import re

import pytest
from sqlalchemy import Table, select, text, update

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.metadata import table_of
from dispatch.database.tables import ImprintRow, Letter
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.store.sealed_kinds import KINDS
from dispatch.proof.verify import audit
from dispatch.upkeep.store import erase
from tests import packs, steps
from tests.fakes import FakeClock, FakeTransport

BLANKED = ("delivery", "attempt", "letter", "contact", "suppression")


@pytest.fixture
def lived(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    packs.lived_through(app, clock, transport)
    return app


def table(kind: str) -> Table:
    return table_of(KINDS[kind].model)


def take_away(session: Session) -> None:
    for kind in BLANKED:
        erase.blank(session, kind, list(session.scalars(select(table(kind).c.id))))


def tell(session: Session, clock: FakeClock) -> None:
    """Tell of all of it, as a purge does."""
    for kind, column in (("delivery", "id"), ("letter", "id"), ("suppression", "id")):
        for id_ in session.scalars(select(table(kind).c[column])):
            journal.append(session, Event(clock(), "sam", f"{kind}.purged", f"{kind}:{id_}"))
    contacts = table("contact").c
    for id_, code in session.execute(select(contacts.id, contacts.authority_code)):
        detail = {"contact": str(id_)}
        journal.append(
            session, Event(clock(), "sam", "authority.purged", f"authority:{code}", detail)
        )


def wrong(app: App) -> tuple[str, ...]:
    with app.sessions.read() as session:
        return audit(session).wrong


def test_what_tells_of_people_goes_for_good_and_the_ledger_holds(
    lived: App, clock: FakeClock
) -> None:
    with lived.sessions.begin() as session:
        take_away(session)
        tell(session, clock)
    assert wrong(lived) == ()
    packs.seal_all(lived)
    assert wrong(lived) == ()
    with lived.sessions.read() as session:
        left = [str(row) for kind in BLANKED for row in session.execute(select(table(kind)))]
        salts = session.scalars(select(ImprintRow.salt).where(ImprintRow.people.is_not(None))).all()
        [draft, *_] = session.scalars(select(Letter.draft)).all()
        assert set(session.scalars(select(Letter.fingerprint))) == {""}
    assert not [row for row in left if "Adeyemi" in row or "oxo.example" in row]
    assert salts
    assert set(salts) == {None}
    assert draft.recipients[0].role == "chief executive"
    assert draft.recipients[0].address == ""


def test_what_is_gone_is_passed_by_the_next_time(lived: App) -> None:
    for _ in range(2):
        with lived.sessions.begin() as session:
            take_away(session)


def test_nothing_is_taken_away_that_is_not_what_was_sealed(lived: App) -> None:
    with lived.sessions.begin() as session:
        session.execute(update(table("delivery")).values(name="Mr Smith"))
    with (
        pytest.raises(NotApproved, match=r"is not what the ledger has of it"),
        lived.sessions.begin() as session,
    ):
        take_away(session)


def test_what_waits_to_be_sealed_is_not_taken_away(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    with (
        pytest.raises(RuleBroken, match=r"delivery .* of OXO .* waits to be sealed"),
        app.sessions.begin() as session,
    ):
        take_away(session)


@pytest.mark.parametrize(
    ("done", "named"),
    [
        (
            "DELETE FROM event WHERE action = 'delivery.purged'",
            "delivery .* lost its personal data without an event .* after seal",
        ),
        ("UPDATE delivery SET address = 'new@oxo.example'", "delivery .* was changed after seal"),
        ("UPDATE attempt SET code = 250", "attempt . of delivery .* was changed after seal"),
        ("UPDATE contact SET role = 'mayor'", "the mayor of .* was changed after seal"),
        ("UPDATE imprint SET people = digest WHERE people IS NOT NULL", "was changed after seal"),
    ],
)
def test_what_is_done_to_a_record_that_lost_its_people_is_found(
    lived: App, clock: FakeClock, done: str, named: str
) -> None:
    with lived.sessions.begin() as session:
        take_away(session)
        tell(session, clock)
        session.execute(text(done))
    [first, *_] = wrong(lived)
    assert re.search(named, first), first
