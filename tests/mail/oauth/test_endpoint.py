from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from dispatch.domain.replies import tokens as meanings
from dispatch.domain.replies.meanings import Meaning, Whose
from dispatch.domain.reply import Reply, Verdict
from dispatch.mail.oauth import endpoint as endpoint_module
from dispatch.mail.oauth.endpoint import Endpoint
from dispatch.mail.oauth.tokens import Issuer, NoToken
from tests.mail.https_server import Said
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.oauth.token_endpoint import SECRET, TokenEndpoint


@pytest.fixture(scope="module")
def running() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: TokenEndpoint) -> TokenEndpoint:
    running.says.clear()
    running.forms.clear()
    running.discovery = None
    return running


def refusal(issuer: Issuer) -> Reply:
    """Why there is no token: about us, and a reason to wait."""
    with pytest.raises(NoToken) as caught:
        issuer.ask(MAILBOX)
    outcome = caught.value.outcome
    assert outcome.verdict is Verdict.DEFERRED
    assert outcome.whose is Whose.US
    assert SECRET not in f"{outcome!r}{caught.value!r}"
    assert outcome.reply
    return outcome.reply


def aadsts(number: int, words: str, error: str = "invalid_client") -> Said:
    return 401, {"error": error, "error_description": f"AADSTS{number}: {words}\r\nTrace ID: 1"}


NOT_THERE = "Application with identifier 'x' was not found in the directory"
EXPIRED = "The provided client secret keys for app 'x' are expired."
MICROSOFT: list[tuple[Said, Meaning]] = [
    (aadsts(7000222, EXPIRED), meanings.SECRET_EXPIRED),
    (aadsts(7000215, f"Invalid client secret provided {SECRET}"), meanings.SECRET_WRONG),
    (aadsts(700016, NOT_THERE, "unauthorized_client"), meanings.APP_UNKNOWN),
    (aadsts(7000218, "must contain client_assertion"), meanings.CREDENTIAL_MISSING),
    (aadsts(53003, "Access has been blocked", "access_denied"), meanings.CONDITIONAL_ACCESS),
    (aadsts(700027, "invalid signature"), meanings.CERTIFICATE_REFUSED),
    (aadsts(4242424, "something new", "invalid_grant"), meanings.TOKEN_REFUSED),
    ((400, {"error": "server_is_odd"}), meanings.TOKEN_REFUSED),
    ((503, "<html>try later</html>"), meanings.ENDPOINT_BUSY),
    ((429, {"error": "throttled"}), meanings.ENDPOINT_BUSY),
    ((200, "<html>please sign in</html>"), meanings.ENDPOINT_STRANGE),
    ((200, "[1]"), meanings.ENDPOINT_STRANGE),
    ((200, {"access_token": 7, "expires_in": 3600}), meanings.ENDPOINT_STRANGE),
    ((302, ""), meanings.ENDPOINT_STRANGE),
]


@pytest.mark.parametrize(("said", "meaning"), MICROSOFT)
def test_each_answer_of_microsoft_is_explained(
    endpoint: TokenEndpoint, said: Said, meaning: Meaning
) -> None:
    endpoint.says.append(said)
    reply = refusal(endpoint.microsoft())
    assert reply.meaning == meaning
    assert reply.code == (said[0] if said[0] >= 400 else 0)


class Parts:
    """The body of an answer, a part at a time."""

    def __init__(self, part: bytes) -> None:
        self.part, self.asked = part, 0

    def read1(self, _most: int, *, decode_content: bool) -> bytes:
        assert not decode_content
        self.asked += 1
        return self.part


@pytest.mark.parametrize(
    ("part", "encoding", "most"),
    [
        (b"x" * 1024 * 1024, "identity", 20),  # without end
        (b"x", "identity", 5),  # without end, an octet at a time
        (b"x", "gzip", 0),
    ],
)
def test_an_answer_has_its_limits(
    monkeypatch: pytest.MonkeyPatch, part: bytes, encoding: str, most: int
) -> None:
    moments = iter(range(0, 10_000, 1 if len(part) > 1 else 20))
    monkeypatch.setattr(endpoint_module, "monotonic", lambda: float(next(moments)))
    answer, parts = requests.Response(), Parts(part)
    answer.raw, answer.headers["Content-Encoding"] = parts, encoding
    monkeypatch.setattr(requests.Session, "request", lambda *_, **__: answer)
    monkeypatch.setattr(answer, "close", lambda: None)
    with Endpoint(None) as client, pytest.raises(ValueError, match="the answer is"):
        client.get("https://login.example/token")
    assert parts.asked <= most


def test_an_answer_that_is_nested_without_end_is_not_one_of_a_token_endpoint(
    endpoint: TokenEndpoint,
) -> None:
    endpoint.says.append((200, "[" * 100_000))
    assert refusal(endpoint.microsoft()).meaning == meanings.ENDPOINT_STRANGE


def test_the_words_of_the_endpoint_are_kept_in_one_line(endpoint: TokenEndpoint) -> None:
    endpoint.says.append(aadsts(7000222, EXPIRED))
    assert (
        str(refusal(endpoint.microsoft()))
        == f"401 invalid_client: AADSTS7000222: {EXPIRED} Trace ID: 1"
    )


def test_a_tenant_that_is_not_there_is_explained(endpoint: TokenEndpoint) -> None:
    description = "AADSTS90002: Tenant 'office.example' not found."
    endpoint.discovery = (400, {"error": "invalid_tenant", "error_description": description})
    assert refusal(endpoint.microsoft()).meaning == meanings.TENANT_UNKNOWN


GOOGLE: list[tuple[dict[str, Any], Meaning]] = [
    ({"error": "invalid_grant", "error_description": "Invalid email"}, meanings.GRANT_REFUSED),
    (
        {"error": "invalid_grant", "error_description": "Must be a short-lived token (60 minutes)"},
        meanings.CLOCK_WRONG,
    ),
    ({"error": "unauthorized_client"}, meanings.DELEGATION_MISSING),
    ({"error": "something_new"}, meanings.TOKEN_REFUSED),
]


@pytest.mark.parametrize(("said", "meaning"), GOOGLE)
def test_each_answer_of_google_is_explained(
    endpoint: TokenEndpoint, tmp_path: Path, said: dict[str, Any], meaning: Meaning
) -> None:
    endpoint.says.append((400, said))
    assert refusal(endpoint.google(tmp_path)).meaning == meaning


def test_an_endpoint_that_is_not_trusted_gets_no_secret(endpoint: TokenEndpoint) -> None:
    reply = refusal(endpoint.microsoft(ca_file=None))
    assert reply.meaning == meanings.ENDPOINT_UNTRUSTED
    assert endpoint.forms == []


def test_the_environment_does_not_say_whom_we_trust_where_the_settings_do(
    endpoint: TokenEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    assert endpoint.microsoft().ask(MAILBOX).token


def test_an_endpoint_that_cannot_be_reached_is_explained(endpoint: TokenEndpoint) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    reply = refusal(endpoint.microsoft(authority=f"https://localhost:{port}"))
    assert reply.meaning == meanings.ENDPOINT_UNREACHABLE
    assert reply.text.startswith("no connection to localhost: ")
    assert "refused" in reply.text


def test_no_secret_goes_to_an_address_without_tls(tmp_path: Path, endpoint: TokenEndpoint) -> None:
    account = endpoint.google(tmp_path, token_uri="http://localhost:1/google")  # noqa: S106
    assert "not an HTTPS address" in refusal(account).text


def test_a_file_that_is_not_what_it_should_be_is_explained(
    tmp_path: Path, endpoint: TokenEndpoint
) -> None:
    file = tmp_path / "file"
    file.write_text("very secret")
    for issuer in (endpoint.microsoft(secret="", certificate=file), endpoint.google(tmp_path)):
        (tmp_path / "account.json").write_text("very secret")
        reply = refusal(issuer)
        assert reply.meaning == meanings.FILE_UNUSABLE
        assert "very" not in reply.text
        assert endpoint.forms == []
