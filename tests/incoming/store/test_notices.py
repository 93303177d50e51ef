"""What came in, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import IncomingMail, NoticeRow, Suggestion
from dispatch.domain.incoming.message import UNDECIDED, MailState, Trust
from dispatch.domain.notice import Category
from dispatch.incoming import undecided
from dispatch.incoming.store import notices, suggestions
from dispatch.register.store import suppressions
from dispatch.register.suppressions import suppress
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.notices import a_bounce, named

Turn = Callable[[Session, UUID | None], tuple[Sequence[UUID], UUID | None]]
"""Returns the ids of a page of two that begins after one of them, and where the next begins."""


def of_notices(session: Session, after: UUID | None) -> tuple[Sequence[UUID], UUID | None]:
    found = [mail.id for _, mail, _ in notices.page(session, after=after, limit=2)]
    return found, found[-1] if found else None


def of_quarantine(session: Session, after: UUID | None) -> tuple[Sequence[UUID], UUID | None]:
    found = [mail.id for mail in notices.quarantine_page(session, after=after, limit=2)]
    return found, found[-1] if found else None


def of_undecided(session: Session, after: UUID | None) -> tuple[Sequence[UUID], UUID | None]:
    found = undecided.page(session, None, after=after, limit=2)
    return [each.mail_id for each in found.found], found.next


def of_suggestions(session: Session, after: UUID | None) -> tuple[Sequence[UUID], UUID | None]:
    found = suggestions.page(session, after=after, limit=2, states=UNDECIDED)
    ids = [suggestion.mail_id for suggestion, _, _ in found]
    return ids, found[-1][0].id if found else None


NEWEST = [4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("turn", "order"),
    [
        (of_notices, NEWEST),
        (of_quarantine, NEWEST),
        (of_undecided, [0, 1, 2, 3, 4]),
        (of_suggestions, [3, 0, 1, 2, 4]),  # what a person wrote comes first
    ],
)
def test_each_list_is_whole_however_it_is_cut(
    app: App, clock: FakeClock, turn: Turn, order: list[int]
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(app)
    [delivery] = steps.deliveries_of(app).values()
    ids = [uuid4() for _ in range(5)]
    bounce = a_bounce(delivery, clues=named(delivery))
    with app.sessions.begin() as session:
        for number, mail_id in enumerate(ids):
            # Two of them came in the same moment.
            at = app.clock() + timedelta(microseconds=number // 2 if number < 2 else number)
            session.add(
                IncomingMail(
                    id=mail_id,
                    sha256=str(number),
                    content=b"x",
                    received_at=at,
                    due_at=at,
                    state=MailState.QUARANTINED,
                )
            )
            session.flush()
            session.add(
                NoticeRow(
                    mail_id=mail_id,
                    version=1,
                    read_at=at,
                    category=Category.HUMAN if number == 3 else Category.BOUNCE,
                    notice=bounce,
                    delivery_id=delivery.id,
                    trust=Trust.PROBABLE,
                )
            )
            session.add(
                Suggestion(
                    mail_id=mail_id,
                    delivery_id=delivery.id,
                    address=f"{number}@oxo.example",
                    address_key=f"{number}@oxo.example",
                    name="",
                    sentence="",
                    made_at=at,
                )
            )
    found: list[UUID] = []
    after: UUID | None = None
    with app.sessions.read() as session:
        while True:
            ids_here, after = turn(session, after)
            found += ids_here
            if not ids_here or after is None:
                break
    assert sorted(found) == sorted(ids)
    ties = {ids[0]: 0, ids[1]: 0}
    places = [ties.get(each, ids.index(each)) for each in found]
    assert places == [ties.get(ids[number], number) for number in order]


def test_the_suppressions_are_whole_however_they_are_cut(app: App) -> None:
    with app.sessions.begin() as session:
        for number in range(5):
            word = a_word(app.clock() + timedelta(seconds=number // 2), because="asked")
            suppress(session, f"{number}@oxo.example", word)
    found: list[str] = []
    after = None
    with app.sessions.read() as session:
        while rows := suppressions.page(session, after=after, limit=2):
            found += [row.address for row in rows]
            after = rows[-1].id
    assert sorted(found) == [f"{number}@oxo.example" for number in range(5)]
    assert found[0] == "4@oxo.example"
