"""One template: its files in memory, compiled, and what they make of a letter's content.

`letter.md`, `measures.md`, `email.md` and `resend.md` are Markdown with values; `letter.html` and
`email.html` frame what they become, and `letter.typ` lays the letter out on paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import PurePath
from traceback import walk_tb
from typing import Any, Final

from jinja2 import TemplateError, TemplateSyntaxError
from markupsafe import Markup

from dispatch.documents import pdf
from dispatch.documents.blocks import Picture
from dispatch.documents.chart import charted, doughnut
from dispatch.documents.font import undrawable
from dispatch.documents.hypertext import html
from dispatch.documents.markdown import Part, parts
from dispatch.documents.sandbox import Prose, environment, framing, plain
from dispatch.documents.text import to_text
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content, Rendered
from dispatch.domain.resending import Resending

LETTER: Final = ("letter.md", "measures.md")
NOTE: Final = "email.md"
NOTE_AGAIN: Final = "resend.md"
NEEDED: Final = (*LETTER, NOTE, NOTE_AGAIN, "letter.html", "email.html", pdf.MAIN)
TEXTS: Final = frozenset({".md", ".html", ".typ", ".svg"})
"""The files that a letter is made of. A photograph can stand inside an SVG."""


class Template:
    """A template, ready to make letters."""

    def __init__(self, digest: str, files: Mapping[str, bytes]) -> None:
        """Compile `files`, for which `digest` stands; raise `CannotRender` if one is missing."""
        self.digest = digest
        if missing := [name for name in NEEDED if name not in files]:
            raise CannotRender(f"{', '.join(missing)}: missing")
        sources = {
            name: _decoded(name, content)
            for name, content in files.items()
            if PurePath(name).suffix in TEXTS
        }
        pdf.refuse_reaching_out(sources)
        self._sources = sources
        self._markdown = environment(sources)
        self._frames = framing(self._markdown)

    def render(self, content: Content, *, has_attachments: bool) -> Rendered:
        """Return a letter in all its forms, not yet checked; raise `CannotRender` if it cannot.

        The note for sending it again is tried out: what it lacks is to show now, not when it is
        needed.
        """
        values = _values(content, has_attachments=has_attachments)
        letter = [part for name in LETTER for part in self._parts(name, values)]
        subject, *note = self._parts(NOTE, values)
        title = " ".join(_text([subject]).split())
        text = _text(letter)
        if lacking := undrawable(text):
            raise CannotRender(f"the letters' font has no {_named(lacking)}")
        self.note_again(content, _as_first_sent(content), title, has_attachments=has_attachments)
        return Rendered(
            subject=title,
            text=text,
            html=self._framed("letter.html", title, letter),
            pdf=self._paper(content, title, letter),
            note_text=_text(note),
            note_html=self._framed("email.html", title, note),
        )

    def note_again(
        self, content: Content, resending: Resending, subject: str, *, has_attachments: bool
    ) -> tuple[str, str]:
        """Return the note of a letter that is sent again, as text and as HTML.

        Raises `CannotRender`.
        """
        told = {each.name: getattr(resending, each.name) for each in fields(resending)}
        values = _values(content, has_attachments=has_attachments) | told
        note = self._parts(NOTE_AGAIN, values)
        return _text(note), self._framed("email.html", subject, note)

    def _parts(self, name: str, values: Mapping[str, Any]) -> list[Part]:
        with _blaming(name):
            found = list(parts(self._markdown.get_template(name).render(values)))
            if not found:
                raise CannotRender("has no part (::: name)")
            for block in (block for part in found for block in part.blocks):
                if isinstance(block, Picture):
                    self._picture(block.source)
            return found

    def _framed(self, name: str, title: str, letter: Iterable[Part]) -> str:
        with _blaming(name):
            inner = [
                (part.name, Markup(html(part, self._picture)))  # noqa: S704 - markdown-it escapes
                for part in letter
            ]
            return self._frames.get_template(name).render(title=title, parts=inner)

    def _paper(self, content: Content, title: str, letter: Sequence[Part]) -> bytes:
        sheet = pdf.Sheet(
            title=title,
            heading=plain(content.title),
            author=plain(content.signatory.name),
            letter_date=content.letter_date,
            parts=letter,
        )
        with _blaming(pdf.MAIN):
            return pdf.typeset(self._sources, sheet)

    def _picture(self, source: str) -> str:
        """Return a picture as SVG: a chart, or one of the template's files."""
        percent = charted(source)
        if percent is not None:
            return doughnut(percent)
        if not source.endswith(".svg") or source not in self._sources:
            raise CannotRender(f"there is no picture {source} in the template's folder")
        return self._sources[source]


def _as_first_sent(content: Content) -> Resending:
    """Return what would be told if a letter went to its addressee again."""
    return Resending(
        recipient=content.addressee,
        sent_to=content.addressee.title,
        sent_date=content.letter_date,
    )


def _text(letter: Iterable[Part]) -> str:
    return to_text(block for part in letter for block in part.blocks)


def _named(characters: str) -> str:
    return ", ".join(f"{character} (U+{ord(character):04X})" for character in characters)


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise CannotRender(f"{name}: not UTF-8 ({error.reason})") from error


def _values(content: Content, *, has_attachments: bool) -> dict[str, Any]:
    """Return what templates may name: the year's constants, and the letter's own content."""
    constants = {
        name: Prose(value) if isinstance(value, str) else value
        for name, value in content.constants.items()
    }
    own = {each.name: getattr(content, each.name) for each in fields(content)}
    own["bespoke"] = Prose(content.bespoke)
    return {**constants, **own, "has_attachments": has_attachments}


@contextmanager
def _blaming(name: str) -> Iterator[None]:
    """Turn what goes wrong in a template into `CannotRender` with the file and the line.

    Values of the wrong kind raise whatever Python raises, so these are errors of the template.
    """
    try:
        yield
    except CannotRender as error:
        raise CannotRender(f"{name}: {error}") from error
    except TemplateSyntaxError as error:
        raise CannotRender(f"{error.name}, line {error.lineno}: {error.message}") from error
    except (
        TemplateError,
        ArithmeticError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise CannotRender(f"{_place(name, error)}: {error}") from error


def _place(name: str, error: Exception) -> str:
    """Return the file and line of a template at which an error arose."""
    lines = [
        (frame.f_code.co_filename, line)
        for frame, line in walk_tb(error.__traceback__)
        if PurePath(frame.f_code.co_filename).suffix in TEXTS
    ]
    return f"{lines[-1][0]}, line {lines[-1][1]}" if lines else name
