from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout, Reminder
from dispatch.domain.mailout import MailoutState
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState
from dispatch.tracking.store import reminders
from tests.factories import a_mailout, contact_in, register

NINE = datetime(2020, 7, 23, 8, tzinfo=UTC)
TWO = NINE + timedelta(hours=5)


def a_reminder(mailout: Mailout, slot_at: datetime, verdict: str = "accepted") -> Reminder:
    return Reminder(
        mailout_id=mailout.id,
        slot_at=slot_at,
        kind=ReminderKind.UNREACHED,
        unreached=1,
        state=ReminderState.OFFERED,
        verdicts={"office@ombudsman.example": verdict},
        created_at=slot_at,
    )


def test_there_is_one_for_an_hour(sessions: Sessions) -> None:
    with sessions.begin() as session:
        mailout = a_mailout(session)
        session.add(a_reminder(mailout, NINE))
        session.flush()
        session.add(a_reminder(mailout, NINE))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


@pytest.mark.parametrize(
    ("verdict", "may_have_arrived"),
    [("accepted", True), ("in_doubt", True), ("offered", True), ("deferred", False)],
)
def test_what_staff_may_have_counts_as_arrived(
    sessions: Sessions, verdict: str, may_have_arrived: bool
) -> None:
    with sessions.begin() as session:
        mailout = a_mailout(session)
        session.add_all([a_reminder(mailout, NINE, verdict), a_reminder(mailout, TWO)])
        session.flush()
        found = reminders.last_arrived_before(session, mailout, TWO)
        assert (found is not None) is may_have_arrived
        assert reminders.last_arrived_before(session, mailout, NINE) is None
        last = reminders.last_of_each(session, mailout)[False]
        assert last is not None
        assert last.slot_at == TWO


def names_awaiting_upload(session: Session) -> list[str]:
    return [mailout.name for mailout in reminders.awaiting_upload(session)]


def test_only_what_was_released_and_has_not_ended_awaits_its_upload(sessions: Sessions) -> None:
    with sessions.begin() as session:
        mailout = a_mailout(session)
        mailout.state = MailoutState.PAUSED
        assert names_awaiting_upload(session) == []
        mailout.released_at = NINE
        assert names_awaiting_upload(session) == [mailout.name]
        mailout.state = MailoutState.CANCELLED
        assert names_awaiting_upload(session) == []


def test_the_addresses_of_others_are_those_of_every_contact_past_ones_too(
    sessions: Sessions,
) -> None:
    with sessions.begin() as session:
        register(session, "OXO")
        row = contact_in(session, "OXO")
        row.address, row.valid_until = "Chief@B\u00fccher.example", date(2020, 2, 1)
        found = reminders.addresses_of_others(session, a_mailout(session))
    assert found == {"chief@xn--bcher-kva.example", "link.officer@oxo.example"}
