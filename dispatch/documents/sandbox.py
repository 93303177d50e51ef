"""What a template may do, and how the values in it are escaped.

A template can use the files of its own folder, which are in memory, a dozen filters, and the
letter's content. It cannot reach the disk, the network or Python.

A value is escaped where it is printed. What was printed into a text (a block that was set, a macro,
a call, a filter's block) stays escaped, because such a text can only be printed, passed on, or put
into capitals or small letters as a whole: nothing cuts it, joins it or fills it in.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache, wraps
from html.parser import HTMLParser
from typing import Any, Final, NoReturn, Self, TypeVar, cast

from jinja2 import (
    Environment,
    FunctionLoader,
    StrictUndefined,
    Undefined,
    meta,
    nodes,
    pass_context,
    pass_environment,
)
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from dispatch.documents import marks
from dispatch.documents.wording.branches import Recorded, through
from dispatch.domain.calendar import day_in_words
from dispatch.domain.errors import CannotRender

BUILT_IN: Final = ("capitalize", "default", "first", "last", "length", "lower", "upper")
"""The only filters of Jinja that are allowed; so `safe` and `attr` are not."""

_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_PLAIN: Final = dict.fromkeys(_CONTROLS, " ") | {0x2011: "-"}
"""Control characters and line separators become spaces; Lato has no non-breaking hyphen."""
_ESCAPES: Final = {ord(mark): f"\\{mark}" for mark in string.punctuation}


class Prose(str):
    """A text that the office wrote in the mailout's plan. Only such a text may be Markdown."""

    __slots__ = ("place",)

    place: str
    """Where the office wrote it, for a complaint about it."""

    def __new__(cls, text: str, place: str) -> Self:
        prose = super().__new__(cls, text)
        prose.place = place
        return prose


def plain(value: str) -> str:
    """Return a value as it will be printed: on one line, with single spaces, stripped."""
    return " ".join(part for part in value.translate(_PLAIN).split(" ") if part)


@lru_cache(maxsize=2048)
def escaped(value: str) -> Markup:
    """Return Markdown that prints as `value`: every ASCII punctuation mark gets a backslash.

    Cached, because a letter has its names and figures in several places.
    """
    return Markup(plain(value).translate(_ESCAPES))  # noqa: S704 - escaped for Markdown here


def finalize(value: object) -> object:
    """Return what a template prints for a value; refuse a value that is missing or is not text."""
    match value:
        case Markup():
            return value
        case Undefined():
            return str(value)  # raises, and says what is missing
        case None:
            raise TemplateRuntimeError("a value that is printed here is empty")
        case bool() | Mapping() | list() | tuple():
            raise TemplateRuntimeError(f"{value!r} cannot be printed")
        case str() | int() | date():
            return escaped(str(value))
        case _:
            raise TemplateRuntimeError(f"a {type(value).__name__} cannot be printed")


Whole = TypeVar("Whole")


@pass_environment
def _printed(sandbox: Environment, value: object) -> Markup:
    """Escape what a filter of a block gives back: Jinja takes that for escaped already."""
    return escape(sandbox.finalize(value) if sandbox.finalize else value)


def _whole(value: Whole) -> Whole:
    """Refuse to take a text apart that values were printed into: it would lose backslashes."""
    if isinstance(value, Markup):
        raise SecurityError("a text that was put together cannot be taken apart")
    return value


def number(value: int) -> str:
    """Return "1,400"."""
    return f"{value:,}"


def in_words(value: int) -> str:
    """Return "three" for 3; a number above ten in figures."""
    return WORDS[value] if 0 <= value < len(WORDS) else number(value)


WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def plural(count: int, one: str, many: str) -> str:
    """Return the word for `count` things: `one` for 1, `many` for any other number and for 0."""
    return one if count == 1 else many


def join_words(words: Sequence[str]) -> str:
    """Return "London, Bristol, Leeds and Birmingham"."""
    *others, last = map(_whole, _whole(words))
    return f"{', '.join(others)} and {last}" if others else last


def ordinal(value: int) -> str:
    """Return "1st"."""
    from dispatch.documents.languages import formats  # noqa: PLC0415 - CLDR takes 50 ms

    return formats.ordinal(value, ENGLISH)


def humanise(name: str) -> str:
    """Return a column's name as words: "not_upheld" becomes "Not upheld"."""
    return _whole(name).replace("_", " ").strip().capitalize()


def markdown(value: object) -> Markup:
    """Let a text that the office wrote be Markdown; refuse any other value.

    Raises `CannotRender` for a mark in it that would print as it is typed.
    """
    if not isinstance(value, Prose):
        raise SecurityError("only the mailout's own texts may be Markdown")
    marks.refuse(value, value.place)
    return Markup(value)  # noqa: S704 - the office wrote it, and HTML in it is shown as text


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "day": day_in_words,
    "number": number,
    "in_words": in_words,
    "ordinal": ordinal,
    "plural": plural,
    "join_words": join_words,
    "humanise": humanise,
    "markdown": markdown,
}


@pass_context
def _took(context: Context, place: str) -> None:
    cast("Sandbox", context.environment).took.add(place)


@pass_context
def _kept(context: Context, value: Whole, place: str) -> Whole:
    _took(context, place)
    return value


INTERNAL: Final[Mapping[str, Callable[..., object]]] = {
    "(printed)": _printed,
    "(whole)": _whole,
    "(took)": _took,
    "(kept)": _kept,
}
"""Filters that the code generator applies. No template can write their names."""


def _of_whole(taking: Callable[..., object]) -> Callable[..., object]:
    @wraps(taking)
    def of_whole(sandbox: Environment, value: object) -> object:
        return taking(sandbox, _whole(value))

    return of_whole


def _guard(tree: nodes.Template) -> None:
    """Have each text checked where a template would take it apart or a filter would make it."""
    blocks: list[nodes.FilterBlock | nodes.AssignBlock] = []
    blocks += [*tree.find_all(nodes.FilterBlock), *tree.find_all(nodes.AssignBlock)]
    for block in blocks:
        if block.filter is not None:
            block.filter = through("(printed)", block.filter, block.lineno)
    for loop in tree.find_all(nodes.For):
        loop.iter = through("(whole)", cast("nodes.Expr", loop.iter), loop.lineno)
    for item in tree.find_all(nodes.Getitem):
        item.node = through("(whole)", item.node, item.lineno)


class _Code(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> NoReturn:  # noqa: N802, ARG002
        # `~` escapes for HTML, so a value would skip the escaping for Markdown.
        self.fail("write texts side by side to join them; ~ is not allowed", node.lineno)

    def visit_ScopedEvalContextModifier(  # noqa: N802
        self,
        node: nodes.ScopedEvalContextModifier,
        frame: Frame,  # noqa: ARG002
    ) -> NoReturn:
        self.fail("values are always escaped; autoescape is not allowed", node.lineno)


CALLED: Final = frozenset({"get", "items", "keys", "values"})
"""The only methods of built-in types that a template may call: those by which a dict is read."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without methods of strings, arithmetic on text, or access outside the template."""

    code_generator_class = _Code
    intercepted_binops = frozenset({"+", "*", "%", "**"})
    took: set[str]
    """The branches that were taken since it was last emptied."""
    recorded: dict[str, Recorded]
    """The branches of each file that was compiled."""
    in_words: list[int]
    """The numbers that were said in words since it was last emptied."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _guard(tree)
        if name and name.endswith(".md"):
            self.recorded[name] = Recorded(name, source, tree)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401
        """Refuse whatever a string has: Jinja hands out `format` before it asks what is safe."""
        if isinstance(obj, str):
            return self.unsafe_undefined(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401
        """Refuse `text["format"]` as `text.format`; a character by its number is a value."""
        if isinstance(obj, str) and not isinstance(argument, int):
            return self.unsafe_undefined(obj, str(argument))
        return super().getitem(obj, argument)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401
        """Refuse methods of built-in types: `(1).to_bytes(10 ** 9)` takes all memory."""
        if attr in getattr(type(obj), "__dataclass_fields__", ()):
            # A letter's content: Jinja's own look takes ten times as long, and says the same.
            return not attr.startswith("_")
        if type(obj).__module__ in {"builtins", "datetime"} and callable(value):
            return isinstance(obj, Mapping) and attr in CALLED
        return super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Allow arithmetic on numbers only, because Markup + text would escape for HTML."""
        if operator == "**" or not (isinstance(left, int) and isinstance(right, int)):
            raise SecurityError(f"{operator} is only for numbers, and ** is not allowed at all")
        return super().call_binop(context, operator, left, right)


def environment(
    sources: Mapping[str, str], language: str = "", called: Mapping[str, str] | None = None
) -> Sandbox:
    """Return an environment for the Markdown templates among `sources`, by file name.

    `called` is what their files are called where that differs, and `language` the one that they
    are in, if letters are in several.
    """
    files = called or {}
    sandbox = Sandbox(
        # The name goes with the source so that an error can name the file.
        loader=FunctionLoader(
            lambda name: (sources[name], files.get(name, name), None) if name in sources else None
        ),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    own = {name: sandbox.filters[name] for name in BUILT_IN}
    own |= {name: _of_whole(own[name]) for name in ("first", "last")}
    sandbox.in_words = []
    sandbox.filters = own | dict(FILTERS) | _of_language(sandbox, language) | dict(INTERNAL)
    sandbox.globals.clear()
    sandbox.took, sandbox.recorded = set(), {}
    return sandbox


def _of_language(sandbox: Sandbox, language: str) -> dict[str, Callable[..., object]]:
    """Return the filters that say things as a language does; none where there is but one."""
    if not language:
        return {}
    from dispatch.documents.languages import formats  # noqa: PLC0415 - CLDR takes 50 ms

    def noted(value: int) -> str:
        if language != ENGLISH or not 0 <= value < len(WORDS):
            return formats.number(value, language)
        sandbox.in_words.append(value)
        return WORDS[value]

    own = dict(formats.filters(language))
    joined = own["join_words"]
    own["join_words"] = lambda words: joined([*map(_whole, _whole(words))])
    return {**own, "in_words": noted}


ENGLISH: Final = "en"
"""The language in which a number can be put into words: in others it is in figures, for a word
would need the gender of what it counts."""


def framing(sandbox: Sandbox) -> Environment:
    """Return an environment for HTML that knows the same files: values are escaped for HTML."""
    return sandbox.overlay(finalize=None)


_CODE: Final = re.compile(
    r"\{#.*?#\}|\{%[-+]?\s*(?P<printing>include|call)\b.*?%\}|\{%.*?%\}|\{\{(?P<value>.*?)\}\}",
    re.DOTALL,
)
_STANDS_FOR_A_VALUE: Final = "value-of-7d1c"
_IN_QUOTES: Final = re.compile(r"""=\s*(?:"[^"]*"|'[^']*')""")


class _Places(HTMLParser):
    """Finds values where escaping for HTML is not enough: it guards text and quoted attributes."""

    def __init__(self, name: str, *, is_under_policy: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._name = name
        self._is_under_policy = is_under_policy

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Refuse a value in the name of a tag or an attribute, outside quotes, or in code."""
        acting = any(
            _STANDS_FOR_A_VALUE in (value or "") and self._acts(tag, name, value or "")
            for name, value in attrs
        )
        outside = _IN_QUOTES.sub("=", self.get_starttag_text() or "")
        if acting or _STANDS_FOR_A_VALUE in outside:
            self._refuse(f"<{tag}>")

    def _acts(self, tag: str, name: str, value: str) -> bool:
        if tag in FETCHING or name in ACTING or name.startswith("on"):
            return True
        return name in LINKS and not self._is_under_policy and bool(_SCHEME.match(value))

    def handle_data(self, data: str) -> None:
        """Refuse a value in a script or a style."""
        if self.cdata_elem and _STANDS_FOR_A_VALUE in data:
            self._refuse(f"<{self.cdata_elem}>")

    def _refuse(self, where: str) -> NoReturn:
        raise CannotRender(
            f"{self._name}, line {self.getpos()[0]}: a value stands in {where} where it could act: "
            "put it into text, or into an attribute in quotation marks"
        )


ACTING: Final = frozenset({"style", "srcdoc"})
"""Attributes, beside `onclick` and the like, whose values are code."""

FETCHING: Final = frozenset(
    {"animate", "base", "embed", "frame", "iframe", "link", "object", "script", "set"}
)
"""Tags that change the page, or show or run what they name."""

LINKS: Final = frozenset({"action", "formaction", "href", "xlink:href"})
"""Attributes that run code if their value begins with `javascript:`."""

_SCHEME: Final = re.compile(rf"[\0- ]*(?:{_STANDS_FOR_A_VALUE}|javascript:|data:)", re.IGNORECASE)


def refuse_acting(
    name: str,
    source: str,
    trusted: frozenset[str] = frozenset(),
    *,
    is_under_policy: bool = False,
) -> None:
    """Raise `CannotRender` if a value in HTML stands where it could act, unless it is `trusted`.

    Under a policy of the page's own no link runs code, so that it may be a value from its start.
    """

    def instead(found: re.Match[str]) -> str:
        value = found["value"]
        is_value = value is not None and value.strip() not in trusted
        is_value = is_value or found["printing"] is not None
        return (_STANDS_FOR_A_VALUE if is_value else "") + "\n" * found[0].count("\n")

    places = _Places(name, is_under_policy=is_under_policy)
    places.feed(_CODE.sub(instead, source))
    places.close()


def names(sandbox: Environment, sources: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the names that templates take from their values, and which of them may be missing.

    Those are the ones whose presence some template asks for: `{% if training is defined %}`.
    Raises `TemplateSyntaxError`.
    """
    trees = [sandbox.parse(source) for source in sources]
    used = {name for tree in trees for name in meta.find_undeclared_variables(tree)}
    asked_for = {
        test.node.name
        for tree in trees
        for test in tree.find_all(nodes.Test)
        if test.name in {"defined", "undefined"} and isinstance(test.node, nodes.Name)
    }
    defaulted = {
        each.node.name
        for tree in trees
        for each in tree.find_all(nodes.Filter)
        if each.name == "default" and isinstance(each.node, nodes.Name)
    }
    return used, used & (asked_for | defaulted)
