"""Read a Postfix mail log, to find which of our messages that server took.

For a message that it took, Postfix 3.7 writes, in this order:

    Nov 23 15:36:26 relay postfix/cleanup[12]: 3D256210045: message-id=<...>
    Nov 23 15:36:26 relay postfix/qmgr[34]: 3D256210045: from=<...>, size=4, nrcpt=1 (queue active)
    Nov 23 15:36:26 relay postfix/smtp[56]: 3D256210045: to=<...>, ..., status=sent (250 OK)

The first line proves nothing. It is written while the headers pass, so a client that dies before
the dot leaves it too, and so does a message that is refused at the dot. The line of the queue
manager proves that Postfix took the message, and that it was ours: its `from` is the return path
that we signed for this delivery, while anybody who has read a Message-ID can send another message
with it. A message that a rule puts on hold or discards leaves the first line alone, and so stays in
doubt.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BufferedIOBase
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from dispatch.domain.calendar import LONDON, MONTHS
from dispatch.domain.errors import BadInput
from dispatch.domain.sending.acceptance import Acceptance, LogReading, Span
from dispatch.domain.sending.envelope import MESSAGE_ID, Sender, delivery_of
from dispatch.mail.outgoing.address import spelled

MONTH: Final = {name[:3]: number for number, name in enumerate(MONTHS, start=1)}

LINE: Final = re.compile(
    r"(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,20}"
    rf"|(?:{'|'.join(MONTH)}) {{1,2}}\d{{1,2}} \d\d:\d\d:\d\d) "
    r"(?P<host>\S+) (?P<instance>[^\s/\[:]+)(?:/[^\s\[:]+)?/(?P<program>[\w-]+)\[\d+\]: "
    r"(?P<text>.*)"
)
"""The time stamp is traditional or RFC 3339. `syslog_name`, before the program, is `postfix` by
default; its first word distinguishes instances on one host, whose queue ids may be the same."""

QUEUED: Final = re.compile(r"(?P<queue_id>[0-9A-Za-z]{6,30}): (?P<what>.*)")
"""Short queue ids are hexadecimal; long ones (`enable_long_queue_ids`) are letters and digits."""

ACTIVE: Final = re.compile(r"from=<(?P<sender>[^>]*)>, (?P<rest>.*\(queue active\))")

MAX_LINE: Final = 64 * 1024
MAX_QUOTE: Final = 200
GZIP: Final = b"\x1f\x8b"
LEAP_YEARS_APART: Final = 8
"""Years between two leap years at most: 1896 and 1904."""

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far the clocks of two machines may differ at most."""

ZONES_DIFFER: Final = timedelta(hours=1)
"""Added if the log's time zone was not given: a server here uses London's time or UTC."""


def read(
    paths: Sequence[Path],
    wanted: Collection[UUID],
    *,
    sender: Sender,
    now: datetime,
    zone: ZoneInfo | None = None,
) -> LogReading:
    """Return what mail logs, plain or gzipped and in any order, say of the wanted deliveries.

    `sender` has the domain of our Message-IDs, and the key of our return paths. Times without a
    zone are in `zone`, London's by default; times without a year are the latest such before `now`.
    Reads line by line and keeps only what is wanted. Raises `BadInput` if a file cannot be read or
    none is a Postfix log.
    """
    reader = _Reader(
        sender, _ours(sender.domain), frozenset(wanted), _Calendar(now, zone or LONDON)
    )
    begins = {path: at for path in paths for at in reader.begins(path)}
    if not begins:
        raise BadInput(f"{', '.join(map(str, paths))}: none of their lines is from Postfix")
    oldest_first = sorted(begins.items(), key=itemgetter(1))
    spans = [reader.read(path, begins_at) for path, begins_at in oldest_first]
    is_zone_guessed = reader.calendar.is_zone_needed and zone is None
    return LogReading(
        source="the mail log of Postfix",
        acceptances=tuple(reader.acceptances.values()),
        begun=frozenset(reader.begun - reader.acceptances.keys()),
        spans=tuple(spans),
        is_ours=reader.is_ours,
        margin=CLOCKS_DIFFER + (ZONES_DIFFER if is_zone_guessed else timedelta()),
    )


def _ours(domain: str) -> re.Pattern[str]:
    """Return what finds our Message-IDs in a text; its groups are those of `MESSAGE_ID`."""
    at_domain = re.escape(spelled(f"x@{domain}").removeprefix("x"))
    local_part = MESSAGE_ID.pattern.partition("@")[0]
    return re.compile(f"<{local_part}{at_domain}>", re.IGNORECASE)


@dataclass(slots=True)
class _Calendar:
    """Turns the stamps of lines into moments."""

    now: datetime
    zone: ZoneInfo
    is_zone_needed: bool = False
    last: tuple[str, datetime | None] = ("", None)
    """The previous line's stamp and moment: most lines repeat the stamp."""

    def moment(self, stamp: str) -> datetime | None:
        """Return the moment of a stamp in UTC, or None if no such day or hour exists."""
        if stamp != self.last[0]:
            try:
                self.last = stamp, self._local(stamp).astimezone(UTC)
            except (ValueError, OverflowError):
                self.last = stamp, None
        return self.last[1]

    def _local(self, stamp: str) -> datetime:
        if stamp[0].isdigit():
            at = datetime.fromisoformat(stamp)
            if at.tzinfo:
                return at
        else:
            at = self._in_its_year(stamp)
        self.is_zone_needed = True
        return at.replace(tzinfo=self.zone)

    def _in_its_year(self, stamp: str) -> datetime:
        """Return the latest such day and time in the past: traditional stamps lack a year."""
        month, day, time = stamp.split()
        latest = (self.now + timedelta(days=1)).astimezone(self.zone).replace(tzinfo=None)
        for year in range(latest.year, latest.year - LEAP_YEARS_APART - 1, -1):
            with suppress(ValueError):  # 29 February in most years
                at = datetime.fromisoformat(f"{year}-{MONTH[month]:02}-{int(day):02}T{time}")
                if at <= latest:
                    return at
        raise ValueError(stamp)


@dataclass(slots=True)
class _Reader:
    """Reads logs, oldest first, since a message begun in one may be finished in the next."""

    sender: Sender
    message_id: re.Pattern[str]
    wanted: frozenset[UUID]
    calendar: _Calendar
    is_ours: bool = False
    acceptances: dict[UUID, Acceptance] = field(default_factory=dict)
    begun: set[UUID] = field(default_factory=set)
    queued: dict[tuple[str, str, str], UUID] = field(default_factory=dict)
    """Wanted messages that a server has begun to take, by host, instance and queue id."""

    def begins(self, path: Path) -> list[datetime]:
        """Return the moment when a log begins; empty if none of its lines is from Postfix."""
        return [at for at, _ in islice(self._lines(path), 1)]

    def read(self, path: Path, begins_at: datetime) -> Span:
        """Read a log, and return the time it covers."""
        last_at = begins_at
        for at, line in self._lines(path):
            last_at = at
            if queued := QUEUED.match(line["text"]):
                self._take(at, line, queued)
        return Span(begins_at, last_at)

    def _lines(self, path: Path) -> Iterator[tuple[datetime, re.Match[str]]]:
        for text in _texts(path):
            line = LINE.match(text)
            if line and (at := self.calendar.moment(line["stamp"])):
                yield at, line

    def _take(self, at: datetime, line: re.Match[str], queued: re.Match[str]) -> None:
        """Record what a line says about a message of ours."""
        key = (line["host"], line["instance"], queued["queue_id"])
        if line["program"] == "cleanup" and queued["what"].startswith("message-id="):
            self._begin(key, queued["what"])
        elif key in self.queued and (active := ACTIVE.fullmatch(queued["what"])):
            delivery_id = self.queued.pop(key)
            if delivery_of(active["sender"], self.sender.key) != delivery_id:
                return
            self.acceptances.setdefault(
                delivery_id,
                Acceptance(
                    delivery_id=delivery_id,
                    source="postfix log",
                    at=at,
                    quote=f"{line['host']} {queued['queue_id']}: {active['rest']}"[:MAX_QUOTE],
                ),
            )

    def _begin(self, key: tuple[str, str, str], what: str) -> None:
        """Record which message a queue id stands for from here on: Postfix reuses them."""
        self.queued.pop(key, None)
        if found := self.message_id.search(what):
            self.is_ours = True
            delivery_id = UUID(found["id"])
            # Whatever its code: it is the queue manager's line that proves whose message it was.
            if delivery_id in self.wanted:
                self.queued[key] = delivery_id
                self.begun.add(delivery_id)


def _texts(path: Path) -> Iterator[str]:
    """Yield the lines of a file, plain or gzipped; of an overlong line its beginning."""
    try:
        with _opened(path) as file:
            is_beginning = True
            while text := file.readline(MAX_LINE):
                if is_beginning:
                    yield text.decode(errors="replace").rstrip("\r\n")
                is_beginning = text.endswith(b"\n")
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path}: it cannot be read as a mail log: {error}") from error


def _opened(path: Path) -> BufferedIOBase:
    with path.open("rb") as file:
        is_gzip = file.read(len(GZIP)) == GZIP
    return gzip.open(path) if is_gzip else path.open("rb")
