"""Look whether what is about to leave is what a person approved, and what a process of ours queued.

The last look at a letter before its conversation. It is at the very values that are then sent: the
bytes that were loaded, the address of the envelope, the names in the headers. The key for the code
of a delivery and for that of the approval's event is not in the database, so somebody who has
the database alone cannot make a letter, an address or an approval that passes. Nor is a letter sent
again whose delivery somebody put back into the queue: its events must say that it waits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Final
from uuid import UUID

from dispatch.database import Session, codes, key_of
from dispatch.database.tables import Letter
from dispatch.domain.delivery import EVER_ACCEPTED, IN_PROGRESS, LIFE, DeliveryState
from dispatch.domain.errors import NotApproved
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.proof.merkle import Shown
from dispatch.domain.sending.attempt import Claim
from dispatch.ledger import catalogue, journal
from dispatch.ledger.kinds import Subject
from dispatch.letters import on_record
from dispatch.letters.on_record import OnRecord
from dispatch.letters.store import documents
from dispatch.letters.store.documents import Approved, not_approved
from dispatch.mailouts.store import without_plan
from dispatch.sending import first_letters

_MOVES: Final = frozenset(
    kind.action for kind in catalogue.CATALOGUE.values() if isinstance(kind.leads_to, DeliveryState)
)


class Approvals:
    """What was approved of each mailout and later version, read from the ledger once for a run."""

    def __init__(self) -> None:
        self._known: dict[UUID, OnRecord | NotApproved] = {}
        self._shown: dict[str, Shown] = {}
        """What is known of each approved tree, by its root."""
        self._all_may_leave: set[UUID] = set()
        """The mailouts in which no letter waits for the first ones any more."""

    def load(
        self, session: Session, claims: Collection[Claim]
    ) -> dict[Claim, Approved | NotApproved]:
        """Return the letter of each claim with its bytes, or why it must not leave."""
        letters = documents.approved(session, {(each.letter_id, each.mail) for each in claims})
        key, ended = key_of(session), self._too_early(session, claims)
        ended |= _not_waiting(session, claims)
        return {
            claim: ended.get(claim)
            or self._checked(session, key, claim, letters[claim.letter_id, claim.mail])
            for claim in claims
        }

    def _too_early(self, session: Session, claims: Collection[Claim]) -> dict[Claim, NotApproved]:
        """Return the claims that wait for first letters, by the ledger, and why each is held.

        Asked for each batch until all may leave: the clock may let them go at any moment.
        """
        found: dict[Claim, NotApproved] = {}
        for mailout_id in {claim.mailout_id for claim in claims} - self._all_may_leave:
            mine = [claim for claim in claims if claim.mailout_id == mailout_id]
            try:
                alone = first_letters.alone(session, without_plan(session, mailout_id).name)
            except NotApproved as error:
                found |= dict.fromkeys(mine, error)
                continue
            if alone is None:
                self._all_may_leave.add(mailout_id)
                continue
            why = "waits for the first letters, by the ledger: somebody else made it due"
            found |= {
                claim: NotApproved(f"delivery {claim.delivery_id} {why}")
                for claim in mine
                if claim.delivery_id not in alone
            }
        return found

    def _checked(
        self, session: Session, key: bytes, claim: Claim, letter: Approved | NotApproved
    ) -> Approved | NotApproved:
        if isinstance(letter, NotApproved):
            return letter
        approved = self._of(session, claim, letter)
        if isinstance(approved, NotApproved):
            return approved
        is_queued = claim.is_ours(key, letter.digest, letter.recipients_digest)
        if is_queued and self._is_covered(letter, approved):
            return letter
        return NotApproved(not_approved(letter.authority))

    def _is_covered(self, letter: Approved, approved: OnRecord) -> bool:
        """Whether a letter's leaf leads to the root that was approved.

        For its first recipients, too: a later version may go to more people than it names.

        An approval without a tree was held to all its letters when the mailout was released, and
        the code of each delivery has the digest that its letter had then.
        """
        terms, proof = approved.terms, letter.proof
        if terms is None:
            return True
        if terms.root not in self._shown:
            self._shown[terms.root] = terms.shown()
        tree = self._shown[terms.root]
        if proof is None or not tree.holds(proof.leaf.hash, proof.index, proof.path):
            return False
        return letter.version > 1 or proof.leaf.recipients == letter.recipients_digest

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


def accepted(session: Session, claim: Claim) -> Approved:
    """Return the letter of a delivery as a process of ours queued it, with its bytes.

    Raises `NotApproved` if that cannot be shown: its letter or its row was changed, or no event
    of ours says that a server took it.
    """
    wanted, subject = (claim.letter_id, claim.mail), Subject.DELIVERY.of(claim.delivery_id)
    letter = documents.approved(session, {wanted})[wanted]
    if isinstance(letter, NotApproved):
        raise letter
    if _state_told(_told(session, [subject])[subject]) not in EVER_ACCEPTED:
        raise NotApproved(
            f"the ledger does not say that a server accepted delivery {claim.delivery_id}"
        )
    if not claim.is_ours(key_of(session), letter.digest, letter.recipients_digest):
        raise NotApproved(not_approved(letter.authority))
    return letter


def _not_waiting(session: Session, claims: Collection[Claim]) -> dict[Claim, NotApproved]:
    """Return the claims of deliveries of which our events do not say that they wait, and why not.

    Somebody may have put one back that was accepted, refused, suppressed or cancelled.
    """
    subjects = {claim: Subject.DELIVERY.of(claim.delivery_id) for claim in claims}
    told = _told(session, list(subjects.values()))
    return {
        claim: NotApproved(
            f"the ledger does not say that delivery {claim.delivery_id} waits to be sent: somebody "
            f"else put it into the queue"
        )
        for claim, subject in subjects.items()
        if _state_told(told[subject]) not in IN_PROGRESS
    }


def _told(session: Session, subjects: Collection[str]) -> dict[str, list[Event] | None]:
    try:
        return journal.all_of_ours(session, subjects, _MOVES)
    except codes.UNREADABLE:
        if len(subjects) == 1:
            return dict.fromkeys(subjects)
        # One row that was tampered with must not keep other letters from leaving.
        one_by_one = (_told(session, [each]) for each in subjects)
        return {subject: told for found in one_by_one for subject, told in found.items()}


def _state_told(told: list[Event] | None) -> DeliveryState | None:
    """Return the state that the events about a delivery lead to; None unless its life has them."""
    state: DeliveryState | None = None
    for event in told or ():
        then = catalogue.leads_to(event)
        assert isinstance(then, DeliveryState)  # noqa: S101 - for the type checker: such were asked for
        if not catalogue.may_follow(LIFE, state, event):
            return None
        state = then
    return state


def _of_mailout(session: Session, id_: UUID) -> OnRecord:
    mailout = without_plan(session, id_)
    # Somebody who set its state by hand, or took back a pause, could write no such event.
    on_record.refuse_unless_in(session, mailout, MailoutState.RELEASING)
    return on_record.approval_of(session, mailout)


def _of_version(session: Session, id_: UUID) -> OnRecord:
    return on_record.approval_of_version(session, session.get_one(Letter, id_))
