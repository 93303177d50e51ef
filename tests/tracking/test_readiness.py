from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import AuthorityRow
from dispatch.domain.sending.pace import Rates
from dispatch.register import register
from dispatch.tracking.readiness import Beside, Readiness, readiness
from tests import steps

ENDED = ("ADU", "CMD")
HEIR = "OXO"


def found(app: App) -> Readiness:
    by = Beside(
        now=app.clock(),
        templates=app.templates,
        examples=(),
        sender=app.sender,
        rates=Rates(),
        ways_in=(),
    )
    return readiness(app.sessions, steps.NAME, by)


def test_a_check_by_pages_finds_what_it_finds_at_once(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One body came after two others, so that it is on three pages of the register."""
    steps.planned(app, *ENDED, HEIR, "WOT", confirm_days=20)
    with app.sessions.begin() as session:
        ended = update(AuthorityRow).where(AuthorityRow.code.in_(ENDED))
        session.execute(ended.values(last_day=date(2020, 3, 31), successors=[HEIR]))
        shout = update(AuthorityRow).where(AuthorityRow.code == HEIR)
        session.execute(shout.values(name="OXFORD ON THE THAMES"))
    steps.appointed(app, HEIR, "jo@wot.example")
    at_once = found(app)
    monkeypatch.setattr(register, "PAGE", 1)
    by_pages = found(app)
    assert by_pages == at_once
    assert [each.about for each in by_pages.check.letters] == ["ADU", "CMD", "OXO", "WOT"]
    assert by_pages.asked.contacts == 4
    said = [each.message for each in by_pages.check.findings if each.authority == HEIR]
    assert len(said) == 2, said
    assert by_pages.sources
