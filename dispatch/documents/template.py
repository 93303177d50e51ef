"""One template: its files, compiled in memory, which turn a letter's content into the letter.

`letter.md`, `measures.md`, `email.md` and `resend.md` are Markdown with values; `letter.html` and
`email.html` frame them as HTML, and `letter.typ` lays the letter out as a PDF.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, Final

from dispatch.documents import marks, pdf
from dispatch.documents.languages.names import languages, named
from dispatch.documents.markdown import Part
from dispatch.documents.multilingual.spoken import Spoken
from dispatch.documents.multilingual.values import (
    LETTER,
    NEEDED,
    NOTE,
    NOTE_AGAIN,
    refuse_undrawable,
    told,
    values_of,
)
from dispatch.documents.pages import Pages, as_text, as_title, blaming
from dispatch.documents.sandbox import plain
from dispatch.domain.checks.references import TemplateNames
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content, Rendered
from dispatch.domain.letters.branches import Branch
from dispatch.domain.letters.resending import CoveringNote, as_first_sent

OWN: Final = frozenset(
    {each.name for kind in (Content, CoveringNote) for each in fields(kind)}
    | {"attachment_count", "has_attachments", "parts", "verbatim"}
)
"""Values that every template has, whatever the plan's constants are."""


class Template:
    """A template, ready to make letters."""

    def __init__(self, digest: str, files: Mapping[str, bytes]) -> None:
        """Compile `files`, whose digest is `digest`; raise `CannotRender` if one is missing."""
        self.digest = digest
        self._files = files
        self._spoken = Spoken(files)
        own = languages(files)
        if missing := [
            name
            for name in NEEDED
            if name not in files and not any(named(name, each) in files for each in own)
        ]:
            raise CannotRender(f"{', '.join(missing)}: missing")
        self._pages = Pages(files)
        pdf.refuse_reaching_out(self._pages.sources)
        for name, source in self._pages.sources.items():
            if name.endswith(".md"):
                marks.refuse_in_template(source, name)

    def render(self, content: Content, *, attachments: int) -> Rendered:
        """Return a letter in all its forms, not yet checked. Raises `CannotRender`.

        Also renders the covering note for a resend, so that a fault in it shows now and not when
        the note is needed.
        """
        if content.languages:
            return self._spoken.render(content, attachments=attachments)
        values = values_of(content, attachments=attachments)
        self._pages.forget()
        letter = self._letter(values)
        subject, *note = self._pages.parts(NOTE, values)
        branches = self._pages.took()
        title = as_title(subject)
        text = as_text(letter)
        refuse_undrawable(text)
        self.note_again(content, as_first_sent(content), title, attachments=attachments)
        return Rendered(
            subject=title,
            text=text,
            html=self._pages.framed("letter.html", title, letter),
            pdf=self._pdf(content, title, letter),
            note_text=as_text(note),
            note_html=self._pages.framed("email.html", title, note),
            branches=branches,
        )

    def names(self) -> TemplateNames:
        """Return what the template refers to in the plan. Raises `CannotRender`."""
        return self._names

    @cached_property
    def _names(self) -> TemplateNames:
        with blaming(NOTE):
            used, optional = self._pages.names()
        pictures = frozenset(name for name in self._pages.sources if name.endswith(".svg"))
        return TemplateNames(
            needed=frozenset(used - optional - OWN),
            optional=frozenset(optional - OWN),
            pictures=pictures,
        )

    def branches(self) -> tuple[Branch, ...]:
        """Return the branches that letters and their covering notes can take.

        Those of the note for a resend are not among them. Raises `CannotRender`.
        """
        if not (spoken := languages(self._files)):
            return self._pages.branches((*LETTER, NOTE))
        return self._spoken.branches(spoken)

    def taken(self, content: Content, *, attachments: int) -> tuple[str, ...]:
        """Return the branches that a letter takes, without making it. Raises `CannotRender`."""
        if content.languages:
            return self._spoken.taken(content, attachments=attachments)
        values = values_of(content, attachments=attachments)
        self._pages.forget()
        self._letter(values)
        self._pages.parts(NOTE, values)
        return self._pages.took()

    def text(self, content: Content, *, attachments: int) -> str:
        """Return a letter as text alone, not checked. Raises `CannotRender`."""
        if content.languages:
            return self._spoken.text(content, attachments=attachments)
        return as_text(self._letter(values_of(content, attachments=attachments)))

    def paragraphs(self, text: str, place: str) -> str:
        """Return paragraphs of the office's own as HTML. Raises `CannotRender` with their line."""
        marks.refuse(text, place)
        refuse_undrawable(text, f"{place}: ")
        return self._pages.alone(text, place)

    def _letter(self, values: Mapping[str, Any]) -> list[Part]:
        return [part for name in LETTER for part in self._pages.parts(name, values)]

    def note_again(
        self, content: Content, resending: CoveringNote, subject: str, *, attachments: int
    ) -> tuple[str, str]:
        """Return the covering note of a letter that is sent again, as text and as HTML.

        Raises `CannotRender`.
        """
        if content.languages:
            return self._spoken.note_again(content, resending, attachments=attachments)
        values = values_of(content, attachments=attachments) | told(resending)
        note = self._pages.parts(NOTE_AGAIN, values)
        return as_text(note), self._pages.framed("email.html", subject, note)

    def _pdf(self, content: Content, title: str, letter: Sequence[Part]) -> bytes:
        sheet = pdf.Sheet(
            title=title,
            heading=plain(content.title),
            author=plain(content.signatory.name),
            letter_date=content.letter_date,
            parts=letter,
        )
        with blaming(pdf.MAIN):
            return pdf.typeset(self._pages.sources, sheet)
