from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.documents.markdown import PARSER, part
from dispatch.documents.sandbox import environment
from dispatch.files.plan.plan import read_plan
from dispatch.files.shipped import shipped
from dispatch.files.word import reader
from dispatch.letters.wording import from_word
from dispatch.letters.wording.escaping import at_start, comment, escaped, is_broken, joined
from dispatch.letters.wording.from_word import Taken
from dispatch.letters.wording.merge_fields import Vocabulary, condition, identifier, read, tokens
from tests.files.word.written import control, docx, field, p, r, raw, simple, table

PLAN = read_plan(shipped("config") / "mailouts/annual-review-2020.toml").plan
WORDS = Vocabulary(PLAN)


def taken(*body: str, **more: object) -> Taken:
    made = docx("".join(body), **more)  # type: ignore[arg-type]
    return from_word.taken(reader.document(made), PLAN, "letter.docx")


def body_of(*paragraphs: str) -> str:
    """Return what stands in the body of a letter that has a greeting and an ending."""
    found = taken(p("Dear Sir"), p("Title", style="H1"), *paragraphs, p("Yours faithfully"))
    return found.markdown.partition("# Title\n\n")[2].partition("\n\n::: signature")[0].strip()


UPHELD: Final = (
    '{% for box in boxes if box.key == "upheld" and box.percent is not none %}'
    "{{ box.percent }}{% endfor %}"
)


@pytest.mark.parametrize(
    ("paragraph", "written"),
    [
        (p(r("bold", "<w:b/>"), r(" it ", "<w:i/>"), "plain"), "**bold** *it* plain"),
        (p(r("both", "<w:b/><w:i/>")), "***both***"),
        (p("a * b_c [d] `e` <f> |"), "a \\* b\\_c \\[d\\] \\`e\\` \\<f> \\|"),
        (p("# 1"), "\\# 1"),
        (p("1. one"), "1\\. one"),
        (p("- one"), "\\- one"),
        (p("::: body"), "\\::: body"),
        (p("{{ x }} {% y %}"), "{\\{ x }\\} {\\% y %\\}"),
        (p("it\u2019s “so” and\u00a0there\u2011by"), "it\u2019s “so” and\u00a0there-by"),
        (p(r("a"), raw("<w:br/>"), r("b")), "a\\\nb"),
        (p("Said", style="Q"), "> Said"),
        (p(field("MERGEFIELD Council")), "{{ authority.official_name }}"),
        (p(field("MERGEFIELD upload_date")), "{{ upload_date | day }}"),
        (p(field("MERGEFIELD Courses")), "{{ courses | number }}"),
        (p(field("MERGEFIELD Seminar_Places")), "{{ seminar_places | join_words }}"),
        (p(field("MERGEFIELD Council \\* Upper")), "{{ authority.official_name | upper }}"),
        (
            p(field('MERGEFIELD Group \\b "in " \\f "!"')),
            "{% if group %}in {{ group }}!{% endif %}",
        ),
        (p("«Council» and <<Ward Name>>"), "{{ authority.official_name }} and {{ ward_name }}"),
        (p(r("«Cou"), r("ncil»", "<w:b/>")), "{{ authority.official_name }}"),
        (p(field("DATE")), "{{ letter_date | day }}"),
        (p(field("GREETINGLINE")), "{{ addressee.salutation }}"),
        (p(control(r("x"), alias="Council")), "{{ authority.official_name }}"),
        (p(control(r("some words"), alias="Unheard")), "some words"),
        (p(simple("DOCPROPERTY Client", "Acme")), "Acme"),
        (p(simple("TITLE", "")), "{{ title }}"),
        (
            p(field("IF ", field("MERGEFIELD Courses"), ' > 1 "many" "one"')),
            "{% if courses > 1 %}many{% else %}one{% endif %}",
        ),
        (
            p(
                field(
                    "IF ",
                    field("MERGEFIELD Group"),
                    ' = "District Council" "d ',
                    field("MERGEFIELD Year"),
                    '"',
                )
            ),
            '{% if group == "District Council" %}d {{ year }}{% endif %}',
        ),
        (p(field("IF ", field("MERGEFIELD Group"), ' <> "" "g" ""')), "{% if group %}g{% endif %}"),
        (
            p(field("IF ", field("MERGEFIELD Group"), ' = "" "g" ""')),
            "{% if not group %}g{% endif %}",
        ),
        (
            p(field("IF ", field("MERGEFIELD Own"), ' = "Y" "a" "b"')),
            '{% if own == "Y" %}a{% else %}b{% endif %}',
        ),
        (p(field("PAGE")), "{# Word: field PAGE: «old» #}"),
        (
            p(field("MERGEFIELD Upheld_Rate")),
            UPHELD,
        ),
        (table((p("a"), p("b|")), (p("1"), p("2"))), "| a | b\\| |\n| -- | -- |\n| 1 | 2 |"),
        (table((p("alone"),), (p("below"),)), "alone\n\nbelow"),
        (
            p("one", number=(1, 0)) + p("in", number=(1, 1)) + p("two", number=(1, 0)),
            "- one\n  - in\n- two",
        ),
        (
            p("one", number=(2, 0)) + p("two", number=(2, 0)) + p("x", number=(1, 0)),
            "1. one\n2. two\n- x",
        ),
        (p("one", number=(2, 0)) + p("in", number=(1, 1)), "1. one\n   - in"),
    ],
)
def test_words_of_word_become_markdown(paragraph: str, written: str) -> None:
    assert body_of(paragraph) == written


def test_the_parts_of_a_letter_are_found() -> None:
    found = taken(
        p(field("DATE")),
        p(field("MERGEFIELD Chief_Executive")),
        p("Dear ", field("MERGEFIELD Salutation")),
        p("We publish on ", field("MERGEFIELD Upload_Date")),
        p("Yours sincerely"),
        p("A. Person"),
    )
    head, body, signature = (
        found.markdown.partition(f"::: {name}\n\n")[2].partition("\n\n:::")[0]
        for name in ("head", "body", "signature")
    )
    assert head.startswith("![Emblem")
    assert head.endswith("\n\n{{ addressee.addressee }}\n\n{{ addressee.salutation }}")
    assert body == "# {{ title }}\n\nWe publish on {{ upload_date | day }}"
    assert signature.startswith("Yours sincerely\n\n{% if signatory.signature %}")
    assert signature.rstrip().endswith("A. Person")
    assert found.report.to_do == [
        (
            "the letter must say the name of the authority that it goes to: write "
            "{{ addressed_to.official_name }} where it belongs"
        )
    ]


def test_without_a_greeting_the_head_is_the_usual_one() -> None:
    found = taken(p("Words alone"))
    assert "{{ addressee.salutation }}" in found.markdown
    assert [each[:12] for each in found.report.to_do[:2]] == ["no greeting ", "no ending (Y"]


def test_what_nobody_knows_is_listed_with_what_is_near() -> None:
    found = taken(p("In the ward ", field("MERGEFIELD Councl"), " and ", field("MERGEFIELD Title")))
    councl, title = found.report.unknown
    assert (councl.field, councl.written) == ("Councl", "{{ councl }}")
    assert "authority.official_name" in councl.meant
    assert councl.near.startswith("In the ward")
    assert title.meant == ("title", "addressee.honorific", "addressee.title")


@pytest.mark.parametrize(
    ("paragraph", "what"),
    [
        (p(f'<w:hyperlink r:id="l1">{r("here")}</w:hyperlink>'), "a link to ftp://x.example"),
        (p(field("IF 1 = 1 a")), "a condition (IF)"),
        (p(field("IF ", field("MERGEFIELD Year"), ' = "20*" "a" "b"')), "a condition (IF)"),
        (p(field("IF ", field("MERGEFIELD Upheld_Rate"), ' > 5 "a" "b"')), "a condition (IF)"),
        (p(field("NEXT")), "the field NEXT"),
        (p("smile \U0001f600"), "characters that the letters' font lacks"),
        (p("a", number=(2, 0)) + p("words") + p("b", number=(2, 0)), "numbers that went on"),
        (table((p("a") + p("b"), p("c"))), "paragraphs in a cell"),
        (table((p("a"), p("b")), (p("c"),)), "rows of a table that are shorter"),
        (
            table(
                (f"<w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>{p('w')}</w:tc>",),
                (p("1"), p("2")),
            ),
            "merged cells",
        ),
        (table((p("alone"),)), "a table of one column"),
    ],
)
def test_what_markdown_cannot_say_is_named(paragraph: str, what: str) -> None:
    found = taken(p("Dear Sir"), paragraph, links={"l1": "ftp://x.example"})
    assert any(each.what.startswith(what) for each in found.report.lost), found.report.lost


def test_a_merged_cell_keeps_the_columns_below_in_place() -> None:
    tall = "<w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>" + p("tall") + "</w:tc>"
    more = "<w:tc><w:tcPr><w:vMerge/></w:tcPr>" + p() + "</w:tc>"
    said = body_of(table((p("a"), p("b")), (tall, p("1")), (more, p("2"))))
    assert said == "| a | b |\n| -- | -- |\n| tall | 1 |\n|  | 2 |"


def test_a_heading_does_not_skip_a_level() -> None:
    found = taken(p("One", style="H1"), p("Deep", style="H2"), p("Dear Sir"))
    assert "# One" in found.markdown
    assert body_of(p("Two", style="Ours")) == "## Two"


def test_bold_that_cannot_stand_is_left_out_and_named() -> None:
    found = taken(p("Dear Sir"), p("a", r("(b)", "<w:b/>"), "c"))
    assert "a(b)c" in found.markdown
    assert any("bold or italic" in each.what for each in found.report.lost)


VISIBLE = st.text(
    st.one_of(
        st.sampled_from(" *_`[]<>{}%#|~=\\-+.)(!&;:/1a"),
        st.characters(min_codepoint=33, max_codepoint=0x24F),
    ),
    min_size=1,
    max_size=30,
).filter(lambda text: text == " ".join(text.split()) and not set(text) & set("\u00ad\u0085\u00a0"))


@given(VISIBLE)
def test_words_print_as_they_are(text: str) -> None:
    written = at_start(escaped(text))
    made = environment({"letter.md": written}).get_template("letter.md").render()
    blocks = part("body", made).blocks
    assert [getattr(each, "runs", None) for each in blocks] == [blocks[0].runs]  # type: ignore[union-attr]
    assert "".join(run.text for run in blocks[0].runs) == text  # type: ignore[union-attr]
    assert not is_broken(written)
    assert PARSER.options["html"] is False


def test_codes_are_taken_apart() -> None:
    code = read('MERGEFIELD "Ward Name" \\* Upper \\b "in " \\@ "d MMMM"')
    assert (code.kind, code.name) == ("MERGEFIELD", "Ward Name")
    assert code.switches == {"*": "Upper", "b": "in ", "@": "d MMMM"}
    assert read("").name == ""
    assert [each.text for each in tokens('a “b c” "d \\"e\\""')] == ["a", "b c", 'd "e"']
    assert condition("IF x") is None
    assert (identifier("1st for"), identifier("if"), identifier("")) == (
        "field_1st_for",
        "if_",
        "field",
    )
    assert WORDS.find("council NAME")
    assert WORDS.find("title") is None
    assert comment("a #} b {# c") == "{# Word: a # } b { # c #}"
    assert joined(["a", "", "{% endif %}", "b"]) == "a\n\n{% endif %}\n\n\nb"
