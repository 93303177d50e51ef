"""The files of a public bundle, each as it is made: letters, tables and pages.

Letters are read some at a time, and their figures wait on disk until tables and pages need them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from sys import intern
from typing import Final

from dispatch.batches import batches
from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.documents.site import Published, Site
from dispatch.domain.digest import canonical_json
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.letter import PDF, Content
from dispatch.domain.letters.languages import pdf_languages
from dispatch.domain.publishing import bundle
from dispatch.domain.publishing.bundle import Sheet
from dispatch.domain.publishing.published import (
    earlier_row,
    figure_rows,
    language_rows,
    letter_row,
)
from dispatch.domain.publishing.spreadsheet import Row
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.files.bundles import Bundle, File
from dispatch.files.shelf import Shelf
from dispatch.publishing import as_sent, store
from dispatch.publishing.as_sent import Watch
from dispatch.register.register import figures_of


@dataclass
class Sent:
    """What letters went as, added up: for a person to agree to, and to compare with later."""

    letters: int = 0
    made_up: int = 0
    """Letters with made-up figures."""
    withheld: int = 0
    """Attachments that went with them and stay confidential."""
    made_up_groups: set[str | None] = field(default_factory=set)
    """The comparison groups in which any letter has made-up figures."""

    def __post_init__(self) -> None:
        self._digest = hashlib.sha256()
        self._told: dict[str, tuple[int, str, bytes]] = {}

    @property
    def digest(self) -> str:
        """The SHA-256 over whom each letter is about, whom it went to, and its PDFs."""
        return self._digest.hexdigest()

    def add(self, letter: Letter) -> None:
        """Add the next letter, in the order of their codes.

        Raises `RuleBroken` if one about the same authority does not tell the same figures.
        """
        content = letter.draft.content
        self.letters += 1
        self.withheld += len(letter.draft.attachments)
        if content.is_synthetic:
            self.made_up += 1
            self.made_up_groups.add(content.group)
        pdfs = {form: letter.parts[form] for form in pdf_languages(content, letter.parts)}
        self._digest.update(canonical_json([*bundle.key_of(content), pdfs]))
        self._refuse_differing(content)

    def _refuse_differing(self, content: Content) -> None:
        said = hashlib.sha256(repr((content.boxes, content.tables)).encode()).digest()
        own = (content.version, content.code, said)
        last = self._told.setdefault(content.authority.code, own)
        newer, older = (own, last) if content.version > last[0] else (last, own)
        self._told[content.authority.code] = newer
        if newer[2] != older[2]:
            raise RuleBroken(
                f"the letters {newer[1]} and {older[1]} do not tell the same figures, which are "
                f"published once",
                remedy=Remedy(kind=RemedyKind.REISSUE, mailout=content.mailout, authority=older[1]),
            )


OF_MANY: Final = (
    *("mailout", "title", "year", "letter_date", "upload_date", "authority_kind", "region"),
    *("comparison_group", "authority_last_day", "version", "is_synthetic"),
)
"""The columns of letters that say the same in many rows."""


def _sharing(row: Row) -> Row:
    """Return a row that has the same text in memory as others where it says the same."""
    return {**row, **{name: intern(row[name]) for name in OF_MANY}}


@dataclass
class Making:
    """One bundle while it is made, in a session that reads."""

    session: Session
    mailout: Mailout
    site: Site
    """The pages beside the letters."""
    earlier: Bundle | None
    """The bundle that is public: other mailouts in it stay."""
    checkpoint: bytes | None
    """The ledger's, for letters that are not public yet."""
    made_up_groups: Collection[str | None]
    watch: Watch
    signed: dict[str, bytes] = field(default_factory=dict)
    """The checkpoint that the letters of each mailout are public with, once that is known."""

    def files(self, agreed: str) -> Iterator[File]:
        """Yield every file but the manifest: the letters first, the pages last.

        Raises `ChangedMeanwhile` unless the letters are those agreed to, by the digest of `Sent`.
        """
        rows: list[Row] = []
        spoken: list[Row] = []
        with Shelf[tuple[str, str]]() as figures:
            yield from self._own_letters(agreed, rows, spoken, figures)
            self.signed |= self._checkpoints({row["sha256"] for row in rows})
            yield from self._letters_of_others(rows, spoken)
            theirs = self._of_others(bundle.FIGURES)
            for key, told in groupby(theirs, itemgetter("mailout", "authority_code")):
                figures.put(key, told)
            yield from ((bundle.checkpoint(name), found) for name, found in self.signed.items())
            places, notices = self._maps()
            yield from self.site.files(
                Published(
                    letters=rows,
                    figures=figures,
                    checkpoints=self.signed,
                    earlier=[*self._replaced(), *self._of_others(bundle.EARLIER)],
                    languages=spoken,
                    places=places,
                    notices=notices,
                )
            )

    def _own_letters(
        self, agreed: str, rows: list[Row], spoken: list[Row], figures: Shelf[tuple[str, str]]
    ) -> Iterator[File]:
        """Yield the files of the mailout's own letters, and add their rows and figures."""
        sent, taken = Sent(), set[str]()
        plan = self.mailout.plan
        for some in batches(as_sent.pdfs(self.session, self.mailout, self.watch), store.AT_ONCE):
            contents = {each.draft.content.authority.code: each.draft.content for each, _ in some}
            known = figures_of(self.session, plan, plan.year, contents)
            for letter, pdfs in some:
                sent.add(letter)
                content = letter.draft.content
                file = bundle.path(content, taken)
                for form, path in bundle.pdf_paths(content, file, pdfs).items():
                    yield path, pdfs[form]
                rows.append(_sharing(letter_row(content, file, pdfs[PDF])))
                spoken += language_rows(content, file, pdfs)
            for code, content in contents.items():
                told = figure_rows(content, plan, known.get(code), self.made_up_groups)
                figures.put((content.mailout, code), told)
        if sent.digest != agreed:
            raise ChangedMeanwhile

    def _letters_of_others(self, rows: list[Row], spoken: list[Row]) -> Iterator[File]:
        """Yield the files of letters that are public already and stay, and add their rows."""
        others, theirs = ([*self._of_others(sheet)] for sheet in (bundle.LETTERS, bundle.LANGUAGES))
        rows += others
        spoken += theirs
        for path in dict.fromkeys(row["file"] for row in (*others, *theirs)):
            yield path, self._public(path)

    def _of_others(self, sheet: Sheet) -> Iterator[Row]:
        """Yield the public rows of a table about other mailouts than this one."""
        rows = self.earlier.rows(sheet) if self.earlier else ()
        return (row for row in rows if row["mailout"] != self.mailout.name)

    def _replaced(self) -> Iterator[Row]:
        """Yield the rows of the versions that were replaced."""
        for each in store.replaced_letters(self.session, self.mailout):
            content = each.letter.draft.content
            yield earlier_row(content, each.letter.parts[PDF], each.replaced_on)

    def _there(self) -> Collection[str]:
        return self.earlier.manifest.digests if self.earlier else ()

    def _public(self, path: str) -> bytes:
        assert self.earlier  # noqa: S101 - for the type checker: who asks has found the path in it
        return self.earlier.content(path)

    def _maps(self) -> tuple[list[Row], dict[str, bytes]]:
        """Return where authorities are drawn, and whom each map is by.

        Other mailouts that are public keep the map that they have.
        """
        places = [*self._of_others(bundle.PLACES)]
        paths = {row["map"]: bundle.notice(row["map"]) for row in places}
        there = self._there()
        notices = {name: self._public(path) for name, path in paths.items() if path in there}
        if name := self.mailout.plan.map:
            found = self.site.map(name)
            places += (place.row(self.mailout.name, name) for place in found.places)
            notices |= {name: found.notice} if found.notice else {}
        return places, notices

    def _checkpoints(self, own: Collection[str]) -> dict[str, bytes]:
        """Return the checkpoint that the letters of each mailout are public with, by its name.

        Letters that are public already keep theirs; changed letters get the one given. `own` has
        the SHA-256 of each letter.
        """
        name = self.mailout.name
        mailouts = self.earlier.manifest.mailouts if self.earlier else ()
        paths = {each: bundle.checkpoint(each) for each in mailouts}
        found = {each: self._public(path) for each, path in paths.items() if path in self._there()}
        if name in found and own != self._public_letters():
            del found[name]
        return ({name: self.checkpoint} if self.checkpoint else {}) | found

    def _public_letters(self) -> set[str]:
        rows = self.earlier.rows(bundle.LETTERS) if self.earlier else ()
        return {row["sha256"] for row in rows if row["mailout"] == self.mailout.name}
