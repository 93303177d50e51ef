from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.domain.sending.modes import Mode
from dispatch.mailouts.store import mailouts
from dispatch.settings import Settings
from tests.cli.conftest import Dispatch
from tests.people.office import invited


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mode": "trial"}, "set DISPATCH_MODE=rehearsal first"),
        ({"smtp_url": "smtps://mail.example"}, "for the mail catcher and the database of a home"),
        (
            {
                "mode": "rehearsal",
                "smtp_url": "smtps://mail.example",
                "rehearsal_to": "jo@office.example",
            },
            "for the mail catcher and the database of a home",
        ),
        (
            {"mode": "rehearsal", "smtp_url": "catcher", "database_url": "sqlite:///x.db"},
            "for the mail catcher and the database of a home",
        ),
    ],
)
def test_it_is_refused_where_a_letter_could_reach_somebody_or_count(
    dispatch: Dispatch, app: App, tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    there = replace(app, settings=Settings(home=tmp_path, **given))
    result = dispatch("rehearse", obj=there)
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())
    with app.sessions.read() as session:
        assert mailouts(session) == []


def test_nobody_of_the_offices_own_is_made_to_approve(
    dispatch: Dispatch, app: App, tmp_path: Path
) -> None:
    invited(app, AccountRole.EDITOR, app.person)
    there = replace(app, settings=Settings(home=tmp_path, mode=Mode.REHEARSAL))
    result = dispatch("rehearse", obj=there)
    assert result.exit_code == 1
    assert "people of your own have accounts in this home" in " ".join(result.output.split())
