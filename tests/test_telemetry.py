from __future__ import annotations

import builtins
from collections.abc import Iterator
from functools import wraps
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from celery import Celery
from celery.app.trace import trace_task
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from dispatch import telemetry
from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.domain.reply import Outcome, Reply
from dispatch.environment import ASKS_FOR_TRACES, OF_TRACES, asks_for_traces, environment
from dispatch.web.site import site
from dispatch.worker.celery import app as worker
from dispatch.worker.trouble import Troubles
from tests import steps
from tests.fakes import FakeClock, FakeTransport
from tests.web.browser import an_account

STRANGER = "perpetua.umbridge@elsewhere.example"
ENDPOINT = ASKS_FOR_TRACES[0]


@pytest.fixture(autouse=True)
def unasked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An environment in which nobody asks for traces, and which is as before afterwards."""
    for name in OF_TRACES:
        monkeypatch.setenv(name, "")  # so that it is put back, whatever it becomes
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield
    telemetry.end()


@pytest.fixture
def collected() -> Iterator[InMemorySpanExporter]:
    """What leaves once traces were asked for."""
    exporter = InMemorySpanExporter()
    assert telemetry.begin(is_asked=True, exporter=exporter)
    telemetry.trace_tasks()
    yield exporter
    CeleryInstrumentor().uninstrument()


def spans(collected: InMemorySpanExporter) -> list[ReadableSpan]:
    """Return what has left by the end."""
    telemetry.end()
    return list(collected.get_finished_spans())


def said(found: list[ReadableSpan]) -> list[dict[str, Any]]:
    return [dict(each.attributes or {}) for each in found]


@pytest.mark.parametrize(
    ("environ", "env_file", "is_asked"),
    [
        ({}, "", False),
        ({ENDPOINT: "http://127.0.0.1:4318"}, "", True),
        ({ASKS_FOR_TRACES[1]: "http://127.0.0.1:4318/v1/traces"}, "", True),
        ({}, f"{ENDPOINT}=http://127.0.0.1:4318", True),
        ({ENDPOINT: ""}, f"{ENDPOINT}=http://127.0.0.1:4318", False),
        ({ENDPOINT: "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "TRUE"}, "", False),
        ({ENDPOINT: "http://127.0.0.1:4318"}, "OTEL_TRACES_EXPORTER=none", False),
        ({"OTEL_SERVICE_NAME": "letters"}, "", False),
    ],
)
def test_traces_are_off_unless_the_environment_or_our_file_names_where_they_go(
    environ: dict[str, str], env_file: str, monkeypatch: pytest.MonkeyPatch, *, is_asked: bool
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    Path(".env").write_text(env_file)
    Path(".env").chmod(0o600)
    assert asks_for_traces() is is_asked


def test_no_file_brings_in_code_by_a_variable_of_opentelemetry() -> None:
    Path(".env").write_text("OTEL_PYTHON_ID_GENERATOR=evil\nPYTHONPATH=/tmp\n")
    Path(".env").chmod(0o600)
    asks_for_traces()
    assert "OTEL_PYTHON_ID_GENERATOR" not in environment()


def test_nothing_is_traced_unless_it_is_asked_for() -> None:
    assert not telemetry.begin(is_asked=False)
    telemetry.trace_tasks()
    telemetry.trace_pages(None)
    telemetry.happened("attempt", 1.0, {})
    telemetry.failed(ValueError())
    assert not telemetry.is_on()


def test_without_the_extra_a_line_says_so_and_nothing_else_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return known(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with capture_logs() as logs:
        assert not telemetry.begin(is_asked=True)
    assert logs[0]["install"] == telemetry.EXTRA


def test_what_a_collector_gets_says_which_attempt_it_was_and_how_it_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    got: list[ExportTraceServiceRequest] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = ExportTraceServiceRequest()
            asked.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            got.append(asked)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        Thread(target=server.serve_forever).start()
        monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{server.server_port}")
        assert telemetry.begin(is_asked=asks_for_traces())
        telemetry.happened("attempt", 2.0, {"delivery": "7", "code": 250, "letter": None})
        telemetry.end()
        server.shutdown()
    [[scope]] = [each.scope_spans for each in got[0].resource_spans]
    [span] = scope.spans
    assert span.name == "attempt"
    assert {each.key for each in span.attributes} == {"dispatch.delivery", "dispatch.code"}
    assert span.end_time_unix_nano - span.start_time_unix_nano == 2_000_000_000
    named = {each.key: each.value for each in got[0].resource_spans[0].resource.attributes}
    assert named["service.name"].string_value == "dispatch"


def test_a_task_belongs_to_the_trace_of_who_woke_it_and_fails_by_type_alone(
    collected: InMemorySpanExporter,
) -> None:
    celery = Celery("a", broker="memory://", backend="cache+memory://")

    def fail() -> None:
        Troubles().run("a.task", lambda: int(STRANGER))

    work = celery.task(fail, name="a.task")
    work.apply_async()
    with celery.connection() as connection:
        woken = connection.SimpleQueue("celery").get().headers["traceparent"]
    trace_task(work, "7", [], {}, request={"traceparent": woken}, app=celery)
    worker.set_current()
    asked, done = spans(collected)
    assert (asked.name, done.name) == (
        "apply_async/a.task",
        "run/a.task",
    )
    assert said([done])[0]["error.type"] == "ValueError"
    assert not done.status.is_ok
    assert done.parent
    assert asked.context
    assert done.parent.span_id == asked.context.span_id
    assert "umbridge" not in done.to_json()


def test_no_span_has_an_address_a_name_or_the_words_of_a_server_or_an_error(
    app: App, clock: FakeClock, transport: FakeTransport, collected: InMemorySpanExporter
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    transport.outcomes.append(
        Outcome.answered(Reply("RCPT", 550, f"5.1.1 <{STRANGER}> Dear Jo, no"))
    )
    steps.send_due(app)
    pages = site(app, lambda: an_account(AccountRole.EDITOR))
    page = pages.view_functions["health.alive"]
    pages.view_functions["health.alive"] = wraps(page)(lambda: str(int(STRANGER)))
    headers = {
        "User-Agent": STRANGER,
        "tracestate": "umbridge=umbridge",
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
    }
    for address in (f"/mailouts?q={STRANGER}", f"/{STRANGER}", "/healthz"):
        pages.test_client().get(address, headers=headers)
    FlaskInstrumentor().uninstrument_app(pages)
    found = spans(collected)
    assert {"attempt", "GET /mailouts", "GET", "GET /healthz"} <= {each.name for each in found}
    [attempt] = [each for each in found if each.name == "attempt"]
    [shown] = said([attempt])
    assert (shown["dispatch.verdict"], shown["dispatch.code"]) == ("refused", 550)
    assert shown["dispatch.enhanced_status"] == "5.1.1"
    assert [each for each in said(found) if each.get("http.status_code") == 500]
    text = "".join(each.to_json() for each in found)
    for private in ("umbridge", "%40", "@", str(app.settings.home), "chief.executive", "Dear"):
        assert private not in text
    kept = {name for each in said(found) for name in each}
    assert all(name in telemetry.KEPT or name.startswith(telemetry.OURS) for name in kept)
