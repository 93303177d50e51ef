from __future__ import annotations

import string
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError
from markupsafe import Markup

from dispatch.documents import font
from dispatch.documents.blocks import Paragraph, Run
from dispatch.documents.markdown import part
from dispatch.documents.sandbox import (
    Prose,
    environment,
    escaped,
    framing,
    humanise,
    join_words,
    number,
    plain,
    plural,
    refuse_acting,
)
from dispatch.documents.text import to_text
from dispatch.domain.errors import CannotRender
from tests.documents.contents import flat

FILES = {"other.md": "{{ v }}", "macros.md": "{% macro shown(x) %}{{ x }}{% endmacro %}"}
"""What the templates below can include and import."""

MOVED = (
    "{{ v }}",
    "{% set x = v %}{{ x }}",
    "{% set x %}{{ v }}{% endset %}{{ x }}",
    "{% set x %}{{ v }}{% endset %}{% set y %}{{ x }}{% endset %}{{ y }}",
    "{% if v %}{% set x | default(v, true) %}{% endset %}{{ x }}{% endif %}",
    "{% filter default(v, true) %}{% endfilter %}",
    "{% filter default('', true) | default(v, true) %}{% endfilter %}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(v) }}",
    "{% macro m(x=v) %}{{ x }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ caller(v) }}{% endmacro %}{% call(x) m() %}{{ x }}{% endcall %}",
    "{% macro m() %}{% set x = caller() %}{{ x }}{% endmacro %}{% call m() %}{{ v }}{% endcall %}",
    "{% macro m() %}{{ varargs[0] }}{% endmacro %}{{ m(v) }}",
    "{% macro m() %}{{ kwargs.x }}{% endmacro %}{{ m(x=v) }}",
    "{% for x in [v] %}{{ x }}{% endfor %}",
    "{% for x in (v,) if x %}{{ loop.cycle(x) }}{% endfor %}",
    "{% for x in v %}{{ x }}{% endfor %}",
    "{% for key, x in {'a': v}.items() %}{{ x }}{% endfor %}",
    "{{ {'a': v}['a'] }}",
    "{{ {v: 1}.keys() | first }}",
    "{{ [v] | first }}",
    "{{ [v] | join_words }}",
    "{{ v[:] }}",
    "{{ nothing | default(v) }}",
    "{{ v if v else 'x' }}",
    "{{ v and v }}",
    "{{ 1 | plural(v, 'x') }}",
    "{% include 'other.md' %}",
    "{% from 'macros.md' import shown %}{{ shown(v) }}",
    "{% import 'macros.md' as m %}{{ m.shown(v) }}",
    "{% block b %}{{ v }}{% endblock %}",
    "{% with x = v %}{{ x }}{% endwith %}",
    "{% if v is string %}{{ v }}{% endif %}",
)
"""Ways in which a template can move a value before it prints it."""

REFUSED = (
    "{% set m %}{}{% endset %}{{ m.format(v) }}",
    "{% set m %}{x}{% endset %}{{ m.format_map({'x': v}) }}",
    "{% set m %}{}{% endset %}{{ m['format'](v) }}",
    "{% set m %}%s{% endset %}{{ m % v }}",
    "{% set m %}{% endset %}{{ m + v }}",
    "{% set m %}{% endset %}{{ m ~ v }}",
    "{% set m %}{% endset %}{{ m.join([v]) }}",
    "{% set m %}x{% endset %}{{ m.replace('x', v) }}",
    "{% set m %}{{ v }}{% endset %}{{ m.unescape() }}",
    "{% set m %}{{ v }}{% endset %}{{ m.striptags() }}",
    "{% set m %}a{{ v }}{% endset %}{{ m[2:] }}",
    "{% set m %}a{{ v }}{% endset %}{{ m[-1] }}",
    "{% set m %}a{{ v }}{% endset %}{{ m | last }}",
    "{% set m %}a{{ v }}{% endset %}{% for x in m %}{{ x }}{% endfor %}",
    "{% set m %}a_{{ v }}{% endset %}{{ m | humanise }}",
    "{% set m %}{{ v }}{% endset %}{{ [m] | join_words }}",
    "{% set m %}{{ v }}{% endset %}{{ m | markdown }}",
    "{% filter last %}a{{ v }}{% endfilter %}",
    "{% filter humanise %}a_{{ v }}{% endfilter %}",
    "{% set m | last %}a{{ v }}{% endset %}{{ m }}",
    "{% autoescape false %}{{ v }}{% endautoescape %}",
    "{{ v | safe }}",
    "{{ [v] | join }}",
    "{{ [v] | map('upper') | first }}",
    "{{ [v] | batch(1) | first }}",
    "{{ '%s' | format(v) }}",
    "{% set ns = namespace(x=v) %}{{ ns.x }}",
)
"""Ways that would lose the escaping, or whose outcome cannot be told."""

CASES: Final[dict[str, Callable[[str], str]]] = {
    "{{ v | upper }}": str.upper,
    "{{ v | lower }}": str.lower,
    "{{ v | capitalize }}": str.capitalize,
    "{% set x %}{{ v }}{% endset %}{{ x | upper }}": str.upper,
    "{% set x | upper %}{{ v }}{% endset %}{{ x }}": str.upper,
    "{% filter upper | lower %}{{ v }}{% endfilter %}": lambda value: value.upper().lower(),
}

HOSTILE = (
    "*Mit* **b** [x](https://evil.example) ![x](logo.svg) <b>&lt;/b>",
    "# h",
    "> q",
    "- i",
    "1. i",
    "| a | b |",
    "::: note",
    "{{ 7 * 7 }}{% raw %}{#",
    "#eval(1) $x$ @y <z> `r` _e_ = h // c /* c */ \\*",
    "\r\nBcc: a@b.example",
    "\\",
    "_a_",
    "\u00a0\u2003x\u00a0",
)

DRAWN = st.text(st.sampled_from(sorted(map(chr, font.characters()))), min_size=1)


def render(template: str, **values: Any) -> str:
    return environment({**FILES, "a.md": template}).get_template("a.md").render(values)


def printed(markdown: str) -> str:
    return flat(to_text(part("body", markdown).blocks))


@given(DRAWN)
def test_any_name_prints_as_itself(value: str) -> None:
    assert printed(escaped(value)) == flat(value.replace("\u2011", "-"))


def shown_plainly(markdown: str) -> str:
    """Return what is printed, all in one paragraph without a style, with single spaces."""
    (paragraph,) = part("body", markdown).blocks
    assert isinstance(paragraph, Paragraph)
    assert {replace(run, text="") for run in paragraph.runs} == {Run("")}
    return flat(to_text([paragraph]))


VALUES = st.one_of(st.sampled_from(HOSTILE), DRAWN.filter(plain))


@settings(max_examples=10, deadline=None)
@given(VALUES)
@pytest.mark.parametrize("moved", MOVED)
def test_a_value_prints_as_itself_however_a_template_moves_it(moved: str, value: str) -> None:
    shown = shown_plainly(f"begins{render(moved, v=value)}ends")
    assert shown.replace(" ", "") == flat(f"begins{plain(value)}ends").replace(" ", "")


@settings(max_examples=10, deadline=None)
@given(VALUES)
@pytest.mark.parametrize("moved", CASES)
def test_a_value_in_other_letters_is_no_more_markup_than_it_was(moved: str, value: str) -> None:
    shown = shown_plainly(f"begins{render(moved, v=value)}ends").replace(" ", "")
    expected = CASES[moved](plain(value))
    assert shown.casefold() == flat(f"begins{expected}ends").replace(" ", "").casefold()


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("moved", REFUSED)
def test_what_would_take_a_value_apart_is_an_error_of_the_template(moved: str, value: str) -> None:
    with pytest.raises((TemplateError, TypeError)):
        render(moved, v=value)


def test_no_letter_turns_into_punctuation_when_it_is_raised_or_lowered() -> None:
    for character in map(chr, range(sys.maxunicode + 1)):
        if character.upper() != character or character.lower() != character:
            changed = {*character.upper(), *character.lower()} - {character}
            assert not changed & {*string.punctuation, *string.whitespace}


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
        "{{ (1).to_bytes(1000000000, 'big') }}",
        "{{ day.strftime('%999999999d') }}",
        "{{ values.__class__ }}{{ values.copy() }}",
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
        render(template, a="x", values={"a": 1}, day=date(2020, 7, 22))


def test_markup_cannot_be_joined_to_a_value_behind_the_escaping() -> None:
    template = "{% set b %}c{% endset %}{{ b.join([a]) }}"
    with pytest.raises(TemplateError, match="unsafe"):
        render(template, a="*")


@pytest.mark.parametrize(
    "source",
    [
        "<a title={{ a }}>x</a>",
        "<a\n {{ a }}>x</a>",
        "<{{ a }}>",
        "<a title='x' class=b{{ a }}>x</a>",
        "<a onclick='{{ a }}'>x</a>",
        '<a style="color: {{ a }}">x</a>',
        '<iframe srcdoc="{{ a }}"></iframe>',
        "<script>let a = '{{ a }}'</script>",
        "<style>\n/* {{ a }} */</style>",
        '<a href="{{ a }}">x</a>',
        '<form action=" {{ a }}"></form>',
        '<a href="javascript:{{ a }}">x</a>',
        '<svg><a xlink:href="{{ a }}">x</a></svg>',
        '<script src="/{{ a }}"></script>',
        '<iframe src="https://a.example/{{ a }}"></iframe>',
        '<base href="https://a.example/{{ a }}">',
        "<script>{% include 'other.md' %}</script>",
        "<style>{%- call(x) m(a) -%}{% endcall %}</style>",
    ],
)
def test_html_takes_no_value_where_it_could_act(source: str) -> None:
    with pytest.raises(CannotRender, match=r"a\.html, line \d: a value stands in <.*> where it"):
        refuse_acting("a.html", source)


def test_html_takes_values_in_text_and_in_quoted_attributes() -> None:
    refuse_acting(
        "a.html",
        '{# <a title={{ a }}> #}<p {% if a %}class="a {{ a }}"{% endif %}>{{ a }}</p>'
        "<style>{{ known }}</style><title>{{ a }}</title>{% include 'other.md' %}"
        '<a href="https://a.example/{{ a }}">x</a><img src="{{ a }}">',
        frozenset({"known"}),
    )
    refuse_acting("a.html", '<a href="{{ a }}">x</a>', is_under_policy=True)


@pytest.mark.parametrize(
    "moved",
    [
        "{{ v }}",
        "{% filter default(v, true) %}{% endfilter %}",
        "{% if v %}{% set x | default(v, true) %}{% endset %}{{ x }}{% endif %}",
    ],
)
def test_the_html_frame_escapes_a_value_however_it_is_moved(moved: str) -> None:
    frames = framing(environment({"a.html": moved}))
    assert frames.get_template("a.html").render(v="<b>&") == "&lt;b&gt;&amp;"


@pytest.mark.parametrize(
    "moved",
    [
        "{% autoescape false %}{{ v }}{% endautoescape %}",
        "{% set m %}{}{% endset %}{{ m.format(v) }}",
        "{% set m %}{{ v }}{% endset %}{{ m[4:] }}",
    ],
)
def test_the_html_frame_refuses_what_would_lose_the_escaping(moved: str) -> None:
    with pytest.raises(TemplateError):
        framing(environment({"a.html": moved})).get_template("a.html").render(v="<b>&")
