from __future__ import annotations

from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Letter
from dispatch.domain.letters.oddity import Among, Oddity, OddityKind, score
from dispatch.letters import oddities
from dispatch.letters.approval import drafted_pages
from dispatch.letters.plan import UNSEEN, Surroundings, check
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import some_figures

K = OddityKind


def kinds(app: App, code: str = "OXO") -> set[OddityKind]:
    letter = steps.letters_of(app)[code]
    found = oddities.of(letter)
    assert -letter.plainness == score(found)
    return {each.kind for each in found}


def test_what_is_odd_is_stored_with_the_letter_and_which_branches_it_took(app: App) -> None:
    steps.rendered(app, "OXO", figures=[some_figures("OXO", remedied=0)], bespoke={"OXO": "Well."})
    assert {K.NO_REMEDIES, K.TINY_BASE, K.OWN_PARAGRAPH} <= kinds(app)
    letter = steps.letters_of(app)["OXO"]
    assert (letter.group_name, letter.rendered_at is None) == ("District Council", False)
    assert {"letter.md:73:yes", "letter.md:30:no"} <= {*(letter.branches or "").split()}


def test_a_letter_that_is_kept_is_looked_at_anew(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    before = kinds(app)
    with app.sessions.begin() as session:
        session.execute(update(Letter).values(oddities=[["many_pages", 4]], plainness=0))
        mailout = mailout_named(session, steps.NAME)
        [page] = drafted_pages(session, mailout)
        among = Among.of(page.drafting.drafts)
        found = oddities.drafted(session, mailout, page, among)
        for letter in session.query(Letter).where(Letter.authority_code == "OXO"):
            oddities.note(letter, found)
    assert kinds(app) == before | {K.MANY_PAGES}


def test_a_letter_that_cannot_be_made_is_the_oddest(app: App) -> None:
    steps.rendered(app)
    letter = steps.letters_of(app)["OXO"]
    letter.error = "a value is missing"
    oddities.failed(letter)
    assert oddities.of(letter)[0] == Oddity(K.FAILED, ("a value is missing",))
    assert -letter.plainness >= score([Oddity(K.FAILED)])


def test_a_branch_that_few_letters_take_is_noted_once_all_are_made(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    usual, few = "letter.md:3:no", "letter.md:3:yes"
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        made = [*session.query(Letter).order_by(Letter.authority_code)]
        draft = made[0].draft
        for number in range(20):
            session.add(
                Letter(
                    mailout_id=mailout.id,
                    authority_code=f"X{number}",
                    draft=draft,
                    fingerprint="",
                    asked_by="sam",
                    branches=usual,
                )
            )
        for each in made:
            each.branches = few
        session.flush()
        oddities.note_branches(session, mailout, ())
        assert Oddity(K.RARE_BRANCH, ("letter.md", 3, "yes", 2)) in oddities.of(made[0])
        assert -made[0].plainness >= score([Oddity(K.RARE_BRANCH)])
        for each in made:
            each.branches = usual
        session.flush()
        oddities.note_branches(session, mailout, ())
        assert K.RARE_BRANCH not in {each.kind for each in oddities.of(made[0])}


def test_the_words_that_no_letter_has_are_known_once_all_are_made(app: App) -> None:
    steps.rendered(app, "OXO", bespoke={"OXO": "Well."})
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        numbers = mailout.numbers
        assert numbers
        assert numbers.unseen
        places = {each.place: each.words for each in numbers.unseen}
        assert "replaces the earlier" in places["letter.md:33:yes"]
        assert "email.md:13:yes" in places  # the covering note's words count as well
        assert "letter.md:73:yes" not in places  # the letter has a paragraph of its own
        checked = check(session, mailout, around(app))
    found = [each for each in checked.findings if each.message == UNSEEN]
    assert [each.value for each in found] == [
        f"{each.file}, line {each.line}: {each.words}" for each in numbers.unseen
    ]


def around(app: App) -> Surroundings:
    return Surroundings(bank_holidays={}, now=app.clock(), templates=app.templates)
