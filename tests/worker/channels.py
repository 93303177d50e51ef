"""A channel to the broker that hears what a test says in place of Redis."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from types import SimpleNamespace
from typing import Any

from kombu.transport import virtual

from dispatch.worker.means import TaskName
from dispatch.worker.wakeups import Channel

QUEUE = TaskName.SEND_LETTERS.value


class _Channel(Channel):
    """Without Redis: only what reads."""

    def __init__(self, reply: Any) -> None:
        self.kinds = {
            QUEUE: b"string",
            "unacked": b"hash",
            "another's": b"string",
            "_kombu.binding.a": b"string",
        }
        self.client = self.subclient = SimpleNamespace(
            parse_response=lambda *_, **__: said(reply), connection=None
        )
        self.connection_errors = (ConnectionError,)
        self._queue_cycle = SimpleNamespace(rotate=lambda _: None)
        self._fanout_queues = {}
        self._fanout_to_queue = {"dispatch.pulse": QUEUE}
        self._consumers = set()
        self._tag_to_queue = {}
        self._active_queues = []
        self.active_fanout_queues = set()
        self.connection = SimpleNamespace(_callbacks={}, channels=[])
        deliver: Any = virtual.Transport._deliver
        self.connection._deliver = lambda *said: deliver(self.connection, *said)

    def conn_or_acquire(self, _client: Any = None) -> Any:
        return nullcontext(
            SimpleNamespace(
                keys=lambda _: ["_kombu.binding.a"],
                type=lambda key: self.kinds.get(key, b"none"),
                delete=self.kinds.pop,
            )
        )

    def _reset_cycle(self) -> None: ...
    def _update_queue_cycle(self) -> None: ...
    def _flush_brpop_reauth(self) -> None: ...

    def _handle_message(self, _client: Any, reply: Any) -> Any:
        said: Any = reply[0]
        return said


def said(reply: Any) -> Any:
    """Return what the broker says, or raise it."""
    if isinstance(reply, Exception):
        raise reply
    return reply


def kept(error: Exception) -> list[str]:
    """Return the keys that are left at the broker once it has refused to be read."""
    channel = _Channel(error)
    channel.basic_consume(QUEUE, no_ack=True, callback=print, consumer_tag="1")
    with suppress(virtual.Empty):
        channel._brpop_read()
    return sorted(channel.kinds)


def messages(reply: Any, *, is_heard: bool = False) -> list[Any]:
    """Return the messages that a consumer is given when the broker says this."""
    given: list[Any] = []
    channel = _Channel(reply)
    channel.basic_consume(QUEUE, no_ack=True, callback=given.append, consumer_tag="1")
    with suppress(virtual.Empty):
        channel._receive_one(channel.subclient) if is_heard else channel._brpop_read()
    return given


def taken(said: bytes) -> list[str]:
    """Return the tasks that are asked for when this is taken from the queue."""
    return [message.headers["task"] for message in messages((QUEUE.encode(), said))]


def heard(said: bytes) -> list[str]:
    """Return the tasks that are asked for when this is said to all workers."""
    reply = {"type": b"message", "channel": b"/0.dispatch.pulse", "data": said}
    return [message.headers["task"] for message in messages([reply], is_heard=True)]
