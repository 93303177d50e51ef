"""Microsoft Graph on loopback, over TLS: message traces, in pages."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.mail.servers import CERTS


@dataclass
class MicrosoftGraph:
    """Has these messages, of which it gives those of the time asked for, a page at a time."""

    messages: list[Mapping[str, str]] = field(default_factory=list)
    says: tuple[int, Any] | None = None
    next_link: str = ""
    page: int = 2
    filters: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"https://localhost:{self._server.server_port}"

    def answer(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, Any]:
        if self.says:
            return self.says
        [during] = query["$filter"]
        self.filters.append(during)
        _, _, first, _, _, _, last = during.split()
        found = [each for each in self.messages if first <= each["receivedDateTime"] <= last]
        start = int(query.get("$skip", ["0"])[0])
        page: dict[str, Any] = {"value": found[start : start + self.page]}
        if found[start + self.page :]:
            following = during.replace(" ", "%20")
            own = f"{self.url}{path}?$filter={following}&$skip={start + self.page}"
            page["@odata.nextLink"] = self.next_link or own
        return 200, page

    def __enter__(self) -> Self:
        graph = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                graph.tokens.add(self.headers["Authorization"])
                status, body = graph.answer(parts.path, parse_qs(parts.query))
                content = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Retry-After", "7")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTS / "server.pem")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
