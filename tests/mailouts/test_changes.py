from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.domain.errors import ImpossibleMove
from dispatch.domain.mailout import REOPENED_BY_CHANGE, MailoutState
from dispatch.ledger import journal
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import lock_unreleased
from tests.factories import a_mailout, a_word

NOW = datetime(2020, 7, 10, 9, 0, tzinfo=UTC)
WHY = "the chief executive of OXO changed on import of contacts.csv"


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions.begin() as session:
        yield session


def in_state(session: Session, state: MailoutState) -> Mailout:
    mailout = a_mailout(session)
    mailout.state = state
    mailout.approved_by, mailout.approved_at, mailout.approved_digest = "kim", NOW, "0" * 64
    session.flush()
    return mailout


@pytest.mark.parametrize(
    "state", [each for each in MailoutState if each in REOPENED_BY_CHANGE | {MailoutState.PAUSED}]
)
def test_a_mailout_goes_back_to_draft_without_its_approval(
    session: Session, state: MailoutState
) -> None:
    mailout = in_state(session, state)

    reopen(session, mailout, WHY, a_word(NOW))

    assert mailout.state is MailoutState.DRAFT
    assert (mailout.approved_by, mailout.approved_at, mailout.approved_digest) == (None,) * 3
    assert mailout.remark == WHY
    [event] = journal.events(session, "mailout:annual-review-2020")
    assert (event.at, event.actor, event.action) == (NOW, "sam", "mailout.reopened")
    assert event.detail == {"why": WHY, "was": state.value, "at_keyboard": "sam"}


@pytest.mark.parametrize(
    "state",
    [state for state in MailoutState if state not in {*REOPENED_BY_CHANGE, MailoutState.PAUSED}],
)
def test_a_mailout_that_is_on_its_way_or_done_is_not_reopened(
    session: Session, state: MailoutState
) -> None:
    mailout = in_state(session, state)

    with pytest.raises(ImpossibleMove):
        reopen(session, mailout, WHY, a_word(NOW))


def test_a_mailout_that_was_paused_half_way_is_not_reopened(session: Session) -> None:
    mailout = in_state(session, MailoutState.PAUSED)
    mailout.released_at = NOW

    with pytest.raises(ImpossibleMove, match="annual-review-2020 has been released"):
        reopen(session, mailout, WHY, a_word(NOW))


def test_what_has_not_begun_to_go_is_found_as_it_is_now(session: Session) -> None:
    states = (MailoutState.DRAFT, MailoutState.SCHEDULED, MailoutState.SENT, MailoutState.CANCELLED)
    for state in states:
        a_mailout(session, name=state.value).state = state
    paused, held = a_mailout(session, name="paused"), a_mailout(session, name="held-half-way")
    paused.state = held.state = MailoutState.PAUSED
    held.released_at = NOW
    session.flush()

    assert {mailout.name for mailout in lock_unreleased(session)} == {
        "draft",
        "scheduled",
        "paused",
    }
