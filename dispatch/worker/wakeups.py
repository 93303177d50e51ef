"""What lies in a queue is a wake-up for the queue's task, and nothing else, whatever it says.

Somebody who reaches the broker can put any message into a queue. Celery would take orders from it:
another task, arguments, tasks to run afterwards, a date to wait for, and a time limit, after which
the process is killed in the middle of a conversation with the mail server. kombu would unpack what
is compressed, and a message that is not JSON would end the worker. So this transport, which takes
the place of kombu's for Redis, throws away what a message says and makes one of our own.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, redis
from kombu.transport.virtual import Empty
from redis.exceptions import ResponseError
from structlog.stdlib import get_logger

from dispatch.worker.trouble import TROUBLES

logger = get_logger("dispatch.worker")

Message = Mapping[str, Any]

WITHOUT_ARGUMENTS: Final = base64.b64encode(json.dumps([[], {}, {}]).encode()).decode()
"""The body of a message, as Celery has it: positional arguments, named ones, and what follows."""

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What kombu raises for a message that it cannot read."""


TRACE: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]")
"""The one header that is believed (W3C, Trace Context): numbers, which name the span that woke."""


def wake_up(task: str, exchange: str, said: object = None) -> Message:
    """Return a message that asks for a task and nothing more (Celery's protocol 2).

    Of what was `said` it keeps which trace it belongs to, if any: no task looks at that.
    """
    id_ = str(uuid4())
    return {
        "body": WITHOUT_ARGUMENTS,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": task, "id": id_, "root_id": id_, **_trace(said)},
        "properties": {
            "body_encoding": "base64",
            "correlation_id": id_,
            "delivery_tag": id_,
            "delivery_info": {"exchange": exchange, "routing_key": task},
        },
    }


def _trace(said: object) -> Message:
    """Return the header that names a trace, from a message that anybody may have written."""
    headers = said.get("headers") if isinstance(said, dict) else None
    found = headers.get("traceparent") if isinstance(headers, dict) else None
    is_one = isinstance(found, str) and TRACE.fullmatch(found)
    return {"traceparent": found} if is_one else {}


class QoS(redis.QoS):
    """kombu's record of messages that are worked on, but one that is left over is thrown away.

    kombu puts such messages back into their queues, and a worker that finds one that it cannot read
    ends each time it starts. A wake-up may be lost: the clock sends the next.
    """

    def restore_by_tag(self, tag: str, client: Any = None, leftmost: bool = False) -> None:  # noqa: ANN401, ARG002, FBT001, FBT002 - as kombu calls it
        """Forget a message."""
        self._remove_from_indices(tag).execute()


class Channel(redis.Channel):
    """kombu's channel, but each message of a queue is a wake-up for the task of that name."""

    QoS = QoS

    def basic_consume(
        self,
        queue: str,
        no_ack: bool,  # noqa: FBT001 - as kombu calls it
        callback: Callable[[Any], object],
        consumer_tag: str,
        **options: Any,  # noqa: ANN401
    ) -> None:
        """Take the messages of a queue; what they say is thrown away, but for their trace."""
        super().basic_consume(queue, no_ack, callback, consumer_tag, **options)
        callbacks = self.connection._callbacks  # noqa: SLF001 - kombu has no hook for it
        take = callbacks[queue]
        exchange = self._exchange_of(queue)
        callbacks[queue] = lambda said: take(wake_up(queue, exchange, said))

    def _exchange_of(self, queue: str) -> str:
        """Return the exchange of a queue, to which a message goes back that nobody finished."""
        fanout: tuple[str, str] | None = self._fanout_queues.get(queue)
        return fanout[0] if fanout else EXCHANGE_NAME

    def _brpop_read(self, **options: Any) -> object:  # noqa: ANN401
        return self._readable(lambda: super(Channel, self)._brpop_read(**options))

    def _receive_one(self, c: Any) -> object:  # noqa: ANN401
        return self._readable(lambda: super(Channel, self)._receive_one(c))

    def _readable(self, read: Callable[[], object]) -> object:
        """Read a message; one that cannot be read has been taken from its queue, and is dropped."""
        try:
            return read()
        except ResponseError as error:
            self._mend_after(error)
            raise Empty from None
        except self.connection_errors:
            raise
        except UNREADABLE as error:
            TROUBLES.met("the broker holds what is not ours", "reading", type(error).__name__)
            raise Empty from None

    def _queue_bind(self, *meta: str) -> None:
        try:
            super()._queue_bind(*meta)
        except ResponseError as error:
            self._mend_after(error)
            raise

    def _mend_after(self, error: ResponseError) -> None:
        """Delete each key of ours that somebody made something else of: all its uses would fail."""
        TROUBLES.met("the broker refuses to be used", "reading", type(error).__name__)
        time.sleep(PAUSE)
        kinds: dict[str | bytes, bytes] = dict.fromkeys(self.active_queues, b"list")
        kinds |= {self.unacked_key: b"hash", self.unacked_index_key: b"zset"}
        with suppress(ResponseError), self.conn_or_acquire() as client:
            kinds |= dict.fromkeys(client.keys(BINDINGS), b"set")
            for key, kind in kinds.items():
                if client.type(key) not in {kind, b"none"}:
                    client.delete(key)


BINDINGS: Final = "_kombu.binding*"
"""The keys in which kombu keeps which queue belongs to what."""

PAUSE: Final = 1.0
"""Seconds before a broker that refused something is asked again."""

EXCHANGE_NAME: Final = "dispatch"


class Transport(redis.Transport):
    """kombu's transport for Redis, with our channel.

    A broker that refuses something is tried again like one that is away: it would end the worker.
    """

    Channel = Channel

    connection_errors = (*redis.Transport.connection_errors, ResponseError)


def install() -> None:
    """Have kombu take this transport for every URL of a Redis server."""
    name = f"{__name__}:{Transport.__name__}"
    TRANSPORT_ALIASES.update(redis=name, rediss=name)
