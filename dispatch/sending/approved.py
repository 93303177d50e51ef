"""Look whether what is about to leave is what a person approved, and what a process of ours queued.

The last look at a letter before its conversation. It is at the very values that are then sent: the
bytes that were loaded, the address of the envelope, the names in the headers. The key for the code
of a delivery and for that of the approval's event is not in the database, so somebody who has
the database alone cannot make a letter, an address or an approval that passes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from uuid import UUID

from dispatch.database import Session, key_of
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.errors import NotApproved
from dispatch.domain.mailout import MailoutState
from dispatch.domain.sending.attempt import Claim
from dispatch.letters import on_record
from dispatch.letters.on_record import OnRecord
from dispatch.letters.store import documents
from dispatch.letters.store.documents import Approved, not_approved


class Approvals:
    """What was approved of each mailout and later version, read from the ledger once for a run."""

    def __init__(self) -> None:
        self._known: dict[UUID, OnRecord | NotApproved] = {}

    def load(
        self, session: Session, claims: Collection[Claim]
    ) -> dict[Claim, Approved | NotApproved]:
        """Return the letter of each claim with its bytes, or why it must not leave."""
        letters = documents.approved(session, {(each.letter_id, each.mail) for each in claims})
        key = key_of(session)
        return {
            claim: self._checked(session, key, claim, letters[claim.letter_id, claim.mail])
            for claim in claims
        }

    def _checked(
        self, session: Session, key: bytes, claim: Claim, letter: Approved | NotApproved
    ) -> Approved | NotApproved:
        if isinstance(letter, NotApproved):
            return letter
        approved = self._of(session, claim, letter)
        if isinstance(approved, NotApproved):
            return approved
        is_queued = claim.is_ours(key, letter.digest, letter.recipients_digest)
        if is_queued and _is_covered(letter, approved):
            return letter
        return NotApproved(not_approved(letter.authority))

    def _of(self, session: Session, claim: Claim, letter: Approved) -> OnRecord | NotApproved:
        """Return the approval of a letter: that of its mailout, or a later version's own."""
        found = self._once(claim.mailout_id, partial(_of_mailout, session))
        if letter.version > 1 and not isinstance(found, NotApproved):
            return self._once(claim.letter_id, partial(_of_version, session))
        return found

    def _once(self, id_: UUID, look_up: Callable[[UUID], OnRecord]) -> OnRecord | NotApproved:
        if id_ not in self._known:
            try:
                self._known[id_] = look_up(id_)
            except NotApproved as error:
                self._known[id_] = error
        return self._known[id_]


def _of_mailout(session: Session, id_: UUID) -> OnRecord:
    mailout = session.get_one(Mailout, id_)
    # Somebody who set its state by hand, or took back a pause, could write no such event.
    on_record.refuse_unless_in(session, mailout, MailoutState.RELEASING)
    return on_record.approval_of(session, mailout)


def _of_version(session: Session, id_: UUID) -> OnRecord:
    return on_record.approval_of_version(session, session.get_one(Letter, id_))


def _is_covered(letter: Approved, approved: OnRecord) -> bool:
    """Whether a letter's leaf leads to the root that was approved.

    An approval without a tree was held to all its letters when the mailout was released, and the
    code of each delivery has the digest that its letter had then.
    """
    if approved.terms is None:
        return True
    return letter.proof is not None and approved.terms.covers(letter.proof)
