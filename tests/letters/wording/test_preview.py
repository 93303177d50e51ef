from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.letters.drafting import Register
from dispatch.domain.letters.oddity import Before
from dispatch.letters.wording import preview
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import some_figures


def test_a_mailouts_letters_are_shown_as_they_will_be_made(app: App) -> None:
    steps.rendered(
        app, "OXO", "ADU", figures=[some_figures("OXO", remedied=0), some_figures("ADU")]
    )
    stored = steps.letters_of(app)["OXO"]
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        known, before = preview.registered(session, mailout.plan, mailout)
    basis = preview.basis_of(mailout.plan, known, before, "")
    assert basis.stop(None).code == "OXO"  # the oddest
    found = preview.made(basis.stop("oxo").draft, app.templates)
    assert found.rendered
    assert tuple(sorted((stored.branches or "").split())) == found.rendered.branches
    tour = preview.tour_of(basis, app.templates)
    assert {each.code for each in tour.stops} <= {"OXO", "ADU"}
    assert tour.unseen
    with pytest.raises(NotFound, match="has no letter ZZZ"):
        basis.stop("ZZZ")


def test_a_plan_without_letters_says_why(app: App) -> None:
    steps.planned(app)
    with app.sessions.read() as session:
        plan = mailout_named(session, steps.NAME).plan
    empty = Register(authorities={}, contacts={}, figures={})
    with pytest.raises(RuleBroken, match="no letter of annual-review-2020 can be made"):
        preview.basis_of(plan, empty, Before(), "")
