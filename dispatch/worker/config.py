"""Celery's settings. A message is a wake-up that may be lost or doubled; nothing depends on it.

The reason for each value was measured; the comments give it in short.
"""

from __future__ import annotations

import ssl
from typing import Any, Final

from kombu.entity import Exchange, Queue

from dispatch.app import App
from dispatch.domain.errors import BadInput
from dispatch.mail.server_url import UrlShape
from dispatch.worker import wakeups
from dispatch.worker.means import CHECK_SECONDS, TICK_SECONDS, TaskName

WOKEN_FOR: Final = (
    TaskName.GO_ON,
    TaskName.RENDER_LETTERS,
    TaskName.SEND_LETTERS,
    TaskName.LOCATE_EXCHANGERS,
    TaskName.REMIND,
    TaskName.COLLECT_MAIL,
    TaskName.READ_MAIL,
    TaskName.KEEP_COPIES,
    TaskName.MAIL_CHECKPOINT,
    TaskName.AUDIT_LEDGER,
    TaskName.DO_JOBS,
)
"""The tasks that any one worker does when it is woken. Each has a queue of its own, in which few
wake-ups may wait, so that none holds up the others."""

EXCHANGE: Final = Exchange(wakeups.EXCHANGE_NAME, type="direct")

PULSE: Final = Queue(TaskName.PULSE.value, Exchange(TaskName.PULSE.value, type="fanout"))
"""Reaches every worker; any one worker takes what is in the other queues. Not Celery's `Broadcast`,
whose queue deletes itself when its channel is closed, which fails while the broker is away."""


URL: Final = UrlShape(
    server="broker",
    ports={"redis": 6379, "rediss": 6379},
    options=("ca",),
    example="write it as rediss://USER:PASSWORD@HOST:PORT/0, with ?ca=FILE for a CA of your own",
)

LOCAL: Final = "redis+socket://"
"""What the URL of a socket on this machine begins with, such as that of the embedded broker."""


def _broker(url: str) -> dict[str, Any]:
    """Return Celery's settings for the broker at a URL. Raises `BadInput`.

    kombu would not look at the certificate of a `rediss://` server, and would say so in its log
    alone.
    """
    if url.startswith(LOCAL):
        return {"broker_url": url}
    found = URL.read(url)
    plain = url.partition("?")[0]
    if not found.path.isdecimal() and found.path:
        URL.refuse("has something other than a database's number after its host")
    if found.scheme == "redis":
        if found.ca_file:
            URL.refuse("has no TLS, so that it needs no ca")
        return {"broker_url": plain}
    secure = {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    own = {"ssl_ca_certs": str(found.ca_file)} if found.ca_file else {}
    return {"broker_url": plain, "broker_use_ssl": secure | own}


def configuration(app: App) -> dict[str, Any]:
    """Return Celery's settings; raise `BadInput` if no broker is configured, or wrongly."""
    settings = app.settings
    if not settings.redis_url:
        raise BadInput("DISPATCH_REDIS_URL is not set; `dispatch run` starts a broker of its own")
    # A task may work for half a lease and then wait ten minutes for the reply to the final dot.
    soft_time_limit = settings.lease_seconds + 660
    time_limit = soft_time_limit + 60
    return {
        "task_soft_time_limit": soft_time_limit,
        "task_time_limit": time_limit,
        **_broker(settings.redis_url.get_secret_value()),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # the default ends the worker
        "broker_transport_options": {
            "visibility_timeout": 2 * time_limit,  # over the longest task
            "unacked_restore_interval": 10,
            "socket_timeout": 5,  # else a frozen broker blocks a publish without end
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "max_retries": 0,  # the next tick tries again; the default waits for 4 seconds here
        },
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.0},
        # Anybody who reaches the broker can only wake a worker: no command is taken from
        # it (`shutdown`, `cancel_consumer`), no content but JSON, and of a message only the
        # queue that it lay in (see `wakeups`). No result is kept anywhere.
        "worker_enable_remote_control": False,
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_compression": None,
        "task_create_missing_queues": False,
        "result_backend": None,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": False,  # a letter that kills its renderer must not loop
        "task_queues": (*(_queue(name) for name in WOKEN_FOR), PULSE),
        "task_routes": {name.value: {"queue": name.value} for name in (*WOKEN_FOR, TaskName.PULSE)},
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
        **_clock(app),
    }


def _clock(app: App) -> dict[str, Any]:
    scheduled = {
        task.value: {"task": task.value, "schedule": seconds}
        for task, seconds in schedule(app).items()
    }
    return {"beat_scheduler": "dispatch.worker.clock:Clock", "beat_schedule": scheduled}


def _queue(name: TaskName) -> Queue:
    return Queue(name.value, EXCHANGE, routing_key=name.value)


def schedule(app: App) -> dict[TaskName, float]:
    """Return how often the clock runs each of its tasks, in seconds."""
    return {
        TaskName.TICK: TICK_SECONDS,
        TaskName.SEAL: TICK_SECONDS,
        TaskName.KEEP_CHECKPOINT: CHECK_SECONDS,
        TaskName.LOOK_FOR_WITNESSES: CHECK_SECONDS,
        TaskName.LOOK_FOR_AUDIT: CHECK_SECONDS,
        TaskName.FORGET_SEARCHES: CHECK_SECONDS,
        TaskName.LOOK_FOR_COPIES: CHECK_SECONDS,
        TaskName.LOOK_FOR_MAIL: float(app.settings.poll_seconds),
    }
