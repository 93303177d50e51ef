"""The body of a message: a covering note as text and HTML, and its files, made once for a letter.

Written by hand and not by `email`, which takes 4.4 ms with a PDF of 60 kB: a sixth of the time that
rendering a letter takes.
"""

from __future__ import annotations

import re
import unicodedata
from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from posixpath import splitext
from typing import Final
from urllib.parse import quote as percent_encoded

from dispatch.domain.digest import canonical_texts, sha256

MAX_FILE_NAME: Final = 120
"""Octets in UTF-8: every file system takes it, and percent-encoded it still fits on a line."""

NOT_IN_A_FILE_NAME: Final = re.compile(r'[<>:"/\\|?*]')
LONGEST_LINE: Final = 76
LONGEST_SEGMENT: Final = 60
"""Characters of an encoded file name on one line, beside the name of the parameter."""
IN_ASCII: Final = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2032\u2033", "'"),
        "\u00c6": "AE",
        "\u00e6": "ae",
        "\u0152": "OE",
        "\u0153": "oe",
        "\u00df": "ss",
        "\u00d8": "O",
        "\u00f8": "o",
        "\u0141": "L",
        "\u0142": "l",
        "\u0110": "D",
        "\u0111": "d",
        "\u00de": "Th",
        "\u00fe": "th",
        "\u00d0": "D",
        "\u00f0": "d",
        "\u0131": "i",
    }
)
"""Letters and marks that Unicode does not take apart, as English spells them without."""
LONGEST_SUFFIX: Final = len(".xlsx")
PDF: Final = "application/pdf"


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes with the covering note: the letter as PDF, or a spreadsheet."""

    name: str
    media_type: str
    content: bytes


def body(text: str, html: str, files: Sequence[File]) -> bytes:
    """Return the covering note in both its forms and the files, as one MIME entity.

    Short lines of ASCII, which no server on the way has a reason to change (RFC 2045 6.7, 6.8).
    The boundaries come from the digest of the note; they hold "=_", which neither
    quoted-printable nor base64 can.
    """
    mark = sha256(canonical_texts([text, html]))[:32]
    note = _multipart("alternative", mark, [_text("plain", text), _text("html", html)])
    return _multipart("mixed", mark, [note, *map(_attachment, files)]) if files else note


def file_name(name: str) -> str:
    """Return a name that any computer can save a file under, and that hides nothing.

    It has no separators, control characters or marks that reverse the reading direction; a name
    that is too long loses the end of its stem and keeps its suffix.
    """
    shown = (" " if unicodedata.category(char)[0] in "CZ" else char for char in name)
    tidy = NOT_IN_A_FILE_NAME.sub("-", " ".join("".join(shown).split())).strip(". ")
    suffix = splitext(tidy)[1] if len(splitext(tidy)[1]) <= LONGEST_SUFFIX else ""
    room = MAX_FILE_NAME - len(suffix.encode())
    stem = tidy.removesuffix(suffix).encode()[:room].decode(errors="ignore").rstrip(". ")
    return stem + suffix or "attachment"


def pdfs_in(body: bytes) -> tuple[bytes, ...]:
    """Return the PDFs in a message's body, in their order, as `body` made it."""
    parts = message_from_bytes(body).walk()
    found = (part.get_payload(decode=True) for part in parts if part.get_content_type() == PDF)
    return tuple(each for each in found if isinstance(each, bytes))


def _multipart(subtype: str, mark: str, parts: Sequence[bytes]) -> bytes:
    boundary = f"=_{subtype}_{mark}"
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n'.encode()
    line = f"\r\n--{boundary}".encode()
    return head + b"".join(line + b"\r\n" + part for part in parts) + line + b"--\r\n"


def _text(subtype: str, text: str) -> bytes:
    head = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return head.encode() + b2a_qp(lines.encode()).replace(b"\n", b"\r\n")


def _attachment(file: File) -> bytes:
    name = file_name(file.name)
    plain = _in_ascii(name)
    # In full first: a reader that takes the first of two, as Python does, then has the better one.
    names = [*([] if plain == name else _encoded(name)), f'filename="{plain}"']
    head = (
        f'Content-Type: {file.media_type};\r\n name="{plain}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_SEMICOLON.join(names)}\r\n\r\n"
    )
    code = b2a_base64(file.content, newline=False)
    lines = (code[start : start + LONGEST_LINE] for start in range(0, len(code), LONGEST_LINE))
    return head.encode() + b"\r\n".join(lines) + b"\r\n"


_SEMICOLON: Final = ";\r\n "


def _in_ascii(name: str) -> str:
    """Return a file name for programs that read no other: without accents, `_` for the rest.

    Some mail programs and archives show "ATT00001" for a name that is encoded by RFC 2231 alone.
    """
    apart = unicodedata.normalize("NFKD", name.translate(IN_ASCII))
    letters = "".join(char for char in apart if not unicodedata.combining(char))
    plain = NOT_IN_A_FILE_NAME.sub("-", re.sub(r"[^ -~]+", "_", letters))
    stem, suffix = splitext(plain)
    return f"attachment{suffix}" if not stem.strip("_-. ") else plain


def _encoded(name: str) -> list[str]:
    """Return the parameters that spell a file name in full (RFC 2231 4): several if it is long.

    The first says in which character set all of them are.
    """
    code = "utf-8''" + percent_encoded(name, safe="")
    if len(code) <= LONGEST_SEGMENT:
        return [f"filename*={code}"]
    # A segment may end between any two octets, but not within "%C5".
    segments = re.findall(rf"(?:%[0-9A-F]{{2}}|[^%]){{1,{LONGEST_SEGMENT // 3}}}", code)
    return [f"filename*{number}*={part}" for number, part in enumerate(segments)]
