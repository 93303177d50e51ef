"""A template whose letters are in several languages: each is made by itself, and all compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dispatch.documents import pdf
from dispatch.documents.check import check
from dispatch.documents.languages.names import named
from dispatch.documents.multilingual import equal, joined
from dispatch.documents.multilingual.values import (
    LETTER,
    NEEDED,
    NOTE,
    NOTE_AGAIN,
    refuse_undrawable,
    told,
    values_of,
)
from dispatch.documents.multilingual.version import Version
from dispatch.documents.pages import Pages, as_text, as_title, blaming
from dispatch.documents.sandbox import plain
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content, Rendered
from dispatch.domain.letters.branches import Branch
from dispatch.domain.letters.languages import contact_in, in_language
from dispatch.domain.letters.resending import CoveringNote, as_first_sent


class Spoken:
    """The files of a template, in each language that letters are in."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Compile them for a language when a letter is first made in it."""
        self._files = files
        self._languages: dict[str, Pages] = {}

    def render(self, content: Content, *, attachments: int) -> Rendered:
        """Return a letter in all its languages, each of which is checked, and all compared."""
        versions = self._versions(content, attachments)
        if found := [*equal.flaws(versions)]:
            raise CannotRender("; ".join(found))
        pdfs = self._pdfs(versions, is_one=content.is_one_pdf)
        for version in versions:
            made = pdfs.get(version.language) or next(iter(pdfs.values()))
            check(version.content, _alone(version, made))
        first, *others = pdfs
        return Rendered(
            subject=joined.title(versions),
            text=joined.text(versions, lambda each: each.letter),
            html=joined.html(versions, "letter.html", lambda each: each.letter),
            pdf=pdfs[first],
            more_pdfs={language: pdfs[language] for language in others},
            note_text=joined.text(versions, lambda each: each.note),
            note_html=joined.html(versions, "email.html", lambda each: each.note),
            branches=tuple(sorted({each for version in versions for each in version.branches})),
        )

    def text(self, content: Content, *, attachments: int) -> str:
        """Return a letter as text alone, not checked. Raises `CannotRender`."""
        return joined.text(self._versions(content, attachments), lambda each: each.letter)

    def taken(self, content: Content, *, attachments: int) -> tuple[str, ...]:
        """Return the branches that a letter takes in all its languages."""
        versions = self._versions(content, attachments)
        return tuple(sorted({each for version in versions for each in version.branches}))

    def branches(self, languages: Iterable[str]) -> tuple[Branch, ...]:
        """Return the branches that letters and their covering notes can take in languages."""
        return tuple(
            dict.fromkeys(
                replace(branch, place=_file_of(branch.place, pages))
                for pages in map(self._pages_in, sorted(languages))
                for branch in pages.branches((*LETTER, NOTE))
            )
        )

    def _versions(self, content: Content, attachments: int) -> list[Version]:
        return [
            self._version(in_language(content, language), attachments)
            for language in content.languages
        ]

    def _version(self, content: Content, attachments: int) -> Version:
        """Make a letter in the language of its content."""
        pages, values = (
            self._pages_in(content.language),
            values_of(content, attachments=attachments),
        )
        pages.forget()
        letter = [part for name in LETTER for part in pages.parts(name, values)]
        in_letter = pages.put_into_words()
        subject, *note = pages.parts(NOTE, values)
        branches, in_note = pages.took(), pages.put_into_words()
        again = pages.parts(NOTE_AGAIN, values | told(as_first_sent(content)))
        refuse_undrawable(as_text(letter))
        return Version(
            content=content,
            pages=pages,
            title=as_title(subject),
            letter=letter,
            note=note,
            again=again,
            branches=tuple(_file_of(each, pages) for each in branches),
            in_words={
                "letter": in_letter,
                "covering note": in_note,
                "note to send again": pages.put_into_words(),
            },
        )

    def _pages_in(self, language: str) -> Pages:
        """Return the files as they are in a language. Raises `CannotRender` if one is missing."""
        if language not in self._languages:
            pages = Pages(self._files, language)
            if missing := [name for name in NEEDED if name not in pages.sources]:
                files = ", ".join(named(name, language) for name in missing)
                raise CannotRender(f"{files}: missing")
            self._languages[language] = pages
        return self._languages[language]

    def _pdfs(self, versions: Sequence[Version], *, is_one: bool) -> dict[str, bytes]:
        """Return the PDF of each language, or one of all by the first."""
        if is_one:
            first = versions[0]
            return {first.language: self._typeset(first, versions)}
        return {each.language: self._typeset(each, [each]) for each in versions}

    def _typeset(self, first: Version, versions: Sequence[Version]) -> bytes:
        sheet = pdf.Sheet(
            title=first.title if len(versions) == 1 else joined.title(versions),
            heading=plain(first.content.title),
            author=plain(first.content.signatory.name),
            letter_date=first.content.letter_date,
            parts=first.letter,
            versions=[
                pdf.Told(each.language, plain(each.content.title), each.letter) for each in versions
            ],
        )
        with blaming(first.pages.called(pdf.MAIN)):
            return pdf.typeset(first.pages.sources, sheet)

    def note_again(
        self, content: Content, resending: CoveringNote, *, attachments: int
    ) -> tuple[str, str]:
        """Return the covering note in each language of the letter, one after the other."""
        versions = []
        for language in content.languages:
            version = self._version(in_language(content, language), attachments)
            given = content.translations.get(language)
            said = told(
                replace(
                    resending,
                    recipient=contact_in(resending.recipient, given),
                    sent_to=given.say(resending.sent_to) if given else resending.sent_to,
                )
            )
            values = values_of(version.content, attachments=attachments) | said
            versions.append(replace(version, again=version.pages.parts(NOTE_AGAIN, values)))
        told_again = joined.text(versions, lambda each: each.again)
        return told_again, joined.html(versions, "email.html", lambda each: each.again)


def _file_of(branch: str, pages: Pages) -> str:
    """Return a branch with the file that it stands in, in its language."""
    name, colon, place = branch.partition(":")
    return pages.called(name) + colon + place


def _alone(version: Version, pdf: bytes) -> Rendered:
    """Return a letter in one language, as it is checked."""
    note = as_text(version.note)
    text = as_text(version.letter)
    return Rendered(
        subject=version.title, text=text, html="", pdf=pdf, note_text=note, note_html=""
    )
