from __future__ import annotations

from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Letter, Mailout
from dispatch.ledger import journal
from dispatch.letters import seen
from dispatch.letters.seen import ToLookAt
from dispatch.letters.store import letters, oddest
from dispatch.letters.store.oddest import Wanted
from dispatch.mailouts.store import mailout_named
from tests import steps

CODES = ("OXO", "ADU", "WOT", "CMD")
DIGEST = "5" * 64


def to_look_at(app: App, digest: str = DIGEST, person: str = "alex") -> ToLookAt:
    with app.sessions.read() as session:
        return seen.to_look_at(session, mailout_named(session, steps.NAME), digest, person)


def look(app: App, code: str, person: str = "alex") -> None:
    with app.sessions.begin() as session:
        letter = letters.letter_of(session, mailout_named(session, steps.NAME), code)
        seen.look(session, letter, person, app.clock())


def without_oddities(app: App, **changes: dict[str, object]) -> None:
    with app.sessions.begin() as session:
        session.execute(update(Letter).values(plainness=0, oddities=[]))
        session.execute(update(Mailout).values(numbers=None))
        for code, value in changes.items():
            change = update(Letter).where(Letter.authority_code == code)
            session.execute(change.values(value))


def test_the_oddest_letters_are_to_be_looked_at_and_a_sample_with_each_group(app: App) -> None:
    steps.rendered(app, *CODES)
    without_oddities(app, OXO={"plainness": -10}, CMD={"group_name": None})
    found = to_look_at(app)
    assert [each.code for each in found.odd] == ["OXO"]
    assert {each.group for each in found.sample} == {"District Council", None}
    assert found.detail == {"looked_at": "0", "to_look_at": "4"}
    assert [row.code for row in to_look_at(app, person="kim").rows] == [
        row.code for row in found.rows
    ]


def test_a_letter_that_was_looked_at_counts_for_that_person_until_it_is_made_anew(
    app: App,
) -> None:
    steps.rendered(app, "OXO", "ADU")
    look(app, "OXO")
    look(app, "OXO")
    assert (to_look_at(app).looked_at, to_look_at(app, person="kim").looked_at) == (1, 0)
    with app.sessions.begin() as session:
        session.execute(update(Letter).values(digest="0" * 64))
    assert to_look_at(app).looked_at == 0


def test_the_approval_says_how_many_letters_its_person_has_looked_at(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    look(app, "ADU")
    steps.approve_again(app)
    with app.sessions.read() as session:
        event = journal.events(session, f"mailout:{steps.NAME}")[-1]
    assert (event.detail["looked_at"], event.detail["to_look_at"]) == ("1", "2")


def codes(app: App, wanted: Wanted, after: tuple[int, str] | None = None) -> list[str]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        found = oddest.page(session, mailout, wanted, "alex", after=after, limit=3)
        return [each.code for each in found]


def test_letters_are_listed_oddest_first_page_by_page_and_filtered(app: App) -> None:
    steps.rendered(app, *CODES, bespoke={"ADU": "Well done."})
    own = steps.letters_of(app)["ADU"].oddities
    without_oddities(
        app, WOT={"plainness": -10}, ADU={"oddities": own, "plainness": -1, "group_name": None}
    )
    assert codes(app, Wanted()) == ["WOT", "ADU", "CMD"]
    assert codes(app, Wanted(), after=(0, "CMD")) == ["OXO"]
    assert codes(app, Wanted(), after=(-10, "WOT")) == ["ADU", "CMD", "OXO"]
    look(app, "WOT")
    for wanted, expected in (
        (Wanted(is_odd=True), ["WOT", "ADU"]),
        (Wanted(is_failed=True), []),
        (Wanted(has_own_paragraph=True), ["ADU"]),
        (Wanted(group=""), ["ADU"]),
        (Wanted(group="District Council"), ["WOT", "CMD", "OXO"]),
        (Wanted(is_unseen=True), ["ADU", "CMD", "OXO"]),
        (Wanted(is_changed=True, is_odd=True), ["WOT", "ADU"]),
    ):
        assert codes(app, wanted) == expected


def test_each_letter_knows_the_one_before_and_after(app: App) -> None:
    steps.rendered(app, *CODES)
    without_oddities(app, WOT={"plainness": -10})
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        found = {
            code: oddest.beside(session, mailout, letters.letter_of(session, mailout, code))
            for code in CODES
        }
    assert found == {
        "WOT": (None, "ADU"),
        "ADU": ("WOT", "CMD"),
        "CMD": ("ADU", "OXO"),
        "OXO": ("CMD", None),
    }
