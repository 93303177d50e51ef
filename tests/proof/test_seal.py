from __future__ import annotations

from dispatch.app import App
from dispatch.domain.proof import merkle
from dispatch.ledger import journal
from dispatch.proof.seal import catch_up, seal
from dispatch.proof.store import entries, sealed_records, seals
from tests import rfc9162, steps
from tests.factories import an_event
from tests.fakes import FakeClock


def tell(app: App, *subjects: str) -> None:
    events = (an_event(each, app.clock()) for each in subjects)
    with app.sessions.begin() as session:
        journal.append_all(session, events)


def sealed(app: App, limit: int = 1000) -> list[int]:
    """Seal until nothing is left; return how many events each seal has."""
    counts = []
    with app.sessions.begin() as session:
        while made := seal(session, now=app.clock(), limit=limit):
            counts.append(made.events)
    return counts


def imprints(app: App) -> list[str]:
    with app.sessions.read() as session:
        last = seals.last(session)
        assert last
        return [each.record for _, each in entries.imprints_of(session, 0, last.seal.size)]


def test_where_nothing_happened_nothing_is_sealed(app: App) -> None:
    assert sealed(app) == []


def test_events_are_sealed_batch_by_batch_and_once(app: App) -> None:
    tell(app, *(f"mailout:{number}" for number in range(5)))
    assert sealed(app, limit=2) == [2, 2, 1]
    assert sealed(app) == []
    tell(app, "mailout:6")
    assert sealed(app) == [1]


def test_a_seal_says_when_nothing_waited_behind_it(app: App, clock: FakeClock) -> None:
    tell(app, "mailout:1", "mailout:2", "mailout:3")
    with app.sessions.begin() as session:
        made = [seal(session, now=clock(), limit=2) for _ in range(2)]
    assert [each and each.is_caught_up for each in made] == [False, True]


def test_the_root_is_that_of_every_event_and_imprint_in_order(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    sealed(app, limit=3)
    with app.sessions.read() as session:
        leaves = []
        _, *chain = [each.seal for each in seals.after(session, -1, 100)]
        start = 0
        for each in chain:
            found = entries.events_of(session, start, each.size)
            leaves += [merkle.leaf_hash(event.entry) for event in found]
            own = entries.imprints_of(session, start, each.size)
            leaves += [merkle.leaf_hash(imprint.entry()) for _, imprint in own]
            start = each.size
            assert each.root == rfc9162.root(leaves).hex()
    assert len(chain) > 2


def test_what_an_event_wrote_is_sealed_with_it_and_not_again(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    sealed(app)
    first = imprints(app)
    assert {f"delivery:{delivery.id}", f"letter:{delivery.letter_id}"} < set(first)
    tell(app, f"delivery:{delivery.id}")
    assert sealed(app) == [1]
    assert imprints(app) == first


def test_a_record_that_may_be_replaced_leaves_another_imprint(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    tell(app, "authority:OXO")
    sealed(app)
    with app.sessions.begin() as session:
        table = sealed_records.KINDS["authority"].model.__table__
        session.execute(table.update().values(region="South East"))  # type: ignore[attr-defined]
    clock.advance(hours=1)
    tell(app, "authority:OXO")
    sealed(app)
    assert imprints(app).count("authority:OXO") == 2


def test_whoever_proves_something_need_not_wait_for_the_clock(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    catch_up(app.sessions, clock)
    with app.sessions.read() as session:
        assert not entries.is_unsealed(session)
