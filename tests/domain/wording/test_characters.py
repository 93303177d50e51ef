from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.wording.characters import escaped, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("550 5.1.1 no such user", "550 5.1.1 no such user"),
        ("Siân Ó Briain\n\t\u2019", "Siân Ó Briain\n\t\u2019"),
        ("\x1b]52;c;cm0=\x1b\\", "[U+001B]]52;c;cm0=[U+001B]\\"),
        ("\x9b2K\x07\r", "[U+009B]2K[U+0007][U+000D]"),
        ("verified\u202egnp.exe", "verified[U+202E]gnp.exe"),
        ("a\u2028b\u200bc\u2066", "a[U+2028]b[U+200B]c[U+2066]"),
        ("\ue000\U000e0041\ud800", "[U+E000][U+E0041][U+D800]"),
        ("信箱 \u0641", "信箱 \u0641"),
    ],
)
def test_what_acts_is_shown_by_its_code_point(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_that_is_shown_acts_and_what_is_escaped_is_read_as_the_same(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    written = escaped(json.dumps(text, ensure_ascii=False))
    assert json.loads(written) == text
    assert visible(written) == written
