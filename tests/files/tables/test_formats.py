from __future__ import annotations

import pytest

from dispatch.domain.errors import BadInput
from dispatch.files.tables import formats
from tests.files.tables.written import csv_of, ods_of, ods_row, xlsx_of, zip_of


def ole_of(stream: str) -> bytes:
    return formats.OLE + bytes(64) + f"{stream}\0".encode("utf-16-le")


LOCKED_ODS = {
    "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
    "content.xml": b"?",
    "META-INF/manifest.xml": b"<manifest:encryption-data/>",
}

TEXT_ODT = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ole_of("Workbook"), "a workbook of Excel 97-2003 (.xls); open it in Excel"),
        (ole_of("Book"), "a workbook of Excel 5 or 95 (.xls)"),
        (ole_of("EncryptedPackage"), "protected by a password; open it, take the password off"),
        (ole_of("WordDocument"), "a document of Word 97-2003 (.doc)"),
        (ole_of("Something"), "a file of Office 97-2003 or Outlook"),
        (b"\x09\x08\x10\0\0\x06\x05\0", "a workbook of an old Excel (.xls)"),
        (zip_of({"xl/workbook.bin": b"", "[Content_Types].xml": b""}), "(.xlsb); open it in Excel"),
        (zip_of({"Index/CalculationEngine-1.iwa": b""}), "Apple Numbers; in Numbers choose File"),
        (zip_of({"word/document.xml": b""}), "a document of Word (.docx)"),
        (zip_of({"ppt/presentation.xml": b""}), "a presentation of PowerPoint (.pptx)"),
        (
            zip_of({"contacts.csv": b"a"}),
            "a zip archive; unpack it, and import the file that is in",
        ),
        (zip_of({}), "a zip archive"),
        (zip_of(LOCKED_ODS), "protected by a password"),
        (zip_of(TEXT_ODT), "an OpenDocument file of another kind (text)"),
        (b"<html><body><table><tr><td>OXO", "a web page (HTML); open it in Excel"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html>", "a web page (HTML)"),
        (
            b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>',
            "XML of Excel",
        ),
        (b"<?xml version='1.0'?><contacts/>", "XML; put the table into a spreadsheet"),
        (b"MIME-Version: 1.0\r\n", "a web page or message in one file"),
        (b"%PDF-1.7", "a PDF; put the table into a spreadsheet"),
        (b"{\\rtf1", "a document in RTF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\x1f\x8b\x08", "a compressed file; unpack it first"),
        (b'[{"authority": "OXO"}]', "JSON; write it as CSV"),
        (b"BEGIN:VCARD\r\n", "a file of vCards"),
        (b"From: a@b.example\r\n", "an email"),
        (b"\0\x01\0\0Standard Jet DB", "a database of Access"),
    ],
)
def test_a_file_that_is_not_a_table_is_named_for_what_it_is(content: bytes, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        formats.check("contacts.xls", content)

    assert str(refused.value).startswith("contacts.xls: this is ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_plan_is_named_with_the_command_that_takes_it() -> None:
    with pytest.raises(BadInput, match="the plan of a mailout; take it in with: dispatch mailout"):
        formats.check("plan.toml", b'name = "a"')


@pytest.mark.parametrize(
    "content",
    [
        csv_of(["name"], ["Oxford"]),
        csv_of(["ID", "Place"], ["1", "Oxford"], delimiter=";"),
        b"name\n<b>\n",
        xlsx_of(["name"]),
        ods_of(ods_row("name")),
        b"PK\x03\x04 and nothing of a zip",
    ],
)
def test_a_table_is_left_to_its_reader(content: bytes) -> None:
    formats.check("a.csv", content)
