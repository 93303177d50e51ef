"""The files of one folder, compiled in memory: Markdown with values, and HTML to frame it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath
from traceback import walk_tb
from typing import Any, Final, Self

from jinja2 import TemplateError, TemplateSyntaxError
from markupsafe import Markup

from dispatch.documents.blocks import Picture
from dispatch.documents.hypertext import html
from dispatch.documents.languages.names import called
from dispatch.documents.markdown import Part, part, parts
from dispatch.documents.pictures.chart import charted, doughnut
from dispatch.documents.sandbox import environment, framing, names, refuse_acting
from dispatch.documents.text import WIDTH, to_text
from dispatch.documents.wording.branches import reachable
from dispatch.domain.errors import CannotRender
from dispatch.domain.letters.branches import Branch

TEXTS: Final = frozenset({".md", ".html", ".typ", ".svg"})
"""The kinds of file that make a letter. A photograph can be embedded in an SVG."""


ENGLISH: Final = "en-GB"
IN_ENGLISH: Final = f'<html lang="{ENGLISH}"'

FILLED_IN: Final = frozenset({".md", ".html"})
"""The kinds of file that have values in them."""


class Pages:
    """The files of a folder, ready for values to be filled in."""

    def __init__(self, files: Mapping[str, bytes], language: str = "") -> None:
        """Compile `files`, by name; raise `CannotRender` for a file that is not text.

        With a language, `letter.cy.md` is its `letter.md`, and it writes days and numbers its way.
        """
        self._called = called(files, language) if language else {name: name for name in files}
        chosen = {name: files[real] for name, real in self._called.items()}
        self.sources: Final = {
            name: _decoded(self.called(name), content)
            for name, content in chosen.items()
            if PurePath(name).suffix in TEXTS
        }
        for name in (name for name in self.sources if name.endswith(".html")):
            refuse_acting(name, self.sources[name])
        self._markdown = environment(self.sources, language, self._called)
        self._frames = framing(self._markdown)

    @classmethod
    def of_folder(cls, folder: Path) -> Self:
        """Read and compile the files of a folder. Raises `CannotRender` if one cannot be used."""
        try:
            files = {
                path.name: path.read_bytes()
                for path in sorted(folder.iterdir())
                if path.suffix in TEXTS
            }
        except OSError as error:
            raise CannotRender(f"{folder} cannot be read: {error.strerror}") from error
        return cls(files)

    def mail(
        self, name: str, frame: str, values: Mapping[str, Any], *, verbatim: str = ""
    ) -> tuple[str, str, str]:
        """Return an email's subject, text and HTML, from Markdown whose first part is the subject.

        Lines of the text end only where paragraphs do, so that a command is never broken in two.
        `verbatim` follows the text, unchanged; a text with lines of its own has short ones itself.
        """
        subject, *note = self.parts(name, values)
        title = as_title(subject)
        text = as_text(note, width=WIDTH if verbatim else UNBROKEN)
        return (
            title,
            f"{text}\n{verbatim}" if verbatim else text,
            self.framed(frame, title, note, verbatim=verbatim),
        )

    def parts(self, name: str, values: Mapping[str, Any]) -> list[Part]:
        """Return the parts of a Markdown file with its values filled in."""
        with blaming(self.called(name)):
            found = list(parts(self._markdown.get_template(name).render(values)))
            if not found:
                raise CannotRender("has no part (::: name)")
            for block in (block for part in found for block in part.blocks):
                if isinstance(block, Picture):
                    self._picture(block.source)
            return found

    def called(self, name: str) -> str:
        """Return the file that a name stands for in its language."""
        return self._called.get(name, name)

    def forget(self) -> None:
        """Forget what was noted of another letter, which may have failed in the middle."""
        self.took()
        self.put_into_words()

    def put_into_words(self) -> tuple[int, ...]:
        """Return the numbers that were said in words since this was last asked."""
        said = tuple(self._markdown.in_words)
        self._markdown.in_words.clear()
        return said

    def took(self) -> tuple[str, ...]:
        """Return the branches of Markdown that were taken since this was last asked, in order.

        Each is the file, the line, and what was so there, as `letter.md:46:no`.
        """
        taken = tuple(sorted(self._markdown.took))
        self._markdown.took.clear()
        return taken

    def branches(self, starts: Iterable[str]) -> tuple[Branch, ...]:
        """Return the branches that can be taken in making some files of Markdown."""
        for name in self.sources:
            if name.endswith(".md"):
                with blaming(name):
                    self._markdown.get_template(name)
        return reachable(self._markdown.recorded, starts)

    def framed(self, name: str, title: str, letter: Iterable[Part], *, verbatim: str = "") -> str:
        """Return parts as HTML inside the frame of a file `name`."""
        with blaming(self.called(name)):
            inner = self.inner(letter)
        return self.around(name, title, inner, verbatim=verbatim)

    def inner(self, letter: Iterable[Part]) -> list[tuple[str, Markup]]:
        """Return the name and the HTML of each part."""
        return [
            (part.name, Markup(html(part, self._picture)))  # noqa: S704 - markdown-it escapes
            for part in letter
        ]

    def around(
        self,
        name: str,
        title: str,
        inner: Sequence[tuple[str, Markup]],
        *,
        verbatim: str = "",
        language: str = ENGLISH,
    ) -> str:
        """Return the HTML of parts inside the frame of a file `name`, in a language."""
        with blaming(self.called(name)):
            page = self._frames.get_template(name).render(
                title=title, parts=inner, verbatim=verbatim, language=language
            )
        # The frame of every email has English as its own: a template that was approved with it
        # keeps the digest that it had.
        return (
            page if language == ENGLISH else page.replace(IN_ENGLISH, f'<html lang="{language}"', 1)
        )

    def alone(self, text: str, place: str) -> str:
        """Return Markdown without values as HTML, with the folder's pictures."""
        with blaming(place):
            return html(part(place, text), self._picture)

    def names(self) -> tuple[set[str], set[str]]:
        """Return the names of values that the files use, and which of them may be missing."""
        texts = {
            name: text for name, text in self.sources.items() if PurePath(name).suffix in FILLED_IN
        }
        return names(self._markdown, texts.values())

    def _picture(self, source: str) -> str:
        """Return a picture as SVG: a chart, or one of the folder's files."""
        percent = charted(source)
        if percent is not None:
            return doughnut(percent)
        if not source.endswith(".svg") or source not in self.sources:
            raise CannotRender(f"there is no picture {source} in the template's folder")
        return self.sources[source]


UNBROKEN: Final = 100_000
"""A width at which lines are never wrapped."""


def as_text(letter: Iterable[Part], *, width: int = WIDTH) -> str:
    """Return parts as plain text."""
    return to_text((block for part in letter for block in part.blocks), width=width)


def as_title(part: Part) -> str:
    """Return a part as words on one line."""
    return " ".join(as_text([part]).split())


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise CannotRender(f"{name}: not UTF-8 ({error.reason})") from error


@contextmanager
def blaming(name: str) -> Iterator[None]:
    """Turn an error in a template into `CannotRender`, with the file and the line.

    A template that handles a value wrongly raises Python's own errors, so these count as well.
    """
    try:
        yield
    except CannotRender as error:
        raise CannotRender(f"{name}: {error}") from error
    except TemplateSyntaxError as error:
        raise CannotRender(f"{error.name}, line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise CannotRender(f"{_line_of(name, error)}: it uses itself without end") from error
    except TimeoutError as error:
        raise CannotRender(f"{_line_of(name, error)}: it takes too long") from error
    except MemoryError as error:
        raise CannotRender(f"{_line_of(name, error)}: {TOO_LARGE}") from error
    except (
        TemplateError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        SyntaxError,
        TypeError,
        ValueError,
    ) as error:
        raise CannotRender(f"{_line_of(name, error)}: {error}") from error


TOO_LARGE: Final = "it takes more memory than a letter may"


def _line_of(name: str, error: Exception) -> str:
    """Return the file and line of the template where an error was raised."""
    lines = [
        (frame.f_code.co_filename, line)
        for frame, line in walk_tb(error.__traceback__)
        if PurePath(frame.f_code.co_filename).suffix in TEXTS
    ]
    if not lines:
        return name
    is_endless = isinstance(error, RecursionError)
    file, line = Counter(lines).most_common(1)[0][0] if is_endless else lines[-1]
    return f"{file}, line {line}"
