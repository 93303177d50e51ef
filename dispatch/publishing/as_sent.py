"""The PDFs that become public: those that are stored, once they are what the messages had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from dispatch.database import Session
from dispatch.database.tables import Letter
from dispatch.documents.check import missing, names_missing
from dispatch.domain.errors import NotApproved
from dispatch.domain.letters.languages import in_language, pdf_languages
from dispatch.mail.outgoing.body import pdfs_in
from dispatch.publishing import store
from dispatch.publishing.store import SentLetter

Watch = Callable[[Iterable[SentLetter]], Iterable[SentLetter]]
"""Passes letters on as they are read, to say how many have been."""


def pdfs(
    session: Session, found: Sequence[Letter], watch: Watch
) -> Iterator[tuple[str, Mapping[str, bytes]]]:
    """Yield the code and the stored PDFs of each letter, once they equal those in its messages."""
    names = set(map(_name_of, found))
    for each in watch(store.sent_letters(session, found)):
        code, content = each.letter.authority_code, each.letter.draft.content
        if any(pdfs_in(body) != tuple(each.pdfs.values()) for body in each.bodies):
            raise NotApproved(f"the stored PDF of {code} is not the one in the message that went")
        for form, language in pdf_languages(content, each.pdfs).items():
            told = in_language(content, language) if language else content
            if flaw := next(names_missing(told, each.pdfs[form]), None):
                _refuse_anothers(code, each.pdfs[form], names - {_name_of(each.letter)}, flaw)
        yield code, each.pdfs


def _name_of(letter: Letter) -> str:
    """Return the official name of the authority that a letter is about."""
    return letter.draft.content.authority.official_name


def _refuse_anothers(code: str, pdf: bytes, others: Collection[str], flaw: str) -> None:
    """Raise `NotApproved` for a PDF without its names that has those of another authority."""
    if len(missing(pdf, others)) < len(others):
        raise NotApproved(f"the letter of {code} is about another authority: {flaw}")
