from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dispatch import log
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.sending.acceptance import Sought, Span, Trace
from dispatch.domain.sending.envelope import coded
from dispatch.mail.graph import KEPT, Graph
from dispatch.mail.outgoing.headers import message_id
from tests.mail.microsoft_graph import MicrosoftGraph
from tests.mail.oauth.token_endpoint import TokenEndpoint
from tests.mail.servers import CA_FILE
from tests.mail.test_message_trace import ADDRESS, NINE, ONE, SENDER, SOUGHT

NOW = NINE + timedelta(hours=4)


@pytest.fixture
def server() -> Iterator[MicrosoftGraph]:
    with MicrosoftGraph() as server:
        yield server


@pytest.fixture
def endpoint() -> Iterator[TokenEndpoint]:
    with TokenEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def graph(server: MicrosoftGraph, endpoint: TokenEndpoint) -> Graph:
    scope = f"{server.url}/.default"
    return Graph(endpoint.microsoft(scope=scope), server.url, CA_FILE)


def message(at: datetime, id_: UUID = ONE, status: str = "delivered") -> dict[str, str]:
    return {
        "senderAddress": SENDER.address,
        "recipientAddress": ADDRESS,
        "receivedDateTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "status": status,
        "messageId": message_id(id_, SENDER),
    }


def another(at: datetime) -> dict[str, str]:
    return message(at, coded(uuid4()))


def sought(since: datetime = NINE) -> Sought:
    return Sought(delivery_id=ONE, address=ADDRESS, since=since, until=since)


MINUTES = timedelta(minutes=1)


def test_all_pages_of_the_time_around_a_doubt_are_read(
    graph: Graph, server: MicrosoftGraph, endpoint: TokenEndpoint
) -> None:
    server.messages = [another(NINE + n * MINUTES) for n in range(-20, 20, 5)]
    server.messages += [message(NINE + MINUTES), message(NINE - timedelta(days=1), ONE, "failed")]
    found = graph.read([sought()], sender=SENDER, now=NOW)
    assert [each.at for each in found.acceptances] == [NINE + MINUTES]
    assert not found.returned
    assert set(server.filters) == {
        "receivedDateTime ge 2027-07-21T08:30:00Z and receivedDateTime le 2027-07-21T09:30:00Z"
    }
    assert len(server.filters) == 5
    assert server.tokens == {f"Bearer {endpoint.given[0]}"}
    assert endpoint.forms[0]["scope"] == f"{server.url}/.default"


def test_what_is_not_in_the_trace_beside_other_letters_has_no_trace(
    graph: Graph, server: MicrosoftGraph
) -> None:
    server.messages = [another(NINE)]
    found = graph.read([sought()], sender=SENDER, now=NOW)
    assert found.trace_of(ONE, NINE, NINE) is Trace.NO_TRACE


@pytest.mark.parametrize(
    "now", [NINE + timedelta(minutes=59), NINE + timedelta(minutes=64)], ids=["59", "64"]
)
def test_what_may_still_come_late_is_not_covered(
    graph: Graph, server: MicrosoftGraph, now: datetime
) -> None:
    server.messages = [another(NINE)]
    found = graph.read([sought()], sender=SENDER, now=now)
    assert found.trace_of(ONE, NINE, NINE) is Trace.NOT_COVERED


def test_doubts_far_apart_are_asked_for_apart_and_near_ones_together(
    graph: Graph, server: MicrosoftGraph
) -> None:
    late = NINE - timedelta(days=30)
    wanted = [sought(), sought(late), sought(late + 10 * MINUTES), SOUGHT]
    found = graph.read(wanted, sender=SENDER, now=NOW)
    half = timedelta(minutes=30)
    assert found.spans == (
        Span(late - half, late + half + 10 * MINUTES),
        Span(NINE - half, NINE + half),
    )


def test_what_microsoft_keeps_no_longer_is_not_asked_for(
    graph: Graph, server: MicrosoftGraph
) -> None:
    found = graph.read([sought(NOW - KEPT)], sender=SENDER, now=NOW)
    assert (found.spans, server.filters) == ((), [])


DENIED = {"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges"}}


@pytest.mark.parametrize(
    ("says", "error", "why"),
    [
        ((403, DENIED), RuleBroken, "Insufficient privileges.*ExchangeMessageTrace.Read.All"),
        ((401, ""), RuleBroken, "401.*ExchangeMessageTrace.Read.All"),
        ((429, ""), Unavailable, "wait 7 seconds"),
        ((503, {"error": {"code": "busy", "message": "later"}}), Unavailable, "503 busy: later"),
        ((302, ""), Unavailable, "gave no message trace: 302"),
        ((200, "<html>"), Unavailable, "cannot be read"),
        ((200, {"value": "x"}), Unavailable, "no list of messages"),
        ((200, {"value": [{"messageId": "<1@x>"}]}), Unavailable, "has no recipient"),
    ],
)
def test_what_goes_wrong_is_said_in_words(
    graph: Graph, server: MicrosoftGraph, says: tuple[int, Any], error: type[Exception], why: str
) -> None:
    server.says = says
    with pytest.raises(error, match=why) as caught:
        graph.read([sought()], sender=SENDER, now=NOW)
    logged = log.said_by(caught.value)
    assert logged.startswith("Microsoft Graph")
    assert not [each for each in ("Insufficient", "later", "html", "<1@x>") if each in logged]


def test_no_other_host_gets_our_token(graph: Graph, server: MicrosoftGraph) -> None:
    server.messages = [another(NINE) for _ in range(3)]
    server.next_link = "https://attacker.example/v1.0/more"
    with pytest.raises(Unavailable, match="its next page elsewhere"):
        graph.read([sought()], sender=SENDER, now=NOW)


def test_a_token_that_is_refused_is_explained(graph: Graph, endpoint: TokenEndpoint) -> None:
    endpoint.says = [(401, {"error": "invalid_client", "error_description": "AADSTS7000222: x"})]
    with pytest.raises(Unavailable, match=r"Microsoft Graph: .*AADSTS7000222: x") as caught:
        graph.read([sought()], sender=SENDER, now=NOW)
    logged = log.said_by(caught.value)
    assert logged == "no token for Microsoft Graph: invalid_client AADSTS7000222"


def test_a_server_that_does_not_answer_is_named(graph: Graph, server: MicrosoftGraph) -> None:
    server.__exit__()
    with pytest.raises(Unavailable, match="no connection to localhost"):
        graph.read([sought()], sender=SENDER, now=NOW)
    server.__enter__()
