from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import ApiToken
from dispatch.domain.errors import BadInput, NotFound, RuleBroken
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.token import Scope
from dispatch.domain.word import Word
from dispatch.people import tokens
from dispatch.people.tokens import NewToken
from tests import steps
from tests.people.office import joined, word

DAY = timedelta(days=1)


@pytest.fixture
def owner(app: App) -> Word:
    name = joined(app, AccountRole.EDITOR).account.name
    return Word(person=name, keyboard=name, at=app.clock())


def made(app: App, owner: Word) -> NewToken:
    with app.sessions.begin() as session:
        scopes = [Scope.MAILOUTS, Scope.EVENTS]
        return tokens.make_token(session, " the   board ", scopes, owner.at + DAY, owner)


def test_a_token_opens_its_scopes_until_its_time(app: App, owner: Word) -> None:
    token = made(app, owner)
    assert token.text.startswith("dispatch_")
    with app.sessions.begin() as session:
        found = tokens.token_of(session, token.text, app.clock())
        assert found
        assert (found.name, found.owner.name, found.scopes) == (
            *("the board", "Alex Morgan"),
            frozenset({Scope.MAILOUTS, Scope.EVENTS}),
        )
        assert tokens.token_of(session, token.text, app.clock() + DAY) is None
        assert tokens.token_of(session, token.text + "x", app.clock()) is None
        assert tokens.token_of(session, "\ud800", app.clock()) is None
    assert token.text not in str(steps.events(app))


def test_when_a_token_was_last_used_is_noted_now_and_then(app: App, owner: Word) -> None:
    token = made(app, owner)
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        with app.sessions.begin() as session:
            at = app.clock() + timedelta(seconds=seconds)
            found = tokens.token_of(session, token.text, at)
            assert found
            tokens.note_used(session, found, at)
        with app.sessions.begin() as session:
            again = tokens.token_of(session, token.text, at)
            assert again
            assert again.used_at == app.clock() + timedelta(seconds=noted)


def test_a_token_is_ended_once(app: App, owner: Word) -> None:
    token = made(app, owner)
    with app.sessions.begin() as session:
        assert tokens.end_token(session, token.id, owner) == "the board"
        assert tokens.token_of(session, token.text, app.clock()) is None
        with pytest.raises(RuleBroken, match="has ended already"):
            tokens.end_token(session, token.id, owner)
        with pytest.raises(NotFound):
            tokens.end_token(session, UUID(int=7), owner)


@pytest.mark.parametrize(
    ("name", "scopes", "days", "why"),
    [
        ("", [Scope.EVENTS], 1, "a name"),
        ("x" * 101, [Scope.EVENTS], 1, "a name"),
        ("board", [], 1, "at least one scope"),
        ("board", [Scope.EVENTS], 0, "in the future"),
        ("board", [Scope.EVENTS], 401, "in the future"),
    ],
)
def test_a_token_has_a_name_a_scope_and_an_end(
    app: App, owner: Word, name: str, scopes: list[Scope], days: int, why: str
) -> None:
    with app.sessions.begin() as session, pytest.raises(BadInput, match=why):
        tokens.make_token(session, name, scopes, owner.at + days * DAY, owner)


def test_a_token_belongs_to_an_account(app: App) -> None:
    with app.sessions.begin() as session, pytest.raises(RuleBroken, match="has no account"):
        tokens.make_token(session, "board", [Scope.EVENTS], app.clock() + DAY, word(app))


def test_a_token_that_was_changed_in_the_database_opens_nothing(app: App, owner: Word) -> None:
    token = made(app, owner)
    with app.sessions.begin() as session:
        row = session.scalars(select(ApiToken)).one()
        row.scopes = [each.value for each in Scope]
    with app.sessions.begin() as session:
        assert tokens.token_of(session, token.text, app.clock()) is None
