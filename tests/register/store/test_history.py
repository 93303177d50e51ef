from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dispatch.database import Session, Sessions
from dispatch.database.tables import SourceFile
from dispatch.domain.ledger import Event
from dispatch.domain.tenure import Origin, Tenure
from dispatch.ledger import journal
from dispatch.register.store import history, posts
from dispatch.register.store.register import Ending
from tests import factories
from tests.factories import a_contact

AT = datetime(2020, 7, 10, 9, 0, tzinfo=UTC)
FIRST, SECOND, THIRD = date(2020, 7, 1), date(2020, 7, 5), date(2020, 7, 10)


@pytest.fixture
def registered(sessions: Sessions) -> Sessions:
    with sessions.begin() as session:
        factories.register(session, "OXO")
    return sessions


def leaders(session: Session) -> list[Tenure]:
    return [each for each in history.history(session, "OXO") if each.contact.role == "leader"]


def tell(session: Session, action: str, contact: object, **detail: str) -> None:
    subject = "authority:OXO"
    event = Event(AT, "alex", action, subject, {"contact": str(contact), **detail})
    journal.append(session, event)


def test_who_was_never_changed_is_known_by_the_days_alone(registered: Sessions) -> None:
    with registered.read() as session:
        found = history.history(session, "OXO")
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
        source = SourceFile(
            kind="contacts",
            name="contacts.csv",
            sha256="0" * 64,
            content=b"x",
            imported_at=AT,
            imported_by="sam",
        )
        session.add(source)
        session.flush()
        one, two = (a_contact("OXO", "leader", surname=name) for name in ("One", "Two"))
        [first] = posts.succeed(session, [(one, None)], day=FIRST, source_file_id=source.id)
        [second] = posts.succeed(session, [(two, first.id)], day=SECOND)
        tell(session, "contact.replaced", second.id, because="rang up", mail="0" * 64)
        posts.end(session, [Ending(two, second.id)], day=THIRD)
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
            [row] = posts.succeed(session, [(contact, replaced)], day=FIRST)
            at = AT.replace(minute=number)
            detail = {"contact": str(row.id)}
            event = Event(at, "alex", "contact.replaced", "authority:OXO", detail)
            journal.append(session, event)
            replaced = row.id
    with registered.read() as session:
        found = leaders(session)
    assert [each.contact.surname for each in found] == ["0", "1", "2", "3"]
    assert [each.holds_on(FIRST) for each in found] == [False, False, False, True]
