"""What is logged and counted of each request: which page, how it ended, how long it took.

Never the address that was asked for, since people look for names. All that is logged meanwhile
carries the same id.
"""

from __future__ import annotations

import time
from uuid import uuid4

from flask import Flask, g, request
from structlog.contextvars import bind_contextvars, unbind_contextvars
from structlog.stdlib import get_logger
from werkzeug.wrappers import Response

from dispatch.monitoring.pages import PageTimes

NO_PAGE = "none"
"""The name of the page of an address that has none."""

SERVER_ERROR = 500

logger = get_logger("dispatch.web")


def note(site: Flask, times: PageTimes) -> None:
    """Have every request noted; to be called before anything else looks at it."""
    site.extensions["times"] = times

    @site.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        bind_contextvars(request=uuid4().hex)

    @site.after_request
    def end(response: Response) -> Response:
        page, status = request.endpoint or NO_PAGE, response.status_code
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        times.took(page, status, seconds)
        said = {"method": request.method, "status": status, "seconds": round(seconds, 3)}
        say = logger.warning if status >= SERVER_ERROR else logger.debug
        say("page answered", page=page, **said)
        return response

    @site.teardown_request
    def forget(_: BaseException | None) -> None:
        unbind_contextvars("request")
