"""A mail server that is late to answer the dot: `python benchmarks/late_sink.py PORT MILLISECONDS`.

It takes everything, keeps nothing, and prints how much as smtp-sink does. A message costs it a
fraction of a millisecond, so that it does not set the pace of what is measured.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Final, cast

DOT: Final = b"\r\n.\r\n"
ANSWERS: Final = {
    b"EHLO": b"250-late\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 DSN\r\n",
    b"DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
    b"QUIT": b"221 Bye\r\n",
}
OK: Final = b"250 2.0.0 Ok\r\n"


class Session(asyncio.Protocol):
    """One connection: a line at a time, then a message, then a wait."""

    accepted = 0
    wait_seconds = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = cast("asyncio.Transport", transport)
        self.buffer = bytearray()
        self.searched = 0
        self.is_in_message = False
        self.transport.write(b"220 late ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer all that is complete by now."""
        self.buffer += data
        while self._take_message() if self.is_in_message else self._take_line():
            pass

    def _take_line(self) -> bool:
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return False
        self.buffer = rest
        verb = bytes(line[:4]).upper()
        self.transport.write(ANSWERS.get(verb, OK))
        if verb == b"QUIT":
            self.transport.close()
        # The line end of DATA counts as the one before a dot that ends an empty message.
        self.is_in_message = verb == b"DATA"
        self.searched = 0
        return True

    def _take_message(self) -> bool:
        """Look for the dot, only in what has come since the last look."""
        found = self.buffer.find(DOT, self.searched)
        if found < 0:
            self.searched = max(0, len(self.buffer) - len(DOT) + 1)
            return False
        del self.buffer[: found + len(DOT)]
        self.is_in_message = False
        asyncio.get_running_loop().call_later(self.wait_seconds, self._accept)
        return True

    def _accept(self) -> None:
        Session.accepted += 1
        print(f"mesg={Session.accepted}", end="\r", flush=True)
        self.transport.write(OK)


async def main(port: int, milliseconds: float) -> None:
    Session.wait_seconds = milliseconds / 1000
    server = await asyncio.get_running_loop().create_server(Session, "127.0.0.1", port, backlog=100)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
