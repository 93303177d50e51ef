from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from redis.exceptions import ResponseError

from dispatch.worker import wakeups
from dispatch.worker.means import TaskName
from tests.worker import channels

OURS = [TaskName.SEND_LETTERS.value]


def a_message(*arguments: Any, body: str | None = None, **headers: Any) -> dict[str, Any]:
    """Return a message as Celery spells it, with these headers and arguments."""
    spelled = json.dumps([arguments, {}, {"chain": [{"task": "celery.backend_cleanup"}]}])
    return {
        "body": base64.b64encode(spelled.encode()).decode() if body is None else body,
        "content-type": "application/json",
        "content-encoding": "utf-8",
        "headers": {"task": "dispatch.send_letters", "id": "1", **headers},
        "properties": {
            "delivery_tag": "1",
            "body_encoding": "base64",
            "delivery_info": {"exchange": "", "routing_key": ""},
        },
    }


FORGED = {
    "another task": a_message(task="dispatch.tick"),
    "one of Celery's own": a_message(task="celery.chain"),
    "one that is not there": a_message(task="\x1b]52;c;AA==\x07"),
    "arguments": a_message(1, 2),
    "a time limit that kills": a_message(timelimit=[0.01, 0.005]),
    "a date in a thousand years": a_message(eta="3026-01-01T00:00:00"),
    "one that has expired": a_message(expires="2000-01-01T00:00:00"),
    "compressed": a_message(compression="application/x-bz2"),
    "pickled": a_message() | {"content-type": "application/x-python-serialize"},
    "of another language": a_message(lang="c"),
    "a body that is not base64": a_message(body="\u20ac"),
    "a body of ten megabytes": a_message(body="A" * 10_000_000),
    "without headers": {"body": "", "properties": {}},
    "without anything": {},
    "a list": [],
    "a number": 7,
}


@pytest.mark.parametrize("said", FORGED.values(), ids=FORGED)
def test_a_message_wakes_a_worker_whatever_it_says(said: Any) -> None:
    for [message] in (
        channels.messages((channels.QUEUE.encode(), json.dumps(said).encode())),
        channels.messages(
            [
                {
                    "type": b"message",
                    "channel": b"/0.dispatch.pulse",
                    "data": json.dumps(said).encode(),
                }
            ],
            is_heard=True,
        ),
    ):
        assert message.headers.keys() == {"lang", "task", "id", "root_id"}
        assert message.headers["task"] == TaskName.SEND_LETTERS.value
        assert message.payload == [[], {}, {}]
        assert message.delivery_tag != "1"


@pytest.mark.parametrize(
    ("trace", "is_kept"),
    [
        (f"00-{'a' * 32}-{'b' * 16}-01", True),
        (f"00-{'a' * 32}-{'b' * 16}-03", True),
        (f"00-{'a' * 32}-{'b' * 16}-01\n", False),
        (f"00-{'A' * 32}-{'b' * 16}-01", False),
        ("jo@wot.example", False),
        (["00"], False),
        (7, False),
    ],
)
def test_of_what_a_message_says_only_the_numbers_of_its_trace_are_kept(
    trace: object, *, is_kept: bool
) -> None:
    said = json.dumps(a_message(traceparent=trace, tracestate="x=y", baggage="x=y")).encode()
    [message] = channels.messages((channels.QUEUE.encode(), said))
    assert message.headers.get("traceparent") == (trace if is_kept else None)
    assert message.headers.keys() - {"traceparent"} == {"lang", "task", "id", "root_id"}


@pytest.mark.parametrize(
    "said",
    [b"garbage", b"\xff\xfe", b'{"a":', b"[" * 100_000, b'{"__type__":"datetime","__value__":5}'],
)
def test_what_is_not_a_message_is_dropped(said: bytes) -> None:
    assert channels.taken(said) == []
    assert channels.heard(said) == []


def test_what_somebody_put_in_the_place_of_a_queue_is_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else it ends each worker that looks there: Celery does not expect a reply like this."""
    monkeypatch.setattr(wakeups, "PAUSE", 0)
    wrong = ResponseError("WRONGTYPE Operation against a key holding the wrong kind of value")
    assert channels.kept(wrong) == ["another's", "unacked"]


def test_a_message_said_again_is_one_more_wake_up() -> None:
    said = json.dumps(a_message()).encode()
    assert channels.taken(said) + channels.taken(said) == OURS * 2
