"""What letters were sent as, and which uploads the ledger records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, literal_column, select
from sqlalchemy.orm import Session, aliased

from dispatch.batches import batches
from dispatch.database.tables import Delivery, EventRow, Letter, Mailout
from dispatch.domain.calendar import local
from dispatch.domain.errors import NotApproved
from dispatch.domain.letter import NOT_IN_FORCE, letter_digest
from dispatch.domain.letters.languages import pdf_languages
from dispatch.ledger import events
from dispatch.letters.store import documents
from dispatch.letters.store.letters import in_force_after

MANIFEST: Final = "manifest"
"""The detail of that event that holds the manifest's SHA-256."""

JOB: Final = "job"
"""The detail that holds the id of the job that an upload was, if a worker did it."""

AT_ONCE: Final = 40
"""Letters whose documents are read together: some 8 MB."""


@dataclass(frozen=True, slots=True)
class RecordedUpload:
    """An upload that the ledger records."""

    mailout: str
    at: datetime
    manifest: str
    """Its SHA-256."""
    job: str = ""
    """The id of the job that it was."""


def uploads(session: Session) -> tuple[RecordedUpload, ...]:
    """Return the uploads that the ledger records, in their order."""
    of_uploads = EventRow.action == events.MAILOUT_UPLOADED.action
    query = select(EventRow).where(of_uploads).order_by(EventRow.id)
    return tuple(
        RecordedUpload(
            each.subject.removeprefix("mailout:"),
            each.at,
            each.detail[MANIFEST],
            each.detail.get(JOB, ""),
        )
        for each in session.scalars(query)
        if MANIFEST in each.detail
    )


def recorded(session: Session) -> frozenset[str]:
    """Return the SHA-256 of every manifest whose upload the ledger records."""
    return frozenset(each.manifest for each in uploads(session))


@dataclass(frozen=True, slots=True)
class ReplacedLetter:
    """A version that was sent, and the day on which the next one was approved."""

    letter: Letter
    replaced_on: date


def replaced_letters(session: Session, mailout: Mailout) -> list[ReplacedLetter]:
    """Return the versions of a mailout's letters that were replaced, by authority."""
    later = aliased(Letter)
    query = (
        select(Letter, later.approved_at)
        .join(later, later.replaces_id == Letter.id)
        .where(
            later.mailout_id == mailout.id,
            later.version > literal_column("1"),  # as the index has it
            later.state.not_in(NOT_IN_FORCE),
        )
        .order_by(Letter.authority_code, Letter.version)
    )
    return [
        ReplacedLetter(letter, local(approved_at).date())
        for letter, approved_at in session.execute(query)
        if approved_at
    ]


PAGE: Final = 200
"""Letters that are read together, without their documents."""


def pages(session: Session, mailout: Mailout) -> Iterator[Sequence[Letter]]:
    """Yield the letters in force of a mailout, by authority, some at a time."""
    after = None
    while page := in_force_after(session, mailout, after, limit=PAGE):
        yield page
        after = page[-1].authority_code


def stamp(session: Session, mailout: Mailout) -> tuple[int, int]:
    """Return what differs once another version of a letter is in force, by an index alone.

    A version keeps its bytes, and the next one has a higher number.
    """
    is_made = Letter.mailout_id == mailout.id, Letter.state.not_in(NOT_IN_FORCE)
    found = select(func.count(), func.coalesce(func.sum(Letter.version), 0)).where(*is_made)
    count, versions = session.execute(found).one()
    return count, int(versions)


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter, its stored PDFs, and the bodies of the messages that it was sent in."""

    letter: Letter
    pdfs: Mapping[str, bytes]
    """By their forms, in the order of its languages; without those that were purged."""
    bodies: tuple[bytes, ...]


def sent_letters(
    session: Session, letters: Sequence[Letter], *, may_be_purged: bool = False
) -> Iterator[SentLetter]:
    """Yield each letter with its bytes, reading some letters at a time.

    With `may_be_purged`, bytes that were purged are left out. Raises `NotApproved` for the first
    letter whose row or documents are not what was frozen when it was rendered.
    """
    for batch in batches(letters, AT_ONCE):
        bodies = {letter.id: [_body(letter)] for letter in batch}
        for letter_id, own in session.execute(_own_bodies(batch)):
            bodies[letter_id].append(own)
        wanted = {body for each in bodies.values() for body in each}
        forms = {letter.id: pdf_languages(letter.draft.content, letter.parts) for letter in batch}
        wanted |= {letter.parts[form] for letter in batch for form in forms[letter.id]}
        purged = documents.purged(session, wanted) if may_be_purged else frozenset()
        loaded = documents.load(session, sorted(wanted - purged))
        for letter in batch:
            kept = tuple(loaded[body] for body in bodies[letter.id] if body not in purged)
            pdfs = {form: letter.parts[form] for form in forms[letter.id]}
            there = {form: loaded[name] for form, name in pdfs.items() if name in loaded}
            yield SentLetter(letter, there, kept)


def _body(letter: Letter) -> str:
    """Return the SHA-256 of a letter's body; raise `NotApproved` if its row was changed."""
    code = letter.authority_code
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.draft.attachments):
        raise NotApproved(f"the stored letter of {code} is not the approved one: restore it")
    return letter.parts["mail"]


def _own_bodies(letters: Sequence[Letter]) -> Select[UUID, str]:
    """Return the statement that finds the bodies of resent messages, each with its own note."""
    ids = [letter.id for letter in letters]
    own = func.coalesce(Delivery.mail, "")
    query = select(Delivery.letter_id, own).distinct().order_by(Delivery.letter_id, own)
    return query.where(Delivery.letter_id.in_(ids), Delivery.mail.is_not(None))
