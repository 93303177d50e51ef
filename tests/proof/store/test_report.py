from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import NotFound
from dispatch.domain.reply import Outcome, Reply
from dispatch.proof.report import search
from dispatch.proof.store.filters import Filters
from dispatch.proof.store.report import DeliveryReport
from tests import steps
from tests.fakes import FakeClock, FakeTransport

CHIEF, LINK = "chief.executive@oxo.example", "link.officer@oxo.example"


def found(app: App, **wanted: str | date) -> list[DeliveryReport]:
    with app.sessions.read() as session:
        return list(search(session, Filters(**wanted)))  # type: ignore[arg-type]


@pytest.fixture
def sent(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    """Two authorities' letters: the link officer of one had to wait for his by two hours."""
    steps.released(app, clock, "ADU", "OXO")
    busy = Outcome.answered(Reply(".", 451, "4.3.2 later\nplease"))
    transport.outcomes.extend([busy])
    steps.send_due(app)
    clock.advance(hours=2)
    steps.send_due(app)
    return app


def test_a_delivery_is_told_with_all_that_bears_on_it(sent: App) -> None:
    [late] = [each for each in found(sent) if len(each.attempts) == 2]
    assert (late.mailout, late.version) == (steps.NAME, 1)
    assert late.delivery.state is DeliveryState.ACCEPTED
    assert [each.code for each in late.attempts] == [451, 250]
    assert late.attempts[0].text == "4.3.2 later\nplease"
    assert late.last
    assert late.last.text == "2.0.0 queued"
    assert late.tried_at == late.last.offered_at
    assert late.approved_by == "alex"
    assert late.approved_at
    assert late.released_at
    assert late.approved_at < late.released_at
    letter = steps.letters_of(sent)[late.delivery.authority_code]
    assert (late.letter_digest, late.pdf_digest) == (letter.digest, letter.parts["pdf"])
    assert late.approved_digest == steps.mailout_of(sent).approved_digest


def test_the_oldest_comes_first(sent: App) -> None:
    told = found(sent)
    assert len(told) == 4
    assert [each.at for each in told] == sorted(each.at for each in told)
    assert len(told[-1].attempts) == 2


@pytest.mark.parametrize(
    ("wanted", "addresses"),
    [
        ({"authority": "oxo"}, {CHIEF, LINK}),
        ({"address": CHIEF.replace("oxo", "OXO")}, {CHIEF}),
        ({"person": "ADEYEMI", "authority": "OXO"}, {CHIEF, LINK}),
        ({"person": "%"}, set()),
        ({"address": "nobody@oxo.example"}, set()),
    ],
)
def test_only_what_is_asked_for_is_told(
    sent: App, wanted: dict[str, str], addresses: set[str]
) -> None:
    assert {each.delivery.address for each in found(sent, **wanted)} == addresses


def test_an_unknown_authority_is_named(sent: App) -> None:
    with pytest.raises(NotFound, match="no authority has the code 'XYZ'"):
        found(sent, authority="XYZ")


def test_days_are_london_s_and_both_ends_count(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    """Half past eleven in the evening of the 22nd in UTC is the 23rd in London's summer."""
    steps.released(app, clock, cc_roles=())
    clock.reach(datetime(2020, 7, 22, 23, 30, tzinfo=UTC))
    steps.send_due(app)
    day = date(2020, 7, 23)
    assert len(found(app, since=day, until=day)) == 1
    assert found(app, until=day - timedelta(days=1)) == []
    assert found(app, since=day + timedelta(days=1)) == []


def test_what_has_not_been_tried_is_told_by_when_it_was_to_leave(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    [waiting] = found(app, since=date(2020, 7, 22), until=date(2020, 7, 22))
    assert (waiting.last, waiting.tried_at) == (None, None)
    assert waiting.at == waiting.delivery.created_at


def test_a_list_goes_on_after_any_delivery(sent: App) -> None:
    whole = [each.delivery.id for each in found(sent)]
    assert len(whole) == 4
    with sent.sessions.read() as session:
        for at, id_ in enumerate(whole):
            following = search(session, Filters(), after=id_, limit=2)
            assert [each.delivery.id for each in following] == whole[at + 1 : at + 3]
