from __future__ import annotations

import io

import pytest
from pypdf import PageObject, PdfReader

from dispatch.app import App, post_means
from dispatch.corrections import post
from dispatch.corrections.posted import Said
from dispatch.database.tables import EventRow, Posting
from dispatch.domain.digest import sha256
from dispatch.domain.errors import ChangedMeanwhile, NotApproved, NotFound, RuleBroken
from dispatch.domain.posting.posting import PostingState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.publishing.spreadsheet import from_csv
from dispatch.letters.store import documents
from dispatch.mailouts.store import mailout_named
from dispatch.posting import on_record
from dispatch.proof.seal import catch_up
from dispatch.proof.verify import audit
from tests import steps
from tests.corrections.postings import asked, lives, made, proposed, refused, say, word
from tests.factories import forge
from tests.fakes import FakeClock


@pytest.fixture
def office(app: App, clock: FakeClock) -> App:
    """Two letters are sent and the one to ADU is refused; where its post goes is known."""
    refused(app, clock)
    return app


def stands(app: App) -> list[tuple[str, PostingState | None]]:
    with app.sessions.read() as session:
        found = on_record.of_mailout(session, mailout_named(session, steps.NAME))
        return [(each.row.authority_code, each.state) for each in found]


def drawn(page: PageObject) -> bytes:
    """Return what is drawn on a page."""
    contents = page.get_contents()
    assert contents is not None
    return bytes(contents.get_data())


def every_wrong(app: App) -> list[str]:
    catch_up(app.sessions, app.clock)
    with app.sessions.read() as session:
        return list(audit(session).wrong)


def wrong(app: App) -> list[str]:
    """Return what the audit says of letters by post; the tests' own register is not on record."""
    return [each for each in every_wrong(app) if "posting" in each]


def test_the_print_file_has_the_approved_pages_behind_the_address(office: App) -> None:
    printed = made(office)
    assert set(printed.files) == {"ADU.pdf", post.ALL_LETTERS, post.LIST}
    [letter] = [each for code, each in steps.letters_of(office).items() if code == "ADU"]
    with office.sessions.read() as session:
        approved = documents.load(session, [letter.parts["pdf"]])[letter.parts["pdf"]]
    sheet, *pages = PdfReader(io.BytesIO(printed.files["ADU.pdf"])).pages
    as_approved = PdfReader(io.BytesIO(approved)).pages
    assert list(map(drawn, pages)) == list(map(drawn, as_approved))
    assert "Town Hall" in sheet.extract_text()
    [row] = from_csv(printed.files[post.LIST])
    assert row["sha256"] == sha256(approved)
    assert row["posted on"] == ""
    assert row["why"] == "not reached by email: refused"


def test_nothing_is_posted_until_somebody_says_so(office: App) -> None:
    made(office)
    assert stands(office) == [("ADU", PostingState.PRINTED)]
    done = say(office, asked(office, Said.POSTED))
    assert [each.code for each in done.taken] == ["ADU"]
    assert stands(office) == [("ADU", PostingState.POSTED)]
    assert [(each.code, each.obstacle.why) for each in proposed(office).staying] == [
        ("ADU", "it was posted on 25 July 2020")
    ]
    assert not say(office, asked(office, Said.POSTED, "ADU")).taken  # it is recorded already
    assert wrong(office) == []


def test_to_print_again_makes_no_second_envelope(office: App) -> None:
    first, again = made(office), made(office)
    assert first.files.keys() == again.files.keys()
    assert stands(office) == [("ADU", PostingState.PRINTED)]
    lives(office, "ADU", "Civic Centre, Anytown, AB1 2CD")
    made(office)
    assert stands(office) == [
        ("ADU", PostingState.WITHDRAWN),
        ("ADU", PostingState.PRINTED),
    ]
    assert wrong(office) == []


def test_what_lacks_an_address_or_is_reached_is_named_with_what_to_do(office: App) -> None:
    lives(office, "ADU", None)
    [without] = proposed(office).staying
    assert without.obstacle.why == "its chief executive has no postal address"
    assert without.obstacle.remedy
    [reached] = proposed(office, "OXO").staying
    assert reached.obstacle.why == "it is reached by email"
    with pytest.raises(NotFound):
        proposed(office, "BIR")
    with pytest.raises(NotFound, match="no envelope is called a4"):
        proposed(office, envelope="a4")
    with pytest.raises(RuleBroken, match="no letter to print"):
        made(office)


@pytest.mark.parametrize(
    ("days", "why"),
    [(1, "is still to come"), (-1, "its print file was made on")],
)
def test_a_day_that_cannot_be_is_refused(office: App, days: int, why: str) -> None:
    made(office)
    request = asked(office, Said.POSTED, days=days)
    if days > 0:
        with pytest.raises(RuleBroken, match=why):
            say(office, request)
    else:
        [left] = say(office, request).left
        assert why in left.why
    assert stands(office) == [("ADU", PostingState.PRINTED)]


def test_what_email_has_reached_meanwhile_is_told_and_needs_a_reason(office: App) -> None:
    made(office)
    with office.sessions.begin() as session:
        row = next(
            each for each in steps.deliveries_of(office).values() if each.authority_code == "ADU"
        )
        session.get_one(type(row), row.id).state = type(row.state).ACCEPTED
    [left] = say(office, asked(office, Said.POSTED)).left
    assert left.why == "email has reached it meanwhile: take its letter out"
    done = say(office, asked(office, Said.POSTED, although="it was in the post by then"))
    assert [each.code for each in done.taken] == ["ADU"]


def test_a_slip_is_put_right_by_another_event(office: App, clock: FakeClock) -> None:
    made(office)
    say(office, asked(office, Said.POSTED))
    clock.advance(days=2)
    with pytest.raises(RuleBroken, match="reason"):
        say(office, asked(office, Said.POSTED, "ADU", days=-1))
    say(office, asked(office, Said.POSTED, "ADU", days=-1), because="it went on Sunday")
    say(office, asked(office, Said.NOT_POSTED, "ADU"), because="it lay in the post room")
    assert stands(office) == [("ADU", PostingState.PRINTED)]
    say(office, asked(office, Said.POSTED), because="now")
    [early] = say(office, asked(office, Said.RETURNED, "ADU", days=-1), because="no").left
    assert "which is later" in early.why
    say(office, asked(office, Said.RETURNED, "ADU"), because="gone away")
    assert stands(office) == [("ADU", PostingState.RETURNED)]
    assert [each.code for each in proposed(office).going] == ["ADU"]  # it may be posted anew
    actions = [each for each in steps.actions(office) if each.startswith("posting.")]
    assert actions == [
        "posting.printed",
        *("posting.posted", "posting.posted", "posting.not_posted", "posting.posted"),
        "posting.returned",
    ]
    assert wrong(office) == []


def test_what_puts_right_names_its_letters(office: App) -> None:
    made(office)
    with pytest.raises(RuleBroken, match="name the authorities"):
        say(office, asked(office, Said.NOT_POSTED), because="why")
    with pytest.raises(NotFound, match="printed for the post to OXO"):
        say(office, asked(office, Said.POSTED, "OXO"))
    say(office, asked(office, Said.WITHDRAWN), because="they rang")
    assert stands(office) == [("ADU", PostingState.WITHDRAWN)]


def test_a_proposal_that_has_changed_is_not_carried_out(office: App) -> None:
    found = proposed(office)
    lives(office, "ADU", "Civic Centre, Anytown, AB1 2CD")
    with pytest.raises(ChangedMeanwhile):
        post.make(post_means(office), steps.NAME, found.request, found.digest, word(office))
    assert stands(office) == []


def test_who_has_the_database_alone_can_post_nothing(office: App) -> None:
    made(office)
    catch_up(office.sessions, office.clock)
    with office.sessions.begin() as session:
        [row] = session.query(Posting).all()
        row.state = PostingState.POSTED
    assert stands(office) == [("ADU", PostingState.PRINTED)]  # its row counts for nothing
    assert any("is posted, but the last event says printed" in each for each in wrong(office))


@pytest.mark.parametrize("is_copied", [False, True])
def test_an_event_of_somebody_else_posts_nothing(office: App, *, is_copied: bool) -> None:
    made(office)
    with office.sessions.begin() as session:
        [row] = session.query(Posting).all()
        row.state = PostingState.POSTED
        said = {"on": "2020-07-25"}
        forge(session, Event(office.clock(), "kim", "posting.posted", f"posting:{row.id}", said))
        session.flush()
        codes = {each.action: each for each in session.query(EventRow).all()}
        if is_copied:
            codes["posting.posted"].mac = codes["posting.printed"].mac
    assert stands(office) == [("ADU", None)]
    with pytest.raises(NotApproved):
        say(office, asked(office, Said.POSTED))
    assert any("not written by this service" in each for each in every_wrong(office))


def test_a_posting_that_was_changed_is_not_said_to_be_posted(office: App) -> None:
    made(office)
    with office.sessions.begin() as session:
        [row] = session.query(Posting).all()
        row.address = row.address.replace("Anytown", "Elsewhere")
    with pytest.raises(NotApproved, match="is not what this service wrote"):
        say(office, asked(office, Said.POSTED))


def test_on_both_sides_each_letter_begins_on_a_sheet_of_its_own(office: App) -> None:
    single, both = made(office), made(office, is_double_sided=True)
    pages = [len(PdfReader(io.BytesIO(each.files["ADU.pdf"])).pages) for each in (single, both)]
    assert single.sheets == pages[0]
    assert both.sheets * 2 == pages[1]
    blank = PdfReader(io.BytesIO(both.files["ADU.pdf"])).pages[1]
    assert not blank.extract_text().strip()
