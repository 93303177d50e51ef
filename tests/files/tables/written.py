"""Files made in memory, and what is wrong with them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import pytest
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from dispatch.domain.errors import BadInput

NO_FORMATS: Final[Mapping[str, str]] = {}


def csv_of(*rows: Sequence[object], delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(*rows: Sequence[object], formats: Mapping[str, str] = NO_FORMATS) -> bytes:
    """Return a workbook whose cells have the number formats given by column, such as D."""
    return xlsx_with({"Sheet": rows}, formats)


def xlsx_with(
    sheets: dict[str, Iterable[Sequence[object]]], formats: Mapping[str, str] = NO_FORMATS
) -> bytes:
    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([_formatted(sheet, at, value, formats) for at, value in enumerate(row)])
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


def _formatted(sheet: Any, at: int, value: object, formats: Mapping[str, str]) -> object:
    number_format = formats.get("ABCDEFGH"[at]) if at < len("ABCDEFGH") else None
    if number_format is None:
        return value
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = number_format
    return cell


def zip_of(parts: dict[str, bytes]) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stored.getvalue()


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def problems_of(read: Callable[[], object]) -> tuple[str, ...]:
    """Return the lines in which a file is refused."""
    with pytest.raises(BadInput) as refused:
        read()
    return refused.value.problems


def refusal_of(read: Callable[[], object]) -> str:
    """Return the whole message with which a file is refused."""
    with pytest.raises(BadInput) as refused:
        read()
    return str(refused.value)


def ods_of(*rows: str) -> bytes:
    """Return an ODS file of the rows given as XML, without their namespaces' declarations."""
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{names}><office:body><office:spreadsheet>"
        f'<table:table table:name="Sheet">{"".join(rows)}</table:table>'
        f"</office:spreadsheet></office:body></office:document-content>"
    )
    return zip_of(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": b'<?xml version="1.0"?><manifest:manifest xmlns:manifest='
            b'"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": content.encode(),
        }
    )


def ods_row(*cells: str, columns: int = 1, rows: int = 1) -> str:
    """Return a row whose cells, and which itself, are repeated as ODS does it."""
    repeated = "".join(
        f'<table:table-cell office:value-type="string" '
        f'table:number-columns-repeated="{columns}"><text:p>{cell}</text:p></table:table-cell>'
        for cell in cells
    )
    return f'<table:table-row table:number-rows-repeated="{rows}">{repeated}</table:table-row>'
