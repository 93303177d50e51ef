"""`python -m dispatch.worker`: Celery's command line for our app, as `celery -A` would find it.

`celery -A` imports the app with the working folder first among the places to look in, so that a
`structlog.py` there would run in place of the library.
"""

from __future__ import annotations

import sys

from dispatch.worker.celery import app

if __name__ == "__main__":
    app.start(sys.argv[1:])
