"""Check contents: each still has the digest it is stored by, and each letter all its parts."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.database import Session
from dispatch.domain.digest import sha256
from dispatch.domain.letter import letter_digest
from dispatch.ledger.kinds import Subject
from dispatch.proof import names
from dispatch.proof.store import contents, entries
from dispatch.proof.store.contents import LetterParts


def problems(session: Session) -> Iterator[str]:
    """Yield, in words, each content that is missing or has another digest."""
    purged = frozenset(each.event.subject for each in entries.purges(session))
    yield from _letters(session)
    yield from _own_bodies(session)
    for digest in _altered(session, Subject.DOCUMENT, purged):
        yield from _document(session, str(digest))
    for subject in (Subject.MAIL, Subject.FILE):
        for key in _altered(session, subject, purged):
            called = names.record(session, f"{subject.value}:{key}")
            yield f"{called} is not what came in: its bytes were changed"


def _altered(session: Session, subject: Subject, purged: frozenset[str]) -> Iterator[object]:
    """Yield the key of each content that has another digest, unless it was purged."""
    for each in contents.stored(session, subject):
        is_purged = not each.content and subject.of(each.digest) in purged
        if sha256(each.content) != each.digest and not is_purged:
            yield each.key


def _letters(session: Session) -> Iterator[str]:
    for page in contents.letters(session):
        digests = {digest for letter in page for _, digest in letter.named}
        missing = digests - contents.existing(session, digests)
        for letter in page:
            yield from _letter(session, letter, missing)


def _letter(session: Session, letter: LetterParts, missing: set[str]) -> Iterator[str]:
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.attachments):
        yield f"{names.letter(session, letter.id)} has another digest than its parts have"
    for part, digest in letter.named:
        if digest in missing:
            yield f"{part} of {names.letter(session, letter.id)} is gone"


def _own_bodies(session: Session) -> Iterator[str]:
    for page in contents.own_bodies(session):
        found = contents.existing(session, {digest for _, digest in page})
        for id_, digest in page:
            if digest not in found:
                yield f"the message of {names.delivery(session, id_)} is gone"


def _document(session: Session, digest: str) -> Iterator[str]:
    """Say which document was changed: by the letters that it is part of, if there are any."""
    is_known = False
    for what in _holders(session, digest):
        is_known = True
        yield f"{what} is not what was made: its bytes were changed"
    if not is_known:
        yield f"the stored document {digest[: names.SHORT_ID]} was changed"


def _holders(session: Session, digest: str) -> Iterator[str]:
    for page in contents.letters(session):
        for letter in page:
            parts = [part for part, part_digest in letter.named if part_digest == digest]
            yield from (f"{part} of {names.letter(session, letter.id)}" for part in parts)
    for id_ in contents.deliveries_with_body(session, digest):
        yield f"the message of {names.delivery(session, id_)}"
