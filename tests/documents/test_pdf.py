from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from dispatch.documents import pdf
from dispatch.domain.errors import CannotRender
from tests.documents.contents import TEMPLATES, a_content, source, templates_with
from tests.documents.test_check import LETTER


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    return PdfReader(io.BytesIO(LETTER.pdf))


def elements(node: Any) -> list[Any]:
    """Return every element of a structure tree in reading order."""
    node = node.get_object()
    children = node.get("/K", [])
    below = children if isinstance(children, list) else [children]
    nested = [
        each for child in below if hasattr(child.get_object(), "get") for each in elements(child)
    ]
    return [node, *nested] if "/S" in node else nested


def test_it_says_its_title_language_and_author(reader: PdfReader) -> None:
    assert reader.metadata is not None
    assert reader.metadata.title == "Annual Review letter 2020: Birmingham City Council"
    assert reader.metadata.author == "Michael King"
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "en-GB"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_its_headings_stand_in_order(reader: PdfReader) -> None:
    root: Any = reader.trailer["/Root"]
    tags = [each["/S"] for each in elements(root["/StructTreeRoot"])]
    headings = [tag for tag in tags if tag in {"/H1", "/H2", "/H3"}]
    assert headings == ["/H1", *["/H2"] * 4, *["/H3"] * 5]


def test_every_picture_is_described(reader: PdfReader) -> None:
    root: Any = reader.trailer["/Root"]
    described = [
        each.get("/Alt") for each in elements(root["/StructTreeRoot"]) if each["/S"] == "/Figure"
    ]
    assert described == [
        "Emblem of the Local Government and Social Care Ombudsman",
        "Signature of Michael King",
        "Doughnut chart: 60% of the complaints that we investigated in detail were upheld",
        "Doughnut chart: 98% of the compliance outcomes that we recorded were satisfactory",
        "Doughnut chart: 0% of the complaints that we upheld had been put right before",
    ]


def test_tables_have_heads_and_lists_have_items(reader: PdfReader) -> None:
    root: Any = reader.trailer["/Root"]
    tags = [each["/S"] for each in elements(root["/StructTreeRoot"])]
    assert tags.count("/Table") == 2
    assert tags.count("/TH") == 4
    assert tags.count("/LI") == 2


def test_its_pages_are_numbered(reader: PdfReader) -> None:
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page {number} of 3" in page.extract_text()


def test_the_signature_is_on_the_page_of_the_last_paragraph() -> None:
    bespoke = "\n\n".join(["A paragraph that fills the page. " * 6] * 5)
    for lines in range(4):
        content = a_content(bespoke=bespoke + "\n\nMore." * lines * 3)
        pages = PdfReader(io.BytesIO(TEMPLATES.render(content).pdf)).pages
        [page] = [text for text in (each.extract_text() for each in pages) if "sincerely" in text]
        assert "courses than in the year before" in " ".join(page.split())
        assert "Chair, Commission" in page


def failure(tmp_path: Path, typ: str) -> str:
    with pytest.raises(CannotRender) as caught:
        templates_with(tmp_path, letter_typ=typ).render(a_content())
    return str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        '#read("/etc/passwd")',
        '#read("../../etc/passwd")',
        '#image("/etc/passwd", alt: "a")',
        '#json("/proc/self/environ")',
        '#import "/etc/passwd": a',
    ],
)
def test_typst_can_read_no_file_of_the_machine(tmp_path: Path, line: str) -> None:
    said = failure(tmp_path, source("letter.typ") + line)
    assert re.match("annual-review: letter.typ[:,] line ", said)
    assert "root:" not in said


@pytest.mark.parametrize(
    "line",
    [
        '#import "@preview/cetz:0.3.4"',
        '#import ("@pre" + "view/cetz:0.3.4"): *',
        '#import/**/"@preview/cetz:0.3.4"',
        '#import "\\u{40}preview/cetz:0.3.4"',
        "#include name",
        '#include "logo.svg"',
        '#eval("imp" + "ort \\"@preview/cetz:0.3.4\\"")',
        '#dictionary(std).at("ev" + "al")("1")',
    ],
)
def test_typst_is_not_let_near_the_network(tmp_path: Path, line: str) -> None:
    said = failure(tmp_path, f"= A\n{line}")
    assert said.startswith("annual-review: letter.typ, line 2: ")
    assert said.endswith("is not allowed in letters")


def test_typst_files_may_import_each_other(tmp_path: Path) -> None:
    typ = '#import "lib.typ": shade\n' + source("letter.typ").replace('rgb("#f2f5f8")', "shade")
    templates_with(tmp_path, lib_typ="#let shade = white", letter_typ=typ).render(a_content())


def test_a_mistake_in_typst_is_named_by_its_line(tmp_path: Path) -> None:
    said = failure(tmp_path, "= A\n\n#nobody")
    assert said == "annual-review: letter.typ: line 3, column 2: unknown variable: nobody"


def test_a_mistake_in_an_imported_file_is_named_by_that_file(tmp_path: Path) -> None:
    with pytest.raises(
        CannotRender, match=r"letter\.typ: lib\.typ, line 2, column 2: unknown variable"
    ):
        templates_with(
            tmp_path, lib_typ="#let a = {\n nobody }", letter_typ='#import "lib.typ": a'
        ).render(a_content())


def test_a_picture_undescribed_in_typst_is_an_error(tmp_path: Path) -> None:
    said = failure(tmp_path, '#set document(title: "a")\n= A\n#image("logo.svg")')
    assert "PDF/UA-1 error: missing alt text" in said


def test_only_blocks_and_runs_are_put_on_paper() -> None:
    with pytest.raises(TypeError, match="not a part of a letter: object"):
        pdf.plain(object())


def test_lists_within_lists_have_marks_that_the_font_has(tmp_path: Path) -> None:
    nested = "::: head\n\n- one\n  - two\n    - three\n\n"
    letter = source("letter.md").replace("## Complaint statistics", nested.partition("\n\n")[2])
    rendered = templates_with(tmp_path, letter_md=letter).render(a_content())
    assert rendered.page_count
