"""One made message: its bytes, and what is right about it."""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

OFFICE: Final = "letters@ombudsman.example"
RETURN_PATH: Final = "b+k7q2m4token@bounce.ombudsman.example"

COUNCILS: Final = (
    "eastshire.example", "northdale.example", "westmoor.example", "tamarside.example",
    "kirkvale.example", "penfold.example", "morfa.example", "glanyrafon.example",
    "borough.fenland.example", "ashcombe.example",
)  # fmt: skip
PEOPLE: Final = (
    ("Jane", "Roe"), ("Tom", "Price"), ("Alice", "Lee"), ("Peter", "Kane"), ("Sian", "Rees"),
    ("Harriet", "Okafor"), ("David", "Mould"), ("Nina", "Patel"), ("Owen", "Pugh"),
    ("Fiona", "Marsh"), ("Colin", "Bounds"), ("Grace", "Holliday"), ("Robert", "Spam-Jones"),
    ("Ruth", "Quarry"), ("Marek", "Nowak"), ("Bethan", "Lloyd"),
)  # fmt: skip

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Expected:
    """What is right about one recipient. Any of the reasons is right."""

    address: str
    action: str
    reasons: frozenset[str]
    is_hard: bool


@dataclass(frozen=True, slots=True)
class Made:
    """One message with its label."""

    name: str
    content: bytes
    category: str
    recipients: tuple[Expected, ...] = ()
    answers: frozenset[str] = frozenset()
    """Any of these subtypes of an autoreply is right."""
    successor: str | None = None


@dataclass(slots=True)
class Maker:
    """Chances of one message, out of one of two books of wordings.

    Each table of words is split in two by turns: what is mended by looking at the first book is
    tried on the second, of which no sentence stands in the first.
    """

    rng: random.Random
    book: int
    person: tuple[str, str] = field(init=False)
    domain: str = field(init=False)

    def __post_init__(self) -> None:
        self.person = self.rng.choice(PEOPLE)
        self.domain = self.rng.choice(COUNCILS)

    def word(self, table: Sequence[T]) -> T:
        """Return one of this book's entries of a table."""
        return self.rng.choice(table[self.book % 2 :: 2] or table)

    def any(self, table: Sequence[T]) -> T:
        """Return one of all entries: names, layouts and headers are the same in both books."""
        return self.rng.choice(table)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    @property
    def name(self) -> str:
        return " ".join(self.person)

    @property
    def address(self) -> str:
        first, last = (each.lower() for each in self.person)
        return f"{first}.{last}@{self.domain}"

    def another(self) -> tuple[str, str]:
        """Return somebody else's name and address at the same council."""
        other = self.rng.choice([each for each in PEOPLE if each != self.person])
        first, last = (each.lower() for each in other)
        return " ".join(other), f"{first}.{last}@{self.domain}"

    def number(self, digits: int) -> str:
        return str(self.rng.randrange(10 ** (digits - 1), 10**digits))


def encoded(text: str, how: str) -> tuple[str, bytes]:
    """Return the name of a transfer encoding, and the text in it."""
    plain = text.encode()
    if how == "base64":
        return how, base64.encodebytes(plain)
    if how == "quoted-printable":
        return how, quopri.encodestring(plain)
    return "8bit", plain


ENCODINGS: Final = ("8bit", "8bit", "8bit", "quoted-printable", "base64")


def subject_of(text: str, maker: Maker) -> str:
    """Return a subject as programs write it: words other than ASCII are encoded (RFC 2047)."""
    if text.isascii():
        return text
    if maker.chance(0.5):
        return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="
    word = "".join(
        chr(each) if chr(each).isascii() and chr(each).isalnum() else f"={each:02X}"
        for each in text.encode()
    )
    return f"=?UTF-8?Q?{word}?="


def head(maker: Maker, sender: str, to: str, subject: str, more: Sequence[str] = ()) -> str:
    """Return the fields that each message has, and more."""
    return "\n".join(
        [
            f"From: {sender}",
            f"To: {to}",
            f"Subject: {subject_of(subject, maker)}",
            f"Date: {maker.any(('Tue, 25 Nov', 'Thu, 24 Jul', 'Wed, 2 Sep'))} 2026 09:1{maker.number(1)}:00 +0000",
            f"Message-ID: <{maker.number(12)}.{maker.number(5)}@{maker.any(('mx', 'mail', 'gw'))}.{maker.domain}>",
            *more,
            "MIME-Version: 1.0",
        ]
    )


def a_text(maker: Maker, fields: str, text: str, *, may_be_html: bool = True) -> bytes:
    """Return a message of text, or of text and HTML, as mail programs make it."""
    how, body = encoded(text, maker.any(ENCODINGS))
    if not may_be_html or maker.chance(0.6):
        said = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {how}\n\n"
        return f"{fields}\n{said}".encode() + body
    page = a_page(text)
    how_page, body_page = encoded(page, maker.any(ENCODINGS))
    page_head = f"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: {how_page}\n\n"
    if maker.chance(0.4):
        return f"{fields}\n{page_head}".encode() + body_page
    said = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {how}\n\n"
    return b"".join(
        [
            f'{fields}\nContent-Type: multipart/alternative; boundary="_alt_"\n\n'.encode(),
            b"--_alt_\n", said.encode(), body,
            b"\n--_alt_\n", page_head.encode(), body_page,
            b"\n--_alt_--\n",
        ]
    )  # fmt: skip


def a_page(text: str) -> str:
    """Return the text as HTML of Outlook's kind."""
    lines = (
        line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for line in text.split("\n")
    )
    rows = "".join(f'<p class="MsoNormal">{line or "&nbsp;"}</p>\n' for line in lines)
    style = "<style>p.MsoNormal {margin:0cm; font-family:Calibri}</style>"
    return f"<html><head>{style}</head><body>\n{rows}</body></html>\n"


def returned(address: str) -> str:
    """Return our message, as a report gives it back."""
    return (
        f"Return-Path: <{RETURN_PATH}>\nMessage-ID: <letter-1@ombudsman.example>\n"
        f"From: Ombudsman <{OFFICE}>\nTo: {address}\nSubject: Annual review letter\n\n"
        "Dear Chief Executive,\n\nI write to you with our annual summary of statistics."
    )


def a_report(fields: str, text: str, status: str, address: str, *, has_body: bool = True) -> bytes:
    """Return a delivery status notification (RFC 3464)."""
    kind = "message/rfc822" if has_body else "text/rfc822-headers"
    back = returned(address) if has_body else returned(address).partition("\n\n")[0]
    return (
        f"{fields}\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_r"\n\n'
        f"--=_r\nContent-Type: text/plain; charset=utf-8\n\n{text}\n\n"
        f"--=_r\nContent-Type: message/delivery-status\n\n{status}\n\n"
        f"--=_r\nContent-Type: {kind}\n\n{back}\n\n--=_r--\n"
    ).encode()
