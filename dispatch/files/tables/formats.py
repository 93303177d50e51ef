"""Recognise files that are not tables that we read, and say what they are and what to do.

A file is known by its content: suffixes are often wrong, and programs write HTML under `.xls`.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.files.disk import MEBIBYTE

EXCEL: Final = "open it in Excel or LibreOffice and save it as .xlsx"
TABLE: Final = "put the table into a spreadsheet, and save that as .xlsx or CSV"
EXPORT: Final = "export it as CSV (UTF-8)"

BEGINNINGS: Final = (
    (rb"%PDF-", "a PDF", TABLE),
    (rb"\{\\rtf", "a document in RTF", TABLE),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0\0\0\0|II\*\0|MM\0\*", "a picture", TABLE),
    (rb"\x1f\x8b|7z\xbc\xaf\x27\x1c|Rar!|BZh|\xfd7zXZ", "a compressed file", "unpack it first"),
    (rb"[\x09]\x00[\x04\x06]\x00|\x09[\x02\x04\x08]", "a workbook of an old Excel (.xls)", EXCEL),
    (rb"\0\0\x1a\0|\0\0\x02\0\x06\x04", "a worksheet of Lotus 1-2-3", EXCEL),
    (rb"\0\x01\0\0Standard (?:Jet|ACE)", "a database of Access", EXPORT),
    (rb"SQLite format 3\0", "a database of SQLite", EXPORT),
    (rb"PAR1\x15", "a Parquet file", EXPORT),
    (rb"ID;P[A-Z]{1,4}[;\r\n]", "a SYLK file", EXCEL),
    (rb"TABLE\r?\n0,1\r?\n", "a DIF file", EXCEL),
    (rb"\s*MIME-Version:", "a web page or message in one file (MHTML)", EXCEL),
    (rb"(?:From|Subject|Received|Return-Path|Delivered-To|Message-ID): ", "an email", TABLE),
    (rb"\s*BEGIN:VCARD", "a file of vCards", EXPORT),
    (rb"\s*BEGIN:VCALENDAR", "a calendar", TABLE),
    (rb"\s*<\?xml.{,2000}?<\?mso-application progid=\"Excel", "XML of Excel 2003", EXCEL),
    (rb"\s*(?:<\?xml.{,2000}?)?<(?:\w+:)?Workbook\b", "XML of Excel 2003", EXCEL),
    (rb"\s*(?:<\?xml.{,2000}?)?<office:document\b", "a flat OpenDocument file", EXCEL),
    (
        (
            rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{,2000}?-->\s*)*"
            rb"(?i:<(?:!doctype\s+html|html|head|body|table|meta|style|div|script)\b)"
        ),
        "a web page (HTML)",
        EXCEL,
    ),
    (rb"\s*<(?:\?xml|!DOCTYPE|\w+[\s>/])", "XML", TABLE),
    (rb"\s*[\[{]\s*[\[{\"]", "JSON", "write it as CSV (UTF-8)"),
)
"""How a file begins that is not a table, after any mark: what it is, and what to do."""

OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The container of Office 97-2003, and of files with a password."""

LOCKED: Final = (
    "protected by a password; open it, take the password off (File, Info, Protect), and save it"
)

IN_OLE: Final = (
    ("EncryptedPackage", LOCKED, ""),
    ("Workbook", "a workbook of Excel 97-2003 (.xls)", EXCEL),
    ("Book", "a workbook of Excel 5 or 95 (.xls)", EXCEL),
    ("WordDocument", "a document of Word 97-2003 (.doc)", TABLE),
    ("PowerPoint Document", "a presentation of PowerPoint 97-2003 (.ppt)", TABLE),
    ("__properties_version1.0", "a message of Outlook (.msg)", "save what is attached to it"),
)
"""Streams in that container: what the file is, and what to do."""

ZIP: Final = b"PK\x03\x04"
EMPTY_ZIP: Final = b"PK\x05\x06"

IN_ZIP: Final = (
    (r"EncryptedPackage|encrypted-package", LOCKED, ""),
    (r"xl/workbook\.bin", "a binary workbook of Excel (.xlsb)", EXCEL),
    (
        r"Index/CalculationEngine.*\.iwa",
        "a spreadsheet of Apple Numbers",
        "in Numbers choose File, Export To, Excel (.xlsx) or CSV",
    ),
    (r"(.*/)?Index/.*\.iwa|(.*/)?Index\.zip|index\.apxl", "a document of an Apple program", TABLE),
    (r"word/document\.xml", "a document of Word (.docx)", TABLE),
    (r"ppt/presentation\.xml", "a presentation of PowerPoint (.pptx)", TABLE),
    (r"META-INF/MANIFEST\.MF", "a Java archive", TABLE),
)
"""Names of files in a zip: what the whole is, and what to do."""

WORKBOOK: Final = re.compile(r"(\[Content_Types\]\.xml|_rels/\.rels|content\.xml|mimetype)")

OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument."

SPREADSHEET: Final = "spreadsheet"

MANIFEST: Final = "META-INF/manifest.xml"

MARK: Final = b"\xef\xbb\xbf"


def check(name: str, content: bytes) -> None:
    """Raise `BadInput` with what a file is and what to do, if it is known not to be a table."""
    is_text = not content.startswith((OLE, ZIP, EMPTY_ZIP))
    if is_text and name.casefold().endswith(".toml"):
        what, remedy = "the plan of a mailout", "take it in with: dispatch mailout new FILE"
    else:
        what, remedy = _known(content)
    if what:
        raise BadInput(f"{name}: this is {what}; {remedy}".rstrip("; "))


def what_it_is(content: bytes) -> str:
    """Return what a file is that is known not to be a table; nothing for any other."""
    return _known(content)[0]


def _known(content: bytes) -> tuple[str, str]:
    if content.startswith(OLE):
        return _in_ole(content)
    if content.startswith((ZIP, EMPTY_ZIP)):
        return _in_zip(content)
    return _by_beginning(content.removeprefix(MARK)[:BEGINNING])


BEGINNING: Final = 4096

NOTHING: Final = ("", "")


def _by_beginning(content: bytes) -> tuple[str, str]:
    for pattern, what, remedy in BEGINNINGS:
        if re.match(pattern, content, re.DOTALL):
            return what, remedy
    return NOTHING


def _in_ole(content: bytes) -> tuple[str, str]:
    for stream, what, remedy in IN_OLE:
        # Names of streams are in UTF-16 and padded with zeros.
        if f"{stream}\0".encode("utf-16-le") in content:
            return what, remedy
    return "a file of Office 97-2003 or Outlook", EXCEL


def _in_zip(content: bytes) -> tuple[str, str]:
    with (
        suppress(zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError),
        zipfile.ZipFile(BytesIO(content)) as archive,
    ):
        parts = archive.infolist()
        names = [part.filename for part in parts]
        for pattern, what, remedy in IN_ZIP:
            if any(re.fullmatch(pattern, each) for each in names):
                return what, remedy
        if any(part.flag_bits & ENCRYPTED for part in parts):
            return LOCKED, ""
        if not any(WORKBOOK.fullmatch(each) for each in names):
            return _archive(names)
        return _open_document(archive, names)
    return NOTHING


ENCRYPTED: Final = 1


def _archive(names: Iterable[str]) -> tuple[str, str]:
    files = [each for each in names if not each.endswith("/")]
    listed = f": {files[0]}" if len(files) == 1 else ""
    return "a zip archive", f"unpack it, and import the file that is in it{listed}"


def _open_document(archive: zipfile.ZipFile, names: Iterable[str]) -> tuple[str, str]:
    """Say what an OpenDocument file is, unless it is a spreadsheet that can be read."""
    if MANIFEST in names and b"encryption-data" in _part(archive, MANIFEST):
        return LOCKED, ""
    if "mimetype" not in names:
        return NOTHING
    kind = _part(archive, "mimetype").decode("latin-1").strip()
    if kind.startswith(OPEN_DOCUMENT) and not kind.startswith(f"{OPEN_DOCUMENT}{SPREADSHEET}"):
        return f"an OpenDocument file of another kind ({kind.rpartition('.')[2]})", TABLE
    return NOTHING


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(MEBIBYTE)
