"""A mail server that puts down what it accepts: `benchmarks/counting_sink.py PORT FILE SEED`.

A line for each message is in the file before its dot is answered, so whoever compares knows what
a server had that was killed or dropped the line. It has the moods of real servers: slow,
greylisting, busy, gone at any point of the conversation. Whatever mood comes is drawn with SEED.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from random import Random
from typing import Final, Self
from uuid import UUID

SIZE: Final = 10_000_000
EHLO: Final = (
    f"250-counting\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250 SIZE {SIZE}".encode()
)
MAIL: Final = re.compile(rb"MAIL FROM:<(\S*)>.*? ENVID=(\S+)", re.IGNORECASE)
RCPT: Final = re.compile(rb"RCPT TO:<(\S*)>", re.IGNORECASE)
DELIVERY: Final = re.compile(rb"^X-Dispatch-Delivery: (\S+)\r$", re.MULTILINE)
SLOWEST_SECONDS: Final = 0.05


class Mood(Enum):
    """What the server does with one message."""

    WELL = auto()
    SLOW = auto()
    GREYLISTS = auto()
    BUSY = auto()
    """Answers 451 to the dot."""
    SHUTS_DOWN = auto()
    """Answers 421 to MAIL and hangs up."""
    DROPS_AT_MAIL = auto()
    DROPS_AT_RCPT = auto()
    DROPS_AT_DATA = auto()
    DROPS_IN_BODY = auto()
    DROPS_UNKEPT = auto()
    """Loses the message after its dot."""
    DROPS_KEPT = auto()
    """Keeps the message and loses its answer."""


SHARES: Final = {Mood.WELL: 44, Mood.SLOW: 44, Mood.GREYLISTS: 4}
"""Of a hundred messages; each other mood has one."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One accepted message: a line of the file, with all by which it names its delivery."""

    delivery_id: UUID
    envid: str
    return_path: str
    address: str

    @classmethod
    def read(cls, line: str) -> Self:
        delivery_id, *others = line.split()
        return cls(UUID(delivery_id), *others)


class Sink:
    """The server, for all its connections."""

    def __init__(self, file: Path, seed: str) -> None:
        self.file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.random = Random(seed)  # noqa: S311 - it must come again
        self.most_file = file.with_suffix(".most")
        self.connections = self.most = 0
        moods = {mood: SHARES.get(mood, 1) for mood in Mood}
        self.moods, self.weights = list(moods), list(moods.values())

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Hold one session, to its end or until a mood drops it."""
        self.connections += 1
        if self.connections > self.most:
            self.most = self.connections
            with self.most_file.open("a") as file:
                file.write(f"{self.most}\n")
        try:
            with suppress(EOFError, ConnectionError):
                await Conversation(self, reader, writer).hold()
        finally:
            self.connections -= 1
            writer.transport.abort()

    def mood(self) -> Mood:
        return self.random.choices(self.moods, self.weights)[0]

    def keep(self, *words: bytes) -> None:
        os.write(self.file, b" ".join(words) + b"\n")


class Conversation:
    """One session: commands until QUIT, with a new mood at each MAIL."""

    def __init__(self, sink: Sink, reader: StreamReader, writer: StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.mood = Mood.WELL
        self.sender = self.envid = self.recipient = b""

    async def hold(self) -> None:
        self.say(b"220 counting ESMTP")
        while True:
            line = await self.reader.readuntil(b"\r\n")
            match line[:4].upper():
                case b"EHLO":
                    self.say(EHLO)
                case b"MAIL":
                    self.hear_mail(line)
                case b"RCPT":
                    self.hear_rcpt(line)
                case b"DATA":
                    await self.hear_message()
                case b"RSET":
                    self.sender = self.recipient = b""
                    self.say(b"250 2.0.0 Ok")
                case b"QUIT":
                    self.say(b"221 2.0.0 Bye")
                    await self.writer.drain()
                    return
                case _:
                    self.say(b"502 5.5.1 Unknown")

    def say(self, answer: bytes) -> None:
        self.writer.write(answer + b"\r\n")

    def drop(self) -> None:
        raise ConnectionAbortedError

    def hear_mail(self, line: bytes) -> None:
        self.mood = self.sink.mood()
        if self.mood is Mood.SHUTS_DOWN:
            self.say(b"421 4.3.2 Shutting down")
        if self.mood in {Mood.SHUTS_DOWN, Mood.DROPS_AT_MAIL}:
            self.drop()
        found = MAIL.match(line)
        assert found, line
        self.sender, self.envid = found.groups()
        self.say(b"250 2.1.0 Ok")

    def hear_rcpt(self, line: bytes) -> None:
        if self.mood is Mood.DROPS_AT_RCPT:
            self.drop()
        if self.mood is Mood.GREYLISTS:
            self.say(b"451 4.7.1 Greylisted, try again later")
            return
        found = RCPT.match(line)
        assert found, line
        self.recipient = found[1]
        self.say(b"250 2.1.5 Ok")

    async def hear_message(self) -> None:
        if not self.recipient:
            self.say(b"503 5.5.1 No recipient")
            return
        if self.mood is Mood.DROPS_AT_DATA:
            self.drop()
        self.say(b"354 End data with <CR><LF>.<CR><LF>")
        if self.mood is Mood.DROPS_IN_BODY:
            await self.reader.readexactly(1000)
            self.drop()
        message = await self.reader.readuntil(b"\r\n.\r\n")
        await self.answer_dot(message)
        self.sender = self.recipient = b""

    async def answer_dot(self, message: bytes) -> None:
        """Keep the message and then say so; a slow server takes its time before and after."""
        if self.mood is Mood.DROPS_UNKEPT:
            self.drop()
        if self.mood is Mood.BUSY:
            self.say(b"451 4.3.0 Not now")
            return
        before, after = (self.sink.random.random() * SLOWEST_SECONDS / 2 for _ in range(2))
        if self.mood is Mood.SLOW:
            await asyncio.sleep(before)
        found = DELIVERY.search(message)
        assert found, "a message of somebody else's"
        self.sink.keep(found[1], self.envid, self.sender, self.recipient)
        if self.mood is Mood.SLOW:
            await asyncio.sleep(after)
        if self.mood is Mood.DROPS_KEPT:
            self.drop()
        self.say(b"250 2.0.0 Kept")


async def main(port: int, file: Path, seed: str) -> None:
    serve = Sink(file, seed).serve
    async with await asyncio.start_server(serve, "127.0.0.1", port, limit=SIZE) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
