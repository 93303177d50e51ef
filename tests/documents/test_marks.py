from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.documents import marks
from dispatch.domain.errors import CannotRender
from tests.documents.contents import a_content, flat, source, templates_with

PRINTS_AS_TYPED = [
    ("More in the note[^1].", "[^1]"),
    ("[^1]: Our report.", "[^1]:"),
    ("- [ ] a task", "[ ]"),
    ("- [x] done", "[x]"),
    ("~~struck~~", "~~"),
    ("<b>bold</b>", "<b>"),
    ("a <!-- remark", "<!--"),
    ("`code`", "`code`"),
    ("```", "```"),
    ("==marked==", "==marked=="),
    ("---", "---"),
    ("Heading\n======", "======"),
    ("#Heading", "#"),
    ("**bold", "**"),
    ("** bold **", "**"),
    ("*italic", "*"),
    ("__bold", "__"),
    ("[words][1]", "[words][1]"),
    ("[1]: https://a.example", "[1]:"),
    ("[words](a b)", "](a b)"),
    ("| a | b |", "| a | b |"),
    ("a\n\n2. b", "2."),
    ("> said[^2]", "[^2]"),
    ("| a |\n|--|\n| ~~b~~ |", "~~"),
]


@pytest.mark.parametrize(("written", "mark"), PRINTS_AS_TYPED)
def test_a_mark_that_would_print_as_typed_is_found(written: str, mark: str) -> None:
    found = marks.left(written)
    assert found
    assert found[1] == mark


@pytest.mark.parametrize(
    "written",
    [
        "**bold** and *italic* and _italic_ and [words](https://a.example)",
        "# Heading\n\n- a\n- b\n\n1. a\n2. b\n\n> a quotation\n> in two lines",
        "| a | b |\n|:--|--:|\n| 1 | 2 |",
        r"a note\[^1], \~~waves\~~, \<b>, \*a star and \`code\`",
        "5 * 3, costs*, R&D; 3 < 5 > 4, snake_case, C#, a - b --- c, & &amp;",
        "<https://a.example> <team@a.example>",
        "![a chart](chart:57)",
    ],
)
def test_words_and_marks_that_letters_have_are_let_through(written: str) -> None:
    assert marks.left(written) is None


def test_what_the_office_wrote_about_one_authority_is_named_with_its_line(tmp_path: Path) -> None:
    content = a_content(bespoke="First.\n\n> Quoted.\n\nA note[^1].")
    with pytest.raises(CannotRender, match=r'OXO\.md, line 5: "\[\^1\]" would print as it is'):
        templates_with(tmp_path).render(content)


def test_a_templates_own_words_are_named_with_their_line(tmp_path: Path) -> None:
    text = source("letter.md").replace("Please share it", "Please ~~share~~ it")
    line = text.split("~~")[0].count("\n") + 1
    with pytest.raises(CannotRender, match=rf'letter\.md, line {line}: "~~" would print'):
        templates_with(tmp_path, letter_md=text).render(a_content())


def test_data_prints_as_it_is(tmp_path: Path) -> None:
    content = a_content(title="Letter ~~2020~~ [^1] <b>")
    assert "Letter ~~2020~~ [^1] <b>" in flat(templates_with(tmp_path).render(content).text)


def test_a_quotation_is_set_apart_in_every_form(tmp_path: Path) -> None:
    made = templates_with(tmp_path).render(a_content(bespoke="We said:\n\n> Two lines\n> of it."))
    assert "We said:\n\n    Two lines of it.\n" in made.text
    assert "<blockquote>\n<p>Two lines\nof it.</p>\n</blockquote>" in made.html
    assert b"/BlockQuote" in made.pdf


def test_a_text_longer_than_any_letter_is_refused_unread() -> None:
    said = "a plan: it has 100,001 characters, and 100,000 are the most"
    with pytest.raises(CannotRender, match=said):
        marks.refuse("[" * 100_001, "a plan")
    with pytest.raises(CannotRender, match="characters"):
        marks.refuse_in_template("[" * 100_001, "letter.md")
