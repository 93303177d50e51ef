"""The page of one letter."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Document, Letter, Mailout
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.letters import seen
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_plan, contact_in
from tests.web.browser import NAMES, Browser
from tests.web.questions import MOST, questions

LETTERS = f"/mailouts/{steps.NAME}/letters"
PAGE = f"{LETTERS}/OXO"


def test_a_letter_is_shown_as_it_looks_with_who_gets_it(app: App, browser: Browser) -> None:
    steps.rendered(app, "OXO", "ADU")
    with questions(app) as found:
        shown = browser.get(PAGE)
    for words in (
        "Oxford City Council",
        f'src="{PAGE}/pages/1.png"',
        f'src="{PAGE}/pages/3.png"',
        "Complaint statistics",
        "To: Ms Adeyemi, chief executive, chief.executive@oxo.example",
        "2 of 4 (50%)",
        f'href="{LETTERS}/ADU"',
    ):
        assert words in shown
    assert len(found.asked) <= MOST
    assert found.whole_tables() == []


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("text", "Complaint statistics"),
        ("email", f'<iframe class="office-frame" src="{PAGE}/email.html" sandbox'),
        ("message", "application/pdf"),
        ("message", "Subject: "),
        ("history", "rendered"),
        ("nonsense", "The pages of the PDF"),
    ],
)
def test_each_tab_shows_its_part(app: App, browser: Browser, tab: str, words: str) -> None:
    steps.rendered(app)
    with questions(app) as found:
        assert words in browser.get(f"{PAGE}?shown={tab}")
    assert len(found.asked) <= MOST


def test_the_bytes_of_a_letter_are_given_as_they_are_stored(app: App, browser: Browser) -> None:
    steps.rendered(app)
    parts = steps.letters_of(app)["OXO"].parts
    picture = browser.client.get(f"{PAGE}/pages/1.png")
    assert (picture.mimetype, picture.data[:4]) == ("image/png", b"\x89PNG")
    assert browser.client.get(f"{PAGE}/pages/9.png").status_code == 404
    pdf = browser.client.get(f"{PAGE}/letter.pdf")
    with app.sessions.read() as session:
        assert pdf.data == session.get_one(Document, parts["pdf"]).content
    assert "inline" in pdf.headers["Content-Disposition"]
    message = browser.client.get(f"{PAGE}/message.eml")
    assert message.headers["Content-Disposition"] == f'attachment; filename="{steps.NAME}-OXO.eml"'
    assert b"Subject:" in message.data


def test_the_html_of_an_email_may_do_nothing(app: App, browser: Browser) -> None:
    steps.rendered(app)
    answer = browser.client.get(f"{PAGE}/email.html")
    assert answer.headers["Content-Security-Policy"] == (
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        "frame-ancestors 'self'"
    )


def test_an_approver_looks_at_a_letter_and_goes_to_the_next(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.rendered(app, "OXO", "ADU")
    assert "Looked at, next" not in browser.get(f"{LETTERS}/ADU")
    visitors.append(AccountRole.APPROVER)
    answer = browser.send(f"{LETTERS}/ADU/seen", f"{LETTERS}/ADU")
    assert (answer.status_code, answer.location) == (302, PAGE)
    answer = browser.send(f"{PAGE}/seen", PAGE)
    assert (answer.status_code, answer.location) == (302, LETTERS)
    with app.sessions.read() as session:
        mailout, person = mailout_named(session, steps.NAME), NAMES[AccountRole.APPROVER]
        assert seen.to_look_at(session, mailout, "", person).looked_at == 2


def test_a_letter_that_was_made_anew_since_it_was_opened_is_not_taken_as_looked_at(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.rendered(app)
    visitors.append(AccountRole.APPROVER)
    fields = browser.fields(PAGE)
    with app.sessions.begin() as session:
        session.execute(update(Letter).values(digest="0" * 64))
    answer = browser.client.post(f"{PAGE}/seen", data=fields)
    assert answer.status_code == 409
    assert "made anew since you opened it" in answer.text


def test_an_editor_has_a_letter_that_could_not_be_made_made_anew(
    app: App, browser: Browser
) -> None:
    steps.rendered(app)
    assert browser.send(f"{PAGE}/anew", PAGE).status_code == 302
    with app.sessions.begin() as session:
        failed = {"state": LetterState.FAILED, "error": "a <b>value</b> is missing"}
        session.execute(update(Letter).values(**failed))
        session.execute(update(Mailout).values(state=MailoutState.DRAFT))
    shown = browser.get(PAGE)
    assert "a &lt;b&gt;value&lt;/b&gt; is missing" in shown
    assert "Make anew" in shown
    answer = browser.send(f"{PAGE}/anew", PAGE)
    assert (answer.status_code, answer.location) == (302, LETTERS)
    assert steps.letters_of(app)["OXO"].state is LetterState.WANTED
    with app.sessions.begin() as session:
        contact_in(session, "OXO").role = "leader"
    answer = browser.send(f"{PAGE}/anew", PAGE)
    assert (answer.status_code, "has no chief executive" in answer.text) == (409, True)


def test_bytes_that_were_deleted_are_said_to_be_by_their_digest(app: App, browser: Browser) -> None:
    steps.rendered(app)
    parts = steps.letters_of(app)["OXO"].parts
    with app.sessions.begin() as session:
        session.execute(update(Document).values(content=b""))
    assert parts["pdf"] in browser.get(PAGE)
    assert parts["pdf"] in browser.get(f"{PAGE}/letter.pdf", 404)


def test_a_letter_is_compared_with_last_years(app: App, browser: Browser) -> None:
    steps.rendered(app)
    assert "There is no earlier letter to compare it with." in browser.get(f"{PAGE}/compare")
    assert "There was no letter of OXO for 2018-19." in browser.get(
        f"{PAGE}/compare?with=2018-19", 404
    )
    steps.second_approved(app)
    with app.sessions.begin() as session:
        plan = a_plan(name=steps.SECOND, year="2018-19")
        session.execute(update(Mailout).where(Mailout.name == steps.SECOND).values(plan=plan))
    with questions(app) as found:
        shown = browser.get(f"{PAGE}/compare")
    assert "The letter of 2019-20" in shown
    assert "no change" in shown
    assert len(found.asked) <= MOST


def test_a_letter_to_one_of_several_successors_has_a_page(app: App, browser: Browser) -> None:
    steps.rendered(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        change = update(Letter).where(Letter.authority_code == "OXO")
        session.execute(change.values(authority_code="OXO/ADU"))
    assert "Oxford City Council" in browser.get(f"{PAGE}/ADU")
    assert browser.client.get(f"{PAGE}/ADU/pages/1.png").status_code == 200
    assert "no earlier letter" in browser.get(f"{PAGE}/ADU/compare")
