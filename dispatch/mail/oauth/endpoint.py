"""One conversation with a token endpoint, over HTTPS, and what its last answer means.

The libraries of the providers raise whatever they meet, so an answer is read here, as it came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from dispatch.mail.oauth.tokens import Granted, NoToken, without_secrets

TIMEOUT: Final = (10.0, 20.0)
"""Seconds to wait for the connection, and for each part of the answer."""

MOST_OCTETS: Final = 16 * 1024 * 1024
"""The most that an answer may have: a token is 2 KB, and a page of a message trace 1 MB."""

MOST_SECONDS: Final = 60.0
"""How long all of an answer may take: a server may send one octet before each wait is over."""

PART: Final = 64 * 1024

MOST_TEXT: Final = 1000
BAD: Final = 400
"""The first HTTP status that means an error."""


class Endpoint(requests.Session):
    """An HTTPS client that checks certificates, gives up in time, and keeps its last answer."""

    def __init__(self, ca_file: Path | None) -> None:
        """Trust these authorities alone, or the usual ones without a file."""
        super().__init__()
        # What is compressed may be a million times as long.
        self.headers["Accept-Encoding"] = "identity"
        self._ca_file = ca_file
        self.host = ""
        """The host of the last request; empty before the first."""
        self.answer: requests.Response | None = None

    def request(  # type: ignore[override]  # the rest is as the libraries give it
        self,
        method: str,
        url: str,
        *given: Any,  # noqa: ANN401 - see above
        **named: Any,  # noqa: ANN401 - see above
    ) -> requests.Response:
        """Send a request; no redirect is followed, since it would get our credentials."""
        parts = urlsplit(url)
        self.host, self.answer = parts.hostname or url, None
        if parts.scheme != "https":
            raise ValueError(f"{url} is not an HTTPS address")
        named |= {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        if self._ca_file:
            # Here, since the environment (REQUESTS_CA_BUNDLE) comes before what a session says.
            named["verify"] = str(self._ca_file)
        answer = super().request(method, url, *given, **named)
        answer._content = _content(answer)  # noqa: SLF001 - requests would read without end
        self.answer = answer
        return answer


def _content(answer: requests.Response) -> bytes:
    """Return the content of an answer as it came. Raises `ValueError` beyond the limits."""
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise ValueError("the answer is compressed, which we did not ask for")
    ends_at, found = monotonic() + MOST_SECONDS, bytearray()
    while part := answer.raw.read1(PART, decode_content=False):
        found += part
        if len(found) > MOST_OCTETS or monotonic() > ends_at:
            answer.close()
            raise ValueError("the answer is longer than one may be, or takes too long")
    return bytes(found)


def granted(
    ca_file: Path | None, ask: Callable[[Endpoint], object], secrets: Sequence[str] = ()
) -> Granted:
    """Return the token that `ask` gets over an endpoint. Raises `NoToken`, without the secrets."""
    with Endpoint(ca_file) as endpoint:
        trouble = None
        try:
            token = ask(endpoint)
            if isinstance(token, str) and token and endpoint.answer is not None:
                return Granted(token, float(endpoint.answer.json().get("expires_in", 0)))
        except Exception as error:  # noqa: BLE001 - libraries raise anything for a strange answer
            trouble = error
        text, code = _what_went_wrong(endpoint, trouble)
        raise NoToken(without_secrets(text, secrets), code) from None


def _what_went_wrong(endpoint: Endpoint, trouble: Exception | None) -> tuple[str, int]:
    """Return the text and the HTTP status of an answer without a token, or why there is none."""
    if endpoint.answer is not None:
        said, status = _said(endpoint.answer), endpoint.answer.status_code
        return (said, status) if status >= BAD else (f"{endpoint.host} gave no token: {said}", 0)
    if endpoint.host:
        return f"no connection to {endpoint.host}: {_cause(trouble)}"[:MOST_TEXT], 0
    # Without the error's text, which may quote what the file holds.
    return f"our certificate or key file cannot be used: {type(trouble).__name__}", 0


def _said(answer: requests.Response) -> str:
    """Return the error of an answer (RFC 6749 5.2) in one line, or say that it is not one."""
    try:
        found = json.loads(answer.content)
        words = [found["error"], found.get("error_description", "")]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "the answer is not one of a token endpoint"
    return " ".join(": ".join(str(each) for each in words if each).split())[:MOST_TEXT]


def _cause(error: BaseException | None) -> BaseException | None:
    """Return the first of the causes of an error: urllib3 and requests wrap it several times."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        inner = [getattr(error, "reason", None), *error.args, error.__cause__, error.__context__]
        following = next((each for each in inner if isinstance(each, BaseException)), None)
        if following is None:
            return error
        error = following
    return error
