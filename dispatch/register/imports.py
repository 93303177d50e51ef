"""Import files of authorities, contacts and figures: all of a file, or nothing of it.

A file's effect is worked out first, as a proposal, and can be shown to a person before anything is
written. The file itself is kept as it came. A mailout whose letters the changes alter goes back to
draft, if it has not been released.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from dispatch.database import Session
from dispatch.database.sql import Prepared, insert_prepared
from dispatch.database.tables import Mailout, SourceFile
from dispatch.domain import calendar
from dispatch.domain.digest import sha256
from dispatch.domain.mailout import Plan
from dispatch.domain.proof.ledger import Event
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.comparison import Comparison, Ending
from dispatch.domain.register.figures import Figures
from dispatch.domain.register.mail_domains import Domains, Odd
from dispatch.domain.register.staging import Voided
from dispatch.domain.word import Word
from dispatch.files.tables.sheet import Table
from dispatch.ledger import events, journal
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import stamp_of_mailouts
from dispatch.register import store
from dispatch.register.file_kinds import (
    Drawable,
    Entry,
    File,
    FileKind,
    Known,
    Present,
    Source,
    kind_of,
)
from dispatch.register.register import (
    Schemes,
    lock_for_change,
    schemes,
    unreleased,
    written_to,
)

T = TypeVar("T", bound=Authority | Contact | Figures)

Approval = tuple[str, datetime]
"""Who approved a mailout's letters, and when."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a file is read and compared with."""

    authorities: Mapping[str, Authority]
    """The registered authorities, by code."""
    present: Present[Any]
    plans: Mapping[str, Plan]
    """Those of the mailouts that could go back to draft, by name."""
    domains: Callable[[], Mapping[str, Collection[str]]] = dict
    """Reads the authorities whose contacts have or had each mail domain."""
    approvals: Mapping[str, Approval] = field(default_factory=dict)
    """Those of the same mailouts, by name."""
    schemes: Schemes = field(default_factory=Schemes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import(Proposal):
    """What a file changes, and which mailouts go back to draft."""

    file: File
    comparison: Comparison[Any]
    concerned: Mapping[str, str]
    """What changes in the letters of which mailout, in words, by its name."""
    voided: tuple[Voided, ...] = ()
    """The same mailouts, with the letters that change and the approval that no longer holds."""
    notes: tuple[str, ...] = ()
    """What a person should know of how the file was read, a sentence each."""
    odd: tuple[Odd, ...] = ()
    """Addresses that have the domain of another authority, for a person to confirm."""
    stamp: object = None
    """What is the same while the file changes the same."""
    source_id: UUID | None = None
    """The row of the file, once it is taken in."""

    @property
    def reopens(self) -> tuple[str, ...]:
        """The names of the mailouts that go back to draft."""
        return tuple(self.concerned)

    @property
    def effect(self) -> object:
        """Which file it is, and all that it changes."""
        file = [self.file.kind, sha256(self.file.content)]
        return [file, self.comparison.effect, self.reopens, self.odd, self.voided]


def propose(session: Session, file: File, *, drawable: Drawable | None = None) -> Import:
    """Return what a file would change; nothing is written or locked.

    Raises `BadInput` with everything that is wrong in the file.
    """
    stamp = _stamp(session)  # first: what changes from here on must not go unnoticed
    found = _worked_out(file, _basis(session, file, unreleased(session)), drawable)
    return replace(found, stamp=stamp)


@dataclass(frozen=True, slots=True)
class Ready:
    """An import of which all is prepared that can be before its transaction begins."""

    agreed: Import
    word: Word
    source: Source
    rows: Prepared
    events: Prepared


def prepare(session: Session, agreed: Import, word: Word) -> Ready:
    """Prepare what an import writes; nothing is written or locked.

    Of 100,000 rows that takes most of the time, in which nobody else could write to SQLite.
    """
    source = Source(uuid4(), calendar.local(word.at).date())
    rows = kind_of(agreed.file).prepared(session, agreed.comparison, source)
    recorded = journal.prepared(session, _events(agreed, word))
    return Ready(agreed, word, source, rows, recorded)


def take_in(
    session: Session,
    file: File,
    word: Word,
    *,
    ready: Ready | None = None,
    drawable: Drawable | None = None,
) -> Import:
    """Take in a file, and return what it changed.

    `ready` is the proposal that the person saw, prepared, if they were shown one; while nothing
    that it rests on has changed, the file is not read a second time. Raises `BadInput` with
    everything that is wrong in the file; `ChangedMeanwhile` if it would do anything else than what
    was agreed.
    """
    mailouts = {each.name: each for each in lock_for_change(session)}
    if ready is None or (ready.agreed.file, ready.agreed.stamp) != (file, _stamp(session)):
        found = _worked_out(file, _basis(session, file, mailouts.values()), drawable)
        if ready is not None:
            found.check(ready.agreed.digest)
        ready = prepare(session, found, word)
    _write(session, ready)
    done = ready.agreed
    for name, what in done.concerned.items():
        reopen(session, mailouts[name], f"{what} changed on import of {file.name}", word)
    return replace(done, source_id=ready.source.id)


def _write(session: Session, ready: Ready) -> None:
    """Write the file as it came, what it says, and the record of that."""
    file, source = ready.agreed.file, ready.source
    row = SourceFile.of(file.kind, file.name, file.content, ready.word)
    row.id = source.id
    session.add(row)
    session.flush()
    kind_of(file).make_way(session, ready.agreed.comparison, source)
    insert_prepared(session, ready.rows)
    insert_prepared(session, ready.events)


def _basis(session: Session, file: File, mailouts: Iterable[Mailout]) -> Basis:
    concerned = list(mailouts)
    return Basis(
        store.authorities.by_code(session),
        kind_of(file).present(session),
        {each.name: each.plan for each in concerned},
        partial(kind_of(file).domains, session),
        {
            each.name: (each.approved_by, each.approved_at)
            for each in concerned
            if each.approved_by and each.approved_at
        },
        schemes(session),
    )


def _stamp(session: Session) -> object:
    """Return what differs once the register or a mailout has changed, without reading either."""
    return store.contacts.stamp(session), stamp_of_mailouts(session)


def _worked_out(file: File, basis: Basis, drawable: Drawable | None) -> Import:
    kind = kind_of(file)
    coming, odd = _read(file, basis, drawable)
    comparison = kind.compare(basis.present, coming.values)
    arriving = [each for each in comparison.coming if isinstance(each, Authority)]
    known: list[Authority] = [*basis.authorities.values(), *arriving]
    concerned = {
        name: changes
        for name, plan in basis.plans.items()
        if (changes := _changes(kind, comparison, plan, known))
    }
    return Import(
        file=file,
        comparison=comparison,
        concerned={name: _in_words(changes) for name, changes in concerned.items()},
        voided=tuple(
            Voided(
                mailout=name,
                letters=tuple(dict.fromkeys(code for code, _ in changes)),
                approval=basis.approvals.get(name),
            )
            for name, changes in concerned.items()
        ),
        notes=coming.notes,
        odd=odd,
    )


def _read(
    file: File, basis: Basis, drawable: Drawable | None
) -> tuple[Table[Any], tuple[Odd, ...]]:
    """Return what a file says, and the addresses in it with another authority's domain.

    The cells, and the domains, of 100,000 authorities are let go of. Raises `BadInput`.
    """
    kind = kind_of(file)
    coming = kind.read(file, Known(basis.authorities, basis.present, drawable, basis.schemes))
    odd = kind.odd(file, coming, Domains(basis.authorities, basis.domains()))
    return replace(coming, layout=None), odd


Shown = tuple[str, str]
"""The code of an authority whose letter changes, and what changes in it, in words."""


def _changes(
    kind: FileKind[T], comparison: Comparison[T], plan: Plan, known: Sequence[Authority]
) -> list[Shown]:
    """Return what changes in a plan's letters."""
    codes = written_to(plan, known)
    shown = (kind.shown_in(plan, each) for each in comparison.altering)
    return [(code, what) for code, what in filter(None, shown) if code in codes]


def _in_words(changes: Sequence[Shown]) -> str:
    """Say what changes, in words that name the first."""
    others = len(changes) - 1
    more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
    return f"{changes[0][1]}{more}"


def _events(done: Import, word: Word) -> list[Event]:
    """Return what the ledger records of an import, and of each change that it makes."""
    file, comparison, kind = done.file, done.comparison, kind_of(done.file)
    short = file.short  # once: it is a digest over the whole file
    counts = {
        "new": len(comparison.new),
        "changed": len(comparison.changed),
        "unchanged": comparison.unchanged,
        **({"ended": len(comparison.ended)} if comparison.ended else {}),
    }
    detail = {"name": file.name, **{key: str(count) for key, count in counts.items()}}
    if word.because:
        detail["because"] = word.because
    if done.odd:
        detail["odd"] = " ".join(dict.fromkeys(each.authority for each in done.odd))
    if file.although:
        detail["although"] = file.although
    changes = [
        *(kind.change(each) for each in comparison.changed),
        *(_ending(each, file.name) for each in comparison.ended),
    ]
    return [
        events.IMPORTED[file.kind].by(word, short, **detail),
        *(each.by(word, code, **said, file=short) for each, code, said in changes),
    ]


def _ending(ending: Ending[Contact], name: str) -> Entry:
    """Say which contact ended; only contacts end without another in their place."""
    contact = ending.value
    detail = {"role": contact.role, "contact": str(ending.row_id), "name": name}
    return events.CONTACT_ENDED, contact.authority, detail
