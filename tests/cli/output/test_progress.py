from __future__ import annotations

import threading
from itertools import count

import pytest

from dispatch.app import App
from dispatch.cli.output import progress
from dispatch.domain.mailout import MailoutState
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock


def test_sending_is_followed_until_nothing_waits(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    timer = threading.Timer(0.4, lambda: steps.send_due(app))
    timer.start()
    progress.sending(app, steps.NAME)
    timer.join()
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT


def test_a_person_who_waits_for_nothing_is_asked_whether_anything_runs(
    app: App,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The letters leave at the third look: by the second, the first has been waited for in vain."""
    looks = count(1)

    def between_looks(_: float) -> None:
        if next(looks) == 3:
            steps.send_due(app)

    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0)
    steps.released(app, clock)
    monkeypatch.setattr("time.sleep", between_looks)
    progress.sending(app, steps.NAME)
    assert "is `dispatch run` running in another terminal?" in capsys.readouterr().err


def test_letters_are_not_all_made_while_more_are_being_stored(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "PAGE", 1)
    steps.planned(app, "ADU", "OXO")

    def far() -> tuple[int, int]:
        steps.render_wanted(app)
        with app.sessions.read() as session:
            return progress.letters_made(session, steps.NAME)

    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(app.clock()))
    assert far() == (1, 2)
    render.draft(app.sessions, steps.NAME, app.clock)
    assert far() == (2, 2)


def test_all_that_a_check_finds_is_passed_on() -> None:
    found = [["OXO: no title"], [], ["ADU: no language"]]
    assert list(progress.checking(found, 3)) == found
