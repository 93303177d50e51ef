"""A web server on loopback, over TLS, that answers as its class says."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import SplitResult, parse_qsl, urlsplit

from tests.mail.servers import CERTS

Said = tuple[int, Mapping[str, Any] | str]
"""A status and a body: an object of JSON, or text that is not JSON."""


class HttpsServer:
    """Runs for the length of a `with` block."""

    _server: ThreadingHTTPServer
    _thread: threading.Thread

    @property
    def url(self) -> str:
        return f"https://localhost:{self._server.server_port}"

    def answer(self, url: SplitResult, form: dict[str, str], token: str) -> Said:
        """Return what a request gets: its form, empty for GET, and its Authorization."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply({})

            def do_POST(self) -> None:
                said = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._reply(dict(parse_qsl(said)))

            def _reply(self, form: dict[str, str]) -> None:
                token = self.headers.get("Authorization", "")
                status, body = server.answer(urlsplit(self.path), form, token)
                content = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Retry-After", "7")
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
