"""Go on with other keys, once a person says that those before them are lost.

The codes of events and the signatures of checkpoints were made with keys that nobody has any more.
So the seals are what shows that the events are the ones that were written. Only if all of them
hold, and agree with the checkpoints that there are, do events and deliveries get codes of the new
key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.database import Session, codes, key_of, keys
from dispatch.database.keys import KeyUse
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.word import Word
from dispatch.ledger import journal, upkeep_events
from dispatch.proof.store import seals
from dispatch.proof.verify import Walk
from dispatch.tracking.status import is_silent
from dispatch.tracking.store import heartbeats


@dataclass(frozen=True, slots=True)
class Replaced:
    """What was done with new keys."""

    uses: tuple[KeyUse, ...]
    """What the keys do that were replaced."""
    unsealed: int
    """Events that no seal covered: on a person's word alone they are taken for ours."""


Changes = dict[KeyUse, tuple[str, str]]
"""Of each key that is another now: what the one before is known by, and the one now."""


def differing(session: Session, signs: str) -> Changes:
    """Return the keys that the database knows and that are not ours.

    `signs` is what our signing key is known by.
    """
    ours = {KeyUse.WRITES: keys.mark_of(key_of(session)), KeyUse.SIGNS: signs}
    known = {use: keys.known_by(session, use) for use in ours}
    return {use: (was, ours[use]) for use, was in known.items() if was and was != ours[use]}


def replace(
    session: Session,
    signs: str,
    word: Word,
    checkpoints: Mapping[str, Checkpoint] | None = None,
) -> Replaced:
    """Record our keys in the place of those that are lost, and that a person says so.

    All or nothing, in the caller's transaction; nobody seals meanwhile. Raises `RuleBroken` without
    a reason, while the service runs, or if there is nothing to replace; `BadInput` if the ledger
    does not hold.
    """
    reason = word.needed_reason()
    changes = differing(session, signs)
    if not changes:
        raise RuleBroken("the keys of this home are those that the database knows: change nothing")
    _refuse_while_running(session, word)
    if seals.hold(session, now=word.at) is None:
        raise RuleBroken("a clock is sealing: stop the service first")
    walk = Walk(session, None if KeyUse.WRITES in changes else key_of(session), checkpoints or {})
    walk.go()
    if walk.wrong:
        raise BadInput("the ledger does not hold, so no key is replaced:", walk.wrong)
    if KeyUse.WRITES in changes:
        codes.give_events(session.connection(), key_of(session))
        codes.give_deliveries(session.connection(), key_of(session))
    for use, (was, now) in changes.items():
        keys.replace(session, use, now, now=word.at)
        detail = {"was": was, "is": now, "unsealed": str(walk.unsealed), "because": reason}
        journal.append(session, upkeep_events.KEY_REPLACED.by(word, use.value, **detail))
    return Replaced(tuple(changes), walk.unsealed if KeyUse.WRITES in changes else 0)


def _refuse_while_running(session: Session, word: Word) -> None:
    """Raise `RuleBroken` if a clock or worker was seen lately: it would go on with its own key."""
    for each in heartbeats.all_seen(session):
        if not is_silent(each.seen_at, word.at):
            raise RuleBroken(
                f"{each.name} was seen in the last minute: stop the service, and try again a "
                f"minute later"
            )
