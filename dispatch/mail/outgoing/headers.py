"""The headers of a message, which precede the body of a letter for each recipient.

Every attempt sends the same bytes: nothing here is random or reads the clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, quote
from functools import lru_cache
from typing import Final
from uuid import UUID

from dispatch.domain.calendar import local
from dispatch.domain.sending.envelope import Sender, Sign, message_local_part
from dispatch.mail.outgoing.address import Mailbox, spelled

SIGNATURE: Final = "DKIM-Signature"
SIGNED: Final = re.compile(rb"DKIM-Signature: ((?:[^\r\n]|\r\n[ \t])*)\r\n")

LONGEST_PLAIN_WORD: Final = 60
UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """The headers of one delivery. All recipients of a letter see each other."""

    sender: Mailbox
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...] = ()
    reply_to: Mailbox | None = None
    subject: str
    at: datetime
    message_id: str
    delivery_id: UUID
    signed: str = ""
    """The delivery's id with our signature: see `envelope.signed`."""
    is_auto_submitted: bool = True
    sign: Sign | None = None
    """Signs the message, if the mail server does not."""
    signature: str | None = None
    """The signature that was made when it was sent, to put the message together again."""
    stands_for: tuple[Mailbox, ...] = ()
    """In a rehearsal, those whom the letter would have gone to."""
    tests: tuple[Mailbox, ...] = ()
    """In a test, those whom the letter is for."""

    @property
    def needs_smtputf8(self) -> bool:
        """Whether an address has a local part outside ASCII, which few servers accept."""
        return not all(spelled(mailbox.address).isascii() for mailbox in self._mailboxes)

    @property
    def _mailboxes(self) -> tuple[Mailbox, ...]:
        reply_to = (self.reply_to,) if self.reply_to else ()
        return (self.sender, *self.to, *self.cc, *reply_to)

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the value of each header, encoded and folded."""
        yield "From", _addresses([self.sender])
        yield "To", _addresses(self.to)
        yield "Cc", _addresses(self.cc)
        yield "Reply-To", _addresses([self.reply_to] if self.reply_to else [])
        yield "Subject", _text(self.subject)
        yield "Date", _date(self.at)
        yield "Message-ID", _printable(self.message_id)
        yield "Auto-Submitted", "auto-generated" if self.is_auto_submitted else ""
        yield "X-Dispatch-Delivery", str(self.delivery_id)
        yield "X-Dispatch-Signed", self.signed
        yield "X-Dispatch-Rehearsal", _addresses(self.stands_for)
        yield "X-Dispatch-Test", _addresses(self.tests)
        yield "MIME-Version", "1.0"


def message_id(delivery_id: UUID, sender: Sender) -> str:
    """Return the Message-ID of a delivery: the same in every attempt, so that logs match."""
    local_part = message_local_part(delivery_id, sender.key)
    return f"<{spelled(f'{local_part}@{sender.domain}')}>"


def message(headers: Headers, body: bytes) -> bytes:
    """Return the message for one recipient: the headers, and the body as `body.body` made it.

    No value can begin a header of its own. Raises `BadInput` for a wrong address.
    """
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.lines() if value)
    content = head.encode() + body
    signature = headers.signature
    if signature is None and headers.sign:
        signature = headers.sign(content, headers.at)
    return f"{SIGNATURE}: {signature}\r\n".encode() + content if signature else content


def signature_in(content: bytes) -> str | None:
    """Return the value of the signature that a message of ours begins with, as it is folded."""
    found = SIGNED.match(content)
    return found[1].decode() if found else None


@lru_cache(maxsize=64)  # all letters of a mailout are queued at one moment
def _date(at: datetime) -> str:
    return format_datetime(local(at))


def _addresses(mailboxes: Sequence[Mailbox]) -> str:
    """Return the mailboxes, one a line."""
    return ",\r\n ".join(_address(mailbox) for mailbox in mailboxes)


@lru_cache(maxsize=64)  # for the sender, who is in every message
def _address(mailbox: Mailbox) -> str:
    name, address = _printable(mailbox.name), spelled(mailbox.address)
    if not name:
        return address
    is_short = _is_plain(name) and len(name) <= LONGEST_PLAIN_WORD
    return f'"{quote(name)}" <{address}>' if is_short else f"{_encoded(name)} <{address}>"


def _text(value: str) -> str:
    text = _printable(value)
    if not _is_plain(text):
        return _encoded(text)
    if len(text) <= LONGEST_PLAIN_WORD:
        return text  # `Header` would take a quarter of the time of all headers
    return Header(text, header_name="Subject").encode(linesep="\r\n")


def _encoded(value: str) -> str:
    """Return encoded words (RFC 2047).

    `email.policy.SMTP` is not used for headers: as it folds encoded words it drops a space here
    and turns the comma between two addresses into a word there (Python 3.11).
    """
    return Header(value, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _is_plain(value: str) -> bool:
    """Whether it needs no encoding: ASCII, nothing like an encoded word, and foldable."""
    words_are_short = all(len(word) <= LONGEST_PLAIN_WORD for word in value.split(" "))
    return value.isascii() and "=?" not in value and words_are_short


def _printable(value: str) -> str:
    """Turn line ends and other control characters into single spaces."""
    return " ".join(UNPRINTABLE.sub(" ", value).split())
