from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.corrections import reissue
from dispatch.documents import Templates
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.letter import LetterState
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.letters.store import documents, letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from tests import steps
from tests.corrections import versions
from tests.factories import a_contact, a_word, contact_in, some_figures
from tests.fakes import FakeClock

CODES = ("OXO", "ADU", "WOT")
RIGHT = some_figures("OXO", upheld=4)


@pytest.fixture
def sent(app: App, clock: FakeClock) -> None:
    """Letters of three councils of one group that have gone, and a figure put right since."""
    steps.released(app, clock, *CODES)
    steps.send_due(app)
    steps.tick(app)
    clock.advance(days=1)
    steps.figures_corrected(app, RIGHT)


@pytest.mark.usefixtures("sent")
def test_a_letter_is_drawn_up_anew_and_every_other_that_would_change_is_named(app: App) -> None:
    correction = versions.corrected(app, "oxo")
    [version] = correction.redrafts
    assert (version.code, version.number) == ("OXO", 2)
    assert version.draft.content.boxes[0].count == 4
    assert [shift.code for shift in correction.others] == ["ADU", "WOT"]
    for shift in correction.others:
        assert shift.what[0] == "Complaints upheld: the average 50% becomes 67%"


@pytest.mark.usefixtures("sent")
def test_only_letters_whose_text_would_change_are_named(app: App) -> None:
    nothing = {"investigated": 0, "upheld": 0, "remedied": 0, "compliance_outcomes": 0}
    steps.figures_corrected(app, RIGHT, some_figures("ADU", **nothing, complied=0))
    versions.proposed(app, versions.corrected(app, "ADU").redrafts)
    versions.approved(app)
    steps.figures_corrected(app, some_figures("OXO", upheld=3))
    steps.appointed(app, "WOT", "jo.new@wot.example", "chief executive")
    [other] = versions.corrected(app, "OXO").others
    assert other.code == "WOT"
    assert not any("OXO" in line or "Okafor" in line for line in other.what)
    with pytest.raises(RuleBroken, match="ADU would be the same"):
        versions.corrected(app, "ADU")


@pytest.mark.usefixtures("sent")
def test_a_letter_whose_wording_would_change_is_named(app: App, tmp_path: Path) -> None:
    steps.figures_corrected(app, some_figures("OXO"))
    copied = shutil.copytree(app.settings.templates, tmp_path / "templates")
    letter = copied / "annual-review" / "letter.md"
    words = letter.read_text(encoding="utf-8")
    app = replace(app, templates=Templates(copied))
    letter.write_text(words + "{# a remark #}\n", encoding="utf-8")
    with pytest.raises(RuleBroken, match="OXO would be the same"):
        versions.corrected(app, "OXO")
    steps.figures_corrected(app, RIGHT, some_figures("WOT", upheld=0, remedied=0))
    letter.write_text(words.replace("Please share it", "Please show it"), encoding="utf-8")
    assert [each.code for each in versions.corrected(app, "WOT").others] == ["ADU", "OXO"]
    letter.write_text(words.replace("{{ context", "{{ absent"), encoding="utf-8")
    correction = versions.corrected(app, "OXO")
    assert "cannot be made again: annual-review: letter.md" in correction.others[0].what[0]


@pytest.mark.usefixtures("sent")
def test_what_is_proposed_waits_and_the_letter_before_it_stays_in_force(app: App) -> None:
    before = versions.letter(app)
    versions.proposed(app, versions.corrected(app, "OXO").redrafts)

    assert versions.letter(app).id == before.id
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        row = letters.letter_of(session, mailout, "OXO", version=2)
        assert (row.state, row.replaces_id) == (LetterState.PROPOSED, before.id)
        assert (row.asked_by, row.because) == ("sam", "a count was wrong")
        documents.of(session, row)
        text = documents.load(session, [row.parts["text"]])[row.parts["text"]].decode()
        [event] = journal.events(session, f"letter:{row.id}")
    assert "version 2 of our letter and replaces the earlier one" in " ".join(text.split())
    assert (event.action, event.actor) == ("letter.proposed", "sam")
    assert event.detail["what"] == "reissued"
    assert event.detail["because"] == "a count was wrong"


@pytest.mark.usefixtures("sent")
def test_proposing_again_voids_what_waited(app: App) -> None:
    versions.proposed(app, versions.corrected(app, "OXO").redrafts)
    steps.figures_corrected(app, some_figures("OXO", upheld=3))
    versions.proposed(app, versions.corrected(app, "OXO").redrafts, because="and again")
    [waiting] = versions.pending(app)
    assert waiting.letter.because == "and again"
    assert waiting.letter.version == 2
    assert steps.actions(app).count("letter.withdrawn") == 1


@pytest.mark.usefixtures("sent")
def test_a_proposal_can_be_withdrawn(app: App) -> None:
    word = Word(person="alex", keyboard="sam", because="not needed", at=app.clock())

    def withdraw(*codes: str) -> list[str]:
        with app.sessions.begin() as session:
            return reissue.withdraw(session, steps.NAME, codes, word)

    versions.proposed(app, versions.corrected(app, "OXO").redrafts)
    assert withdraw("oxo") == ["OXO"]
    [event] = [each for each in steps.events(app) if each.action == "letter.withdrawn"]
    assert event.actor == "alex"
    assert event.detail == {"because": "not needed", "at_keyboard": "sam"}
    assert versions.pending(app) == ()
    with pytest.raises(RuleBroken, match="no new version of a letter of annual-review-2020 waits"):
        withdraw("OXO")


@pytest.mark.usefixtures("sent")
def test_a_letter_that_would_be_the_same_is_not_made_anew(app: App) -> None:
    steps.figures_corrected(app, some_figures("OXO"))
    with pytest.raises(RuleBroken, match="ADU would be the same: bring in what is right first"):
        versions.corrected(app, "ADU")


@pytest.mark.usefixtures("sent")
def test_a_letter_that_cannot_be_drawn_up_any_more_is_not_made_anew(app: App) -> None:
    with app.sessions.begin() as session:
        session.delete(contact_in(session, "OXO"))
    with pytest.raises(RuleBroken, match="OXO has no chief executive to write to: its letter"):
        versions.corrected(app, "OXO")


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("because", ["", "  "])
def test_a_reason_is_needed(app: App, because: str) -> None:
    found = versions.corrected(app, "OXO").redrafts
    with pytest.raises(RuleBroken, match="give a reason"):
        versions.proposed(app, found, because=because)


def test_before_the_release_letters_are_rendered_and_not_reissued(app: App) -> None:
    steps.scheduled(app)
    with pytest.raises(RuleBroken, match="scheduled and none of its letters have left"):
        versions.corrected(app, "OXO")


@pytest.mark.usefixtures("sent")
def test_nothing_of_a_cancelled_mailout_is_made_anew(app: App) -> None:
    found = versions.corrected(app, "OXO").redrafts
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.cancel(session, mailout, a_word(app.clock()))
    with pytest.raises(RuleBroken, match="is cancelled: its letters no longer leave"):
        versions.proposed(app, found)


@pytest.mark.usefixtures("sent")
def test_a_letter_that_was_replaced_meanwhile_is_not_replaced_again_unseen(app: App) -> None:
    found = versions.corrected(app, "OXO").redrafts
    versions.proposed(app, found)
    versions.approved(app)
    with pytest.raises(ChangedMeanwhile):
        versions.proposed(app, found)


@pytest.mark.usefixtures("sent")
def test_a_letter_is_readdressed_to_one_who_is_known_by_name(app: App) -> None:
    id_ = versions.letter(app).id
    [version] = versions.readdressed(app, (id_, a_contact(surname="Okafor")))
    assert version.draft.content.addressee.surname == "Okafor"
    with pytest.raises(RuleBroken, match="in the name of its chief executive already"):
        versions.readdressed(app, (id_, a_contact()))
    with pytest.raises(RuleBroken, match="nobody is known by name as chief executive of OXO"):
        versions.readdressed(app, (id_, a_contact(surname=None, honorific=None)))
