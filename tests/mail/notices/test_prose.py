from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.notices import prose


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<chief@oxo.example>: unknown", ("chief@oxo.example",)),
        ("write to a.b@oxo.example, or c@oxo.example.", ("a.b@oxo.example", "c@oxo.example")),
        ("'userx@oxo.example' and userx@oxo.example", ("userx@oxo.example",)),
        ("dda:SMTP=userx@oxo.example; on Fri", ("userx@oxo.example",)),
        ("bounces+a=b.example@oxo.example", ("bounces+a=b.example@oxo.example",)),
        ("David...@oxo.example and python@david...", ()),
        ("@ a@ @b <@>", ()),
        ("x" * 100 + "@oxo.example", ("x" * 64 + "@oxo.example",)),
    ],
)
def test_addresses_are_found_in_text(text: str, expected: tuple[str, ...]) -> None:
    assert prose.addresses(text) == expected


@given(st.text(alphabet="ab.@-+ <>\n", max_size=300))
def test_what_is_found_stands_where_it_is_said_to(text: str) -> None:
    for each in prose.found(text):
        assert text[each.start : each.end] == each.address


def test_sentences_keep_their_words_on_one_line() -> None:
    assert prose.sentences("I have\nleft. Write to Jo!\n\nYours") == (
        "I have left.",
        "Write to Jo!",
        "Yours",
    )


def test_html_becomes_lines_without_what_nobody_sees() -> None:
    html = (
        "<html><head><style>p {x: y}</style><title>t</title></head>"
        "<p>Not&nbsp;delivered<br>to <b>a@oxo.example</b></p><script>x</script>"
    )
    assert prose.from_html(html).split("\n") == ["", "Not delivered", "to a@oxo.example", ""]


def test_html_that_never_closes_what_it_hides_ends_there() -> None:
    assert prose.from_html("<p>Gone<style>p {") == "\nGone"


def test_words_are_squeezed_for_comparison() -> None:
    assert prose.squeezed("The  User\u2019s\n mailbox ") == "the user's mailbox"


@pytest.mark.parametrize(
    "quote",
    [
        "From: Ombudsman <a@b.example>\nSent: 22 July 2020 09:00\nTo: Jo\n\nIt was undeliverable.",
        "*From:* Ombudsman\n*Sent:* 22 July\n\nIt was undeliverable.",
        "On 22 Jul 2020, at 09:00, Ombudsman wrote:\n> It was undeliverable.\n>",
        "On Wed, 22 Jul 2020 at 09:00, Ombudsman <a@b.example>\nwrote:\n\n> It was undeliverable.",
        "> It was undeliverable.",
    ],
)
def test_what_an_answer_quotes_is_not_its_own_words(quote: str) -> None:
    assert prose.own_words(f"Thank you.\n\n{quote}").strip() == "Thank you."
    assert prose.own_words("From: Jo\nTo: you\n\nOn this I wrote.") == (
        "From: Jo\nTo: you\n\nOn this I wrote."
    )
