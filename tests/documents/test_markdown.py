from __future__ import annotations

from itertools import product
from typing import Final

import pytest

from dispatch.documents.blocks import (
    Block,
    Grid,
    Heading,
    Items,
    Paragraph,
    Picture,
    Quotation,
    Run,
)
from dispatch.documents.hypertext import html
from dispatch.documents.markdown import PARSER, part, parts
from dispatch.domain.errors import CannotRender


def blocks(source: str) -> list[Block]:
    return list(part("body", source).blocks)


def test_a_letter_is_cut_into_its_parts_by_name() -> None:
    found = list(parts("\n::: head\n\na\n\n::: body\n\nb\n"))
    assert [(each.name, each.blocks) for each in found] == [
        ("head", (Paragraph((Run("a"),)),)),
        ("body", (Paragraph((Run("b"),)),)),
    ]


def test_text_before_the_first_part_is_an_error() -> None:
    with pytest.raises(CannotRender, match=r"before the first part \(::: name\): Dear"):
        list(parts("Dear\n::: body\n"))


def test_words_keep_their_style() -> None:
    assert blocks("a **b *c*** [d](https://e.example)\\\nf\ng") == [
        Paragraph(
            (
                Run("a "),
                Run("b ", strong=True),
                Run("c", strong=True, emphasis=True),
                Run(" "),
                Run("d", link="https://e.example"),
                Run("\n"),
                Run("f g"),
            )
        )
    ]


def test_strong_within_strong_is_no_error() -> None:
    assert blocks("****a****") == [Paragraph((Run("a", strong=True),))]


def test_headings_keep_their_level() -> None:
    assert blocks("## a") == [Heading(2, (Run("a"),))]


def test_lists_may_be_numbered_and_nested() -> None:
    inner = Items(is_numbered=False, items=((Paragraph((Run("b"),)),),))
    assert blocks("1. a\n   - b") == [
        Items(is_numbered=True, items=((Paragraph((Run("a"),)), inner),))
    ]


def test_tables_have_a_head_and_rows() -> None:
    assert blocks("| a | b |\n|--|--|\n| c | d |\n| e | |") == [
        Grid(
            head=((Run("a"),), (Run("b"),)),
            rows=(((Run("c"),), (Run("d"),)), ((Run("e"),), ())),
        )
    ]


def test_a_picture_stands_alone() -> None:
    assert blocks("![A *ring*](chart:57)") == [Picture("chart:57", "A ring")]
    with pytest.raises(CannotRender, match=r"the picture a\.svg must be in a paragraph by itself"):
        blocks("text ![a](a.svg)")


def test_a_picture_without_a_description_is_an_error() -> None:
    with pytest.raises(CannotRender, match=r"the picture a\.svg has no description"):
        blocks("![](a.svg)")


@pytest.mark.parametrize(
    "address", ["http://a.example", "javascript:alert(1)", "file:///etc/passwd", "logo.svg"]
)
def test_a_link_to_anything_but_https_or_mailto_is_an_error(address: str) -> None:
    with pytest.raises(CannotRender, match="is neither https nor mailto"):
        blocks(f"[a]({address})")


@pytest.mark.parametrize(
    "source", ["<b>a</b>", "`a`", "---a", "[a]: https://b.example", "<!-- a -->"]
)
def test_what_letters_do_not_know_prints_as_it_is_typed(source: str) -> None:
    assert blocks(source) == [Paragraph((Run(source),))]


def test_a_quotation_is_a_block_of_blocks() -> None:
    assert blocks("> a\n>\n> - b\n\nc") == [
        Quotation(
            (Paragraph((Run("a"),)), Items(is_numbered=False, items=((Paragraph((Run("b"),)),),)))
        ),
        Paragraph((Run("c"),)),
    ]


STANDING: Final = (
    "# a",
    "words\nand **more** words",
    "**bold** words",
    "![ring](chart:57)",
    "- one\n- two",
    "- one\n\n- two",
    "- one\n\n  more of it",
    "1. one\n   - within",
    "> said",
    "| a | b |\n|--|--|\n| c | d |",
    "\\* no list",
    "   indented",
)
"""Every kind of block, as it stands between others."""


@pytest.mark.parametrize("between", ["\n\n", "\n \t\n\n"])
@pytest.mark.parametrize("first", STANDING)
def test_what_is_parsed_in_pieces_is_what_is_parsed_as_a_whole(first: str, between: str) -> None:
    for second, third in product(STANDING, repeat=2):
        source = between.join(["", first, second, third, ""])
        assert html(part("body", source), str) == PARSER.render(source, {"pictures": str})


@pytest.mark.parametrize("empty", ["\n", " \n", "\t \n"])
def test_very_many_empty_lines_are_looked_at_once(empty: str) -> None:
    """To begin at each of them anew takes a quarter of an hour."""
    blocks = part("body", "words" + 300_000 * empty + "1. one").blocks
    assert [type(each) for each in blocks] == [Paragraph, Items]


def test_words_that_letters_share_are_parsed_once() -> None:
    first, second = (part("body", f"Dear {name}\n\nAs ever,\n\n- a\n") for name in ("A", "B"))
    shared = set(map(id, first.pieces)) & set(map(id, second.pieces))
    assert [len(first.pieces), len(shared)] == [2, 1]
