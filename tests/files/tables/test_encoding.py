from __future__ import annotations

import codecs

import pytest

from dispatch.files.tables.encoding import text_of
from tests.files.tables.written import refusal_of

ROWS = "surname\nBrontë\nO\u2019Neill\n"
WELSH = "surname\nŵyn\nZoë\n"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (WELSH.encode(), WELSH),
        (WELSH.encode("utf-8-sig"), WELSH),
        (WELSH.encode("utf-16"), WELSH),
        (codecs.BOM_UTF16_LE + WELSH.encode("utf-16-le"), WELSH),
        (codecs.BOM_UTF16_BE + WELSH.encode("utf-16-be"), WELSH),
        (WELSH.encode("utf-32"), WELSH),
        (ROWS.encode("cp1252"), ROWS),
        (b"surname\nLee\n\x1a", "surname\nLee\n"),
        (b"surname\nLee\n\0\0\0", "surname\nLee\n"),
        (codecs.BOM_UTF16_LE + "a\n\x1a".encode("utf-16-le"), "a\n"),
        ("Ó\u2019Dálaigh\n".encode("cp1252"), "Ó\u2019Dálaigh\n"),
    ],
)
def test_a_file_is_read_in_the_one_encoding_that_fits(content: bytes, text: str) -> None:
    assert text_of("a.csv", content)[0] == text


def test_words_that_depend_on_windows_encoding_are_shown_to_a_person() -> None:
    assert text_of("a.csv", WELSH.encode())[1] is None
    assert str(text_of("a.csv", ROWS.encode("cp1252"))[1]).endswith("right: Brontë, O\u2019Neill.")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "José\nSiân\n".encode() + "Zoë\n".encode("cp1252"),
            (
                'two encodings: line 1 (byte 4, C3) is in UTF-8 ("José"), '
                'and line 3 (byte 15, EB) is not ("Zoë")'
            ),
        ),
        (
            "Zoë\r".encode("cp1252") + "Müller\r".encode(),
            'line 2 (byte 6, C3) is in UTF-8 ("Müller"), and line 1 (byte 3, EB) is not ("Zoë")',
        ),
        (
            codecs.BOM_UTF8 + b"Zo\xeb\n",
            "line 1 (byte 6, EB): the file begins with the mark of UTF-8",
        ),
        (codecs.BOM_UTF16_LE + b"\0\xd8a", "the file begins with the mark of UTF-16"),
        ("Siân\n".encode("mac_roman"), '"Si‰n" is not a word'),
        ("Siân\n".encode("mac_roman"), 'in Mac Roman it says "Siân"'),
        ("José,Lee\n".encode("mac_roman"), 'in Mac Roman it says "José"'),
        ("Müller\n".encode("mac_roman"), 'in Mac Roman it says "Müller"'),
        ("Zoë\n".encode("mac_roman"), 'in Mac Roman it says "Zoë"'),
        ("Mr O\u2019Brien\n".encode("mac_roman"), "is not a word"),
        ("José\n".encode("cp850"), 'in the code page of DOS it says "José"'),
        ("François\n".encode("mac_roman"), "neither UTF-8 nor Windows-1252"),
        ("Wałęsa\n".encode("iso-8859-2"), "is not a word"),
        ("name\nLee\n".encode("utf-16-le"), "this is UTF-16 without its mark"),
        ("name\nLee\n".encode("utf-16-be"), "this is UTF-16 without its mark"),
        (b"name\nL\0ee\n", "line 2: there is a zero byte in the text"),
        (b"\x01\x02", "this is neither CSV nor a spreadsheet"),
    ],
)
def test_a_file_whose_encoding_is_not_proven_is_refused(content: bytes, said: str) -> None:
    assert said in refusal_of(lambda: text_of("a.csv", content))
