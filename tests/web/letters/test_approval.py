"""The page on which all letters are approved or sent back."""

from __future__ import annotations

import pytest

from dispatch.app import App
from dispatch.domain.jobs.job import JobKind
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.jobs import orders, work
from dispatch.ledger import journal
from dispatch.letters import accessibility, approval, render
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_word, contact_in
from tests.fakes import FakeClock
from tests.web.browser import NAMES, Browser
from tests.web.questions import MOST, questions

PAGE = f"/mailouts/{steps.NAME}/approval"
PRIYA = NAMES[AccountRole.APPROVER]


@pytest.fixture(autouse=True)
def approver(visitors: list[AccountRole | None]) -> None:
    visitors.append(AccountRole.APPROVER)


def last_event(app: App) -> dict[str, str]:
    with app.sessions.read() as session:
        event = journal.events(session, f"mailout:{steps.NAME}")[-1]
    return {"actor": event.actor, "action": event.action, **event.detail}


def test_an_approver_sees_what_goes_where_and_approves_it(app: App, browser: Browser) -> None:
    steps.rendered(app, "OXO", "ADU")
    shown = browser.get(PAGE)
    for words in (
        "2 letters to 4 addresses leave at Wed 22 July 2020 09:00 BST",
        "District Council",
        "You have looked at 0 of 2.",
        "Approve 2 letters",
        "A letter that has left cannot be called back.",
        "No worker has checked the PDFs",
    ):
        assert words in shown
    answer = browser.send(PAGE)
    assert (answer.status_code, answer.location) == (302, f"/mailouts/{steps.NAME}/schedule")
    mailout = steps.mailout_of(app)
    assert (mailout.state, mailout.approved_by) == (MailoutState.APPROVED, PRIYA)
    assert last_event(app)["to_look_at"] == "2"
    assert f"<strong>{PRIYA}</strong> approved these letters" in browser.get(PAGE)


def test_the_digest_that_is_shown_is_that_of_the_approval(app: App, browser: Browser) -> None:
    steps.rendered(app)
    shown = browser.fields(PAGE)["digest"]
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        template = app.templates.digest(mailout.plan.template)
        assert approval.coverage(session, mailout, template).digest == shown
    assert f"{shown[:4]} {shown[4:8]}" in browser.get(PAGE)


def test_the_page_asks_few_questions_and_reads_no_letter_whole(app: App, browser: Browser) -> None:
    steps.approved(app, "OXO", "ADU", "WOT")
    change(app, "ADU")
    with questions(app) as found:
        assert "Only this letter differs" in browser.get(PAGE)
    # And one for the count in the menu, which is asked at most every five seconds.
    assert len(found.asked) <= MOST + 1, [statement for statement, _ in found.asked]
    assert found.whole_tables() == []


def change(app: App, code: str) -> None:
    """Have a contact change and the letters made anew."""
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        if mailout.state is not MailoutState.DRAFT:
            reopen(session, mailout, "a contact changed", a_word(app.clock()))
        contact = contact_in(session, code)
        contact.surname = f"{contact.surname}s"
    steps.render_again(app)


def test_letters_that_were_made_anew_meanwhile_are_named_and_not_approved(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.rendered(app, "OXO", "ADU")
    fields = browser.fields(PAGE)
    clock.advance(minutes=1)
    change(app, "ADU")
    answer = browser.client.post(PAGE, data=fields)
    assert answer.status_code == 409
    assert "these are not the letters that you were shown" in answer.text
    assert "ADU, Adur City Council: made again since" in answer.text
    assert "OXO, Oxford" not in answer.text
    assert steps.state_of(app) is MailoutState.RENDERED
    assert browser.send(PAGE).status_code == 302


def test_what_changed_after_the_letters_were_made_is_named_and_they_are_a_draft(
    app: App, browser: Browser
) -> None:
    steps.rendered(app, "OXO", "ADU")
    fields = browser.fields(PAGE)
    with app.sessions.begin() as session:
        contact_in(session, "ADU").address = "another@adu.example"
    answer = browser.client.post(PAGE, data=fields)
    assert answer.status_code == 409
    assert "ADU: addressee and recipients changed" in answer.text
    assert "There is nothing to approve" in answer.text


def test_who_had_the_letters_made_is_told_that_somebody_else_must_approve(
    app: App, browser: Browser
) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(app.clock(), PRIYA))
    steps.render_wanted(app)
    with app.sessions.begin() as session:
        render.finish(session, steps.NAME, templates=app.templates, now=app.clock())
    shown = browser.get(PAGE)
    assert "You cannot approve these letters" in shown
    assert "Anybody else with the role approver can." in shown
    assert "Approve 1 letter" not in shown
    answer = browser.send(PAGE)
    assert answer.status_code == 409
    assert "somebody else must approve them" in answer.text


def test_a_second_approver_in_another_tab_is_told_who_approved(app: App, browser: Browser) -> None:
    steps.rendered(app)
    fields = browser.fields(PAGE)
    steps.approve_again(app)
    answer = browser.client.post(PAGE, data=fields)
    assert answer.status_code == 409
    assert "it is approved already" in answer.text
    assert "<strong>alex</strong> approved these letters" in answer.text


def test_letters_that_are_not_accessible_are_named(
    app: App, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.rendered(app)
    monkeypatch.setattr(accessibility, "conformance", lambda _: ["7.1-8: no title"])
    answer = browser.send(PAGE)
    assert answer.status_code == 409
    assert "OXO: 7.1-8: no title" in answer.text


def test_how_far_the_check_of_the_pdfs_is_is_shown(app: App, browser: Browser) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        accessibility.ask(session, steps.NAME, now=app.clock())
    assert "A worker will check the PDFs soon" in browser.get(PAGE)
    done = {"letters": 1, "checked": 1, "failures": []}
    work.do_one(app.sessions, app.clock, lambda _: lambda *_: done)
    with app.sessions.read() as session:
        assert orders.last(session, JobKind.CHECK_PDFS, steps.NAME)
    assert "All 1 PDFs pass PDF/UA-1" in browser.get(PAGE)


def test_letters_are_sent_back_with_a_reason(app: App, browser: Browser) -> None:
    steps.rendered(app)
    answer = browser.send(f"{PAGE}/send-back", PAGE, because="")
    assert answer.status_code == 400
    assert "Give a reason" in answer.text
    answer = browser.send(f"{PAGE}/send-back", PAGE, because="Oxford's are <old>")
    assert (answer.status_code, answer.location) == (302, f"/mailouts/{steps.NAME}")
    event = last_event(app)
    assert (event["actor"], event["because"]) == (PRIYA, "Oxford's are <old>")
    shown = browser.get(PAGE)
    assert "Sent back: Oxford&#39;s are &lt;old&gt;" in shown


def test_letters_that_were_made_anew_meanwhile_are_not_sent_back(
    app: App, browser: Browser
) -> None:
    steps.rendered(app)
    fields = browser.fields(PAGE)
    change(app, "OXO")
    answer = browser.client.post(f"{PAGE}/send-back", data={**fields, "because": "x"})
    assert answer.status_code == 409
    assert "these are other letters now" in answer.text


def test_an_editor_asks_for_an_approval_and_cannot_approve(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.rendered(app)
    fields = browser.fields(PAGE)
    visitors.append(AccountRole.EDITOR)
    assert browser.client.post(PAGE, data=fields).status_code == 403
    assert browser.client.post(f"{PAGE}/send-back", data=fields).status_code == 403
    assert browser.send(f"{PAGE}/ask", PAGE).status_code == 302
    assert last_event(app)["action"] == "mailout.for_approval"
    assert "asked for this approval on" in browser.get(PAGE)


def test_a_mailout_that_has_gone_has_nothing_to_approve(
    app: App, clock: FakeClock, browser: Browser
) -> None:
    steps.released(app, clock)
    assert "The letters were released on" in browser.get(PAGE)
