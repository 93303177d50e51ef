"""Celery's settings. A message is a wake-up and may be lost or doubled; nothing depends on it.

Celery imports this on first use, so the environment is read then and not before. Why each value
is what it is was measured beforehand; the comments give the short of it.
"""

from __future__ import annotations

from typing import Any, Final

from kombu.entity import Exchange, Queue

from dispatch.app import App
from dispatch.domain.errors import BadInput, DispatchError
from dispatch.worker.ledger import LOOK_SECONDS
from dispatch.worker.tasks import TICK_SECONDS, app


def _configured() -> App:
    """Return the app, or end the program with what is wrong with its settings in one line."""
    try:
        found = app()
        if not found.settings.redis_url:
            raise BadInput(
                "DISPATCH_REDIS_URL is not set; `dispatch run` starts a broker of its own"
            )
    except DispatchError as error:
        raise SystemExit(f"Error: {error}") from error
    return found


_SETTINGS: Final = _configured().settings

# A task may work for half a lease and then wait ten minutes for the reply to the final dot.
task_soft_time_limit: Final = _SETTINGS.lease_seconds + 660
task_time_limit: Final = task_soft_time_limit + 60

broker_url: Final = _SETTINGS.redis_url
broker_connection_retry_on_startup: Final = True
broker_connection_max_retries: Final = None  # the default ends the worker
broker_transport_options: Final = {
    "visibility_timeout": 2 * task_time_limit,  # over the longest task
    "unacked_restore_interval": 10,
    "socket_timeout": 5,  # else a frozen broker blocks a publish for ever
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
task_publish_retry_policy: Final = {"max_retries": 1}

task_ignore_result: Final = True
task_acks_late: Final = True
task_reject_on_worker_lost: Final = False  # a letter that kills its renderer must not loop
worker_consumer: Final = "dispatch.worker.consumer:Consumer"  # it outlives a lost broker
worker_concurrency: Final = _SETTINGS.workers
worker_prefetch_multiplier: Final = 1
worker_cancel_long_running_tasks_on_connection_loss: Final = False  # it would cut conversations
worker_max_memory_per_child: Final = 400_000  # KiB
worker_soft_shutdown_timeout: Final = 25.0
worker_send_task_events: Final = False
worker_hijack_root_logger: Final = False

# Every worker hears the pulse, whoever is free takes the rest. No `Broadcast`: its queue deletes
# itself as its channel is closed, which fails when the broker is away.
_PULSE: Final = Queue("dispatch.pulse", Exchange("dispatch.pulse", type="fanout"))
task_queues: Final = (Queue("dispatch"), _PULSE)
task_default_queue: Final = "dispatch"
task_routes: Final = {"dispatch.pulse": {"queue": _PULSE.name}}

enable_utc: Final = True
timezone: Final = "UTC"
beat_scheduler: Final = "dispatch.worker.clock:Clock"
beat_schedule: Final[dict[str, Any]] = {
    "tick": {"task": "dispatch.tick", "schedule": TICK_SECONDS},
    "seal": {"task": "dispatch.seal", "schedule": TICK_SECONDS},
    "checkpoint": {"task": "dispatch.keep_checkpoint", "schedule": LOOK_SECONDS},
    "witnesses": {"task": "dispatch.look_for_witnesses", "schedule": LOOK_SECONDS},
    "mail": {"task": "dispatch.look_for_mail", "schedule": float(_SETTINGS.poll_seconds)},
}
