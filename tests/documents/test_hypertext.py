from __future__ import annotations

from dispatch.documents.hypertext import html
from dispatch.documents.markdown import part


def picture(source: str) -> str:
    return source


def said(source: str) -> str:
    return html(part("body", source), picture)


def test_words_become_html_and_html_becomes_words() -> None:
    assert said("a **b** <i>&") == "<p>a <strong>b</strong> &lt;i&gt;&amp;</p>\n"


def test_a_picture_is_part_of_the_page_and_described() -> None:
    assert said('![A "b"](c.svg)') == (
        '<p><img alt="A &quot;b&quot;" src="data:image/svg+xml;base64,Yy5zdmc="></p>\n'
    )


def test_table_heads_are_heads() -> None:
    assert "<th>a</th>" in said("| a |\n|--|\n| b |")
