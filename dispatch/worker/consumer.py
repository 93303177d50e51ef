"""Celery's consumer, made to survive the loss of the broker, and to hear wake-ups alone from it."""

from __future__ import annotations

from typing import Any, Final

from celery.worker import consumer

ALONE: Final = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
"""Workers neither talk to each other through the broker nor listen there."""


class Consumer(consumer.Consumer):
    """A consumer that leaves a lost connection so that its channel can be closed.

    A channel that waits for a message refuses to be closed while the broker is away. Celery then
    drops the connection and closes the channel once more, which fails in a way that ends the
    worker (kombu 5.7: "'NoneType' object has no attribute 'hostname'").
    """

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401 - as Celery calls it
        worker_options: dict[str, Any] | None = None,
        **options: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*arguments, worker_options={**(worker_options or {}), **ALONE}, **options)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Close the channel in two steps while that is possible: it stops waiting, then closes."""
        if self.connection and self.task_consumer:
            for _ in range(2):
                self.connection.maybe_close_channel(self.task_consumer.channel)
        super().on_connection_error_after_connected(exc)
