from __future__ import annotations

from functools import partial

from sqlalchemy import delete

from dispatch.app import App
from dispatch.database.tables import Exchanger
from dispatch.mail.exchangers import Located, look_up
from dispatch.sending.exchangers import is_due, look_up_due
from dispatch.sending.store import exchangers
from tests import steps
from tests.mail.names import FAILURE, Records, name_server


def noted(app: App, *domains: str) -> None:
    """Know nothing but these domains, while a mailout is scheduled."""
    steps.scheduled(app, "OXO")
    with app.sessions.begin() as session:
        session.execute(delete(Exchanger))
        exchangers.note(session, domains)


def known(app: App, *domains: str) -> dict[str, list[str]]:
    with app.sessions.read() as session:
        return exchangers.known(session, domains)


def is_any_due(app: App) -> bool:
    with app.sessions.read() as session:
        return is_due(session, has_rates=True, now=app.clock())


def test_what_the_dns_says_is_kept_and_not_asked_again(app: App) -> None:
    noted(app, "adur.example", "failing.example", "null.example")
    assert is_any_due(app)
    records: Records = {
        "adur.example": {"MX": ["10 mx.example."]},
        "null.example": {"MX": ["0 ."]},
        "failing.example": FAILURE,
    }
    with name_server(records) as resolver:
        ask = partial(look_up, resolver=resolver)
        found = look_up_due(app.sessions, ask, now=app.clock(), limit=10)
    assert [each for each, answer in found.items() if answer.trouble] == ["failing.example"]
    assert known(app, *found) == {
        "adur.example": ["mx.example"],
        "failing.example": [],
        "null.example": ["."],
    }
    assert not is_any_due(app)


def test_no_more_than_the_limit_are_looked_up_at_once(app: App) -> None:
    noted(app, "a.example", "b.example", "c.example")

    def ask(domain: str) -> Located:
        return Located((f"mx.{domain}",))

    assert list(look_up_due(app.sessions, ask, now=app.clock(), limit=2)) == [
        "a.example",
        "b.example",
    ]
    assert list(look_up_due(app.sessions, ask, now=app.clock(), limit=2)) == ["c.example"]
    assert look_up_due(app.sessions, ask, now=app.clock(), limit=2) == {}


def test_no_transaction_is_open_while_the_dns_is_asked(app: App) -> None:
    noted(app, "adur.example")

    def ask(domain: str) -> Located:
        with app.sessions.begin() as session:
            exchangers.note(session, ["other.example"])
        return Located((domain,))

    assert look_up_due(app.sessions, ask, now=app.clock(), limit=1)
    assert known(app, "adur.example") == {"adur.example": ["adur.example"]}
