"""Celery's settings. A message is a wake-up that may be lost or doubled; nothing depends on it.

The reason for each value was measured; the comments give it in short.
"""

from __future__ import annotations

from typing import Any, Final

from kombu.entity import Exchange, Queue

from dispatch.app import App
from dispatch.domain.errors import BadInput
from dispatch.worker.means import CHECK_SECONDS, TICK_SECONDS, TaskName

PULSE: Final = Queue(TaskName.PULSE.value, Exchange(TaskName.PULSE.value, type="fanout"))
"""Reaches every worker; any one worker takes what is in the other queue. Not Celery's `Broadcast`,
whose queue deletes itself when its channel is closed, which fails while the broker is away."""


def configuration(app: App) -> dict[str, Any]:
    """Return Celery's settings; raise `BadInput` if no broker is configured."""
    settings = app.settings
    if not settings.redis_url:
        raise BadInput("DISPATCH_REDIS_URL is not set; `dispatch run` starts a broker of its own")
    # A task may work for half a lease and then wait ten minutes for the reply to the final dot.
    soft_time_limit = settings.lease_seconds + 660
    time_limit = soft_time_limit + 60
    return {
        "task_soft_time_limit": soft_time_limit,
        "task_time_limit": time_limit,
        "broker_url": settings.redis_url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # the default ends the worker
        "broker_transport_options": {
            "visibility_timeout": 2 * time_limit,  # over the longest task
            "unacked_restore_interval": 10,
            "socket_timeout": 5,  # else a frozen broker blocks a publish without end
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
        },
        "task_publish_retry_policy": {"max_retries": 1},
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,  # a letter that kills its renderer must not loop
        "task_queues": (Queue("dispatch"), PULSE),
        "task_default_queue": "dispatch",
        "task_routes": {TaskName.PULSE.value: {"queue": PULSE.name}},
        "worker_consumer": "dispatch.worker.consumer:Consumer",  # it survives a lost broker
        "worker_concurrency": settings.workers,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # it would cut conversations
        "worker_max_memory_per_child": 400_000,  # KiB
        "worker_soft_shutdown_timeout": 25.0,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "enable_utc": True,
        "timezone": "UTC",
        "beat_scheduler": "dispatch.worker.clock:Clock",
        "beat_schedule": {
            task.value: {"task": task.value, "schedule": seconds}
            for task, seconds in schedule(app).items()
        },
    }


def schedule(app: App) -> dict[TaskName, float]:
    """Return how often the clock runs each of its tasks, in seconds."""
    return {
        TaskName.TICK: TICK_SECONDS,
        TaskName.SEAL: TICK_SECONDS,
        TaskName.KEEP_CHECKPOINT: CHECK_SECONDS,
        TaskName.LOOK_FOR_WITNESSES: CHECK_SECONDS,
        TaskName.LOOK_FOR_MAIL: float(app.settings.poll_seconds),
    }
