"""What our own mail servers have in common: a thread each, and room for real mail."""

from __future__ import annotations

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from collections import defaultdict
from typing import Final, Self

from aiosmtpd.smtp import SMTP

MAX_COMMAND: Final = 4096
"""Signed return paths and their parameters are longer than the 512 octets of old."""

MAX_LINE: Final = 64 * 1024


class Served(ABC):
    """A server that a thread of its own serves, from `start` to `stop`.

    aiosmtpd's own Controller does not start on port 0.
    """

    port: int = 0
    """The port it listens on, once it has started; 0 if that is no port."""

    def __init__(self, name: str) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)

    def start(self) -> None:
        """Listen, and return once connections are taken. Raises OSError if it cannot."""
        # At its lower levels aiosmtpd logs each command and each line of the messages.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        try:
            self._server = self._runner.run(self._opened())
        except OSError:
            self._runner.close()
            raise
        address = self._server.sockets[0].getsockname()
        if isinstance(address, tuple):
            self.port = address[1]
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every line."""
        self._runner.get_loop().call_soon_threadsafe(self._runner.get_loop().stop)
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @abstractmethod
    async def _opened(self) -> asyncio.Server:
        """Return the server, on its port or its socket. Raises OSError."""

    def _serve(self) -> None:
        with self._runner as runner:
            runner.get_loop().run_forever()
            self._server.close()


class Roomy(SMTP):
    """One client's session, with room for the long lines of real mail."""

    command_size_limit = MAX_COMMAND
    command_size_limits: dict[str, int] = defaultdict(lambda: MAX_COMMAND)  # noqa: RUF012 - as aiosmtpd has it
    line_length_limit = MAX_LINE

    def __init__(self, clerk: object, *, largest: int, hostname: str, ident: str) -> None:
        super().__init__(
            clerk,
            data_size_limit=largest,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=ident,
            loop=asyncio.get_running_loop(),
        )
