"""Find the encoding of a text file: one, proven for all of the file.

UTF-8 and UTF-16 are taken as their marks say, and UTF-8 without a mark where every byte fits. Any
other file is Windows-1252, unless part of it is UTF-8 or its words show that it is not: a file in
two encodings read as one would print names that nobody has.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.files.tables import garbled
from dispatch.files.tables.faults import shorten

NOT_A_TABLE: Final = (
    "this is neither CSV nor a spreadsheet; save it as CSV (UTF-8) or as .xlsx and try again"
)

SAVE: Final = "save the whole file as CSV UTF-8 and try again"

MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, the longer first: the mark of UTF-32 begins as that of UTF-16 does."""

CALLED: Final = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-32": "UTF-32"}

SEVERAL_BYTES: Final = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+"
)
"""What may be characters of UTF-8 outside ASCII."""

BINARY: Final = re.compile(rb"[\x01-\x08\x0e-\x19\x1c-\x1f]")
"""Bytes of control characters that text does not have."""

PADDING: Final = "\x00\x1a"
"""What old programs write after the end: Ctrl-Z of DOS, and zeros."""

SHOWN_WORDS: Final = 3


def text_of(name: str, content: bytes) -> tuple[str, str | None]:
    """Return a file's text, and what a person should know of how it was read.

    Raises `BadInput` if it is not text, is in two encodings, or is in one that cannot be told.
    """
    mark = next((each for each in MARKS if content.startswith(each[0])), None)
    if mark:
        return _checked(name, _marked(name, content, mark[1])), None
    content = content.rstrip(PADDING.encode())
    if b"\0" in content[:4096] and _is_utf16(content):
        raise BadInput(f"{name}: this is UTF-16 without its mark; {SAVE}")
    if BINARY.search(content):
        raise BadInput(f"{name}: {NOT_A_TABLE}")
    try:
        return _checked(name, content.decode()), None
    except UnicodeDecodeError as error:
        text = _windows(name, content, error.start)
    return _checked(name, text), _note(text)


def _marked(name: str, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        # The mark itself is not counted where it is dropped first.
        start = error.start + (len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
        where = _place(content, start)
        raise BadInput(
            f"{name}, {where}: the file begins with the mark of {CALLED[encoding]}, and is not in "
            f"it there; {SAVE}"
        ) from None


def _is_utf16(content: bytes) -> bool:
    """Whether nearly every other byte is zero, as in UTF-16 of Latin letters."""
    half = len(content) // 2
    return max(content[::2].count(0), content[1::2].count(0)) > half * 3 // 4


def _checked(name: str, text: str) -> str:
    text = text.rstrip(PADDING)
    if (position := text.find("\0")) >= 0:
        line = _line(text.encode(), len(text[:position].encode()))
        raise BadInput(f"{name}, line {line}: there is a zero byte in the text; {SAVE}")
    return text


def _windows(name: str, content: bytes, wrong: int) -> str:
    """Return the text of a file that is not in UTF-8 at the position `wrong`."""
    if other := _utf8(content):
        raise BadInput(
            f"{name}: the file is in two encodings: {_place(content, other.start())} is in UTF-8 "
            f'("{_word(content, other.start(), "utf-8")}"), and {_place(content, wrong)} is not '
            f'("{_word(content, wrong, garbled.WINDOWS)}"); {SAVE}'
        )
    try:
        text = content.decode(garbled.WINDOWS)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{name}, {_place(content, error.start)}: this is neither UTF-8 nor Windows-1252; "
            f"{SAVE}"
        ) from None
    if found := garbled.foreign_word(text):
        word = _word(content, found.start(), garbled.WINDOWS)
        raise BadInput(
            f'{name}, {_place(content, found.start())}: "{word}" is not a word, so the file is '
            f"not in Windows-1252, nor is it in UTF-8{_on_a_mac(content, found.start())}; {SAVE}"
        )
    return text


def _utf8(content: bytes) -> re.Match[bytes] | None:
    """Return where a file is in UTF-8 outside ASCII.

    Two letters of Windows-1252 may look like one of UTF-8, as in an "Ó" before an apostrophe, so
    two bytes are believed only where they are a letter of Latin writing, or more follow.
    """
    for found in SEVERAL_BYTES.finditer(content):
        try:
            text = found[0].decode()
        except UnicodeDecodeError:
            continue
        if len(text) > 1 or text <= LAST_LATIN or len(found[0]) > len(b"\xc2\x80"):
            return found
    return None


LAST_LATIN: Final = "\u017f"


def _line(content: bytes, position: int) -> int:
    ends = b"\n" if b"\n" in content else b"\r"
    return content.count(ends, 0, position) + 1


def _place(content: bytes, position: int) -> str:
    return f"line {_line(content, position)} (byte {position + 1}, {content[position]:02X})"


def _word(content: bytes, position: int, encoding: str) -> str:
    """Return the word around a byte."""
    first = len(content[:position]) - len(re.split(rb"[\s,;\t\"|]", content[:position])[-1])
    last = re.search(rb"[\s,;\t\"|]|$", content[position:])
    assert last  # noqa: S101 - for the type checker: the end is always found
    word = content[first : position + last.start()]
    return shorten(word.decode(encoding, "replace"))


def _on_a_mac(content: bytes, position: int) -> str:
    """Say what the word would be in the encodings of old Macs and of DOS, if it would be one."""
    for encoding, called in (("mac_roman", "Mac Roman"), ("cp850", "the code page of DOS")):
        word = _word(content, position, encoding)
        if (
            re.fullmatch(r"[^\W\d_]+(['\u2019-][^\W\d_]+)*", word)
            and word[1:] == word[1:].casefold()
        ):
            return f' (in {called} it says "{word}")'
    return ""


def _note(text: str) -> str:
    """Show a person words that depend on the encoding: only a person can tell whether they fit."""
    words = dict.fromkeys(word for word in re.findall(r"[^\s,;\"|]+", text) if not word.isascii())
    shown = ", ".join(shorten(word) for word in list(words)[:SHOWN_WORDS])
    more = ", ..." if len(words) > SHOWN_WORDS else ""
    return (
        f"The file is not in UTF-8 and was read as Windows-1252; see that these words are right: "
        f"{shown}{more}."
    )
