"""What was approved, as the ledger has it: the rows of mailouts and letters only repeat it.

Somebody who can write to the database alone can change those rows, but cannot write the event of an
approval: its code needs the key of this service. So whatever lets letters go compares them with
that event, and a row that differs from it is refused.

The event also tells which kind of approval it is. Before there was a tree, the digest was over all
letters at once, and the event has that digest alone. To delete the path of a letter makes it no
such letter: its event still has the root of a tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.errors import NotApproved
from dispatch.domain.letter import letter_digest
from dispatch.domain.letters.approval import Proof, Terms
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.ledger import catalogue, events, journal
from dispatch.ledger.kinds import Subject
from dispatch.letters.store.documents import not_approved, proof_in
from dispatch.letters.store.letters import Stored

_VERIFY: Final = Remedy(kind=RemedyKind.VERIFY)

_APPROVALS: Final = {events.MAILOUT_APPROVED.action, *events.BACK_TO_DRAFT}
_MOVES: Final = {
    kind.action for kind in catalogue.CATALOGUE.values() if isinstance(kind.leads_to, MailoutState)
}
_MADE: Final = {
    kind.action for kind in (events.LETTER_RENDERED, events.LETTER_PROPOSED, events.LETTER_APPROVED)
}


@dataclass(frozen=True, slots=True)
class OnRecord:
    """An approval as its event has it."""

    digest: str
    terms: Terms | None
    """What the digest is over; None if it is over all letters at once."""

    @classmethod
    def of(cls, event: Event) -> OnRecord | None:
        """Return what an event says was approved; None if its digest is not of what it says."""
        terms, digest = Terms.of(event.detail), event.detail.get("digest", "")
        return None if terms and terms.digest != digest else cls(digest, terms)


def approval_of(session: Session, mailout: Mailout) -> OnRecord:
    """Return the approval of a mailout. Raises `NotApproved` if it has none that is ours.

    Also if its row does not repeat it.
    """
    event = journal.last_of_ours(session, Subject.MAILOUT.of(mailout.name), _APPROVALS)
    is_approved = event is not None and event.action == events.MAILOUT_APPROVED.action
    found = OnRecord.of(event) if event and is_approved else None
    return _repeated(found, mailout.approved_digest, mailout.name)


def approval_of_version(session: Session, letter: Letter) -> OnRecord:
    """Return the approval of a version made after its mailout was approved. Raises alike."""
    called = f"version {letter.version} of the letter of {letter.authority_code}"
    subject = Subject.LETTER.of(letter.id)
    event = journal.last_of_ours(session, subject, {events.LETTER_APPROVED.action})
    return _repeated(OnRecord.of(event) if event else None, letter.approved_digest, called)


def _repeated(found: OnRecord | None, said: str | None, called: str) -> OnRecord:
    if found is None:
        raise NotApproved(
            f"the ledger has no approval of {called} that this service wrote", remedy=_VERIFY
        )
    if found.digest != said:
        raise NotApproved(
            f"what is stored as the approval of {called} is not what was approved", remedy=_VERIFY
        )
    return found


def refuse_unless_in(session: Session, mailout: Mailout, state: MailoutState) -> None:
    """Raise `NotApproved` unless the last event that moved a mailout is ours, and to this state."""
    event = journal.last_of_ours(session, Subject.MAILOUT.of(mailout.name), _MOVES)
    if event is None or catalogue.leads_to(event) is not state:
        raise NotApproved(
            f"the ledger has no event that this service wrote by which {mailout.name} is "
            f"{state.value}",
            remedy=_VERIFY,
        )


def refuse_altered(session: Session, mailout: Mailout, letters: Iterable[Letter] = ()) -> None:
    """Raise `NotApproved` if a mailout or one of these letters of it is not what was approved.

    Also if the mailout was never released, whatever its row says: nothing of it was sent then.
    """
    approved = approval_of(session, mailout)
    released = {events.MAILOUT_RELEASING.action}
    if journal.last_of_ours(session, Subject.MAILOUT.of(mailout.name), released) is None:
        raise NotApproved(f"the ledger has no release of {mailout.name}", remedy=_VERIFY)
    for letter in letters:
        found = approval_of_version(session, letter) if letter.version > 1 else approved
        if not _is_approved(session, letter, found):
            raise NotApproved(not_approved(letter.authority_code), remedy=_VERIFY)


def _is_approved(session: Session, letter: Letter, approved: OnRecord) -> bool:
    digest = letter_digest(letter.subject, letter.parts, letter.draft.attachments)
    if approved.terms:
        proof = proof_in(letter, digest)
        return proof is not None and approved.terms.covers(proof)
    # Approved without a tree. Its own event has its digest: the one by which it was made or, of a
    # later version, approved.
    event = journal.last_of_ours(session, Subject.LETTER.of(letter.id), _MADE)
    return event is not None and _digest_in(event) == digest == letter.digest


def _digest_in(made: Event) -> str | None:
    """Return the digest of a letter by the event of its making, or of its approval."""
    return made.detail.get("letter", made.detail.get("digest"))


def not_as_made(session: Session, found: Iterable[Letter | Stored]) -> frozenset[UUID]:
    """Return the ids of those letters that are not as the service made them.

    Somebody may have put other bytes in the place of a letter that is made, and not approved yet.
    """
    made = {Subject.LETTER.of(each.id): each for each in found if each.digest}
    told = journal.all_of_ours(session, made.keys(), _MADE)
    return frozenset(
        each.id
        for subject, each in made.items()
        if not (known := told[subject]) or _digest_in(known[-1]) != each.digest
    )


def asker(session: Session, mailout: Mailout) -> str | None:
    """Return the person who last asked for letters of a mailout; None if nobody did.

    Raises `NotApproved` if an event of that is not ours.
    """
    subject = Subject.MAILOUT.of(mailout.name)
    told = journal.all_of_ours(session, [subject], {events.MAILOUT_RENDER.action})[subject]
    if told is None:
        raise _not_asked_for(mailout.name)
    people = [each.actor for each in told if each.detail.get("wanted") != "0"]
    return people[-1] if people else None


def proposers(session: Session, found: Sequence[Letter]) -> dict[UUID, str]:
    """Return who proposed each of some new versions, by its id.

    Raises `NotApproved` if no event of ours says so.
    """
    subjects = {each.id: Subject.LETTER.of(each.id) for each in found}
    told = journal.all_of_ours(session, list(subjects.values()), {events.LETTER_PROPOSED.action})
    people = {}
    for each in found:
        proposed = told[subjects[each.id]]
        if not proposed:
            raise _not_asked_for(f"the new letter of {each.authority_code}")
        people[each.id] = proposed[-1].actor
    return people


def _not_asked_for(called: str) -> NotApproved:
    why = f"the ledger has no event that this service wrote by which somebody asked for {called}"
    return NotApproved(why, remedy=_VERIFY)


def proven(session: Session, mailout: Mailout, letter: Letter) -> tuple[Terms, Proof] | None:
    """Return what was approved of a letter, and its proof; None if that was without a tree.

    Raises `NotApproved` if the letter is not as it was approved.
    """
    is_later = letter.version > 1
    found = approval_of_version(session, letter) if is_later else approval_of(session, mailout)
    if not _is_approved(session, letter, found):
        raise NotApproved(not_approved(letter.authority_code), remedy=_VERIFY)
    proof = proof_in(letter, letter.digest or "")
    return (found.terms, proof) if found.terms and proof else None
