from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch.database import Session, Sessions
from dispatch.database.tables import AuthorityRow
from dispatch.domain.mailout import Inclusion
from dispatch.register import register
from tests import factories
from tests.factories import a_mailout


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions.begin() as session:
        factories.register(session, "OXO", "ADU")
        yield session


WITHOUT_ADUR = Inclusion(kinds=("council",), without=frozenset({"ADU"}))


def test_a_mailout_is_concerned_by_the_posts_that_it_writes_to(session: Session) -> None:
    mailout = a_mailout(session, inclusion=WITHOUT_ADUR)

    assert register.concerned(session, [mailout], "OXO", "link officer") == [mailout]
    assert not register.concerned(session, [mailout], "OXO", "leader")
    assert not register.concerned(session, [mailout], "ADU", "chief executive")


def test_a_mailout_is_concerned_by_the_posts_of_successors(session: Session) -> None:
    mailout = a_mailout(session, inclusion=WITHOUT_ADUR)
    session.get_one(AuthorityRow, "OXO").successors = ["ADU"]
    session.flush()

    assert register.concerned(session, [mailout], "ADU", "chief executive") == [mailout]
