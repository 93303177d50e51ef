from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from dispatch.app import App
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.letters import hands, render
from dispatch.mailouts.store import mailout_named
from dispatch.proof.report import search
from dispatch.proof.store.filters import Filters
from dispatch.sending import release
from dispatch.tracking.status import status_of
from dispatch.views.proof.report import report_line
from dispatch.views.status import facts, status_view
from tests import packs, steps
from tests.factories import RELEASE_AT, a_word, an_event
from tests.fakes import FakeClock

SAID = "sam took part both in asking for the letters and in approving them"


@pytest.mark.parametrize(
    ("asked", "approved", "name"),
    [
        (("sam", "sam"), ("alex", "alex"), None),
        (("sam", "sam"), ("alex", "kim"), None),
        (("sam", "sam"), ("alex", "sam"), "sam"),
        (("jo", "sam"), ("sam", "sam"), "sam"),
        (("jo", "sam"), ("sam", "kim"), "sam"),
        (("jo", "sam"), ("alex", "jo"), "jo"),
        (("jo", "SAM"), ("alex", "sam"), "sam"),
    ],
)
def test_who_took_part_in_both_is_found_whoever_is_named(
    app: App, asked: tuple[str, str], approved: tuple[str, str], name: str | None
) -> None:
    steps.planned(app, "OXO")
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        word = a_word(app.clock(), asked[0], keyboard=asked[1])
        render.ask(session, mailout, app.templates, word)
    word = Word(person=approved[0], keyboard=approved[1], at=app.clock())
    with app.sessions.read() as session:
        assert hands.in_rendering(session, steps.NAME, [asked[0]], word) == name
        assert hands.in_rendering(session, steps.NAME, ["somebody else"], word) is None


def test_everything_that_says_who_approved_says_who_took_part_in_both(
    app: App, clock: FakeClock
) -> None:
    steps.rendered(app, "OXO")
    with app.sessions.begin() as session:
        word = Word(person="alex", keyboard="sam", at=app.clock())
        assert steps.signed(session, steps.NAME, app.templates, word).took_part_in_both == "sam"
        mailout = mailout_named(session, steps.NAME)
        journal.append(session, an_event("authority:OXO", app.clock()))
        release.schedule(session, mailout, app.templates, a_word(app.clock(), because=""))
    clock.reach(RELEASE_AT)
    steps.tick(app)
    steps.send_due(app)
    packs.seal_all(app)
    [event] = [each for each in steps.events(app) if each.action == "mailout.approved"]
    assert event.detail["took_part_in_both"] == "sam"
    with app.sessions.read() as session:
        status = status_view(status_of(session, mailout_named(session, steps.NAME), now=clock()))
        reports = list(search(session, Filters(authority="OXO")))
        assert all(SAID in report_line(each).result for each in reports)
    assert ("approved", f"by alex; {SAID}") in facts(status, has_staff=True)
    assert SAID in page(packs.packed(app)["summary.pdf"])
    redacted = page(packs.packed(app, is_redacted=True)["summary.pdf"])
    assert "took part both" in redacted
    assert "sam took" not in redacted


def page(pdf: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())
