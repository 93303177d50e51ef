from __future__ import annotations

import pytest

from dispatch.documents.pages import Pages
from dispatch.domain.errors import CannotRender

FRAME = b"<title>{{ title }}</title>{% for name, html in parts %}{{ html }}{% endfor %}"
LONG = "word " * 40


def mail(source: str, **values: object) -> tuple[str, str, str]:
    files = {"a.md": source.encode(), "mail.html": FRAME, "photo.jpeg": b"\xff"}
    return Pages(files).mail("a.md", "mail.html", values)


def test_a_mail_has_a_subject_and_both_forms() -> None:
    subject, text, html = mail(
        "::: subject\n\n{{ what }}:\n*now*\n\n::: note\n\n**So** it is.", what="<A>"
    )
    assert subject == "<A>: now"
    assert text == "So it is.\n"
    assert html == "<title>&lt;A&gt;: now</title><p><strong>So</strong> it is.</p>\n"


def test_its_lines_end_where_the_writer_ends_them() -> None:
    _, text, _ = mail(f"::: subject\n\nA\n\n::: note\n\n- {LONG}\\\n  dispatch run {LONG}")
    assert [len(line) > 150 for line in text.splitlines()] == [True, True]
    assert text.splitlines()[1].startswith("  dispatch run word")


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("text", r"a\.md: text before the first part"),
        ("{{ nobody }}", r"a\.md, line 1: 'nobody' is undefined"),
        ("::: a\n![A](b.svg)", r"a\.md: there is no picture b\.svg"),
    ],
)
def test_what_is_wrong_is_told_with_its_file(source: str, problem: str) -> None:
    with pytest.raises(CannotRender, match=problem):
        mail(source)
