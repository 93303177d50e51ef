"""The Celery app that `celery -A dispatch.worker.celery` loads.

Importing it reads no environment: the configuration is a module that Celery imports on first use.
"""

from __future__ import annotations

from celery import Celery

app = Celery("dispatch", include=["dispatch.worker.tasks", "dispatch.worker.ledger"])
app.config_from_object("dispatch.worker.config")
