"""Ask Microsoft Graph for the message trace of the time around deliveries in doubt.

The application needs the permission `ExchangeMessageTrace.Read.All`. It uses the secret or
certificate that it has for the mailboxes, and asks for another scope.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import requests

from dispatch.domain.errors import BadInput, RuleBroken, Unavailable
from dispatch.domain.sending.acceptance import LogReading, Sought, Span
from dispatch.domain.sending.envelope import Sender
from dispatch.mail import message_trace
from dispatch.mail.oauth.endpoint import Endpoint
from dispatch.mail.oauth.tokens import Issuer, NoToken

AROUND: Final = timedelta(minutes=30)
"""How much is asked for before and after each doubt: other letters of ours in it show that the
trace covers the time."""

LONGEST: Final = timedelta(days=10)
"""The longest time that one question may cover."""

KEPT: Final = timedelta(days=90)
"""How long Microsoft keeps a trace."""

MOST_PAGES: Final = 1000
MOST_QUOTED: Final = 300
MOST_DIGITS: Final = 10
MOST_ROWS: Final = 1_000_000
"""Of one time that is asked for: a mailbox may write to 10,000 recipients a day."""

PATH: Final = "/v1.0/admin/exchange/tracing/messageTraces"


@dataclass(frozen=True, slots=True)
class Graph:
    """Microsoft Graph, as one application may ask it."""

    issuer: Issuer
    """Gives tokens for Graph."""
    url: str
    ca_file: Path | None = None

    def read(self, wanted: Iterable[Sought], *, sender: Sender, now: datetime) -> LogReading:
        """Return what the trace says of the deliveries that were sought.

        Only the time around doubts is asked for. Raises `Unavailable` if Graph does not answer as
        it should, `RuleBroken` if it refuses to.
        """
        sought = list(wanted)
        spans = _spans(sought, now)
        with Endpoint(self.ca_file) as endpoint:
            endpoint.headers["Authorization"] = f"Bearer {self._token()}"
            try:
                found = [row for span in spans for row in self._rows(endpoint, span)]
            except BadInput as error:
                raise _unreadable(error) from error
        latest = now - message_trace.COMES_LATE
        covered = [Span(span.first_at, min(span.last_at, latest)) for span in spans]
        return message_trace.reading(found, covered, sought, sender=sender)

    def _token(self) -> str:
        try:
            return self.issuer.ask("").token
        except NoToken as error:
            said = str(error)
            raise Unavailable(f"no token for Microsoft Graph: {said}", theirs=said) from error

    def _rows(self, endpoint: Endpoint, span: Span) -> list[message_trace.Row]:
        records = islice(self._records(endpoint, span), MOST_ROWS + 1)
        found = list(message_trace.rows(records))
        if len(found) > MOST_ROWS:
            raise Unavailable(f"the message trace of this time has more than {MOST_ROWS} rows")
        return found

    def _records(self, endpoint: Endpoint, span: Span) -> Iterator[Mapping[str, Any]]:
        url = self.url + PATH + "?" + urlencode({"$filter": _during(span)})
        for _ in range(MOST_PAGES):
            page = _page(endpoint, url)
            yield from message_trace.json_records(page)
            following = page.get("@odata.nextLink")
            if not following:
                return
            url = self._own(str(following))
        raise Unavailable(f"the message trace of this time has more than {MOST_PAGES} pages")

    def _own(self, url: str) -> str:
        """Return the address of the next page; another host would get our token."""
        if urlsplit(url)[:2] != urlsplit(self.url)[:2]:
            said = url[:MOST_QUOTED]
            raise Unavailable(f"Microsoft Graph has its next page elsewhere: {said}", theirs=said)
        return url


def _page(endpoint: Endpoint, url: str) -> dict[str, Any]:
    try:
        answer = endpoint.get(url)
    except (requests.RequestException, OSError, ValueError) as error:
        raise Unavailable(f"no connection to {endpoint.host}: {type(error).__name__}") from error
    if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        said = _said(answer)
        raise RuleBroken(
            f"Microsoft Graph refuses to give the message trace ({said}): have an "
            f"administrator grant the application ExchangeMessageTrace.Read.All and wait an hour",
            theirs=said,
        )
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        after = answer.headers.get("Retry-After", "60")[:MOST_DIGITS]
        words = f"Microsoft Graph asks us to wait {after} seconds: try again then"
        raise Unavailable(words, theirs="" if after.isdecimal() else after)
    if answer.status_code != HTTPStatus.OK:
        said = _said(answer)
        raise Unavailable(f"Microsoft Graph gave no message trace: {said}", theirs=said)
    try:
        page: dict[str, Any] = answer.json()
        message_trace.json_records(page)
    except (ValueError, RecursionError) as error:
        raise _unreadable(error) from error
    return page


def _unreadable(error: Exception) -> Unavailable:
    said = str(error)
    return Unavailable(f"Microsoft Graph gave what cannot be read: {said}", theirs=said)


def _said(answer: requests.Response) -> str:
    try:
        error = answer.json()["error"]
        return f"{answer.status_code} {error['code']}: {error['message']}"[:MOST_QUOTED]
    except (ValueError, LookupError, TypeError, RecursionError):
        return str(answer.status_code)


def _spans(wanted: Iterable[Sought], now: datetime) -> list[Span]:
    """Return the times to ask for, none longer than `LONGEST`, those that overlap as one."""
    found = [
        Span(each.since - AROUND, min(each.until + AROUND, now))
        for each in wanted
        if each.since and each.until and each.since > now - KEPT
    ]
    spans: list[Span] = []
    for span in sorted(found, key=attrgetter("first_at")):
        last = spans[-1] if spans else None
        if last and span.first_at <= last.last_at and span.last_at - last.first_at <= LONGEST:
            spans[-1] = Span(last.first_at, max(last.last_at, span.last_at))
        else:
            spans.append(span)
    return spans


def _during(span: Span) -> str:
    first, last = (f"{each:%Y-%m-%dT%H:%M:%SZ}" for each in (span.first_at, span.last_at))
    return f"receivedDateTime ge {first} and receivedDateTime le {last}"
