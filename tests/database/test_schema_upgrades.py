"""What lies in a database of the migration before works on after the upgrade, from any state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.database import schema
from dispatch.domain.mailout import MailoutState
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from tests import steps
from tests.factories import RELEASE_AT, a_word
from tests.fakes import FakeClock, FakeTransport

CODES = ("ADU", "OXO")


def planned(app: App, _: FakeClock) -> None:
    steps.planned(app, *CODES)


def asked(app: App, _: FakeClock) -> None:
    steps.planned(app, *CODES)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        render.ask(session, mailout, app.templates, a_word(app.clock()))


def rendered(app: App, _: FakeClock) -> None:
    steps.rendered(app, *CODES)


def approved(app: App, _: FakeClock) -> None:
    steps.approved(app, *CODES)


def scheduled(app: App, _: FakeClock) -> None:
    steps.scheduled(app, *CODES)


def released(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *CODES)


def paused(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *CODES)
    with app.sessions.begin() as session:
        word = a_word(clock(), because="a telephone call")
        release.pause(session, mailout_named(session, steps.NAME), word)


def sent(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, *CODES)
    steps.send_due(app)


STATES = (planned, asked, rendered, approved, scheduled, released, paused, sent)


@pytest.mark.parametrize("reached", STATES, ids=lambda each: each.__name__)
def test_a_mailout_that_was_there_before_batches_sends_each_letter_once(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    reached: Callable[[App, FakeClock], None],
) -> None:
    reached(app, clock)
    upgraded(app)
    assert steps.mailout_of(app).under_way is None
    lived_on(app, clock)
    assert steps.state_of(app) is MailoutState.SENT
    went = Counter(envelope.rcpt_to for envelope, _ in transport.sent)
    assert len(went) == 2 * len(CODES)
    assert set(went.values()) == {1}


def upgraded(app: App) -> None:
    """Make the database one of migration 0017, with all that lies in it, and upgrade it."""
    with app.sessions.begin() as session:
        for index in ("ix_letter_not_made", "ix_event_of_every_letter", "ix_figures_authority"):
            session.execute(text(f"DROP INDEX {index}"))
        for column in ("under_way", "lease_until"):
            session.execute(text(f"ALTER TABLE mailout DROP COLUMN {column}"))
        session.execute(text("UPDATE alembic_version SET version_num = '0017'"))
    with app.sessions.begin() as session:
        assert schema.age(session) is schema.Age.OLDER
        schema.upgrade(session)
    with app.sessions.begin() as session:
        schema.check(session)


def lived_on(app: App, clock: FakeClock) -> None:
    """Take each step that is left, until all letters are sent."""
    state = steps.state_of(app)
    if state is MailoutState.DRAFT:
        if not steps.letters_of(app):
            steps.render_again(app)
        steps.render_wanted(app)
        steps.tick(app)
        state = steps.state_of(app)
    if state is MailoutState.RENDERED:
        steps.schedule_again(app)
    with app.sessions.begin() as session:
        mailout, word = mailout_named(session, steps.NAME), a_word(clock(), because="")
        if state is MailoutState.APPROVED:
            release.schedule(session, mailout, app.templates, word)
        if state is MailoutState.PAUSED:
            release.resume(session, mailout, word)
    clock.reach(RELEASE_AT)
    for _ in range(2):
        steps.tick(app)
        steps.send_due(app)
    steps.tick(app)
