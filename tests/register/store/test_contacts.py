from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.database import Session, Sessions
from dispatch.database.tables import ContactRow
from dispatch.domain.errors import RuleBroken
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.authority import Contact
from dispatch.domain.register.comparison import (
    Change,
    Comparison,
    Ending,
    SharedAddress,
    compare_contacts,
)
from dispatch.domain.register.tenure import Origin, Tenure
from dispatch.ledger import events, journal
from dispatch.register.file_kinds import KINDS
from dispatch.register.store import contacts
from tests import factories
from tests.factories import a_contact, a_source_file, contact_row, written

IMPORTED_AT = datetime(2020, 7, 1, 23, 30, tzinfo=UTC)
"""Half past midnight on the second of July by London's clocks."""

TODAY = date(2020, 7, 2)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A database with three authorities and nobody in post."""
    with sessions.begin() as session:
        factories.register(session, "OXO", "ADU", "WOT")
        session.query(ContactRow).delete()
        yield session


def write(session: Session, *coming: Contact, **options: Any) -> Comparison[Contact]:
    difference = compare_contacts(contacts.registered(session), coming, **options)
    written(session, KINDS["contacts"], difference, at=IMPORTED_AT)
    session.expire_all()
    return difference


def test_people_are_in_post_from_the_day_of_the_import_in_london(session: Session) -> None:
    write(session, a_contact("OXO"))

    [row] = session.scalars(select(ContactRow))
    assert row.valid_from == TODAY
    assert row.valid_until is None
    assert contacts.current(session) == {("OXO", "chief executive"): a_contact("OXO")}


def test_a_comparison_by_itself_writes_nothing(session: Session) -> None:
    compare_contacts(contacts.registered(session), [a_contact("OXO")])

    assert not contacts.current(session)


def test_a_successor_in_post_ends_the_one_before_and_points_at_them(session: Session) -> None:
    write(session, a_contact("OXO"))
    after = a_contact("OXO", address="new@oxford.example", surname="Mitchell")

    difference = write(session, after)

    old, new = session.scalars(select(ContactRow).order_by(ContactRow.valid_until.is_(None)))
    assert old.valid_until == TODAY
    assert (old.to_contact(), new.to_contact()) == (a_contact("OXO"), after)
    assert new.replaces_id == old.id
    assert difference.changed == (Change(a_contact("OXO"), after, old.id),)
    assert difference.changed[0].fields == ("address", "surname")
    assert contacts.current(session) == {("OXO", "chief executive"): after}


def test_a_contact_that_comes_again_is_unchanged(session: Session) -> None:
    write(session, a_contact("OXO"))

    difference = write(session, a_contact("OXO"))

    assert (difference.new, difference.changed, difference.unchanged) == ((), (), 1)
    assert len(session.scalars(select(ContactRow)).all()) == 1


@pytest.mark.parametrize("address", ["Jo@BÜCHER.example", "jo@xn--bcher-kva.example"])
def test_another_spelling_of_the_same_mailbox_is_no_change(session: Session, address: str) -> None:
    write(session, a_contact("OXO", address="jo@bücher.example"))

    difference = write(session, a_contact("OXO", address=address))

    assert (difference.changed, difference.unchanged) == ((), 1)
    difference = write(session, a_contact("OXO", address=address, surname="Mitchell"))
    assert difference.changed[0].fields == ("surname",)


def test_dots_and_tags_of_a_local_part_are_no_spelling_of_another(session: Session) -> None:
    write(session, a_contact("OXO", address="jo.smith@gmail.test"))

    assert write(session, a_contact("OXO", address="josmith@gmail.test")).changed
    assert write(session, a_contact("OXO", address="josmith+letters@gmail.test")).changed


def test_who_is_not_in_the_file_stays_in_post(session: Session) -> None:
    write(session, a_contact("OXO"), a_contact("ADU"), a_contact("WOT", "leader"))

    difference = write(session, a_contact("OXO", surname="Mitchell"))

    assert contacts.current(session)["ADU", "chief executive"] == a_contact("ADU")
    assert difference.staying == (a_contact("ADU"),)
    assert difference.ended == ()


def test_who_is_not_in_a_complete_file_is_out_of_the_roles_that_it_names(session: Session) -> None:
    write(session, a_contact("OXO"), a_contact("ADU"), a_contact("ADU", "leader"))
    [adur] = session.scalars(
        select(ContactRow).where(
            ContactRow.authority_code == "ADU", ContactRow.role == "chief executive"
        )
    )

    difference = write(session, a_contact("OXO"), a_contact("WOT"), is_complete=True)

    assert difference.ended == (Ending(a_contact("ADU"), adur.id),)
    assert difference.staying == ()
    assert difference.touched == (a_contact("WOT"), a_contact("ADU"))
    assert adur.valid_until == TODAY
    assert set(contacts.current(session)) == {
        ("OXO", "chief executive"),
        ("ADU", "leader"),
        ("WOT", "chief executive"),
    }


def test_an_address_that_comes_to_serve_another_authority_is_named_once(session: Session) -> None:
    write(session, a_contact("ADU", address="chief@adur.example"))
    both = a_contact("WOT", address="Chief@ADUR.example")

    assert write(session, both).shared == (SharedAddress("chief@adur.example", ("ADU", "WOT")),)
    assert write(session, both, a_contact("WOT", "leader")).shared == ()
    third = a_contact("OXO", address="chief@adur.example")
    assert write(session, third).shared == (
        SharedAddress("chief@adur.example", ("ADU", "OXO", "WOT")),
    )


def test_an_address_that_moves_from_one_authority_to_another_is_not_shared(
    session: Session,
) -> None:
    write(session, a_contact("ADU", address="jo@jo.example"))

    difference = write(session, a_contact("WOT", address="jo@jo.example"), is_complete=True)

    assert difference.shared == ()


def test_two_roles_at_one_authority_may_have_one_address(session: Session) -> None:
    coming = (
        a_contact("OXO", role, address="x@oxo.example") for role in ("leader", "link officer")
    )

    assert write(session, *coming).shared == ()


@pytest.mark.parametrize("is_ended", [False, True])
def test_no_change_is_dated_before_the_last_one_of_its_post(
    session: Session, is_ended: bool
) -> None:
    [row] = contacts.replace(session, [(a_contact("OXO"), None)], day=YESTERDAY)
    ending = Ending(a_contact("OXO"), row.id)
    if is_ended:
        contacts.end(session, [ending], day=TODAY)
    before = YESTERDAY if is_ended else YESTERDAY - timedelta(days=1)

    with pytest.raises(RuleBroken, match=r"the chief executive of OXO changed on [12] July 2020"):
        contacts.replace(session, [(a_contact("OXO"), None)], day=before)
    with pytest.raises(RuleBroken, match="no change can be dated before that"):
        contacts.end(session, [ending], day=before)
    contacts.replace(session, [(a_contact("OXO", "leader"), None)], day=before)


def test_who_is_in_post_is_found_by_authority_and_role(session: Session) -> None:
    [row] = contacts.replace(session, [(a_contact("OXO"), None)], day=TODAY)

    assert contacts.holder(session, "OXO", "chief executive") is row
    assert contacts.holder(session, "OXO", "leader") is None
    assert contacts.holder(session, "ADU", "chief executive") is None


def test_contacts_can_be_asked_for_by_role(session: Session) -> None:
    session.add_all(contact_row(a_contact("OXO", role)) for role in ("chief executive", "leader"))

    assert set(contacts.current(session, ["leader"])) == {("OXO", "leader")}
    assert len(contacts.current(session)) == 2


AT = datetime(2020, 7, 10, 9, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = date(2020, 7, 1), date(2020, 7, 5), date(2020, 7, 10)


@pytest.fixture
def registered(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        factories.register(session, "OXO")
    return sessions


def leaders(session: Session) -> list[Tenure]:
    return [each for each in contacts.history(session, "OXO") if each.contact.role == "leader"]


def tell(session: Session, action: str, contact: object, **detail: str) -> None:
    subject = "authority:OXO"
    event = Event(AT, "alex", action, subject, {"contact": str(contact), **detail})
    journal.append(session, event)


def test_who_was_never_changed_is_known_by_the_days_alone(registered: Sessions) -> None:
    with registered.read() as session:
        found = contacts.history(session, "OXO")
    assert [each.contact.role for each in found] == ["chief executive", "link officer"]
    assert found[0] == Tenure(
        contact=a_contact("OXO"),
        valid_from=date(2020, 1, 1),
        valid_until=None,
        brought=None,
        replaced_by=None,
        ended=None,
    )


def test_a_history_names_the_files_and_the_people_that_made_it(registered: Sessions) -> None:
    with registered.begin() as session:
        source = a_source_file(session, at=AT)
        one, two = (a_contact("OXO", "leader", surname=name) for name in ("One", "Two"))
        [first] = contacts.replace(session, [(one, None)], day=FIRST, source_file_id=source.id)
        [second] = contacts.replace(session, [(two, first.id)], day=SECOND)
        tell(session, "contact.replaced", second.id, because="rang up", mail="0" * 64)
        contacts.end(session, [Ending(two, second.id)], day=THIRD)
        tell(session, "contact.ended", second.id, name="later.csv")
    with registered.read() as session:
        before, after = leaders(session)
    assert (before.contact, before.valid_until, before.replaced_by) == (one, SECOND, two)
    assert before.brought == Origin("sam", AT, file="contacts.csv")
    assert before.ended is None
    assert (after.valid_from, after.valid_until, after.replaced_by) == (SECOND, THIRD, None)
    assert after.brought == Origin("alex", AT, because="rang up", is_suggested=True)
    assert after.ended == Origin("alex", AT, file="later.csv")
    assert [before.holds_on(day) for day in (FIRST, SECOND, THIRD)] == [True, False, False]
    assert [after.holds_on(day) for day in (FIRST, SECOND, THIRD)] == [False, True, False]


def test_several_of_one_day_stand_in_their_order_and_the_last_one_counts(
    registered: Sessions,
) -> None:
    replaced = None
    with registered.begin() as session:
        for number in range(4):
            contact = a_contact("OXO", "leader", surname=str(number))
            [row] = contacts.replace(session, [(contact, replaced)], day=FIRST)
            at = AT.replace(minute=number)
            detail = {"contact": str(row.id)}
            event = Event(at, "alex", "contact.replaced", "authority:OXO", detail)
            journal.append(session, event)
            replaced = row.id
    with registered.read() as session:
        found = leaders(session)
    assert [each.contact.surname for each in found] == ["0", "1", "2", "3"]
    assert [each.holds_on(FIRST) for each in found] == [False, False, False, True]


def test_where_somebody_came_since_a_moment_is_known_by_event_and_by_file(
    session: Session,
) -> None:
    moment = datetime(2020, 7, 2, tzinfo=UTC)
    before, after = moment - timedelta(days=1), moment + timedelta(days=1)
    for code, at in (("OXO", after), ("ADU", before)):
        journal.append(session, events.CONTACT_REPLACED.by(factories.a_word(at), code))
    journal.append(session, events.CONTACT_ENDED.by(factories.a_word(after), "WOT"))
    file = a_source_file(session, at=after)
    came = contact_row(a_contact("WOT", "leader"))
    came.source_file_id = file.id
    session.add(came)
    session.flush()
    assert contacts.changed_since(session, moment) == {"OXO", "WOT"}
