from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App, ledger_signer
from dispatch.database.tables import Document, Letter
from dispatch.domain.digest import sha256
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.jobs.job import Job, JobState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import Attachment, MailoutState
from dispatch.domain.word import Word
from dispatch.files import bundles
from dispatch.jobs import work
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import orders, store
from dispatch.publishing.orders import OrderMeans, Outlook
from tests import steps
from tests.corrections import versions
from tests.factories import some_figures
from tests.fakes import FakeClock
from tests.uploads import SITE, WORD, bounced, change, files_in, proposed, sent, uploaded


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "www" / "public"


@pytest.fixture
def means(app: App, public: Path) -> OrderMeans:
    app.settings.home.mkdir()
    return OrderMeans(
        sessions=app.sessions,
        clock=app.clock,
        folder=public,
        site=SITE,
        signer=ledger_signer(app),
        known={},
    )


def outlook(app: App) -> Outlook:
    with app.sessions.read() as session:
        return orders.outlook(session, mailout_named(session, steps.NAME))


def ordered(app: App, agreed: str | None = None, word: Word = WORD) -> Job:
    agreed = agreed or outlook(app).digest
    with app.sessions.begin() as session:
        return orders.order(session, steps.NAME, agreed, replace(word, at=app.clock()))


def carried_out(app: App, means: OrderMeans) -> Job:
    ended = work.do_one(
        app.sessions,
        app.clock,
        lambda kind: lambda job, steps_: orders.carry_out(means, job, steps_),
    )
    assert ended is not None
    if ended.fault:
        raise ended.fault
    return ended.job


def test_the_outlook_says_what_the_upload_then_proposes(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    found, proposal = outlook(app), proposed(app, tmp_path / "www")
    assert found.letters == proposal.letters == 2
    assert (found.unreached, found.withheld) == (proposal.unreached, proposal.withheld)
    assert found.upload_date == proposal.upload_date
    assert not found.is_public


def test_the_outlook_is_of_each_letter_in_its_last_version_and_of_what_went_with_it(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    sheet = a_sheet(app)
    sent(app, clock, "OXO", "ADU", attachments={"OXO": [sheet], "BRX": [sheet]})
    before = outlook(app)
    assert (before.letters, before.withheld, before.later) == (2, 1, ())
    reissued(app, "OXO")
    found = outlook(app)
    assert (found.letters, found.withheld) == (2, 1)
    letter = steps.letters_of(app)["OXO"]
    assert found.later == (("OXO", 2, letter.digest),)
    assert found.digest != before.digest


def a_sheet(app: App) -> Attachment:
    """Store a spreadsheet for a plan."""
    content = b"case 1"
    sheet = Attachment(name="decided.csv", media_type="text/csv", sha256=sha256(content))
    with app.sessions.begin() as session:
        session.add(Document(sha256=sheet.sha256, media_type="text/csv", content=content))
    return sheet


def reissued(app: App, code: str) -> None:
    """Send a new version of a letter."""
    steps.figures_corrected(app, some_figures(code, upheld=4))
    versions.proposed(app, versions.corrected(app, code).redrafts)
    versions.approved(app, code)
    steps.send_due(app)
    steps.tick(app)


def test_a_version_that_went_since_needs_another_look(
    app: App, clock: FakeClock, means: OrderMeans, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    ordered(app)
    reissued(app, "OXO")
    job = carried_out(app, means)
    assert (job.state, "review it again" in (job.error or "")) == (JobState.FAILED, True)
    assert not public.exists()


def test_a_worker_makes_public_what_was_asked_for(
    app: App, clock: FakeClock, means: OrderMeans, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    ordered(app)
    job = carried_out(app, means)
    assert (job.state, job.done, job.of) == (JobState.DONE, 4, 4)
    assert job.result is not None
    assert job.result["digest"] == bundles.read(public).digest
    assert steps.state_of(app) is MailoutState.UPLOADED
    with app.sessions.read() as session:
        [recorded] = store.uploads(session)
    assert (recorded.manifest, recorded.job) == (job.result["digest"], str(job.id))
    [event] = [each for each in steps.events(app) if each.action == "mailout.uploaded"]
    assert (event.actor, event.detail["at_keyboard"]) == ("Alex", "sam")
    assert outlook(app).is_public


def test_an_upload_that_was_recorded_before_its_worker_died_is_not_made_again(
    app: App, clock: FakeClock, means: OrderMeans, public: Path
) -> None:
    sent(app, clock, "OXO")
    job = ordered(app)

    class Steps:
        def over(self, items: Iterable[Any], of: int, *, before: int) -> Iterable[Any]:
            return items

    first = orders.carry_out(means, job, Steps())
    files = files_in(public)
    again = orders.carry_out(means, job, Steps())
    assert (again["digest"], files_in(public)) == (first["digest"], files)


@pytest.mark.parametrize(
    ("agreed", "seconds", "error", "words"),
    [
        ("0" * 64, 0, ChangedMeanwhile, "review it again"),
        (None, -1, RuleBroken, "is not public before 29 July 2020"),
    ],
)
def test_an_order_is_refused(
    app: App,
    clock: FakeClock,
    agreed: str | None,
    seconds: int,
    error: type[Exception],
    words: str,
) -> None:
    sent(app, clock, "OXO")
    clock.advance(seconds=seconds)
    with pytest.raises(error, match=words):
        ordered(app, agreed)


def test_who_is_unreached_needs_a_reason_and_what_changed_afterwards_another_look(
    app: App, clock: FakeClock, means: OrderMeans, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    bounced(app, "ADU")
    with pytest.raises(RuleBroken, match="not surely reached: ADU"):
        ordered(app)
    ordered(app, word=replace(WORD, because="rung up: they have it on paper"))
    bounced(app, "OXO")
    job = carried_out(app, means)
    assert (job.state, "review it again" in (job.error or "")) == (JobState.FAILED, True)
    assert not public.exists()
    assert steps.state_of(app) is MailoutState.SENT


def test_what_cannot_be_public_yet_says_why(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    with pytest.raises(RuleBroken, match="still on their way"):
        outlook(app)


@pytest.mark.parametrize("state", [LetterState.PROPOSED, LetterState.WANTED, LetterState.FAILED])
def test_a_letter_that_waits_keeps_all_from_being_public_also_in_its_first_version(
    app: App, clock: FakeClock, state: LetterState
) -> None:
    sent(app, clock, "OXO", "ADU")
    change(app, Letter, "OXO", state=state)
    with pytest.raises(RuleBroken, match="of the letter of OXO: approve it, or withdraw it"):
        outlook(app)


def test_an_upload_by_the_command_line_has_no_job(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, tmp_path / "public")
    with app.sessions.read() as session:
        assert [each.job for each in store.uploads(session)] == [""]
