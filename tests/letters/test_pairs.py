from __future__ import annotations

from dispatch.app import App
from dispatch.letters import pairs
from dispatch.letters.pairs import SAMPLE, Shown
from dispatch.mailouts.store import mailout_named
from dispatch.views.letters import pair_lines
from tests import steps

CODES = ("ADU", "BAR", "BIR", "OXO", "WOT")


def shown(app: App) -> Shown:
    with app.sessions.read() as session:
        return pairs.shown(session, mailout_named(session, steps.NAME))


def test_an_approver_sees_all_that_is_odd_and_the_same_few_of_the_others(app: App) -> None:
    steps.planned(app, *CODES)
    steps.appointed(app, "OXO", "jo@adu.example")
    steps.render_again(app)
    found = shown(app)
    [odd] = found.odd
    assert (odd.code, odd.role, odd.address) == ("OXO", "chief executive", "jo@adu.example")
    assert odd.odd.startswith("ADU (")
    assert len(found.sample) == SAMPLE
    assert odd not in found.sample
    assert shown(app) == found
    lines = list(pair_lines(found))
    assert len(lines) == 1 + 1 + 1 + SAMPLE
    assert lines[1].startswith("  OXO (")
    assert lines[1].endswith(f"<jo@adu.example>, which is the domain of {odd.odd}")


def test_of_few_letters_all_are_shown(app: App) -> None:
    steps.rendered(app)
    assert [each.code for each in shown(app).sample] == ["OXO", "OXO"]
    assert list(pair_lines(Shown((), ()))) == []
