from __future__ import annotations

from dispatch.documents.markdown import part
from dispatch.documents.text import to_text


def said(source: str) -> str:
    return to_text(part("body", source).blocks)


def test_paragraphs_are_wrapped_at_76_columns() -> None:
    lines = said("word " * 40).splitlines()
    assert max(map(len, lines)) <= 76
    assert len(lines) == 3


def test_neither_long_words_nor_hyphens_are_broken() -> None:
    word = "Stoke-on-Trent-" * 20
    assert said(f"a {word} b") == f"a\n{word}\nb\n"


def test_line_breaks_are_kept() -> None:
    assert said("Mr A\\\nChief Executive") == "Mr A\nChief Executive\n"


def test_the_upper_headings_are_underlined() -> None:
    assert said("# a\n\n## bc\n\n### d\n\ne") == "a\n=\n\nbc\n--\n\nd\n\ne\n"


def test_a_link_is_shown_the_first_time() -> None:
    source = "[a](https://b.example), [again](https://b.example)"
    assert said(source) == "a <https://b.example>, again\n"


def test_a_link_that_says_its_address_is_not_said_twice() -> None:
    assert said("[https://a.example](https://a.example)") == "https://a.example\n"
    assert said("[a@b.example](mailto:a@b.example)") == "a@b.example\n"
    assert said("[us](mailto:a@b.example)") == "us <a@b.example>\n"


def test_lists_hang_from_their_marks() -> None:
    assert said("- a\n- b\n\n  c\n") == "- a\n- b\n  c\n"
    assert said("1. a\n2. b") == "1. a\n2. b\n"
    assert said("- " + "word " * 20).splitlines()[1].startswith("  word")


def test_numbers_in_a_table_stand_in_a_column() -> None:
    source = "| Subject | Complaints |\n|--|--|\n| Housing | 102 |\n| Other | 3 |"
    assert said(source).splitlines() == [
        "Subject  Complaints",
        "Housing         102",
        "Other             3",
    ]


def test_pictures_are_left_out() -> None:
    assert said("a\n\n![b](c.svg)\n\nd") == "a\n\nd\n"
