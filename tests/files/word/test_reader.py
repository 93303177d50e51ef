from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.child import Failed
from dispatch.domain.errors import BadInput
from dispatch.files.word import package, reader
from dispatch.files.word.document import MARK, Document, Loss, Par, Rows
from tests.files.word.written import (
    char,
    code,
    control,
    docx,
    field,
    p,
    part,
    r,
    raw,
    simple,
    t,
    table,
)


def read(*body: str, **more: object) -> Document:
    return reader.document(docx("".join(body), **more))  # type: ignore[arg-type]


def shown(document: Document) -> list[str]:
    """Return each paragraph with its marks told: fields in braces, losses in brackets."""

    def told(found: str) -> str:
        number = int(found)
        if number in document.fields:
            return "{" + MARK.sub(lambda m: told(m[1]), document.fields[number].code) + "}"
        loss = document.losses[number]
        return f"[{loss.what}: {loss.words}]" if loss.words else f"[{loss.what}]"

    return [
        MARK.sub(lambda m: told(m[1]), each.text) if isinstance(each, Par) else "(table)"
        for each in document.blocks
    ]


@pytest.mark.parametrize(
    ("inner", "says"),
    [
        (
            field("MERGEF", "IELD Cou", "ncil \\* MERGEFORMAT"),
            "{MERGEFIELD Council \\* MERGEFORMAT}",
        ),
        (field("MERGEFIELD Council", result=""), "{MERGEFIELD Council}"),
        (simple("MERGEFIELD Council"), "{MERGEFIELD Council}"),
        (
            raw(
                '<w:fldChar w:fldCharType="begin"/><w:instrText>DATE</w:instrText>'
                '<w:fldChar w:fldCharType="separate"/><w:t>today</w:t>'
                '<w:fldChar w:fldCharType="end"/>'
            ),
            "{DATE}",
        ),
        (
            field("IF ", field("MERGEFIELD N"), ' = "1" "one ', field("MERGEFIELD A"), '" ""'),
            '{IF {MERGEFIELD N} = "1" "one {MERGEFIELD A}" ""}',
        ),
        (
            field("REF bookmark", result="the words"),
            "[the field REF, whose last result stays: REF bookmark]the words",
        ),
        (simple("SEQ Figure", "3"), "[the field SEQ, whose last result stays: SEQ Figure]3"),
        (field("HYPERLINK ", field("MERGEFIELD Web")), "{HYPERLINK {MERGEFIELD Web}}"),
        (
            control(r("Click"), alias="Council", properties="<w:showingPlcHdr/>"),
            '{CONTROL "Council" \\placeholder}',
        ),
        (control(r("words")), "words"),
        (f"<w:ins>{r('new')}</w:ins><w:moveTo>{r(' moved')}</w:moveTo>", "new moved"),
        (
            "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>",
            "[words that a tracked change deletes: old]",
        ),
        (f"<w:moveFrom>{r('gone')}</w:moveFrom>", "[words that a tracked change moves away: gone]"),
        (raw('<w:br w:type="page"/>'), "[a page break]"),
        (
            raw(
                f"{t('a')}<w:br/>{t('b')}<w:tab/>{t('c')}<w:cr/>{t('d')}<w:noBreakHyphen/>{t('e')}"
            ),
            "a\nb c\nd\u2011e",
        ),
        (raw('<w:sym w:font="Wingdings" w:char="F04A"/>'), "[a symbol: Wingdings F04A]"),
        (
            raw('<w:drawing><wp:inline><wp:docPr descr="Logo"/><a:blip/></wp:inline></w:drawing>'),
            "[a picture: Logo]",
        ),
        (raw("<w:pict><v:shape><v:imagedata/></v:shape></w:pict>"), "[a picture]"),
        (raw("<w:object/>"), "[a drawing]"),
        ("<m:oMath><m:t>x=1</m:t></m:oMath>", "[an equation: x=1]"),
        (r("secret", "<w:vanish/>"), "[hidden words: secret]"),
        (r("low", '<w:vertAlign w:val="subscript"/>'), "low[subscript words: low]"),
        (
            r("line", '<w:u w:val="single"/>') + r("no", '<w:u w:val="none"/>'),
            "lineno[underlining: line]",
        ),
        (
            "<w:new>" + t("unknown words") + "</w:new>",
            "[an element of Word (w:new): unknown words]",
        ),
        ("<w:smartTag>" + r("London") + "</w:smartTag>", "London"),
        (
            raw(
                "<mc:AlternateContent><mc:Choice><w:drawing><a:blip/></w:drawing></mc:Choice>"
                "<mc:Fallback><w:pict/></mc:Fallback></mc:AlternateContent>"
            ),
            "[a picture]",
        ),
    ],
)
def test_words_are_read_and_what_letters_cannot_have_is_marked(inner: str, says: str) -> None:
    assert shown(read(p("Words", inner))) == [f"Words{says}"]


def test_a_field_over_several_paragraphs_is_one() -> None:
    body = (
        p(char("begin"), code('IF 1 = 1 "a'))
        + p(code('b" "c"'), char("separate"), r("a"))
        + p(r("b"), char("end"), "after")
    )
    assert shown(read(body)) == ['{IF 1 = 1 "ab" "c"}', "after"]


def test_a_field_without_an_end_is_told() -> None:
    document = read(p("Words", char("begin"), code("MERGEFIELD X")), p(char("end"), char("end")))
    assert document.aside == (Loss(what="a field without an end", words="MERGEFIELD X"),) or [
        each.code for each in document.fields.values()
    ] == ["MERGEFIELD X"]


def test_headings_lists_and_styles_are_known() -> None:
    document = read(
        p("One", style="H1"),
        p("Two", style="Ours"),
        p("Said", style="Q"),
        p("item", number=(1, 0)),
        p("deeper", number=(1, 1)),
        p("first", number=(2, 0)),
        p(r("loud"), r("soft", '<w:b w:val="0"/>'), style="Bold"),
        p(r("e", '<w:rStyle w:val="Em"/>')),
    )
    pars = [each for each in document.blocks if isinstance(each, Par)]
    assert [each.heading for each in pars] == [1, 2, 0, 0, 0, 0, 0, 0]
    assert [(each.level, each.is_numbered) for each in pars[3:6]] == [
        (0, False),
        (1, False),
        (0, True),
    ]
    assert pars[5].list_id == "2"
    assert pars[2].is_quotation
    assert [each.is_bold for each in pars[6].words] == [True, False]
    assert pars[7].words[0].is_italic


def test_tables_links_notes_and_headers_are_read() -> None:
    merged = "<w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>" + p("wide") + "</w:tc>"
    document = read(
        table((p("a"), p("b")), (merged,)),
        p(
            f'<w:hyperlink r:id="l1">{r("site")}</w:hyperlink>',
            raw('<w:footnoteReference w:id="2"/>'),
        ),
        p(raw('<w:commentReference w:id="1"/>'), raw('<w:endnoteReference w:id="1"/>')),
        links={"l1": "https://www.lgo.example/"},
        parts={
            "word/footnotes.xml": part(
                "footnotes", f'<w:footnote w:id="2">{p("See below")}</w:footnote>'
            ),
            "word/endnotes.xml": part(
                "endnotes", f'<w:endnote w:id="1">{p("At last")}</w:endnote>'
            ),
            "word/comments.xml": part(
                "comments", f'<w:comment w:id="1" w:author="Ann">{p("Check")}</w:comment>'
            ),
            "word/header1.xml": part("hdr", p("Secret ", field("PAGE"), simple("DATE"))),
            "word/footer1.xml": part("ftr", p(raw("<w:drawing/>"))),
        },
        related={"h1": ("header", "header1.xml"), "f1": ("footer", "footer1.xml")},
    )
    grid = document.blocks[0]
    assert isinstance(grid, Rows)
    assert grid.rows[1][0].columns == 2
    link = document.blocks[1]
    assert isinstance(link, Par)
    assert link.words[0].link == "https://www.lgo.example/"
    assert shown(document)[1:] == [
        "site[a footnote: See below]",
        "[a comment: Ann: Check][an endnote: At last]",
    ]
    assert [each.what for each in document.aside] == ["the header", "the footer"]
    assert "Secret {PAGE}" in document.aside[0].words


def test_a_text_box_follows_its_paragraph_and_a_control_is_opened() -> None:
    box = "<w:drawing><w:txbxContent>" + p("In the box") + "</w:txbxContent></w:drawing>"
    document = read(
        p("Before", raw(box)),
        control(p("one") + p("two"), alias="Both"),
        control(p("alone"), alias="Council"),
        control(
            p("Contents 1"),
            properties='<w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj>',
        ),
        "<w:altChunk/>",
    )
    assert shown(document) == [
        "Before[a text box, whose words follow the paragraph]",
        "In the box",
        "one",
        "two",
        '{CONTROL "Council"}',
        "[a table of contents: Contents 1]",
        "[an embedded document]",
    ]


def packed(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return made.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)
BOMB = b'<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
XXE = b'<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
DOCUMENT = b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty"),
        (b"{\\rtf1 Dear", "a document in RTF"),
        (b"%PDF-1.7", "a PDF"),
        (b"Dear Sir", "not a document of Word"),
        (OLE + "WordDocument\0".encode("utf-16-le"), "a document of Word 97-2003 (.doc)"),
        (OLE + "EncryptedPackage\0".encode("utf-16-le"), "protected by a password"),
        (
            packed(mimetype=b"application/vnd.oasis.opendocument.text", content_xml=b"<x/>"),
            "OpenDocument",
        ),
        (packed(word__document_xml=b"<broken"), "cannot be read"),
        (packed(word__document_xml=BOMB + DOCUMENT + b"&b;</w:document>"), "document type"),
        (packed(word__document_xml=XXE + DOCUMENT + b"&a;</w:document>"), "document type"),
        (packed(word__document_xml=BOMB.decode().encode("utf-16")), "document type"),
        (
            packed(word__document_xml=DOCUMENT + b"<w:body><w:p/></w:body></w:document>"),
            "no words in it",
        ),
        (docx(p("a"), parts={"word/vbaProject.bin": b"x"}), "has macros in it (.docm)"),
        (docx(p("a"), parts={"word/styles.xml": BOMB}), "document type"),
        (packed(word__document_xml=b" " * (package.LARGEST_PART + 1)), "12 MB, the most"),
        (packed(word__document_xml=b"<a/>", word__x_xml=bytes(package.UNPACKED)), "100 MB"),
    ],
)
def test_any_other_file_is_refused_in_one_sentence(content: bytes, why: str) -> None:
    [said] = reader.answer(content)
    assert why in said["refused"]
    assert "\n" not in said["refused"]
    with pytest.raises(BadInput, match=r"letter\.docx: "):
        reader.taken("letter.docx", [said])


def test_a_child_that_dies_is_one_sentence() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        reader.taken("letter.docx", Failed(is_late=True))


def test_a_child_reads_it() -> None:
    document = reader.read("letter.docx", docx(p("Dear ", field("MERGEFIELD X"), style="H1")))
    assert shown(document) == ["Dear {MERGEFIELD X}"]


def test_depth_without_end_is_refused() -> None:
    deep = "<w:sdt><w:sdtContent>" * 4000 + p("x") + "</w:sdtContent></w:sdt>" * 4000
    [said] = reader.answer(docx(deep))
    assert "refused" in said or said["blocks"]


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Co"]), min_size=1, max_size=12
)
WRAPPED = [
    r,
    lambda words: f"<w:ins>{r(words)}</w:ins>",
    lambda words: f"<w:del><w:r>{t(words)}</w:r></w:del>",
    lambda words: f'<w:hyperlink w:anchor="x">{r(words)}</w:hyperlink>',
    lambda words: control(r(words), alias="Name"),
    lambda words: control(r(words)),
    lambda words: f"<w:other>{r(words)}</w:other>",
    lambda words: field(f"MERGEFIELD X{len(words)}", result=words),
    lambda words: field("REF y", result=words),
    lambda words: simple("SEQ z", words),
    lambda words: raw(f"<w:drawing><w:txbxContent>{p(r(words))}</w:txbxContent></w:drawing>"),
    lambda words: r(words, "<w:vanish/>"),
]


@given(st.lists(st.tuples(st.sampled_from(WRAPPED), WORDS), min_size=1, max_size=5))
def test_no_words_are_lost_in_silence(pieces: list[tuple[object, str]]) -> None:
    document = read(p("A", *(wrap(words) for wrap, words in pieces)))  # type: ignore[operator]
    told = [each.text for each in document.blocks if isinstance(each, Par)]
    told += [f"{each.code} {each.result}" for each in document.fields.values()]
    told += [f"{each.what} {each.words}" for each in (*document.losses.values(), *document.aside)]
    everything = "".join("".join(told).split())
    for _, words in pieces:
        assert "".join(words.split()) in everything
