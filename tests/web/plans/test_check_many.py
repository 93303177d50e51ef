"""The check of so many letters that a worker does it, and the page shows what it found."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Heartbeat, JobRow, Mailout
from dispatch.domain.jobs.job import JobKind
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.jobs import orders
from dispatch.register.appointments import Wanted, appoint, propose
from dispatch.views.form import as_data
from dispatch.views.readiness import Obstacle, stored_check
from dispatch.web.plans import check
from dispatch.worker import jobs
from dispatch.worker.means import Means
from tests import steps
from tests.factories import contact_in, register
from tests.fakes import FakeClock
from tests.web.browser import Browser
from tests.web.questions import MOST, questions

CHECK = f"/mailouts/{steps.NAME}/check"
AGAIN = f"{CHECK}/again"
TICKS = 'hx-trigger="tick"'


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two authorities be many."""
    monkeypatch.setattr(check, "AT_ONCE", 1)


def work(app: App) -> None:
    """Have a worker do what was asked for."""
    app.settings.home.mkdir(exist_ok=True)
    jobs.do_jobs(Means(app, lambda task, workers: None))


def ask(browser: Browser, **values: str) -> None:
    answer = browser.send(AGAIN, page=CHECK, **values)
    assert (answer.status_code, answer.location) == (303, CHECK)


def checked(app: App, browser: Browser) -> str:
    """Have the letters checked, and return the page that shows it."""
    ask(browser)
    work(app)
    return browser.get(CHECK)


def somebody_new(app: App) -> None:
    word = Word(person="robin", keyboard="robin", because="they said so", at=app.clock())
    cells = {"address": "new@oxo.example", "surname": "Newby"}
    wanted = Wanted(code="OXO", role="chief executive", cells=cells)
    with app.sessions.begin() as session:
        appoint(session, propose(session, wanted, now=word.at), word)


def test_before_the_first_check_the_page_says_who_gets_a_letter_and_offers_it(
    app: App, browser: Browser
) -> None:
    steps.planned(app, "OXO", "ADU")
    shown = browser.get(CHECK)
    assert "Nobody has had these letters checked yet" in shown
    assert "Check the letters</button>" in shown
    assert "Oxford (OXO)" in shown
    assert "letters made" not in shown
    assert TICKS not in shown


def test_what_the_worker_found_is_shown_and_the_letters_are_made_as_shown(
    app: App, browser: Browser
) -> None:
    steps.planned(app, "OXO", "ADU")
    shown = checked(app, browser)
    assert "2 letters to 4 recipients can be made" in shown
    assert "A worker checked the letters at" in shown
    assert "Something has changed" not in shown
    assert browser.send(CHECK).status_code == 302
    assert {each.state for each in steps.letters_of(app).values()} == {LetterState.WANTED}


def test_while_it_waits_the_page_asks_again_and_says_that_no_worker_runs(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.planned(app, "OXO", "ADU")
    ask(browser)
    shown = browser.get(CHECK)
    assert "no worker is running" in shown
    assert TICKS in shown
    assert "Check the letters</button>" not in shown
    with app.sessions.begin() as session:
        session.add(Heartbeat(name="w1", kind="worker", seen_at=clock()))
    assert "waits until a worker is free" in browser.get(CHECK)
    seen = browser.get(CHECK).partition("live?seen=")[2][:12]
    assert browser.client.get(f"{CHECK}/live?seen={seen}").status_code == 204
    work(app)
    last = browser.get(f"{CHECK}/live?seen={seen}")
    assert "2 letters to 4 recipients can be made" in last
    assert TICKS not in last


def test_a_check_that_goes_on_shows_its_step(app: App, browser: Browser) -> None:
    steps.planned(app, "OXO", "ADU")
    ask(browser)
    now = {"lease_until": app.clock(), "done": 2, "of": 4}
    with app.sessions.begin() as session:
        session.execute(update(JobRow).values(**now))
    shown = browser.get(CHECK)
    assert "A worker is checking the letters: step 3 of 4" in shown
    assert 'aria-label="2 of 4 steps done"' in shown


def test_what_has_changed_since_is_said_and_no_letters_are_made_before_the_next_check(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.planned(app, "OXO", "ADU")
    form = browser.hidden(checked(app, browser))
    clock.advance(minutes=5)
    somebody_new(app)
    shown = browser.get(CHECK)
    assert "Something has changed since that check began" in shown
    assert "1 change is on record, the last by robin at" in shown
    assert "letters made" not in shown
    assert browser.client.post(CHECK, data=form).status_code == 409
    assert steps.letters_of(app) == {}
    again = checked(app, browser)
    assert "Something has changed" not in again
    assert browser.send(CHECK).status_code == 302


def test_a_change_that_no_event_tells_of_is_refused_by_its_digest(
    app: App, browser: Browser
) -> None:
    steps.planned(app, "OXO", "ADU")
    form = browser.hidden(checked(app, browser))
    with app.sessions.begin() as session:
        contact_in(session, "OXO", "link officer").address = "other@oxo.example"
    answer = browser.client.post(CHECK, data=form)
    assert answer.status_code == 409
    assert "What this would do has changed since it was shown" in answer.text
    assert "Check again</button>" in answer.text


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (1, MailoutState.DRAFT, "it is another day"),
        (0, MailoutState.RENDERED, "it was draft, and is rendered now"),
    ],
)
def test_another_day_or_state_is_a_change(
    app: App, clock: FakeClock, browser: Browser, days: int, state: MailoutState, words: str
) -> None:
    steps.planned(app, "OXO", "ADU")
    checked(app, browser)
    clock.advance(days=days)
    with app.sessions.begin() as session:
        session.execute(update(Mailout).values(state=state))
    assert words in browser.get(CHECK)


def test_the_check_before_stays_while_the_next_goes_on(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.planned(app, "OXO", "ADU")
    checked(app, browser)
    clock.advance(minutes=1)
    ask(browser)
    shown = browser.get(CHECK)
    assert "What follows is of the check before" in shown
    assert "2 letters to 4 recipients can be made" in shown
    assert "letters made" not in shown
    ask(browser, dns="yes")  # the one that waits is the one that counts
    with app.sessions.read() as session:
        job = orders.last(session, JobKind.CHECK_LETTERS, steps.NAME)
    assert job
    assert job.terms == {}


def test_why_a_check_failed_is_said(app: App, clock: FakeClock, browser: Browser) -> None:
    steps.planned(app, "OXO", "ADU")
    ask(browser)
    clock.advance(days=2)
    work(app)
    shown = browser.get(CHECK)
    assert "The check failed at" in shown
    assert "no worker took it up for a day" in shown
    assert "Check the letters</button>" in shown


def test_a_viewer_has_letters_checked_and_cannot_have_them_made(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.planned(app, "OXO", "ADU")
    visitors.append(AccountRole.VIEWER)
    assert "letters made" not in checked(app, browser)


def test_nobody_asks_for_it_without_the_form(app: App, browser: Browser) -> None:
    steps.planned(app, "OXO", "ADU")
    assert browser.client.post(AGAIN).status_code == 400
    assert browser.send("/mailouts/no-such/check/again", page=CHECK).status_code == 404


def test_the_page_asks_few_questions_whatever_the_worker_found(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.planned(app, "OXO", "ADU")
    checked(app, browser)
    clock.advance(minutes=1)
    somebody_new(app)
    ask(browser)
    with questions(app) as found:
        browser.get(CHECK)
    assert len(found.asked) <= MOST, "\n".join(statement for statement, _ in found.asked)
    assert found.whole_tables() == []


def test_who_gets_a_letter_is_shown_page_by_page(app: App, browser: Browser) -> None:
    codes = [f"{a}{b}X" for a in "ABCDEFG" for b in "ABCDEFGH"]
    with app.sessions.begin() as session:
        register(session, *codes)
    steps.planned(app, "OXO")
    first = browser.get(CHECK)
    assert "(AAX)" in first
    assert "?after=GBX" in first
    second = browser.get(f"{CHECK}?after=GBX")
    assert "(GBX)" not in second
    assert "(GCX)" in second
    assert "Oxford (OXO)" in second
    assert "More authorities" not in second


def test_what_another_release_has_kept_is_no_check() -> None:
    assert stored_check({"letters": 3}) is None
    assert stored_check(None) is None


def test_a_remedy_is_kept_by_its_name() -> None:
    remedy = Remedy(kind=RemedyKind.CONTACTS_SET, authority="OXO")
    found = Obstacle(
        is_fatal=True, where="OXO", message="no contact", place="contacts", remedy=remedy
    )
    kept = as_data(found)
    assert kept["remedy"]["kind"] == "contacts_set"
