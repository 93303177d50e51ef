"""The envelope of a message: what mail servers read, as opposed to the headers.

The return path has the delivery's id and a signature over it (VERP), so a notice names the delivery
that it is about, and nobody else can make up such an address. Some servers take no return path but
the mailbox itself; so a header of the message has the id and a signature as well, which a server
returns in its notice. The Message-ID has a code beside the id for the same reason: the id alone may
be read in an evidence pack that is published.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Final
from uuid import UUID

from dispatch.domain.address import domain_of
from dispatch.domain.digest import canonical_json
from dispatch.domain.proof.mac import mac
from dispatch.domain.sending.modes import Mode

SIGNATURE_BYTES: Final = 10
"""80 bits: too many to guess by sending mail, few enough for the 64 octets of a local part."""

ENVID: Final = re.compile(r"([0-9a-f]{32})\.([0-9]{1,9})")

_ID: Final = "(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_CODE: Final = r"\.(?P<code>[a-z2-7]{16})"

MESSAGE_ID: Final = re.compile(rf"{_ID}(?:{_CODE})?@[^<>@\s]+", re.IGNORECASE)
"""A Message-ID of ours, with its code where it has one."""

SIGNED: Final = re.compile(_ID + _CODE, re.IGNORECASE)
"""The value of the header that signs a delivery's id."""

CODED: Final = 8
"""The version in the id of a delivery whose Message-ID has a code (RFC 9562 5.8: one's own use).

Earlier releases made ids of version 4, and Message-IDs without a code. A message is put together
again for evidence, byte for byte as it was sent, so the form must be known. The id tells it because
nobody can change that: every event about the delivery and its return path are under it.
"""

HEADED: Final = 0xD15BA7C4
"""The last 32 bits in the id of a delivery whose message has the signed header as well.

Ids of version 8 from before that have random bits there, and may end like this once in four
thousand million.
"""

TESTED: Final = 0x7E57ED00
"""The last 32 bits in the id of a test: no delivery has it, and it is signed as theirs are."""

ASKED: Final = 0xA54ED000
"""The same of a question to a contact, which is not a delivery either."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """The return path and the recipient of one message (RFC 5321), and its id (RFC 3461)."""

    mail_from: str
    rcpt_to: str
    envid: str


def envid(delivery_id: UUID, number: int) -> str:
    """Return the envelope id of one attempt: a DSN that returns it names delivery and attempt."""
    return f"{delivery_id.hex}.{number}"


def attempt_of(envid: str) -> tuple[UUID, int] | None:
    """Return the delivery and the number of the attempt that an envelope id names, or None."""
    found = ENVID.fullmatch(envid.strip().lower())
    return (UUID(found[1]), int(found[2])) if found else None


class ReturnPathStyle(Enum):
    """What the return path of a letter is."""

    SIGNED = "signed"
    """The mailbox with the delivery's token: whatever comes back to it names its delivery."""

    PLAIN = "plain"
    """The mailbox itself, for a server that takes nothing else."""


def return_path(mailbox: str, delivery_id: UUID, key: bytes) -> str:
    """Return `mailbox` with the delivery's signed token: `bounces+TOKEN@ombudsman.example`."""
    local_part, _, domain = mailbox.rpartition("@")
    token = _encode(delivery_id.bytes + _sign(delivery_id, key))
    return f"{local_part}+{token}@{domain}"


def delivery_of(address: str, key: bytes) -> UUID | None:
    """Return the delivery that a return path names, or None if we did not sign it.

    Letter case is ignored, since servers on the way may change it.
    """
    token = address.rpartition("@")[0].rpartition("+")[2]
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
        delivery_id = UUID(bytes=raw[:-SIGNATURE_BYTES])
    except (binascii.Error, ValueError):
        return None
    signature = raw[-SIGNATURE_BYTES:]
    return delivery_id if hmac.compare_digest(signature, _sign(delivery_id, key)) else None


def coded(id_: UUID) -> UUID:
    """Return an id, random like the one given, of a delivery whose message has all that we sign."""
    return UUID(int=id_.int & ~(0xF << 76 | 0xFFFFFFFF) | CODED << 76 | HEADED)


def of_test(id_: UUID) -> UUID:
    """Return an id, random like the one given, of a test that a person sends to a colleague."""
    return UUID(int=id_.int & ~(0xF << 76 | 0xFFFFFFFF) | CODED << 76 | TESTED)


def is_of_test(id_: UUID) -> bool:
    """Whether an id is that of a test."""
    return id_.version == CODED and id_.int & 0xFFFFFFFF == TESTED


def of_question(id_: UUID) -> UUID:
    """Return an id, random like the one given, of a question to a contact."""
    return UUID(int=id_.int & ~(0xF << 76 | 0xFFFFFFFF) | CODED << 76 | ASKED)


def is_of_question(id_: UUID) -> bool:
    """Whether an id is that of a question to a contact."""
    return id_.version == CODED and id_.int & 0xFFFFFFFF == ASKED


def message_local_part(delivery_id: UUID, key: bytes) -> str:
    """Return what precedes the @ in the Message-ID of a delivery, the same in every attempt."""
    if delivery_id.version != CODED:
        return str(delivery_id)
    return f"{delivery_id}.{_code(delivery_id, key)}"


def is_code(code: str | None, delivery_id: UUID, key: bytes) -> bool:
    """Whether we made this code for the Message-ID of a delivery. Letter case is ignored."""
    return hmac.compare_digest(str(code).lower().encode(), _code(delivery_id, key).encode())


def signed(delivery_id: UUID, key: bytes) -> str:
    """Return the value of the signed header of a delivery; empty if its message has none."""
    ends = delivery_id.int & 0xFFFFFFFF
    is_headed = delivery_id.version == CODED and ends in {HEADED, TESTED, ASKED}
    return f"{delivery_id}.{_code(delivery_id, key, 'header')}" if is_headed else ""


def signed_by_us(value: str, key: bytes) -> UUID | None:
    """Return the delivery that a signed header names, or None if we did not sign it.

    Letter case is ignored.
    """
    found = SIGNED.fullmatch(value.strip())
    id_ = UUID(found["id"]) if found else None
    is_ours = id_ and hmac.compare_digest(value.strip().lower().encode(), signed(id_, key).encode())
    return id_ if is_ours else None


def _code(delivery_id: UUID, key: bytes, purpose: str = "message-id") -> str:
    return _encode(bytes.fromhex(mac(key, purpose, delivery_id.bytes))[:SIGNATURE_BYTES])


def _sign(delivery_id: UUID, key: bytes) -> bytes:
    return hmac.digest(key, b"return-path:" + delivery_id.bytes, hashlib.sha256)[:SIGNATURE_BYTES]


def _encode(raw: bytes) -> str:
    """Return base32 in lower case, which survives servers that fold the case of a local part."""
    return base64.b32encode(raw).decode().rstrip("=").lower()


Sign = Callable[[bytes, datetime], str]
"""Returns the value of the header that signs a message of a moment (RFC 6376)."""

REHEARSED: Final = '"mode":"rehearsal"'
"""What the text of `SentAs` has in a rehearsal, and no other: its names have quotes escaped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAs:
    """Who a letter says that it is from: part of its approval, and fixed when it is queued."""

    name: str
    address: str
    reply_to: str
    is_auto_submitted: bool = False
    """Whether it says that a machine sent it, so that machines do not answer (RFC 3834 5)."""
    mode: Mode = Mode.PRODUCTION
    rehearsal_to: str = ""
    """The address that a letter goes to in a rehearsal; empty if it goes to the mail catcher."""

    @staticmethod
    @lru_cache(maxsize=64)  # each letter of a mailout asks three times, with the same text
    def read(text: str) -> SentAs:
        """Read what `text` has spelled. Raises `ValueError` for anything else."""
        said = json.loads(text)
        if not isinstance(said, dict) or said.keys() != SentAs.__dataclass_fields__.keys():
            raise ValueError("this does not say who a letter is from")
        return SentAs(**{**said, "mode": Mode(said["mode"])})

    @property
    def is_rehearsal(self) -> bool:
        """Whether it stands for a letter that went, or goes, to nobody it names."""
        return self.mode is Mode.REHEARSAL

    @property
    def text(self) -> str:
        """How the database and the ledger spell it: canonical JSON (RFC 8785)."""
        return canonical_json(asdict(self)).decode()

    @property
    def party(self) -> str:
        """Who it is from, as an approval has it: `Name <address>`, and where replies go.

        Outside production also the mode, so that nothing is sent in another than the approved one.
        """
        replies = f", replies to {self.reply_to}" if self.reply_to else ""
        return f"{self.name} <{self.address}>{replies}{self._unreal}"

    @property
    def _unreal(self) -> str:
        if self.mode is Mode.PRODUCTION:
            return ""
        return f", as a {self.mode} to {self.rehearsal_to or 'the mail catcher'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who letters come from, and where replies and notices go."""

    name: str
    address: str
    reply_to: str
    return_path: str
    """The mailbox that notices come back to."""
    style: ReturnPathStyle = ReturnPathStyle.SIGNED
    """Whether each delivery adds its token to that mailbox."""
    key: bytes = field(repr=False)
    """The key that signs what names a delivery."""
    sign: Sign | None = field(default=None, repr=False)
    """Signs each message for the domain (DKIM), if the mail server does not."""
    is_auto_submitted: bool = True
    """Whether its messages say that a machine sent them: all do, but letters as their plan says."""
    mode: Mode = Mode.PRODUCTION
    """The mode that the settings name."""
    rehearsal_to: str = ""
    """The address that letters go to in a rehearsal."""
    rehearses: str | None = None
    """Whom the message at hand goes to in the place of its recipients: only in a rehearsal."""

    def is_colleague(self, address: str) -> bool:
        """Whether an address is at the office's own domain."""
        return domain_of(address) == domain_of(self.address)

    @property
    def party(self) -> SentAs:
        """Who letters that are queued now are from, and whether they go to their recipients."""
        return SentAs(
            name=self.name,
            address=self.address,
            reply_to=self.reply_to,
            mode=self.mode,
            rehearsal_to=self.rehearsal_to if self.mode is Mode.REHEARSAL else "",
        )

    def refusal(self, sent_as: str | None) -> str | None:
        """Return why a delivery that was queued as this does not leave in the mode of now, or None.

        Those of before there were modes leave unless this is a rehearsal. Raises `ValueError`.
        """
        queued = SentAs.read(sent_as) if sent_as else None
        is_same = queued.mode is self.mode if queued else self.mode is not Mode.REHEARSAL
        if is_same:
            return None
        mode = queued.mode if queued else Mode.PRODUCTION
        return (
            f"its letters were approved for mode {mode}, and this service runs in mode "
            f"{self.mode}: set DISPATCH_MODE back, or cancel the mailout and plan another"
        )

    def as_sent(self, text: str | None) -> Sender:
        """Return who a delivery is from, as it was queued; None is of a release before that.

        Those had no such text, and are from whom the settings say now. Raises `ValueError`.
        """
        if text is None:
            return self
        sent = SentAs.read(text)
        return replace(
            self,
            name=sent.name,
            address=sent.address,
            reply_to=sent.reply_to,
            is_auto_submitted=sent.is_auto_submitted,
            rehearses=(sent.rehearsal_to or self.address) if sent.is_rehearsal else None,
        )

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    def mail_from(self, delivery_id: UUID) -> str:
        """Return the return path of one delivery (RFC 5321 4.1.1.2)."""
        if self.style is ReturnPathStyle.PLAIN:
            return self.return_path
        return return_path(self.return_path, delivery_id, self.key)
