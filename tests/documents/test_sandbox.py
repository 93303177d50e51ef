from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError
from markupsafe import Markup

from dispatch.documents import font
from dispatch.documents.markdown import part
from dispatch.documents.sandbox import (
    Prose,
    environment,
    escaped,
    framing,
    humanise,
    join_words,
    number,
    plural,
)
from dispatch.documents.text import to_text
from tests.documents.contents import flat

DRAWN = st.text(st.sampled_from(sorted(map(chr, font.characters()))), min_size=1)


def render(template: str, **values: Any) -> str:
    return environment({"a.md": template}).get_template("a.md").render(values)


def printed(markdown: str) -> str:
    return flat(to_text(part("body", markdown).blocks))


@given(DRAWN)
def test_any_name_prints_as_itself(value: str) -> None:
    assert printed(escaped(value)) == flat(value.replace("\u2011", "-"))


@given(DRAWN.filter(str.strip))
@pytest.mark.parametrize(
    "place",
    [
        "# {}",
        "- {}",
        "12\\. {}",
        "Dear {}",
        "{} again",
        "| a |\n|:--|\n| {} |",
        "[{}](https://a.example)",
    ],
)
def test_a_name_prints_as_itself_wherever_it_stands(place: str, value: str) -> None:
    assert flat(value.replace("\u2011", "-")) in printed(place.format(escaped(value)))


@given(st.text())
def test_no_value_makes_a_second_block_or_a_part(value: str) -> None:
    source = escaped(value)
    assert len(part("body", source).blocks) <= 1
    assert ":::" not in source


def test_values_are_escaped_once_even_through_a_macro() -> None:
    template = "{% macro bold(name) %}**{{ name }}**{% endmacro %}{{ bold(name) }}"
    assert render(template, name="A*B") == "**A\\*B**"


def test_prose_is_markdown_only_where_the_template_says_so() -> None:
    assert render("{{ a }}", a=Prose("*b*", "a plan")) == "\\*b\\*"
    assert render("{{ a | markdown }}", a=Prose("*b*", "a plan")) == "*b*"


def test_nobodys_name_can_be_markdown() -> None:
    with pytest.raises(TemplateError, match="only the mailout's own texts may be Markdown"):
        render("{{ a | markdown }}", a="*b*")


@pytest.mark.parametrize("value", [True, ["a"], ("a",), {"a": 1}, object(), 1.5])
def test_what_is_no_text_is_not_printed(value: object) -> None:
    with pytest.raises(TemplateError, match="cannot be printed"):
        render("{{ a }}", a=value)


def test_nothing_is_not_printed() -> None:
    with pytest.raises(TemplateError, match="a value that is printed here is empty"):
        render("{{ a }}", a=None)


def test_a_value_that_is_missing_is_named() -> None:
    with pytest.raises(TemplateError, match="'surname' is undefined"):
        render("{{ surname }}")


def test_the_html_frame_escapes_for_html() -> None:
    frames = framing(environment({"a.html": "{{ a }}{{ b }}"}))
    page = frames.get_template("a.html").render(a="A & <B>", b=Markup("<p>"))
    assert page == "A &amp; &lt;B&gt;<p>"


def test_filters_say_numbers_days_and_lists_in_english() -> None:
    assert render("{{ a | day }}", a=date(2020, 7, 22)) == "22 July 2020"
    assert number(1400) == "1,400"
    assert [plural(count, "case", "cases") for count in (0, 1, 2)] == ["cases", "case", "cases"]
    assert join_words(["London", "Bristol", "Leeds"]) == "London, Bristol and Leeds"
    assert join_words(["London"]) == "London"
    assert humanise("not_upheld") == "Not upheld"


def test_numbers_can_be_calculated_with() -> None:
    assert render("{{ a + 1 }} {{ a * 2 }} {{ a % 2 }} {{ -a }}", a=3) == "4 6 1 \\-3"


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ [].__class__ }}",
        "{{ a | attr('__class__') }}",
        "{{ a | map(attribute='__class__') | list }}",
        "{{ a.upper() }}",
        "{{ '{0.__class__}'.format(a) }}",
        "{{ '{0.__class__}' | format(a) }}",
        "{{ '%s' % a }}",
        "{{ a + a }}",
        "{{ a * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ a ~ a }}",
        "{{ a | safe }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum() }}",
        "{{ range(9) }}",
        "{{ number.__globals__ }}",
        "{{ values.update(b=1) }}",
        "{% include '/etc/passwd' %}",
        "{% include '../../pyproject.toml' %}",
        "{% import 'os' as os %}{{ os }}",
        "{% from '../secret.md' import it %}",
        "{% extends '/etc/hostname' %}",
        "{% include ['/etc/passwd', '/etc/hostname'] %}",
        "{{ context }}{{ environment }}",
    ],
)
def test_no_template_gets_out_of_its_folder(template: str) -> None:
    with pytest.raises(TemplateError):
        render(template, a="x", values={"a": 1})


def test_markup_cannot_be_joined_to_a_value_behind_the_escaping() -> None:
    template = "{% set b %}c{% endset %}{{ b.join([a]) }}"
    with pytest.raises(TemplateError, match="unsafe"):
        render(template, a="*")
