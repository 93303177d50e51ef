"""What a template may do, and how the values in it are escaped.

A template sees the files of its own folder, which are in memory, a dozen filters, and the
letter's content. It has no way to a file, the network or Python.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, NoReturn

from jinja2 import Environment, FunctionLoader, StrictUndefined, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from dispatch.domain.calendar import day_in_words

BUILT_IN: Final = ("capitalize", "default", "first", "last", "length", "lower", "upper")
"""The filters of Jinja that are let in; `safe` and `attr` are among those that are not."""

_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029)
_PLAIN: Final = dict.fromkeys(_CONTROLS, " ") | {0x2011: "-"}
"""Control characters and line separators become spaces; Lato has no non-breaking hyphen."""
_ESCAPES: Final = {ord(mark): f"\\{mark}" for mark in string.punctuation}


class Prose(str):
    """A text of the office's own, from the mailout: the one kind that may be Markdown."""

    __slots__ = ()


def plain(value: str) -> str:
    """Return a value as it will be printed: on one line, with single spaces, stripped."""
    return " ".join(part for part in value.translate(_PLAIN).split(" ") if part)


def escaped(value: str) -> Markup:
    """Return Markdown that prints as `value`: every ASCII punctuation mark gets a backslash."""
    return Markup(plain(value).translate(_ESCAPES))  # noqa: S704 - escaped for Markdown just here


def finalize(value: object) -> object:
    """Return what a template prints for a value; refuse one that is missing or no text."""
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


def number(value: int) -> str:
    """Return "1,400"."""
    return f"{value:,}"


def plural(count: int, one: str, many: str) -> str:
    """Return the word for `count` things; one is the only singular, nought is plural."""
    return one if count == 1 else many


def join_words(words: Sequence[str]) -> str:
    """Return "London, Bristol, Leeds and Birmingham"."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def humanise(name: str) -> str:
    """Return a column's name as words: "not_upheld" becomes "Not upheld"."""
    return name.replace("_", " ").strip().capitalize()


def markdown(value: object) -> Markup:
    """Let a text of the office's own be Markdown; anything else is refused."""
    if not isinstance(value, Prose):
        raise SecurityError("only the mailout's own texts may be Markdown")
    return Markup(value)  # noqa: S704 - the office wrote it, and HTML in it is shown as text


FILTERS: Final[Mapping[str, Callable[..., object]]] = {
    "day": day_in_words,
    "number": number,
    "plural": plural,
    "join_words": join_words,
    "humanise": humanise,
    "markdown": markdown,
}


class _Code(CodeGenerator):
    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> NoReturn:  # noqa: N802, ARG002
        # `~` escapes for HTML, so it would let a value past the escaping for Markdown.
        self.fail("texts are joined by writing them side by side, not by ~", node.lineno)


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without strings' methods, text arithmetic and any way out of the template's folder."""

    code_generator_class = _Code
    intercepted_binops = frozenset({"+", "*", "%", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ANN401
        """Refuse strings' methods besides what the sandbox refuses: `format` and `join` escape."""
        return not isinstance(obj, str) and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401
        """Let numbers be calculated with, and nothing else: Markup + text escapes for HTML."""
        if operator == "**" or not (isinstance(left, int) and isinstance(right, int)):
            raise SecurityError(f"only numbers can be calculated with, and not by {operator}")
        return super().call_binop(context, operator, left, right)


def environment(sources: Mapping[str, str]) -> Sandbox:
    """Return an environment for the Markdown templates among `sources`, by file name."""
    sandbox = Sandbox(
        # The name goes with the source so that an error can say in which file it is.
        loader=FunctionLoader(
            lambda name: (sources[name], name, None) if name in sources else None
        ),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sandbox.filters = {name: sandbox.filters[name] for name in BUILT_IN} | dict(FILTERS)
    sandbox.globals.clear()
    return sandbox


def framing(sandbox: Sandbox) -> Environment:
    """Return an environment for HTML that knows the same files: values are escaped for HTML."""
    return sandbox.overlay(finalize=None)
