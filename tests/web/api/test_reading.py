"""What programs may read: the same views as the command line's, page by page, on record."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis.strategies import one_of
from schemathesis import Case, GenerationMode, openapi
from schemathesis.core.result import Ok

from dispatch.app import App
from dispatch.domain.people.token import Scope
from dispatch.views.form import as_data
from dispatch.views.letters import letter_view
from tests import steps
from tests.web.api.conftest import LABEL, OWNER, Program

NAME = steps.NAME
BELOW = "/api/v1"

ROUTES = {
    f"{BELOW}/mailouts": Scope.MAILOUTS,
    f"{BELOW}/mailouts/{NAME}": Scope.MAILOUTS,
    f"{BELOW}/mailouts/{NAME}/letters": Scope.LETTERS,
    f"{BELOW}/mailouts/{NAME}/deliveries": Scope.DELIVERIES,
    f"{BELOW}/authorities/OXO": Scope.CONTACTS,
    f"{BELOW}/events": Scope.EVENTS,
}


SHOWN = [{}, {"Authorization": "Bearer"}, {"Authorization": "Bearer x"}, {"Authorization": "x"}]


def test_nothing_is_read_without_a_token(pages: Flask) -> None:
    for address in ROUTES:
        for headers in SHOWN:
            answer = pages.test_client().get(address, headers=headers)
            assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_opens_what_it_names_and_nothing_else(
    app: App, program: Callable[[Scope], Program]
) -> None:
    steps.rendered(app, "OXO")
    for scope in Scope:
        only = program(scope)
        opened = {address: only.get(address).status_code for address in ROUTES}
        assert opened == {
            address: 200 if wanted is scope else 403 for address, wanted in ROUTES.items()
        }


def test_the_views_are_those_of_the_command_line(app: App, reader: Program) -> None:
    steps.rendered(app, "OXO", "ADU")
    assert [each["name"] for each in reader.read(f"{BELOW}/mailouts")["items"]] == [NAME]
    assert reader.read(f"{BELOW}/mailouts/{NAME}")["letters"] == {"rendered": 2}
    found = steps.letters_of(app)
    assert reader.read(f"{BELOW}/mailouts/{NAME}/letters")["items"] == [
        as_data(letter_view(found[code])) for code in ("ADU", "OXO")
    ]
    known = reader.read(f"{BELOW}/authorities/oxo")
    assert (known["code"], known["contacts"][0]["role"]) == ("OXO", "chief executive")


LISTS = {
    f"mailouts/{NAME}/letters": "authority",
    f"mailouts/{NAME}/deliveries": "authority",
    "events": "at",
}


def test_a_list_goes_by_key_from_page_to_page(app: App, reader: Program) -> None:
    steps.sent_today(app, "OXO", "ADU", "BRX")
    for what, key in LISTS.items():
        whole = reader.read(f"{BELOW}/{what}?limit=100")["items"]
        seen: list[dict[str, str]] = []
        address = f"{BELOW}/{what}?limit=2"
        while address and len(seen) < len(whole):
            page = reader.read(address)
            assert 0 < len(page["items"]) <= 2
            seen += page["items"]
            address = page["next"]
        assert seen[: len(whole)] == whole  # each reading of events adds one
        assert [each[key] for each in seen] == sorted(each[key] for each in seen)


def test_who_takes_what_is_about_people_is_on_record_before_they_have_it(
    app: App, reader: Program
) -> None:
    steps.sent_today(app, "OXO")
    answer = reader.get(f"{BELOW}/mailouts/{NAME}/deliveries?state=accepted")
    event = steps.events(app)[-1]
    assert (event.action, event.subject, event.actor) == (
        "audit.exported",
        "export:deliveries",
        OWNER,
    )
    assert event.detail == {
        "format": "json",
        "rows": "2",
        "filters": "mailout, state",
        "sha256": answer.headers["ETag"].strip('"'),
        "token": LABEL,
        "at_keyboard": OWNER,
    }


def test_what_has_not_changed_is_not_sent_again(app: App, reader: Program) -> None:
    steps.rendered(app, "OXO")
    address = f"{BELOW}/mailouts/{NAME}/letters"
    tag = reader.get(address).headers["ETag"]
    before = len(steps.events(app))
    again = reader.get(address, **{"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert len(steps.events(app)) == before


WRONG = {
    f"{BELOW}/mailouts/none": 404,
    f"{BELOW}/mailouts?after=none": 404,
    f"{BELOW}/authorities/none": 404,
    f"{BELOW}/nothing": 404,
    f"{BELOW}/deliveries/1": 404,
    f"{BELOW}/deliveries/00000000-0000-4000-8000-000000000000": 404,
    f"{BELOW}/events?limit=0": 422,
    f"{BELOW}/events?limit=501": 422,
    f"{BELOW}/events?after=x": 422,
    f"{BELOW}/events?addresses=all": 422,
    f"{BELOW}/mailouts/{NAME}/deliveries?state=lost": 422,
    f"{BELOW}/events?authority=%00": 404,
}


def test_what_is_wrong_is_said_as_a_problem(app: App, reader: Program) -> None:
    steps.rendered(app, "OXO")
    answers = {address: reader.get(address) for address in WRONG}
    assert {address: answer.status_code for address, answer in answers.items()} == WRONG
    assert {answer.content_type for answer in answers.values()} == {"application/problem+json"}
    assert {
        address: json.loads(answer.text)["status"] for address, answer in answers.items()
    } == WRONG


def test_nothing_is_changed_by_a_program(pages: Flask) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = pages.test_client().open(f"{BELOW}/mailouts", method=method)
        assert (answer.status_code, answer.content_type) == (405, "application/problem+json")


def test_a_value_that_is_refused_is_neither_logged_nor_repeated(
    app: App, reader: Program, caplog: pytest.LogCaptureFixture
) -> None:
    theirs = logging.getLogger("spectree.utils")
    theirs.disabled = False  # as it is once logging has been set up
    with caplog.at_level(logging.DEBUG):
        theirs.error("jo@oxo.example")
        answer = reader.get(f"{BELOW}/events?after=jo@oxo.example")
    assert answer.status_code == 422
    assert "oxo.example" not in caplog.text + answer.text


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.slow
def test_every_answer_is_as_the_description_says(
    app: App, reader: Program, mode: GenerationMode
) -> None:
    steps.sent_today(app, "OXO", "ADU")
    _check(reader, mode, 60)


def test_some_answers_are_as_the_description_says(app: App, reader: Program) -> None:
    steps.rendered(app, "OXO")
    _check(reader, GenerationMode.POSITIVE, 5)


def _check(reader: Program, mode: GenerationMode, examples: int) -> None:
    """Ask for what the description has, in so many ways, and hold each answer against it."""
    described = openapi.from_wsgi("/apidoc/openapi.json", reader.client.application)
    routes = (each.ok() for each in described.get_all_operations() if isinstance(each, Ok))
    asked = (each.as_strategy(mode, path_parameters=_known(each.path)) for each in routes)
    shown = {"Authorization": f"Bearer {reader.token}"}

    @settings(max_examples=examples, database=None, derandomize=True)
    @given(one_of(*asked))
    def check(case: Case[Any]) -> None:
        case.call_and_validate(headers=shown)

    check()


def _known(path: str) -> dict[str, str] | None:
    """Name what there is, so that most answers have something in them."""
    return next(
        (
            given
            for part, given in {"{name}": {"name": NAME}, "{code}": {"code": "OXO"}}.items()
            if part in path
        ),
        None,
    )
