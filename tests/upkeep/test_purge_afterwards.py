from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from dispatch.app import App
from dispatch.corrections import send_again
from dispatch.database.tables import (
    ContactRow,
    Delivery,
    Document,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
)
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.incoming.message import Arrival
from dispatch.domain.letter import LetterState
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.mailout import Attachment
from dispatch.incoming import conclude, receive
from dispatch.incoming.confirm import confirm
from dispatch.incoming.store import readings
from dispatch.ledger import journal
from dispatch.letters.store import documents
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import catch_up
from dispatch.register.store import suppressions
from dispatch.upkeep.store import erase
from tests import packs, steps
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport
from tests.purges import found, lived_through, take, wrong


@pytest.fixture
def over(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    """A mailout that is over, with all that came of it."""
    return lived_through(app, clock, transport)


def test_what_was_concluded_from_a_mail_stands_though_all_are_read_again(
    over: App, clock: FakeClock
) -> None:
    clock.advance(days=4 * 370)
    take(over, clock)
    with over.sessions.begin() as session:
        assert readings.read_again(session, now=clock()) == []


def test_a_mail_that_was_taken_away_and_comes_again_changes_nothing(
    over: App, clock: FakeClock
) -> None:
    with over.sessions.read() as session:
        mail = session.scalars(select(IncomingMail.content)).one()
    clock.advance(days=4 * 370)
    take(over, clock)
    again = Arrival(source="maildir", recipient="somebody@office.example")
    kept = receive.store(over.sessions, mail, again, now=clock())
    done = conclude.conclude_due(over.sessions, over.sender, soft_bounces=3, clock=clock, limit=9)
    assert (kept.is_new, done) == (False, [])
    with over.sessions.read() as session:
        assert session.scalars(select(IncomingMail.content)).one() == b""
        assert suppressions.suppressed(session) == {"chief.executive@oxo.example"}


def test_nobody_vouches_for_a_mail_that_is_gone(over: App, clock: FakeClock) -> None:
    clock.advance(days=4 * 370)
    take(over, clock)
    with over.sessions.begin() as session:
        row = session.scalars(select(NoticeRow)).one()
        row.is_believed = False
        with pytest.raises(RuleBroken, match="this message was purged"):
            confirm(session, row.mail_id, a_word(clock(), because="x"))


def test_a_mail_whose_conclusions_are_not_drawn_is_kept(over: App, clock: FakeClock) -> None:
    with over.sessions.begin() as session:
        session.execute(update(NoticeRow).values(due_at=clock()))
    clock.advance(days=4 * 370)
    assert "mails that came in" not in found(over, clock)


def test_a_document_that_is_made_again_is_there_again(over: App, clock: FakeClock) -> None:
    """Next year's letter may have the very same covering note."""
    with over.sessions.read() as session:
        query = select(Document.sha256, Document.content).order_by(Document.sha256).limit(1)
        digest, content = session.execute(query).one()
    clock.advance(days=4 * 370)
    take(over, clock)
    with over.sessions.begin() as session:
        documents.keep(session, {digest: ("text/plain", content)})
    with over.sessions.read() as session:
        assert documents.load(session, [digest]) == {digest: content}
    assert wrong(over) == ()


def test_a_message_of_a_letter_that_did_not_go_again_is_deleted(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    """The power went while letters were being made ready to go again."""
    lived_through(app, clock, transport)
    with app.sessions.begin() as session:
        documents.keep(session, {sha256(b"made"): ("multipart/mixed", b"made")})
        every = session.scalars(select(Document.sha256)).all()
    assert take(app, clock) == {"documents": 1}
    with app.sessions.read() as session:
        assert documents.purged(session, every) == {sha256(b"made")}
    assert wrong(app) == ()


def test_what_a_younger_plan_attaches_is_kept(over: App, clock: FakeClock) -> None:
    clock.advance(days=4 * 370)
    with over.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        pdf = next(iter(session.scalars(select(Letter)))).parts["pdf"]
        sheet = Attachment(name="a.xlsx", media_type="x/y", sha256=pdf)
        plan = replace(mailout.plan, name="another", attachments={"OXO": (sheet,)})
        session.add(
            Mailout(
                name="another", plan=plan, plan_digest="x", created_at=clock(), created_by="sam"
            )
        )
    take(over, clock)
    with over.sessions.read() as session:
        query = select(Document.sha256).where(Document.content != b"")
        assert session.scalars(query).all() == [pdf]


def test_a_mailout_with_a_new_version_that_waits_is_not_over(over: App, clock: FakeClock) -> None:
    with over.sessions.begin() as session:
        letter = session.scalars(select(Letter).limit(1)).one()
        session.add(
            Letter(
                mailout_id=letter.mailout_id,
                authority_code=letter.authority_code,
                version=2,
                state=LetterState.PROPOSED,
                draft=letter.draft,
                fingerprint="x",
                asked_by="sam",
            )
        )
    clock.advance(days=4 * 370)
    assert not found(over, clock) & {"deliveries", "addressees of letters", "documents"}


def test_what_cannot_be_taken_away_keeps_no_other_sort_back(over: App, clock: FakeClock) -> None:
    with over.sessions.begin() as session:
        session.execute(update(Delivery).values(name="Mr Smith"))
    clock.advance(days=4 * 370)
    with pytest.raises(NotApproved, match="is not what the ledger has of it"):
        take(over, clock)
    assert found(over, clock) == {"deliveries"}
    with over.sessions.read() as session:
        [told] = journal.events(session, "purge:all")
    assert "deliveries" not in told.detail
    assert "documents" in told.detail


def test_another_contact_of_an_authority_cannot_be_blanked_unseen(
    over: App, clock: FakeClock
) -> None:
    clock.advance(days=4 * 370)
    take(over, clock)
    catch_up(over.sessions, clock)
    with over.sessions.begin() as session:
        query = select(ContactRow.id).where(
            ContactRow.address != "", ContactRow.authority_code == "OXO"
        )
        ids = session.scalars(query).all()
        erase.blank(session, "contact", ids)
    assert len(wrong(over)) == len(ids) == 2


def test_a_note_to_somebody_by_name_goes_with_the_name_and_is_in_no_redacted_pack(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    packs.lived_through(app, clock, transport)
    request = ResendRequest(
        choice=Choice.NAMED, codes=("OXO",), role="chief executive", to="new@oxo.example"
    )
    proposal = send_again.prepare(app.sessions, app.templates, steps.NAME, request, now=clock())
    [row_id] = send_again.resend((app.sessions, app.templates), proposal, a_word(clock())).values()
    with app.sessions.read() as session:
        own = session.get_one(Delivery, row_id).mail or ""
    steps.send_due(app)
    steps.tick(app)
    catch_up(app.sessions, clock)
    redacted = packs.packed(app, is_redacted=True)
    assert own
    assert not [path for path, content in redacted.items() if own in content.decode("latin-1")]
    clock.advance(days=2 * 370)
    take(app, clock)
    assert wrong(app) == ()
    with app.sessions.read() as session:
        assert set(session.scalars(select(Delivery.mail))) == {None}
        assert session.get_one(Document, own).content == b""
        letter = session.scalars(select(Letter).where(Letter.authority_code == "OXO")).one()
        assert documents.load(session, [letter.parts["pdf"]])
    catch_up(app.sessions, clock)
    assert packs.packed(app, is_redacted=True)
