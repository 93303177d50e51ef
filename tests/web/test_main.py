"""How the pages are served."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, request

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.web import __main__ as web
from dispatch.web.__main__ import Server
from tests.web.browser import an_account
from tests.web.pages import pages_of


def with_settings(app: App, **changes: object) -> App:
    return replace(app, settings=app.settings.model_copy(update=changes))


def test_gunicorn_listens_where_the_settings_say_and_nowhere_else(app: App) -> None:
    found = Server(with_settings(app, web_listen="127.0.0.1:8017")).cfg
    assert found.address == [("127.0.0.1", 8017)]
    assert found.control_socket_disable
    assert (found.worker_class_str, found.preload_app) == ("gthread", False)
    assert (found.forwarded_allow_ips, found.secure_scheme_headers) == ([], {})
    socket = Server(with_settings(app, web_listen="/run/dispatch/web.sock")).cfg
    assert socket.address == ["/run/dispatch/web.sock"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DISPATCH_WEB_LISTEN": "off"}, "Error: DISPATCH_WEB_LISTEN is off"),
        ({"DISPATCH_WEB_LISTEN": "here"}, "Error: These settings cannot be used"),
    ],
)
def test_our_own_errors_are_one_line(
    app: App,
    environment: dict[str, str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DISPATCH_HOME", str(app.settings.home / "web"))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert web.main() == 1
    assert capsys.readouterr().err.startswith(said)


def test_a_name_that_leads_here_but_is_not_ours_is_refused(pages: Flask) -> None:
    answer = pages.test_client().get("/healthz", headers={"Host": "evil.example"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("proxies", "scheme", "asker"), [(0, "http", "127.0.0.1"), (1, "https", "192.0.2.9")]
)
def test_what_a_proxy_says_is_believed_only_if_the_settings_name_one(
    app: App, proxies: int, scheme: str, asker: str
) -> None:
    flask = pages_of(
        with_settings(app, web_proxies=proxies), lambda: an_account(AccountRole.VIEWER)
    )
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7, 192.0.2.9"}
    with flask.test_client() as client:
        client.get("/healthz", headers=headers)
        assert (request.scheme, request.remote_addr) == (scheme, asker)


def test_answers_want_tls_where_people_come_by_it(app: App) -> None:
    flask = pages_of(with_settings(app, web_url="https://letters.office.example"))
    answer = flask.test_client().get("/healthz")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
