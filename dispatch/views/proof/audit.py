"""What verifying the ledger found, and what it could not find out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.wording.counts import counted
from dispatch.proof.verify import Audit
from dispatch.tracking.status import LedgerState
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """Whether the ledger holds, and how far it goes."""

    holds: bool
    wrong: tuple[str, ...]
    seals: int
    entries: int
    root: str | None
    sealed_at: Moment | None
    unsealed: int
    late: int
    late_until: Moment | None
    checkpoints: tuple[str, ...]
    held_at: Moment | None
    """When the audit of a night last found that it held."""


def audit_view(
    found: Audit, checkpoints: Iterable[str], by_night: LedgerState | None = None
) -> AuditView:
    """Return the view of an audit against checkpoints of these names.

    `by_night` is how the ledger was found before.
    """
    last = found.last
    return AuditView(
        holds=not found.wrong,
        wrong=found.wrong,
        seals=last.number if last else 0,
        entries=last.size if last else 0,
        root=last.root if last else None,
        sealed_at=last.sealed_at if last else None,
        unsealed=found.unsealed,
        late=found.late,
        late_until=found.late_until,
        checkpoints=tuple(sorted(checkpoints)),
        held_at=by_night.held_at if by_night else None,
    )


def conclusion(view: AuditView) -> str | None:
    """Return the sentence for a ledger that holds; None if it does not, or nothing is sealed."""
    if view.wrong or view.sealed_at is None:
        return None
    entries = counted(view.entries, "entry", "entries")
    return f"Verified: {entries} under {counted(view.seals, 'seal', 'seals')}, nothing altered."


def remarks(view: AuditView) -> Iterator[str]:
    """Yield what the audit could not find out, or what proves less than it might."""
    if view.sealed_at is None:
        yield "Nothing has been sealed yet: only contents and states could be checked."
    if view.held_at:
        yield f"The audit of a night last found that it held on {moment_in_words(view.held_at)}."
    if view.unsealed:
        subject, verb = counted(view.unsealed, "event", "events"), "are"
        if view.unsealed == 1:
            verb = "is"
        yield f"{subject} {verb} not sealed yet and so {verb} not yet tamper-evident."
    if view.late_until:
        yield (
            f"{counted(view.late, 'event was', 'events were')} sealed more than an hour late, the "
            f"last on {moment_in_words(view.late_until)}: until then an event and its records "
            f"could be changed unnoticed."
        )
    if not view.checkpoints:
        yield (
            "No checkpoint was given, so nobody can tell whether the end was cut off or the "
            "database replaced by an older copy."
        )
