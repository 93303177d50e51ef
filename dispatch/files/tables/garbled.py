"""Find text that was damaged before it reached us: read in another encoding than it was written in.

UTF-8 that was read as Windows-1252 and saved again says "JosÃ©" in any file, a spreadsheet too. No
name is spelt so, and no person wants it in a letter: it is refused with what it may have been.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Final

from dispatch.files.tables.faults import invisible

WINDOWS: Final = "cp1252"

HIGH: Final = "\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"  # noqa: RUF001 - as Windows-1252 has them
"""What the bytes 80 to BF, with which UTF-8 goes on after the first byte, are in Windows-1252."""

TWICE_DECODED: Final = re.compile(
    # Latin letters; punctuation, letters with two accents and marks; emoji; Greek and Cyrillic.
    f"(?:[ÂÃÄÅ][{HIGH}]"
    f"|â[\x81€‚„†ˆ”•–—][{HIGH}]|á[º»¸¹][{HIGH}]|ï[»¿¬][{HIGH}]"  # noqa: RUF001
    f"|ð[\x9fŸ][{HIGH}]+"
    f"|(?:[Î-Ñ][{HIGH}]){{2,}})+"
)
"""UTF-8 read as Windows-1252."""

ON_A_MAC: Final = re.compile(r"√[^\w\s]|‚Ä\S|¬[£©®∞]")  # noqa: RUF001
IN_DOS: Final = re.compile(r"[├┬]\S|ÔÇ\S")

SYMBOLS: Final = "‰†‡ˆ˜‚„‹›ƒ€™¡¢£¤¥¦§¨©ª«¬®¯°±²³¶¸¹º»¼½¾¿×÷√∞≈≠≤≥∂∆∑∏π∫Ω◊\u2500-\u259f\ue000-\uf8ff"  # noqa: RUF001
"""What the letters of other encodings turn into: no word has one of these inside."""

LETTER: Final = r"[^\W\d_]"

SYMBOL_IN_WORD: Final = re.compile(
    f"(?<={LETTER})[{SYMBOLS}](?={LETTER})"
    # Capitals that stand in the middle of a word that is not all in capitals.
    "|(?<=[a-zß-öø-ÿ])[ŽŠŒŸÃÕÐÞ]|(?<=[A-Z])[ŽŠŒŸÃÕÐÞ](?=[A-Z]?[a-z])"
)

ENDS_WORD: Final = re.compile(f"(?<={LETTER})[‰‡ˆ‚„‹ƒ¡¢¤¦¨¬¯¸¿×÷‘“˜](?!{LETTER})")  # noqa: RUF001
"""What may follow a word in good text, and is a letter in text of an old Mac or of DOS."""

ENTITY: Final = re.compile(r"&(?:[a-zA-Z]{2,8}|#[0-9]{2,6}|#x[0-9a-fA-F]{2,5});")

ENCODED_WORD: Final = re.compile(r"=\?[\w-]+\?[bq]\?[^?]*\?=", re.IGNORECASE)

REPLACEMENT: Final = "\ufffd"

NOT_SEEN: Final = frozenset({"Cc", "Cf"})
OVERRIDES: Final = "\u202d\u202e"
"""They turn text round, so they are never there by chance, and never dropped."""


def tidy(cell: str) -> str:
    """Return a cell's text without spaces and unseen characters at its ends, its accents joined."""
    text = unicodedata.normalize("NFC", cell)
    first, last = 0, len(text)
    while first < last and _is_blank(text[first]):
        first += 1
    while last > first and _is_blank(text[last - 1]):
        last -= 1
    return text[first:last]


def _is_blank(character: str) -> bool:
    if character in OVERRIDES:
        return False
    return character.isspace() or unicodedata.category(character) in NOT_SEEN


def damage(text: str) -> str | None:
    """Say what is damaged in a text, in words that read on from it; None if nothing seems to be."""
    if text.isascii():
        return _encoded_word(text) if "=?" in text else None
    return next(filter(None, (find(text) for find in FINDERS)), None)


def _twice_decoded(text: str) -> str | None:
    if found := TWICE_DECODED.search(text):
        return f'holds "{found[0]}": UTF-8 that was read as Windows-1252{_meant(found[0])}; {AGAIN}'
    if found := ON_A_MAC.search(text):
        return f'holds "{found[0]}": UTF-8 that was read as Mac Roman; {AGAIN}'
    if found := IN_DOS.search(text):
        return f'holds "{found[0]}": UTF-8 that was read in a code page of DOS; {AGAIN}'
    return None


AGAIN: Final = "correct it, or export the file again as CSV UTF-8"


def _meant(text: str) -> str:
    """Return what UTF-8 that was read as Windows-1252 says."""
    content = b"".join(
        each.encode("latin-1" if ord(each) <= LATIN_1 else WINDOWS, "replace") for each in text
    )
    meant = content.decode(errors="ignore")
    return f' (it was "{meant}")' if meant and meant.isprintable() else ""


LATIN_1: Final = 0xFF


def _replaced(text: str) -> str | None:
    if REPLACEMENT not in text:
        return None
    return (
        "holds U+FFFD, which a program wrote in place of a character that it could not read; "
        "type it again"
    )


def _symbol(text: str) -> str | None:
    if found := SYMBOL_IN_WORD.search(text):
        return (
            f'holds "{found[0]}" inside a word, so it was probably read in another encoding than '
            f"it was written in; {AGAIN}"
        )
    return None


def _encoded_word(text: str) -> str | None:
    if found := ENCODED_WORD.search(text):
        return f'holds "{found[0]}", which is how the header of an email is written; type the name'
    return None


def entity(text: str, *, is_name: bool = False) -> str | None:
    """Say which entity of HTML a text holds, in words that read on from it; None if it has none.

    In a person's name only one for a letter outside ASCII is told: other markup is looked at later.
    """
    if is_name and html.unescape(text).isascii():
        return None
    if (found := ENTITY.search(text)) and (meant := html.unescape(found[0])) != found[0]:
        return f'holds "{found[0]}", which is how HTML spells "{meant}"; type that instead'
    return None


def _unseen(text: str) -> str | None:
    for each in text:
        if each not in "\t\r\n" and unicodedata.category(each) in NOT_SEEN:
            return invisible(each)
    return None


FINDERS: Final[tuple[Callable[[str], str | None], ...]] = (
    _twice_decoded,
    _replaced,
    _unseen,
    _symbol,
    _encoded_word,
)


def foreign_word(text: str) -> re.Match[str] | None:
    """Return where text that was read as Windows-1252 shows that it is in another encoding."""
    return SYMBOL_IN_WORD.search(text) or ENDS_WORD.search(text)
