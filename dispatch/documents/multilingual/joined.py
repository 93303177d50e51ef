"""The text, HTML and covering note of a letter in all its languages, in their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Final

from markupsafe import Markup, escape

from dispatch.documents.markdown import Part
from dispatch.documents.multilingual.version import Version
from dispatch.documents.pages import as_text
from dispatch.documents.text import WIDTH

Told = Callable[[Version], Sequence[Part]]
"""Which of the things that people read is meant."""


def title(versions: Sequence[Version]) -> str:
    """Return the subject of the email: in each language, and once if they are the same."""
    return " / ".join(dict.fromkeys(version.title for version in versions))


def text(versions: Sequence[Version], told: Told) -> str:
    """Return it as text, with a line between one language and the next."""
    between = "\n" + "_" * WIDTH + "\n\n"
    return between.join(as_text(told(version)) for version in versions)


def html(versions: Sequence[Version], frame: str, told: Told) -> str:
    """Return it as HTML in a frame of the template, each language marked as what it is."""
    first = versions[0]
    inner = [
        (name, between + marked)
        for version in versions
        for between, (name, marked) in zip(
            _between(version, first), _marked(version, told), strict=False
        )
    ]
    return first.pages.around(frame, title(versions), inner, language=first.language)


def _between(version: Version, first: Version) -> Iterator[Markup]:
    """Yield what stands before each part: a rule before the first of another language."""
    yield Markup() if version is first else RULE
    yield from repeat(Markup())


RULE: Final = Markup("<hr>\n")


def _marked(version: Version, told: Told) -> Iterator[tuple[str, Markup]]:
    for name, inner in version.pages.inner(told(version)):
        language = escape(version.language)
        yield name, Markup('<div lang="{}">\n{}</div>\n').format(language, inner)
