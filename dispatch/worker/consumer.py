"""Celery's consumer, made to survive the loss of the broker, and to hear wake-ups alone from it."""

from __future__ import annotations

from typing import Any, Final

from celery.worker import consumer, state

ALONE: Final = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
"""Workers neither talk to each other through the broker nor listen there."""


LOOK_SECONDS: Final = 5.0
"""How often to see whether messages that are done with still count as being worked on."""


class Consumer(consumer.Consumer):
    """A consumer that leaves a lost connection so that its channel can be closed, and soon.

    A channel that waits for a message refuses to be closed while the broker is away. Celery then
    drops the connection and closes the channel once more, which fails in a way that ends the
    worker (kombu 5.7: "'NoneType' object has no attribute 'hostname'").

    Where the broker goes away just as the worker says of every message that it has done it, Celery
    only logs "Couldn't ack". Each of them then counts for ever as being worked on, so that the
    worker takes no other, and as it waits for none, it does not see that its connection is lost.
    """

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 - as Celery calls it
        worker_options: dict[str, Any] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*arguments, worker_options={**(worker_options or {}), **ALONE}, **options)
        self._was_stuck = False

    def register_with_event_loop(self, hub: Any) -> None:  # noqa: ANN401 - Celery's
        """Have the consumer look, for as long as this connection is used, whether it is stuck."""
        super().register_with_event_loop(hub)
        self._was_stuck = False
        hub.call_repeatedly(LOOK_SECONDS, self._leave_if_stuck)

    def _leave_if_stuck(self) -> None:
        """Connect anew if every message that we may hold is done with, and none of them let go.

        Twice in a row, since a message is let go a moment after its task has ended.
        """
        if not self.task_consumer:
            return
        may_take = self.task_consumer.channel.qos.can_consume()
        is_stuck = not may_take and not state.reserved_requests
        if is_stuck and self._was_stuck:
            raise self.connection_errors[0]("the broker was not told of the messages that are done")
        self._was_stuck = is_stuck

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Close the channel in two steps while that is possible: it stops waiting, then closes."""
        if self.connection and self.task_consumer:
            for _ in range(2):
                self.connection.maybe_close_channel(self.task_consumer.channel)
        super().on_connection_error_after_connected(exc)
