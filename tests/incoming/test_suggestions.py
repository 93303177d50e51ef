from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import ContactRow, Delivery, Suggestion
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, NotFound, RuleBroken
from dispatch.domain.incoming.message import SuggestionState
from dispatch.domain.mailout import MailoutState
from dispatch.incoming import suggestions
from dispatch.incoming.store.suggestions import id_of
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_word, contact_in
from tests.fakes import FakeClock
from tests.notices import a_departure, came, token


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    return sent(app)


def sent(app: App) -> Delivery:
    [found] = steps.deliveries_of(app).values()
    return found


def suggested(
    app: App, delivery: Delivery, address: str = "jo@oxo.example", name: str = "Dr Jo van Smith"
) -> UUID:
    came(app, a_departure(address, name), token(app, delivery))
    with app.sessions.read() as session:
        return session.scalars(select(Suggestion.id)).one()


def accept(app: App, suggestion_id: UUID) -> tuple[str, ...]:
    with app.sessions.begin() as session:
        word = a_word(app.clock(), "alex", "rang  up")
        return suggestions.accept(session, suggestion_id, word).reopened


def decline(app: App, suggestion_id: UUID) -> None:
    with app.sessions.begin() as session:
        suggestions.decline(session, suggestion_id, a_word(app.clock(), "alex"))


def contacts(app: App) -> list[ContactRow]:
    with app.sessions.read() as session:
        query = select(ContactRow).where(ContactRow.role == "chief executive")
        return list(session.scalars(query.order_by(ContactRow.valid_until.is_(None))))


def decided(app: App) -> Suggestion:
    with app.sessions.read() as session:
        return session.scalars(select(Suggestion)).one()


def test_who_is_accepted_takes_the_place_of_who_has_left(app: App, delivery: Delivery) -> None:
    accept(app, suggested(app, delivery))
    before, after = contacts(app)
    assert before.valid_until == after.valid_from == app.clock().date()
    assert (after.replaces_id, after.address) == (before.id, "jo@oxo.example")
    assert (after.honorific, after.given_name, after.surname) == ("Dr", "Jo", "van Smith")
    found = decided(app)
    assert found.state is SuggestionState.ACCEPTED
    assert (found.decided_by, found.because, found.contact_id) == ("alex", "rang up", after.id)
    with app.sessions.read() as session:
        event = journal.events(session, "authority:OXO")[-1]
    assert (event.actor, event.action) == ("alex", "contact.replaced")
    assert event.detail == {
        "role": "chief executive",
        "contact": str(after.id),
        "replaced": str(before.id),
        "because": "rang up",
        "mail": sha256(b"a mail"),
        "at_keyboard": "sam",
    }


def test_accepting_sends_nothing(app: App, delivery: Delivery) -> None:
    accept(app, suggested(app, delivery))
    steps.send_due(app)
    assert len(steps.deliveries_of(app)) == 1
    assert sent(app).attempts == 1


def test_a_suggestion_is_decided_once(app: App, delivery: Delivery) -> None:
    suggestion_id = suggested(app, delivery)
    decline(app, suggestion_id)
    assert decided(app).state is SuggestionState.DECLINED
    assert len(contacts(app)) == 1
    assert "contact.declined" in steps.actions(app, f"delivery:{delivery.id}")
    for again in (accept, decline):
        with pytest.raises(RuleBroken, match="is declined already"):
            again(app, suggestion_id)
    came(app, a_departure("jo@oxo.example"), token(app, delivery), mail=b"another reply")
    assert decided(app).state is SuggestionState.DECLINED


def test_who_was_replaced_meanwhile_is_not_replaced_again(app: App, delivery: Delivery) -> None:
    suggestion_id = suggested(app, delivery)
    with app.sessions.begin() as session:
        contact_in(session, "OXO").address = "new.chief@oxo.example"
    with pytest.raises(RuleBroken, match="of OXO now has another address"):
        accept(app, suggestion_id)


def test_an_address_that_is_none_is_not_put_in_post(app: App, delivery: Delivery) -> None:
    suggestion_id = suggested(app, delivery, address="jo@oxo@example")
    with pytest.raises(BadInput, match="is not an email address"):
        accept(app, suggestion_id)
    assert len(contacts(app)) == 1


def test_the_successors_contact_is_replaced_where_the_letter_is_about_another(
    app: App, delivery: Delivery
) -> None:
    suggestion_id = suggested(app, delivery)
    with app.sessions.begin() as session:
        contact_in(session, "OXO").address = "gone@oxo.example"
        session.add(
            ContactRow(
                authority_code="OXO",
                role="chief executive",
                address="Chief.Executive@OXO.example",
                valid_from=app.clock().date(),
            )
        )
    accept(app, suggestion_id)
    assert [each.address for each in contacts(app) if each.valid_until] == [
        "Chief.Executive@OXO.example"
    ]


def test_a_mailout_that_would_go_to_who_has_left_goes_back_to_draft(
    app: App, delivery: Delivery
) -> None:
    suggestion_id = suggested(app, delivery)
    with app.sessions.begin() as session:  # as if its letters had still to go
        mailout = mailout_named(session, steps.NAME)
        mailout.state, mailout.released_at = MailoutState.APPROVED, None
    assert accept(app, suggestion_id) == (steps.NAME,)
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.DRAFT
    assert mailout.remark == "the chief executive of OXO changed as an autoreply suggested"


def test_a_suggestion_is_found_by_the_beginning_of_its_id(app: App, delivery: Delivery) -> None:
    suggestion_id = suggested(app, delivery)
    with app.sessions.read() as session:
        assert id_of(session, str(suggestion_id)[:8]) == suggestion_id
        with pytest.raises(NotFound, match="no suggestion has an id that begins with"):
            id_of(session, f"{suggestion_id.int ^ 1:032x}")
