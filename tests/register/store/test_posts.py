from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from dispatch.database import Session, Sessions
from dispatch.database.tables import ContactRow
from dispatch.domain.errors import RuleBroken
from dispatch.register.store import posts
from dispatch.register.store.register import Ending
from tests import factories
from tests.factories import a_contact

TODAY = date(2020, 7, 2)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A database with three authorities and nobody in post."""
    with sessions.begin() as session:
        factories.register(session, "OXO", "ADU", "WOT")
        session.query(ContactRow).delete()
        yield session


@pytest.mark.parametrize("is_ended", [False, True])
def test_no_change_is_dated_before_the_last_one_of_its_post(
    session: Session, is_ended: bool
) -> None:
    [row] = posts.succeed(session, [(a_contact("OXO"), None)], day=YESTERDAY)
    ending = Ending(a_contact("OXO"), row.id)
    if is_ended:
        posts.end(session, [ending], day=TODAY)
    before = YESTERDAY if is_ended else YESTERDAY - timedelta(days=1)

    with pytest.raises(RuleBroken, match=r"the chief executive of OXO changed on [12] July 2020"):
        posts.succeed(session, [(a_contact("OXO"), None)], day=before)
    with pytest.raises(RuleBroken, match="no change can be dated before that"):
        posts.end(session, [ending], day=before)
    posts.succeed(session, [(a_contact("OXO", "leader"), None)], day=before)


def test_who_is_in_post_is_found_by_authority_and_role(session: Session) -> None:
    [row] = posts.succeed(session, [(a_contact("OXO"), None)], day=TODAY)

    assert posts.in_post(session, "OXO", "chief executive") is row
    assert posts.in_post(session, "OXO", "leader") is None
    assert posts.in_post(session, "ADU", "chief executive") is None
