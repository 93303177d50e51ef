"""A mail server in a thread of its own, with limits that real messages fit into.

The catcher and the LMTP listener are both made of this.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from typing import Final, Self

from aiosmtpd.smtp import SMTP

from dispatch.domain.errors import DispatchError

MAX_COMMAND: Final = 4096
"""Octets; signed return paths and their parameters need more than the 512 of RFC 5321 4.5.3.1.4."""

MAX_LINE: Final = 64 * 1024
"""Octets of a line of a message; aiosmtpd's default refuses real messages."""


MOST_COMMANDS: Final = 10_000
"""Of each verb on one connection; then a client is told to come again (421)."""


class ServerThread(ABC):
    """A server that runs in a thread of its own, from `start` to `stop`.

    It takes the place of aiosmtpd's Controller, which does not start on port 0.
    """

    port: int = 0
    """The port it listens on, once started; 0 for a socket in the file system."""

    def __init__(self, name: str) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Listen, and return once it accepts connections. Raises `OSError` if it cannot listen."""
        # Below ERROR, aiosmtpd logs every command and every line of the messages.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        try:
            self._server = self._runner.run(self._opened())
        except (OSError, DispatchError):
            self._runner.close()
            raise
        address = self._server.sockets[0].getsockname()
        if isinstance(address, tuple):
            self.port = address[1]
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection."""
        self._runner.get_loop().call_soon_threadsafe(self._runner.get_loop().stop)
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    async def _opened(self) -> asyncio.Server:
        """Return the server, listening on its port or socket. Raises `OSError`."""

    def _serve(self) -> None:
        with self._runner as runner:
            runner.get_loop().run_forever()
            self._server.close()


class SmtpSession(SMTP):
    """One client's session, which takes long commands and lines."""

    command_size_limit = MAX_COMMAND
    command_size_limits: dict[str, int] = defaultdict(lambda: MAX_COMMAND)  # noqa: RUF012 - as aiosmtpd has it
    line_length_limit = MAX_LINE

    def __init__(self, handler: object, *, largest: int, hostname: str, ident: str) -> None:
        super().__init__(
            handler,
            data_size_limit=largest,
            enable_SMTPUTF8=True,
            command_call_limit=MOST_COMMANDS,
            hostname=hostname,
            ident=ident,
            loop=asyncio.get_running_loop(),
        )
