"""Restore a backup, or declare that the database was restored by other means.

What the service did after the backup is not in the database any longer, but it happened: a letter
that was waiting may be with its recipient. So each of these is put in doubt, each mailout that
would go on by itself is paused, and no reminder is repeated, until a person says so.

A visit that was open when the backup was taken may have been ended since, so everybody signs in
anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout, Reminder
from dispatch.domain.calendar import moment_in_words
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import RUNNING, MailoutState
from dispatch.domain.proof.checkpoint import signed_text
from dispatch.domain.tracking.reminders import ReminderKind, ReminderState, Timetable
from dispatch.domain.word import Word
from dispatch.files.dumps import Checked, Dump, note_text
from dispatch.files.holidays import ENGLAND
from dispatch.files.keys import is_signed
from dispatch.ledger import catalogue, events, journal, upkeep_events
from dispatch.mailouts.store import mailouts_in
from dispatch.people import visits
from dispatch.tracking.standing import standing
from dispatch.tracking.store import reminders
from dispatch.upkeep.store import dump, restored

NOT_ON_RECORD: Final = "what left after it is not on record"

ELSEWHERE: Final = "elsewhere"
"""What the ledger calls a backup that was not one of ours."""


@dataclass(frozen=True, slots=True)
class Held:
    """A mailout of which nothing leaves until a person says so."""

    name: str
    state: MailoutState
    """Paused, or approved."""
    is_released: bool
    """Whether it was released when the backup was taken; if not, it may have been since."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What waits for a person after a restore."""

    in_doubt: int
    """Deliveries that may have left since the backup."""
    held: tuple[Held, ...]


class Signature(Enum):
    """What can be said of a backup's signature."""

    OURS = "valid"
    MISSING = "none"
    UNCHECKED = "not checked: the key was not there"
    OTHER = "not by our key"


def signature_of(found: Checked, public: bytes | None) -> Signature:
    """Return what can be said of a backup by our public key; None if that is not there."""
    if not found.note:
        return Signature.MISSING
    if public is None:
        return Signature.UNCHECKED
    signed = signed_text(found.note, public, partial(is_signed, public))
    return Signature.OURS if signed == note_text(found.digest) else Signature.OTHER


def refuse_unsigned(path: Path, signature: Signature, key_file: Path) -> None:
    """Raise `RuleBroken` for a backup that our key has not signed, with what to do."""
    if signature is Signature.OURS:
        return
    why = UNSIGNED[signature].format(key_file)
    raise RuleBroken(
        f"{path} {why}. Nothing is restored. If you know that it is as it was written: "
        f"--unsigned --because TEXT"
    )


UNSIGNED: Final[Mapping[Signature, str]] = {
    Signature.MISSING: "has no signature: an older dispatch wrote it, or somebody made it up",
    Signature.UNCHECKED: (
        "is signed, and the key to check that is not here: copy the signing key to {} first, or "
        "say --keys-lost if nobody has it any more"
    ),
    Signature.OTHER: (
        "is not signed with the key in {}: copy the key there that was the signing key when it was "
        "written"
    ),
}


def restore(
    session: Session,
    file: Dump,
    word: Word,
    *,
    sha256: str,
    signature: Signature = Signature.MISSING,
    is_nothing_lost: bool = False,
) -> Restored:
    """Fill an empty database from a backup, and hold everything that may have left since.

    All or nothing, in the caller's transaction. With `is_nothing_lost` a person says that the
    service has not run since the backup: then what was waiting goes on waiting, in paused mailouts.
    Raises as `dump.load`.
    """
    header = dump.load(session, file)
    visits.end_everywhere(session)
    why = f"restored from the backup of {moment_in_words(header.taken_at)}"
    if is_nothing_lost:
        done = Restored(0, tuple(_hold(session, why, word)))
    else:
        done = _doubt(session, header.taken_at, why, word)
    detail = {
        "sha256": sha256,
        "taken_at": header.taken_at.isoformat(),
        "revision": header.revision,
        "rows": str(header.rows),
        "in_doubt": str(done.in_doubt),
        "lost": "nothing, as that person says" if is_nothing_lost else "unknown",
        "signature": signature.value,
    }
    if word.because:
        detail["because"] = word.because
    journal.append(session, upkeep_events.DB_RESTORED.by(word, file.path.name, **detail))
    return done


def declare(session: Session, as_of: datetime, word: Word) -> Restored:
    """Record that the database was restored by other means, to how it was at a moment.

    Everything that may have left since is held, exactly as after `restore`. To name too early a
    moment is safe: only more of the mail server's log must then be searched. Raises `RuleBroken`
    without a reason, or for a moment that has not come yet.
    """
    reason = word.needed_reason()
    if as_of > word.at:
        raise RuleBroken(
            f"{moment_in_words(as_of)} has not come yet: give the moment of the backup that the "
            f"database was restored from"
        )
    visits.end_everywhere(session)
    why = f"restored by other means to {moment_in_words(as_of)}"
    done = _doubt(session, as_of, why, word)
    detail = {
        "taken_at": as_of.isoformat(),
        "in_doubt": str(done.in_doubt),
        "lost": "unknown",
        "because": reason,
    }
    journal.append(session, upkeep_events.DB_RESTORED.by(word, ELSEWHERE, **detail))
    return done


def _doubt(session: Session, since: datetime, why: str, word: Word) -> Restored:
    """Put in doubt what may have left since a moment, skip reminders, and hold mailouts."""
    why = f"{why}; {NOT_ON_RECORD}"
    doubted = restored.put_in_doubt(session, since=since, now=word.at)
    for mailout in reminders.awaiting_upload(session):
        _skip_reminder(session, mailout, why, word)
    return Restored(doubted, tuple(_hold(session, why, word)))


def _hold(session: Session, why: str, word: Word) -> Iterator[Held]:
    """Pause each mailout that goes on by itself; yield these, and those a person may let go on."""
    waiting = (MailoutState.APPROVED, MailoutState.PAUSED)
    for mailout in mailouts_in(session, *waiting, *RUNNING):
        mailout.remark = why
        if mailout.state in RUNNING:
            mailout.move_to(MailoutState.PAUSED)
            journal.append(session, events.MAILOUT_PAUSED.by(word, mailout.name, why=why))
        yield Held(mailout.name, mailout.state, mailout.released_at is not None)


def _skip_reminder(session: Session, mailout: Mailout, why: str, word: Word) -> None:
    """Record the reminder that would be sent now as not sent: it may have been since the backup."""
    assert mailout.released_at  # noqa: S101 - for the type checker: it awaits its upload
    timetable = Timetable(mailout.plan, mailout.released_at, mailout.plan.holidays(ENGLAND))
    slot = timetable.current(word.at)
    if slot is None:
        return
    row = reminders.of_slot(session, mailout, slot, is_warning=False)
    if row is None:
        row = Reminder(
            mailout_id=mailout.id,
            slot_at=slot,
            kind=ReminderKind.UNREACHED,
            unreached=len(standing(session, mailout).not_surely_reached),
            state=ReminderState.UNSENT,
            created_at=word.at,
        )
        session.add(row)
    elif row.state is ReminderState.DEFERRED:
        row.move_to(ReminderState.UNSENT)
    else:
        return
    row.remark, row.ended_at = why, word.at
    unsent = catalogue.into(ReminderState.UNSENT)
    journal.append(session, unsent.by(word, mailout.name, hour=slot.isoformat(), why=why))
