"""Traces of pages, tasks and attempts by OpenTelemetry, where its own variables ask for them.

The libraries are an extra, and are imported only then. A trace leaves the office's machine, so what
is in it is chosen here attribute by attribute: ids, codes, names of pages and of tasks, and times.
Whatever else the libraries note is taken out before it is exported, since it may name anybody:
addresses that were asked for, headers, the words of errors and of servers.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from structlog.stdlib import get_logger

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

EXTRA: Final = "ombudsman-dispatch[telemetry]"

SERVICE: Final = "dispatch"
"""What the service is called, unless OTEL_SERVICE_NAME says something else."""

OURS: Final = "dispatch."
"""How the names of our own attributes begin."""

KEPT: Final = frozenset(
    {
        *("celery.action", "celery.state", "celery.task_name", "messaging.message.id"),
        *("error.type", "http.method", "http.request.method", "http.route"),
        *("http.status_code", "http.response.status_code"),
    }
)
"""The attributes of libraries that leave, beside our own."""

logger: Final = get_logger("dispatch.telemetry")


class _Tracing:
    """What makes the spans of this process, once they were asked for."""

    provider: TracerProvider | None = None


def begin(*, is_asked: bool, exporter: SpanExporter | None = None) -> bool:
    """Begin to trace in this process, if it is asked; return whether it does.

    To be called after a fork: what exports is a thread. Without the extra a line of the log says
    so, and nothing else changes: variables of OpenTelemetry are often set for a whole machine, and
    letters must leave.
    """
    if not is_asked:
        return False
    try:
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.warning("traces are asked for, and what makes them is not installed", install=EXTRA)
        return False
    provider = TracerProvider(resource=_resource())
    provider.add_span_processor(BatchSpanProcessor(_guarded(exporter or _by_http())))
    _Tracing.provider = provider
    return True


def end() -> None:
    """Export what waits to be, and stop tracing."""
    if _Tracing.provider:
        _Tracing.provider.shutdown()
        _Tracing.provider = None


def trace_tasks() -> None:
    """Trace the tasks that this process runs, and those that it wakes others for."""
    if _Tracing.provider:
        from opentelemetry.instrumentation.celery import CeleryInstrumentor

        CeleryInstrumentor().instrument(tracer_provider=_Tracing.provider)


def trace_pages(pages: Any) -> None:  # noqa: ANN401 - Flask's, which only `web` may name
    """Trace the requests for these pages."""
    if _Tracing.provider:
        from opentelemetry.instrumentation.flask import FlaskInstrumentor

        FlaskInstrumentor().instrument_app(pages, tracer_provider=_Tracing.provider)


def is_on() -> bool:
    """Whether this process traces what it does."""
    return _Tracing.provider is not None


def happened(name: str, seconds: float, said: Mapping[str, object]) -> None:
    """Note something that has just ended and took so long, in the task or request at hand.

    Costs nothing where nothing is traced. Its time is the machine's, as in all else of a trace: our
    own clock may be shifted for a trial.
    """
    if not _Tracing.provider:
        return
    ended_at = time.time_ns()
    span = _Tracing.provider.get_tracer(SERVICE).start_span(
        name, start_time=ended_at - round(seconds * 1e9)
    )
    span.set_attributes(
        {
            f"{OURS}{key}": value if isinstance(value, int) else str(value)
            for key, value in said.items()
            if value is not None
        }
    )
    span.end(ended_at)


def failed(error: BaseException) -> None:
    """Note that the task at hand failed, by the error's type alone."""
    if _Tracing.provider:
        from opentelemetry import trace

        span = trace.get_current_span()
        span.set_status(trace.StatusCode.ERROR)
        span.set_attribute("error.type", type(error).__name__)


def _resource() -> Resource:
    """Return what all spans are of: our name, and what OTEL_RESOURCE_ATTRIBUTES says."""
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource

    found = Resource.create()
    if str(found.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        return found.merge(Resource({SERVICE_NAME: SERVICE}))
    return found


def _by_http() -> SpanExporter:
    """Return what sends to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def _guarded(exporter: SpanExporter) -> SpanExporter:
    """Return an exporter that passes on of each span only what may leave."""
    from opentelemetry.sdk.trace.export import SpanExporter

    class Guarded(SpanExporter):
        """Passes on what is left of each span."""

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return exporter.export([bared(each) for each in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

    return Guarded()


def bared(span: ReadableSpan) -> ReadableSpan:
    """Return a span with nothing but what may leave.

    Events go, whose errors have words; so does the state of a trace that a request brought along,
    which is a stranger's text, and what follows a method in a name where no page was found.
    """
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Status

    attributes = span.attributes or {}
    return ReadableSpan(
        name=_name(span.name, attributes),
        context=_plain(span.context),
        parent=_plain(span.parent),
        resource=span.resource,
        attributes={
            name: value
            for name, value in attributes.items()
            if name in KEPT or name.startswith(OURS)
        },
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _name(name: str, attributes: Mapping[str, object]) -> str:
    """Return the name of a span: of a request its method and its page's route, if it has a page."""
    if "http.method" not in attributes and "http.request.method" not in attributes:
        return name
    method, route = name.partition(" ")[0], attributes.get("http.route")
    return f"{method} {route}" if route else method


def _plain(context: Any) -> Any:  # noqa: ANN401 - a SpanContext, or None
    from opentelemetry.trace import SpanContext

    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)
