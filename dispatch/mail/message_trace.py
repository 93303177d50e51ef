"""Read Microsoft's message trace, to find which of our messages Exchange Online took.

It is what an office has in the place of a log: a row for each message and recipient, exported as
CSV from the Exchange admin centre or by PowerShell (`Get-MessageTraceV2 | Export-Csv`), or as JSON
from Microsoft Graph. A row shows that Exchange took the message, whatever its status says of what
it did with it then; "Failed" shows besides that it could not deliver it.

A person who has read a Message-ID can send another message with it. So a row counts only if our
code is in its Message-ID, we are its sender and the delivery's address is its recipient.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from dispatch.domain.address import folded
from dispatch.domain.errors import BadInput
from dispatch.domain.sending.acceptance import Acceptance, LogReading, Sought, Span
from dispatch.domain.sending.envelope import CODED, MESSAGE_ID, Sender, delivery_of, is_code

SOURCE: Final = "message trace"

CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""How far Microsoft's clocks and ours may differ at most."""

COMES_LATE: Final = timedelta(hours=1)
"""How long after a message was taken its row may still be missing."""

NAMES: Final = {
    "message_id": ("messageid",),
    "sender": ("senderaddress", "sender"),
    "recipient": ("recipientaddress", "recipient", "recipients", "recipientstatus"),
    "status": ("status", "deliverystatus", "recipientstatus"),
    "at": ("receiveddatetime", "received", "origintimestamputc", "datetimeutc", "datetime", "date"),
}
"""What a column or key may be called, folded: those of PowerShell, Graph and the admin centre."""

NEEDED: Final = {
    "message_id": "Message-ID",
    "recipient": "recipient",
    "status": "status",
    "at": "time",
}

LARGEST: Final = 256 * 1024 * 1024
MOST_CELL: Final = 1024 * 1024
MAX_QUOTE: Final = 200

SLASHED: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}),? (\d{1,2}):(\d\d)(?::(\d\d))?(?: ?([AaPp])[Mm])?"
)
"""A moment as PowerShell writes it, by the habits of the machine: the day first, or the month."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message to one recipient."""

    message_id: str
    sender: str
    recipient: str
    status: str
    at: datetime

    @property
    def has_failed(self) -> bool:
        """Whether Exchange could not deliver it."""
        return "fail" in self.status.lower()


def read(paths: Sequence[Path], wanted: Iterable[Sought], *, sender: Sender) -> LogReading:
    """Return what exported message traces, CSV or JSON, say of the deliveries that were sought.

    Times without a zone are UTC, as Microsoft exports them. Raises `BadInput` if a file cannot be
    read as a trace.
    """
    traces = [list(_rows(path)) for path in paths]
    spans = [_span(rows) for rows in traces if rows]
    return reading(chain.from_iterable(traces), spans, wanted, sender=sender)


def _span(rows: Sequence[Row]) -> Span:
    """Return the time that a trace covers; at its end rows may still be missing."""
    moments = [row.at for row in rows]
    return Span(min(moments), max(moments))


def reading(
    rows: Iterable[Row], spans: Sequence[Span], wanted: Iterable[Sought], *, sender: Sender
) -> LogReading:
    """Return what the rows of a trace say of the deliveries that were sought."""
    sought = {each.delivery_id: folded(each.address) for each in wanted}
    is_ours, found = False, dict[UUID, list[Row]]()
    for row in rows:
        if (delivery_id := _delivery(row, sender)) is None:
            continue
        is_ours = True
        if sought.get(delivery_id) == folded(row.recipient):
            found.setdefault(delivery_id, []).append(row)
    return LogReading(
        source="the message trace of Microsoft 365",
        acceptances=tuple(_acceptance(id_, about) for id_, about in found.items()),
        returned={
            id_: _quoted(about[0])
            for id_, about in found.items()
            if all(row.has_failed for row in about)
        },
        spans=tuple(spans),
        is_ours=is_ours,
        margin=CLOCKS_DIFFER,
    )


def _delivery(row: Row, sender: Sender) -> UUID | None:
    """Return the delivery of ours that a row is about, or None."""
    named = MESSAGE_ID.fullmatch(row.message_id.strip().strip("<>"))
    if named is None:
        return None
    delivery_id = UUID(named["id"])
    is_known = delivery_id.version != CODED or is_code(named["code"], delivery_id, sender.key)
    own = {folded(each) for each in (sender.address, sender.return_path)}
    is_from_us = (
        folded(row.sender) in own or delivery_of(row.sender.strip(), sender.key) == delivery_id
    )
    return delivery_id if is_known and is_from_us else None


def _acceptance(delivery_id: UUID, about: Sequence[Row]) -> Acceptance:
    first = min(about, key=attrgetter("at"))
    return Acceptance(delivery_id=delivery_id, source=SOURCE, at=first.at, quote=_quoted(first))


def _quoted(row: Row) -> str:
    return f"{row.at:%Y-%m-%d %H:%M:%S} UTC {row.status}"[:MAX_QUOTE]


def _rows(path: Path) -> Iterator[Row]:
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{path}: a message trace may have at most {LARGEST // 2**20} MB")
        text = _decoded(path.read_bytes())
        records = json_records(json.loads(text)) if text.lstrip()[:1] in {"{", "["} else _csv(text)
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise BadInput(f"{path}: it cannot be read as a message trace: {error}") from error
    try:
        yield from rows(records)
    except csv.Error as error:
        raise BadInput(f"{path}: it cannot be read as a message trace: {error}") from error
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _decoded(content: bytes) -> str:
    """Return the text: PowerShell and the admin centre write UTF-16 or UTF-8, each with a mark."""
    is_wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    return content.decode("utf-16" if is_wide else "utf-8-sig")


def _csv(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of a table as records; a line of types before the heading is passed over."""
    csv.field_size_limit(MOST_CELL)
    lines = io.StringIO(text.partition("\n")[2] if text.startswith("#TYPE") else text, newline="")
    return csv.DictReader(lines, delimiter=_delimiter(lines))


def _delimiter(lines: io.StringIO) -> str:
    heading = lines.readline()
    lines.seek(0)
    return max(",;\t", key=heading.count)


def json_records(found: object) -> list[Mapping[str, Any]]:
    """Return the records of an answer of Microsoft Graph, or of a list. Raises `ValueError`."""
    listed = found.get("value") if isinstance(found, dict) else found
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ValueError("it has no list of messages")
    return listed


def rows(records: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Yield the rows of a trace. Raises `BadInput` that names the record and what is wrong."""
    moments, kept = _Moments(), []
    for number, record in enumerate(records, start=1):
        cells = {_name(key): str(value or "") for key, value in record.items() if key}
        found = {field: _first(cells, names) for field, names in NAMES.items()}
        if not found["message_id"] and "messageid" in cells:
            continue  # not ours: a message may have none
        for field in NEEDED:
            if not found[field]:
                raise BadInput(f"message {number} of the trace has no {NEEDED[field]}")
        moments.learn(found["at"])
        kept.append((number, found))
    for number, found in kept:
        at = moments.moment(found["at"], number)
        for recipient, status in _recipients(found["recipient"], found["status"]):
            yield Row(found["message_id"], found["sender"], recipient, status, at)


def _name(key: str) -> str:
    return re.sub(r"[^a-z]", "", key.lower())


def _first(cells: Mapping[str, str], names: Iterable[str]) -> str:
    return next((cells[name] for name in names if cells.get(name)), "").strip()


def _recipients(recipient: str, status: str) -> Iterator[tuple[str, str]]:
    """Yield each recipient with its status: the admin centre writes all of them into one cell.

    As in `head@oxo.example##Receive, Send;clerk@oxo.example##Receive, Fail`.
    """
    for each in recipient.split(";"):
        address, _, own = each.strip().partition("##")
        if address:
            yield address, own or status


class _Moments:
    """Reads the times of one trace, whose days may stand before or after its months."""

    def __init__(self) -> None:
        self._is_day_first: bool | None = None

    def learn(self, text: str) -> None:
        """Take notice of a time that can be read in one way alone."""
        if found := SLASHED.fullmatch(text):
            first, second = int(found[1]), int(found[2])
            if first > 12 >= second:  # noqa: PLR2004 - months
                self._is_day_first = True
            elif second > 12 >= first:  # noqa: PLR2004
                self._is_day_first = False

    def moment(self, text: str, number: int) -> datetime:
        """Return the moment in UTC. Raises `BadInput`."""
        with suppress(ValueError, OverflowError):  # the latter at either end of all years
            found = SLASHED.fullmatch(text)
            at = self._slashed(found, number) if found else datetime.fromisoformat(text)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        raise BadInput(
            f"the time of message {number} of the trace, {text[:MAX_QUOTE]!r}, is not one like "
            f"2027-07-21T09:31:02Z"
        )

    def _slashed(self, found: re.Match[str], number: int) -> datetime:
        first, second, year, hour, minute = (int(found[place]) for place in range(1, 6))
        if self._is_day_first is None and first != second:
            raise BadInput(
                f"the time of message {number} of the trace, {found[0]!r}, may have the day or the "
                f"month first, and no other row tells: export it as in "
                f"`Get-MessageTraceV2 … | Select-Object MessageId, SenderAddress, "
                f"RecipientAddress, Status, @{{n='Received'; e={{$_.Received.ToString('o')}}}} "
                f"| Export-Csv FILE`"
            )
        day, month = (first, second) if self._is_day_first else (second, first)
        if found[7]:
            hour = hour % 12 + (12 if found[7].lower() == "p" else 0)
        return datetime(year, month, day, hour, minute, int(found[6] or 0), tzinfo=UTC)
