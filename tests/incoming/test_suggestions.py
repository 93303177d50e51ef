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
from dispatch.incoming.confirm import confirm
from dispatch.incoming.store.suggestions import id_of
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_word, contact_in
from tests.fakes import FakeClock
from tests.notices import a_departure, came, concluded, knows, named, token


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
        accepted = suggestions.accept(session, suggestion_id, word)
    assert accepted
    return accepted.reopened


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


def unverified(app: App, delivery: Delivery) -> tuple[UUID, UUID]:
    """Return a suggestion that anybody may have written, and its message."""
    done = came(app, a_departure("jo@0xo.example", clues=named(delivery)))
    return decided(app).id, done.mail_id


def accept_as(app: App, suggestion_id: UUID, person: str, *, keyboard: str = "sam") -> bool:
    """Accept it on a person's word; return whether the contact changed."""
    with app.sessions.begin() as session:
        word = a_word(app.clock(), person, f"{person} rang up", keyboard=keyboard)
        return suggestions.accept(session, suggestion_id, word) is not None


def test_what_nothing_proves_needs_two_people(app: App, delivery: Delivery) -> None:
    suggestion_id, _ = unverified(app, delivery)
    assert not accept_as(app, suggestion_id, "alex")
    found = decided(app)
    assert (found.state, found.first_by) == (SuggestionState.ACCEPTED_ONCE, "alex")
    assert len(contacts(app)) == 1
    for same in ("alex", "ALEX", "\u0430lex"):
        with pytest.raises(RuleBroken, match=r"somebody else must accept|not the name of a person"):
            accept_as(app, suggestion_id, same)
    assert len(contacts(app)) == 1
    assert accept_as(app, suggestion_id, "kim", keyboard="kim")
    assert [each.address for each in contacts(app)] == [delivery.address, "jo@0xo.example"]
    with app.sessions.read() as session:
        first = journal.events(session, f"delivery:{delivery.id}")[-1]
        last = journal.events(session, "authority:OXO")[-1]
    assert (first.actor, first.action) == ("alex", "contact.accepted_once")
    assert first.detail["because"] == "alex rang up"
    assert (last.actor, last.action) == ("kim", "contact.replaced")
    assert last.detail["because"] == "kim rang up"


def test_who_confirmed_the_message_is_the_first_of_two(app: App, delivery: Delivery) -> None:
    suggestion_id, mail_id = unverified(app, delivery)
    with app.sessions.begin() as session:
        confirm(session, mail_id, a_word(app.clock(), "alex"))
    concluded(app)
    with pytest.raises(RuleBroken, match="alex has said so already"):
        accept_as(app, suggestion_id, "alex")
    assert accept_as(app, suggestion_id, "kim")


def test_who_has_the_letter_is_believed_as_its_mailbox_is(app: App, delivery: Delivery) -> None:
    came(app, a_departure("jo@oxo.example", clues=knows(app, delivery)))
    assert accept_as(app, decided(app).id, "alex")


def test_what_was_accepted_once_may_still_be_declined(app: App, delivery: Delivery) -> None:
    suggestion_id, _ = unverified(app, delivery)
    assert not accept_as(app, suggestion_id, "alex")
    decline(app, suggestion_id)
    assert decided(app).state is SuggestionState.DECLINED
    assert len(contacts(app)) == 1
