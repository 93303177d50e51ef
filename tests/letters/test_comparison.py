from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.database.tables import Mailout
from dispatch.domain.errors import NotFound
from dispatch.domain.letters.comparison import Side
from dispatch.letters import comparison
from dispatch.letters.comparison import Comparison
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_plan


def compared(app: App, other: str) -> Comparison:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.SECOND)
        letter = letters.letter_of(session, mailout, "OXO")
        return comparison.compared(session, mailout, letter, other)


def test_a_letter_is_compared_with_that_of_another_year(app: App) -> None:
    steps.rendered(app)
    steps.second_approved(app)
    with app.sessions.begin() as session:
        session.query(Mailout).where(Mailout.name == steps.NAME).update(
            {"plan": a_plan(year="2018-19")}
        )
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.SECOND)
        letter = letters.letter_of(session, mailout, "OXO")
        assert comparison.choices(session, mailout, letter) == ["2018-19"]
    found = compared(app, "2018-19")
    assert all(each.is_same for each in found.figures)
    assert all(piece.side is Side.SAME for each in found.passages for piece in each.pieces)
    assert not found.is_other_template
    with pytest.raises(NotFound, match="there was no letter of OXO for 2017-18"):
        compared(app, "2017-18")
    with pytest.raises(NotFound, match="there is no version 7"):
        compared(app, "version-7")
    assert compared(app, "version-1").called == "version 1"
