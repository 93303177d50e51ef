from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dispatch.app import App
from dispatch.database.tables import Delivery, Document, Letter
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import NotApproved
from dispatch.domain.notice import Action, Category, Notice
from dispatch.ledger import events, journal, upkeep_events
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import store
from dispatch.tracking.standing import standing
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.notices import a_report, came, token
from tests.uploads import change, sent


def unreached(app: App) -> frozenset[str]:
    with app.sessions.read() as session:
        return standing(session, mailout_named(session, steps.NAME)).not_surely_reached


def proven(app: App) -> list[store.SentLetter]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        return list(store.sent_letters(session, letters.in_force(session, mailout)))


@pytest.mark.parametrize(
    "state", [DeliveryState.BOUNCED, DeliveryState.IN_DOUBT, DeliveryState.EXPIRED]
)
def test_who_is_not_surely_reached_is_known(
    app: App, clock: FakeClock, state: DeliveryState
) -> None:
    sent(app, clock, "OXO", "ADU")
    change(app, Delivery, "ADU", state=state)
    assert unreached(app) == {"ADU"}


def test_letters_come_with_their_bytes_and_the_bodies_that_they_went_in(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock, "OXO", "ADU")
    assert [each.letter.authority_code for each in proven(app)] == ["ADU", "OXO"]
    for each in proven(app):
        assert each.pdfs["pdf"].startswith(b"%PDF")
        assert len(each.bodies) == 1


def test_a_stored_letter_without_its_digest_is_named(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    change(app, Document, "OXO", content=b"%PDF, forged")
    with pytest.raises(NotApproved, match="not what it was"):
        proven(app)


def test_a_letter_whose_row_names_another_document_is_named(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", "ADU")
    change(app, Letter, "OXO", parts=steps.letters_of(app)["ADU"].parts)
    with pytest.raises(NotApproved, match="letter of OXO is not the approved one"):
        proven(app)


def test_the_digests_of_recorded_uploads_are_known(app: App) -> None:
    at = datetime(2020, 7, 29, tzinfo=UTC)
    with app.sessions.begin() as session:
        journal.append(
            session,
            events.MAILOUT_UPLOADED.by(a_word(at, "alex"), "a", manifest="d1"),
            upkeep_events.AUDIT_EXPORTED.by(a_word(at, "alex"), "evidence", manifest="d2"),
        )
        assert store.recorded(session) == {"d1"}


def test_what_a_server_still_tries_to_pass_on_or_a_challenge_keeps_is_not_surely_there(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock, "OXO", "ADU", "WOT")
    rows = {row.authority_code: row for row in steps.deliveries_of(app).values()}
    late, challenged = rows["OXO"], rows["ADU"]
    came(app, a_report(late, Action.DELAYED), token(app, late), mail=b"1")
    came(app, Notice(category=Category.CHALLENGE), token(app, challenged), mail=b"2")
    assert unreached(app) == {"OXO", "ADU"}
