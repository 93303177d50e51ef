"""Uploads: what stands in the way of one, what letters were sent as, and which are recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from dispatch.database.tables import Delivery, EventRow, Letter, Mailout
from dispatch.domain.delivery import IN_PROGRESS
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.letter import LetterState, letter_digest
from dispatch.domain.mailout import MailoutState
from dispatch.letters.store import documents, versions
from dispatch.letters.store import letters as stored_letters
from dispatch.sending.store import deliveries

UPLOADED: Final = "mailout.uploaded"
"""The action of the event that records an upload."""

MANIFEST: Final = "manifest"
"""Its detail that holds the SHA-256 of the manifest."""

AT_ONCE: Final = 40
"""Letters whose documents are read together: some 8 MB."""


NAMED: Final = 10
"""Authorities named in an error, of however many there are."""


def ready(session: Session, mailout: Mailout) -> Sequence[Letter]:
    """Return the letters in force of a mailout that may become public.

    Raises `RuleBroken` with what to do if one is on its way, or is to be replaced by another.
    """
    see = f"see `dispatch mailout status {mailout.name}`"
    is_leaving = mailout.state in {MailoutState.RELEASING, MailoutState.PAUSED}
    if is_leaving or deliveries.has_any_in(session, mailout, IN_PROGRESS):
        raise RuleBroken(f"{mailout.name} has letters that are still on their way: {see}")
    if mailout.state not in {MailoutState.SENT, MailoutState.UPLOADED}:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}, not sent: {see}")
    letters = stored_letters.in_force(session, mailout)
    waiting = [each.authority_code for each in versions.proposed(session, mailout)]
    waiting += [each.authority_code for each in letters if each.state is not LetterState.RENDERED]
    if waiting:
        raise RuleBroken(
            f"a new version waits for its approval, of the letter of {some(waiting)}: approve it, "
            f"or withdraw it"
        )
    return letters


def some(codes: Collection[str]) -> str:
    """Return codes as words, only the first of them if they are many."""
    more = len(codes) - NAMED
    return ", ".join(sorted(codes)[:NAMED]) + (f" and {more} more" if more > 0 else "")


def recorded(session: Session) -> frozenset[str]:
    """Return the SHA-256 of every manifest whose upload the ledger records."""
    query = select(EventRow.detail).where(EventRow.action == UPLOADED)
    return frozenset(detail.get(MANIFEST, "") for detail in session.scalars(query))


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter, its PDF as it is stored, and the bodies of the messages that it went in."""

    letter: Letter
    pdf: bytes
    mails: tuple[bytes, ...]


def sent(
    session: Session, letters: Sequence[Letter], *, may_be_gone: bool = False
) -> Iterator[Sent]:
    """Yield each letter with its bytes, some at a time; without those that were purged, if it may.

    Raises `NotApproved` for the first of which the row or a document is not what was frozen.
    """
    for start in range(0, len(letters), AT_ONCE):
        some = letters[start : start + AT_ONCE]
        bodies = {letter.id: [_body(letter)] for letter in some}
        for letter_id, own in session.execute(_own_bodies(some)):
            bodies[letter_id].append(own)
        wanted = {body for each in bodies.values() for body in each}
        wanted |= {letter.parts["pdf"] for letter in some}
        gone = documents.purged(session, wanted) if may_be_gone else frozenset()
        loaded = documents.load(session, sorted(wanted - gone))
        for letter in some:
            mails = tuple(loaded[body] for body in bodies[letter.id] if body not in gone)
            yield Sent(letter, loaded.get(letter.parts["pdf"], b""), mails)


def _body(letter: Letter) -> str:
    """Return the SHA-256 of the body of a letter's message, if its row is as it was frozen."""
    code = letter.authority_code
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.draft.attachments):
        raise NotApproved(f"the stored letter of {code} is not the approved one: restore it")
    if "mail" not in letter.parts:
        raise NotApproved(f"the letter of {code} was rendered by an earlier version of dispatch")
    return letter.parts["mail"]


def _own_bodies(letters: Sequence[Letter]) -> Select[UUID, str]:
    """Return the statement that finds the bodies of messages with a note of their own."""
    ids = [letter.id for letter in letters]
    own = func.coalesce(Delivery.mail, "")
    query = select(Delivery.letter_id, own).distinct().order_by(Delivery.letter_id, own)
    return query.where(Delivery.letter_id.in_(ids), Delivery.mail.is_not(None))
