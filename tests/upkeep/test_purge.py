from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import delete, select, text, update

from dispatch.app import App
from dispatch.corrections import reissue, resend
from dispatch.database.tables import (
    ContactRow,
    Delivery,
    Document,
    ImprintRow,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
    SourceFile,
    StagedFile,
    StagedLine,
    Suggestion,
)
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.upkeep.retention import Limit
from dispatch.ledger import journal
from dispatch.letters.store import documents
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import catch_up
from dispatch.register.store import suppressions
from dispatch.upkeep.purge import propose
from dispatch.upkeep.store import expired
from tests import packs, steps
from tests.fakes import FakeClock, FakeTransport
from tests.purges import KEPT, found, lived_through, take, wrong


@pytest.fixture
def over(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    """A mailout that is over, with all that came of it."""
    return lived_through(app, clock, transport)


def test_before_its_time_nothing_is_due(over: App, clock: FakeClock) -> None:
    clock.advance(days=360)
    assert found(over, clock) == set()
    assert take(over, clock) == {}


def test_each_kind_falls_due_in_its_own_time(over: App, clock: FakeClock) -> None:
    clock.advance(days=370)
    assert set(take(over, clock)) == {"mails that came in"}
    clock.advance(days=370)
    assert set(take(over, clock)) == {
        "deliveries",
        "addressees of letters",
        "contacts who left",
        "files of contacts",
        "files to be taken in",
    }
    clock.advance(days=370)
    assert set(take(over, clock)) == {"documents"}
    assert take(over, clock) == {}


def test_all_of_it_is_gone_and_the_ledger_holds(over: App, clock: FakeClock) -> None:
    clock.advance(days=4 * 370)
    taken = take(over, clock)
    assert wrong(over) == ()
    catch_up(over.sessions, clock)
    assert wrong(over) == ()
    with over.sessions.read() as session:
        assert set(session.scalars(select(Document.content))) == {b""}
        assert set(session.scalars(select(IncomingMail.content))) == {b""}
        assert set(session.scalars(select(Delivery.address))) == {""}
        assert set(session.scalars(select(Delivery.mac))) == {None}
        assert set(session.scalars(select(Letter.approval_salt))) == {None}
        assert set(session.scalars(select(SourceFile.content).where(SourceFile.kind == "contacts")))
        assert session.query(StagedLine).count() == 0
        [came_in] = session.scalars(select(StagedFile)).all()
        assert (came_in.content, came_in.reading, came_in.mac) == (b"", None, None)
        [notice] = session.scalars(select(NoticeRow)).all()
        [told] = journal.events(session, "purge:all")
        said = b"".join(dumped(session))
    assert notice.notice.fates == ()
    assert notice.category.value == "bounce"
    assert notice.is_hard
    assert b"Adeyemi" not in said
    assert (told.actor, told.detail["at_keyboard"]) == ("alex", "sam")
    assert told.detail["deliveries"] == str(taken["deliveries"])
    assert told.detail["letters"] == "3 years"


def dumped(session: object) -> Iterator[bytes]:
    """Yield every row of what may name people, as bytes."""
    for model in (Delivery, Letter, NoticeRow, Suggestion):
        for row in session.execute(select(model.__table__)):  # type: ignore[attr-defined]
            yield repr(tuple(row)).encode()


def test_who_is_in_post_and_what_is_barred_stay(over: App, clock: FakeClock) -> None:
    clock.advance(days=4 * 370)
    take(over, clock)
    with over.sessions.read() as session:
        query = select(ContactRow.address).where(ContactRow.valid_until.is_(None))
        assert "" not in set(session.scalars(query))
        assert suppressions.suppressed(session) == {"chief.executive@oxo.example"}


@pytest.mark.parametrize("state", ["in_doubt", "deferred"])
def test_a_mailout_with_something_open_is_not_over(over: App, clock: FakeClock, state: str) -> None:
    with over.sessions.begin() as session:
        session.execute(text(f"UPDATE delivery SET state = '{state}' WHERE kind = 'cc'"))  # noqa: S608
    clock.advance(days=4 * 370)
    assert not found(over, clock) & {"deliveries", "addressees of letters", "documents"}
    with over.sessions.read() as session:
        assert propose(session, KEPT, now=clock()).held_up == (steps.NAME,)


def test_a_mail_that_waits_for_a_person_is_kept(over: App, clock: FakeClock) -> None:
    with over.sessions.begin() as session:
        session.execute(text("UPDATE incoming_mail SET state = 'quarantined'"))
    clock.advance(days=4 * 370)
    assert "mails that came in" not in found(over, clock)


def test_what_a_younger_letter_is_made_of_is_kept(over: App, clock: FakeClock) -> None:
    with over.sessions.read() as session:
        limit = Limit(date(2020, 8, 1))
        past = expired.documents(session, limit)
        [first, *_] = session.scalars(select(Letter)).all()
        parts = set(first.parts.values())
    assert parts <= set(past)
    with over.sessions.begin() as session:
        [mailout] = session.scalars(select(Mailout)).all()
        younger = Mailout(
            name="another",
            plan=mailout.plan.__class__(
                **{
                    **{name: getattr(mailout.plan, name) for name in mailout.plan.__slots__},
                    "name": "another",
                    "upload_date": date(2021, 7, 29),
                }
            ),
            plan_digest="x",
            created_at=clock(),
            created_by="sam",
        )
        session.add(younger)
        session.flush()
        session.add(
            Letter(
                mailout_id=younger.id,
                authority_code="OXO",
                draft=first.draft,
                fingerprint="x",
                parts=first.parts,
                asked_by="sam",
            )
        )
    with over.sessions.read() as session:
        assert not parts & set(expired.documents(session, limit))


def test_what_waits_to_be_sealed_stops_it_and_what_went_before_stays_gone(
    over: App, clock: FakeClock
) -> None:
    clock.advance(days=4 * 370)
    with over.sessions.begin() as session:
        [delivery, *_] = session.scalars(select(Delivery.id).order_by(Delivery.created_at)).all()
        imprint = delete(ImprintRow).where(ImprintRow.record == f"delivery:{delivery}")
        session.execute(imprint)
    with pytest.raises(RuleBroken, match="waits to be sealed: try again once the service has run"):
        take(over, clock)
    with over.sessions.read() as session:
        assert set(session.scalars(select(IncomingMail.content))) == {b""}, "its turn was before"
        assert "" not in set(session.scalars(select(Delivery.address)))


def test_what_was_tampered_with_is_not_taken_away(over: App, clock: FakeClock) -> None:
    with over.sessions.begin() as session:
        session.execute(update(Delivery).values(name="Mr Smith"))
    clock.advance(days=4 * 370)
    with pytest.raises(NotApproved, match="is not what the ledger has of it"):
        take(over, clock)


@pytest.mark.parametrize(
    ("done", "named"),
    [
        ("DELETE FROM event WHERE action = 'document.purged'", "was deleted from seal"),
        ("UPDATE event SET action = 'mail.kept' WHERE action = 'mail.purged'", "was changed after"),
        ("UPDATE delivery SET address = 'new@oxo.example'", "delivery .* was changed"),
        ("UPDATE contact SET surname = 'New' WHERE address = ''", "was changed"),
    ],
)
def test_what_is_done_afterwards_is_found(
    over: App, clock: FakeClock, done: str, named: str
) -> None:
    clock.advance(days=4 * 370)
    take(over, clock)
    catch_up(over.sessions, clock)
    with over.sessions.begin() as session:
        session.execute(text(done))
    [first, *_] = wrong(over)
    assert re.search(named, first), first


def test_a_content_that_is_emptied_by_hand_is_found(over: App) -> None:
    with over.sessions.begin() as session:
        session.execute(update(IncomingMail).values(content=b""))
        session.execute(update(Document).values(content=b""))
    lines = wrong(over)
    assert any("is not what came in" in line for line in lines)
    assert any("its bytes were changed" in line for line in lines)


def test_nothing_goes_again_from_a_mailout_that_was_purged(over: App, clock: FakeClock) -> None:
    clock.advance(days=4 * 370)
    take(over, clock)
    with over.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        wish = ResendRequest(choice=Choice.CHANGED)
        for again in (
            lambda: resend.propose(session, mailout, wish, now=clock()),
            lambda: reissue.correct(session, over.templates, mailout, ["OXO"]),
        ):
            with pytest.raises(RuleBroken, match=r"have been purged .* be sent again"):
                again()
        [letter, *_] = session.scalars(select(Letter)).all()
        with pytest.raises(NotApproved, match=r"or was deleted \(`dispatch audit purge`\)"):
            documents.of(session, letter)


def test_evidence_says_that_names_are_gone_and_is_made_without(over: App, clock: FakeClock) -> None:
    clock.advance(days=4 * 370)
    take(over, clock)
    catch_up(over.sessions, clock)
    with pytest.raises(RuleBroken, match="some of it was purged"):
        packs.packed(over)
    assert packs.packed(over, is_redacted=True)
