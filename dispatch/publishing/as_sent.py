"""The PDFs that become public: those that are stored, once they are what the messages had."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.documents.check import missing, names_missing
from dispatch.domain.errors import NotApproved
from dispatch.domain.letters.languages import in_language, pdf_languages
from dispatch.mail.outgoing.body import pdfs_in
from dispatch.publishing import store
from dispatch.publishing.store import SentLetter

Watch = Callable[[Iterable[SentLetter]], Iterable[SentLetter]]
"""Passes letters on as they are read, to say how many have been."""


def pdfs(
    session: Session, mailout: Mailout, watch: Watch
) -> Iterator[tuple[Letter, Mapping[str, bytes]]]:
    """Yield each letter in force and its stored PDFs, once they equal those in its messages."""
    pages = store.pages(session, mailout)
    names: set[str] = set()
    for each in watch(chain.from_iterable(store.sent_letters(session, page) for page in pages)):
        code, content = each.letter.authority_code, each.letter.draft.content
        if any(pdfs_in(body) != tuple(each.pdfs.values()) for body in each.bodies):
            raise NotApproved(f"the stored PDF of {code} is not the one in the message that went")
        for form, language in pdf_languages(content, each.pdfs).items():
            told = in_language(content, language) if language else content
            if flaw := next(names_missing(told, each.pdfs[form]), None):
                names = names or _names(session, mailout)
                others = names - {content.authority.official_name}
                _refuse_anothers(code, each.pdfs[form], others, flaw)
        yield each.letter, each.pdfs


def _names(session: Session, mailout: Mailout) -> set[str]:
    """Return the official names of all authorities that letters are about."""
    found = chain.from_iterable(store.pages(session, mailout))
    return {each.draft.content.authority.official_name for each in found}


def _refuse_anothers(code: str, pdf: bytes, others: Collection[str], flaw: str) -> None:
    """Raise `NotApproved` for a PDF without its names that has those of another authority."""
    if len(missing(pdf, others)) < len(others):
        raise NotApproved(f"the letter of {code} is about another authority: {flaw}")
