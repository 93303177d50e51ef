from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.database import Session, Sessions
from dispatch.database.tables import ContactRow, SourceFile
from dispatch.domain.authority import Contact
from dispatch.register.store import differences, register
from dispatch.register.store.differences import Difference, Shared
from dispatch.register.store.register import Ending
from tests import factories
from tests.factories import a_contact

IMPORTED_AT = datetime(2020, 7, 1, 23, 30, tzinfo=UTC)
"""Half past midnight on the second of July by London's clocks."""

TODAY = date(2020, 7, 2)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A database with three authorities and nobody in post."""
    with sessions.begin() as session:
        factories.register(session, "OXO", "ADU", "WOT")
        session.query(ContactRow).delete()
        yield session


def write(session: Session, *coming: Contact, **options: Any) -> Difference:
    source = SourceFile(
        kind="contacts",
        name="x.csv",
        sha256="0" * 64,
        content=b"x",
        imported_at=IMPORTED_AT,
        imported_by="sam",
    )
    session.add(source)
    session.flush()
    difference = differences.compare(session, coming, **options)
    differences.write(session, difference, source)
    session.expire_all()
    return difference


def test_people_are_in_post_from_the_day_of_the_import_in_london(session: Session) -> None:
    write(session, a_contact("OXO"))

    [row] = session.scalars(select(ContactRow))
    assert row.valid_from == TODAY
    assert row.valid_until is None
    assert register.contacts_in_post(session) == {("OXO", "chief executive"): a_contact("OXO")}


def test_a_comparison_by_itself_writes_nothing(session: Session) -> None:
    differences.compare(session, [a_contact("OXO")])

    assert not register.contacts_in_post(session)


def test_a_successor_in_post_ends_the_one_before_and_points_at_them(session: Session) -> None:
    write(session, a_contact("OXO"))
    after = a_contact("OXO", address="new@oxford.example", surname="Mitchell")

    difference = write(session, after)

    old, new = session.scalars(select(ContactRow).order_by(ContactRow.valid_until.is_(None)))
    assert old.valid_until == TODAY
    assert (old.to_contact(), new.to_contact()) == (a_contact("OXO"), after)
    assert new.replaces_id == old.id
    assert difference.changed == (register.Change(a_contact("OXO"), after, old.id),)
    assert difference.changed[0].fields == ("address", "surname")
    assert register.contacts_in_post(session) == {("OXO", "chief executive"): after}


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

    assert register.contacts_in_post(session)["ADU", "chief executive"] == a_contact("ADU")
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
    assert set(register.contacts_in_post(session)) == {
        ("OXO", "chief executive"),
        ("ADU", "leader"),
        ("WOT", "chief executive"),
    }


def test_an_address_that_comes_to_serve_another_authority_is_named_once(session: Session) -> None:
    write(session, a_contact("ADU", address="chief@adur.example"))
    both = a_contact("WOT", address="Chief@ADUR.example")

    assert write(session, both).shared == (Shared("chief@adur.example", ("ADU", "WOT")),)
    assert write(session, both, a_contact("WOT", "leader")).shared == ()
    third = a_contact("OXO", address="chief@adur.example")
    assert write(session, third).shared == (Shared("chief@adur.example", ("ADU", "OXO", "WOT")),)


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
