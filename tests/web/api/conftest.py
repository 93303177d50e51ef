"""A program that reads the office's JSON with a token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.token import Scope
from dispatch.domain.word import Word
from dispatch.people import accounts, tokens

OWNER = "Alex Morgan"
LABEL = "press office"


@dataclass(frozen=True, slots=True)
class Program:
    """Reads what an address has, with a token."""

    client: FlaskClient
    token: str

    def get(self, address: str, **headers: str) -> TestResponse:
        """Return the answer."""
        shown = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.get(address, headers=shown)

    def read(self, address: str) -> Any:
        """Return what a good answer says."""
        answer = self.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def program(app: App, pages: Flask) -> Callable[..., Program]:
    """Makes a program whose token opens some of it."""
    by_root = Word(person="root", keyboard="root", because="a colleague", at=app.clock())
    with app.sessions.begin() as session:
        accounts.invite(session, OWNER, AccountRole.ADMIN, (), by_root)

    def make(*scopes: Scope) -> Program:
        by_owner = Word(person=OWNER, keyboard=OWNER, because="a report", at=app.clock())
        until = app.clock() + timedelta(days=30)
        with app.sessions.begin() as session:
            made = tokens.make_token(session, LABEL, scopes, until, by_owner)
        return Program(pages.test_client(), made.text)

    return make


@pytest.fixture
def reader(program: Callable[..., Program]) -> Program:
    """A program whose token opens everything."""
    return program(*Scope)
