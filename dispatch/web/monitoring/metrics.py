"""Numbers, as Prometheus reads them, for a program that shows a token with the scope `metrics`."""

from __future__ import annotations

from flask import Blueprint, current_app

from dispatch.domain.people.token import Scope
from dispatch.monitoring import exposition
from dispatch.monitoring.pages import PageTimes
from dispatch.web.access import office, open_to_all
from dispatch.web.api import bearer, problems

metrics = Blueprint("metrics", __name__)
problems.answer(metrics)


@metrics.get("/metrics")
@open_to_all
def measured() -> tuple[str, int, dict[str, str]]:
    """Measure everything now."""
    bearer.check(Scope.METRICS)
    times: PageTimes = current_app.extensions["times"]
    text = exposition.text(office(), times.collector)
    return text, 200, {"Content-Type": exposition.CONTENT_TYPE}
