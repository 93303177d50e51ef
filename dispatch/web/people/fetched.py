"""Answers of the office's own sign-in, over HTTPS and within limits of time and length.

Every address comes from the settings, or from what the issuer in the settings says of itself; none
comes from a person, or from a token.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPSHandler, OpenerDirector, ProxyHandler, Request

from authlib.oauth2.auth import ClientAuth

TIMEOUT: Final = 5.0
"""Seconds to wait for the connection, and for each part of an answer."""

MOST_SECONDS: Final = 15.0
"""How long all of an answer may take: a server may send one octet before each wait is over."""

MOST_OCTETS: Final = 512 * 1024
"""The most that an answer may have: what a provider says of itself is 2 KB, its keys 10 KB."""

PART: Final = 64 * 1024


class NoAnswer(Exception):
    """A server gave no answer that we can use. Its text is in words, with the server's name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, as Authlib reads an answer."""

    host: str
    status_code: int
    content: bytes = field(repr=False)

    def json(self) -> Any:  # noqa: ANN401 - as JSON is
        """Return the content. Raises `ValueError` if it is not JSON."""
        try:
            return json.loads(self.content)
        except RecursionError:
            raise ValueError("nested too deep") from None

    def raise_for_status(self) -> None:
        """Raise `NoAnswer`: Authlib asks for that where an answer is not JSON."""
        raise NoAnswer(f"{self.host} answers with HTTP status {self.status_code}")


class Fetcher:
    """An HTTPS client that checks certificates and follows no redirect: it would get our secret."""

    def __init__(self, ca_file: Path | None) -> None:
        """Trust these authorities alone, or the usual ones without a file."""
        self._ca_file = ca_file

    def get(self, url: str) -> Any:  # noqa: ANN401 - as JSON is
        """Return the object of JSON at an address. Raises `NoAnswer`."""
        answer = self._fetched(Request(url))  # noqa: S310 - `_fetched` refuses all but HTTPS
        try:
            found = answer.json()
        except ValueError:
            found = None
        if answer.status_code != 200 or not isinstance(found, dict):  # noqa: PLR2004 - HTTP's
            answer.raise_for_status()
        return found

    def post(
        self, url: str, *, data: Mapping[str, str], headers: Mapping[str, str], auth: ClientAuth
    ) -> Answer:
        """Send a form, as Authlib calls it, with what proves who we are. Raises `NoAnswer`."""
        proving = auth.prepare("POST", url, dict(headers), urlencode(data))  # type: ignore[no-untyped-call]
        url, said, body = proving
        return self._fetched(Request(url, body.encode(), said))  # noqa: S310 - see `get`

    def _fetched(self, request: Request) -> Answer:
        """Return an answer, from a thread that nobody waits for longer than `MOST_SECONDS`."""
        host = urlsplit(request.full_url).hostname or ""
        if request.type != "https" or not host:
            raise NoAnswer(f"{request.type}://{host} is not an HTTPS address")
        answers: SimpleQueue[Answer | NoAnswer] = SimpleQueue()
        Thread(target=self._ask, args=(request, host, answers), daemon=True).start()
        try:
            found = answers.get(timeout=MOST_SECONDS)
        except Empty:
            raise NoAnswer(f"{host} takes longer than {MOST_SECONDS:.0f} seconds") from None
        if isinstance(found, NoAnswer):
            raise found
        return found

    def _ask(self, request: Request, host: str, answers: SimpleQueue[Answer | NoAnswer]) -> None:
        try:
            answers.put(self._answer(request, host))
        except NoAnswer as trouble:
            answers.put(trouble)
        except Exception as error:  # noqa: BLE001 - or nobody would be told
            answers.put(NoAnswer(f"{host} cannot be asked: {_cause(error)}"))

    def _answer(self, request: Request, host: str) -> Answer:
        request.add_header("Accept-Encoding", "identity")
        opener = OpenerDirector()  # without what follows redirects, reads files or speaks HTTP
        opener.add_handler(ProxyHandler())
        opener.add_handler(HTTPSHandler(context=self._context()))
        ends_at, found = monotonic() + MOST_SECONDS, bytearray()
        with opener.open(request, timeout=TIMEOUT) as answer:
            while part := answer.read1(PART):
                found += part
                if len(found) > MOST_OCTETS or monotonic() > ends_at:
                    raise NoAnswer(f"{host} gives a longer answer than one may be")
            return Answer(host, answer.status, bytes(found))

    def _context(self) -> ssl.SSLContext:
        """Return how to look at certificates; the file is read each time, and so may be renewed."""
        return ssl.create_default_context(cafile=self._ca_file)


def _cause(error: Exception) -> str:
    """Return in words why a server could not be asked, without what it said itself."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({reason.verify_message})"
    if isinstance(reason, TimeoutError):
        return f"nothing comes within {TIMEOUT:.0f} seconds"
    if isinstance(reason, HTTPException):
        return "its answer is not HTTP"
    if isinstance(reason, OSError):
        return reason.strerror or "the connection fails"
    return type(reason).__name__
