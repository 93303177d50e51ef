from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery, Document, Letter
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.notice import Action, Category, Notice
from dispatch.ledger import journal
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import store
from dispatch.tracking.store import reach
from tests import steps
from tests.fakes import FakeClock
from tests.notices import a_report, came, token
from tests.uploads import sent


def change(
    app: App, model: type[Delivery | Letter | Document], code: str, **values: object
) -> None:
    """Change what is stored behind the back of the program."""
    with app.sessions.begin() as session:
        which = steps.letters_of(app)[code].parts["pdf"]
        condition = (
            model.sha256 == which if issubclass(model, Document) else model.authority_code == code
        )
        session.execute(update(model).where(condition).values(**values))


def unreached(app: App) -> frozenset[str]:
    with app.sessions.read() as session:
        return reach.unreached(session, mailout_named(session, steps.NAME))


def ready(app: App) -> list[str]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        return [letter.authority_code for letter in store.ready(session, mailout)]


def proven(app: App) -> list[store.Sent]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        return list(store.sent(session, letters.in_force(session, mailout)))


def test_a_mailout_that_is_sent_is_ready_with_all_its_letters(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", "ADU")
    assert ready(app) == ["ADU", "OXO"]
    assert unreached(app) == frozenset()


def test_letters_on_their_way_are_not_ready(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO")
    with pytest.raises(RuleBroken, match="still on their way"):
        ready(app)


def test_a_letter_that_goes_again_is_on_its_way_whatever_the_mailout_s_state(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock, "OXO")
    change(app, Delivery, "OXO", state=DeliveryState.QUEUED)
    with pytest.raises(RuleBroken, match="still on their way"):
        ready(app)


def test_a_mailout_that_was_never_sent_is_not_ready(app: App) -> None:
    steps.approved(app, "OXO")
    with pytest.raises(RuleBroken, match="is approved, not sent"):
        ready(app)


def test_a_mailout_that_was_cancelled_is_never_ready(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).move_to(MailoutState.CANCELLED)
    with pytest.raises(RuleBroken, match="is cancelled, not sent"):
        ready(app)


@pytest.mark.parametrize("state", [LetterState.PROPOSED, LetterState.WANTED, LetterState.FAILED])
def test_a_new_version_that_waits_for_somebody_is_named(
    app: App, clock: FakeClock, state: LetterState
) -> None:
    sent(app, clock, "OXO", "ADU")
    change(app, Letter, "OXO", state=state)
    with pytest.raises(RuleBroken, match="of the letter of OXO: approve it, or withdraw it"):
        ready(app)


@pytest.mark.parametrize(
    "state", [DeliveryState.BOUNCED, DeliveryState.IN_DOUBT, DeliveryState.EXPIRED]
)
def test_who_is_not_surely_reached_is_known(
    app: App, clock: FakeClock, state: DeliveryState
) -> None:
    sent(app, clock, "OXO", "ADU")
    change(app, Delivery, "ADU", state=state)
    assert unreached(app) == {"ADU"}


def test_many_codes_are_cut_short() -> None:
    assert store.some(["B", "A"]) == "A, B"
    assert store.some([f"A{n:02}" for n in range(12)]).endswith("A09 and 2 more")


def test_letters_come_with_their_bytes_and_the_bodies_that_they_went_in(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock, "OXO", "ADU")
    assert [each.letter.authority_code for each in proven(app)] == ["ADU", "OXO"]
    for each in proven(app):
        assert each.pdf.startswith(b"%PDF")
        assert len(each.mails) == 1


def test_a_stored_letter_without_its_digest_is_named(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    change(app, Document, "OXO", content=b"%PDF, forged")
    with pytest.raises(NotApproved, match="not what it was"):
        proven(app)


def test_a_letter_whose_row_names_another_document_is_named(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", "ADU")
    change(app, Letter, "OXO", parts=steps.letters_of(app)["ADU"].parts)
    with pytest.raises(NotApproved, match="letter of OXO is not the approved one"):
        proven(app)


def test_the_digests_of_recorded_uploads_are_known(app: App) -> None:
    at = datetime(2020, 7, 29, tzinfo=UTC)
    with app.sessions.begin() as session:
        journal.append(
            session,
            Event(at, "alex", store.UPLOADED, "mailout:a", {store.MANIFEST: "d1"}),
            Event(at, "alex", "mailout.sent", "mailout:a", {store.MANIFEST: "d2"}),
        )
        assert store.recorded(session) == {"d1"}


def test_what_a_server_still_tries_to_pass_on_or_a_challenge_keeps_is_not_surely_there(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock, "OXO", "ADU", "WOT")
    rows = {row.authority_code: row for row in steps.deliveries_of(app).values()}
    late, challenged = rows["OXO"], rows["ADU"]
    came(app, a_report(late, Action.DELAYED), token(app, late), mail=b"1")
    came(app, Notice(category=Category.CHALLENGE), token(app, challenged), mail=b"2")
    assert unreached(app) == {"OXO", "ADU"}
