"""Which pages have the same skeleton."""

from __future__ import annotations

import pytest

from tests.journeys.skeleton import skeleton

PAGE = (
    '<main id="a"><h1 class="big">Oxford</h1><ul><li>one</li></ul><br><a href="/1">there</a></main>'
)


@pytest.mark.parametrize(
    ("of", "other"),
    [
        ("Oxford", "Camden &amp; Adur"),
        ("/1", "/2?page=3"),
        ('"a"', '"b"'),
        ("<li>one</li>", "<li>one</li> <li>two</li>\n<li>three</li>"),
        ("<br>", "<br />"),
    ],
)
def test_pages_that_differ_in_words_have_the_same_skeleton(of: str, other: str) -> None:
    assert skeleton(PAGE.replace(of, other)) == skeleton(PAGE)


@pytest.mark.parametrize(
    ("of", "other"),
    [
        ("big", "small"),
        (' class="big"', ""),
        ("Oxford", " "),
        ("h1", "h2"),
        (' href="/1"', ""),
        ("<li>one</li>", "<li><b>one</b></li>"),
        ("<br>", "<br><b></b>"),
        ("</main>", "</main><p>more</p>"),
    ],
)
def test_pages_that_are_built_otherwise_have_another(of: str, other: str) -> None:
    assert skeleton(PAGE.replace(of, other)) != skeleton(PAGE)
