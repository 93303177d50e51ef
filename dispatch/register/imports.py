"""Import files of authorities, contacts and figures: all of a file, or nothing of it.

A file's effect is worked out first, as a proposal, and can be shown to a person before anything is
written. The file itself is kept as it came. A mailout whose letters the changes alter goes back to
draft, if it has not been released.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Mailout, SourceFile
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.mailout import Plan
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.comparison import (
    Change,
    Comparison,
    Ending,
    compare,
    compare_contacts,
)
from dispatch.domain.register.figures import Figures
from dispatch.domain.register.mail_domains import Domains, Odd
from dispatch.domain.register.staging import Voided
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.files import authorities, contacts, figures
from dispatch.files.tables.sheet import Table
from dispatch.ledger import events, journal, kinds
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import stamp_of_mailouts
from dispatch.register import store
from dispatch.register.register import (
    Schemes,
    lock_for_change,
    schemes,
    unreleased,
    written_to,
)

T = TypeVar("T", bound=Authority | Contact | Figures)

Drawable = Callable[[str], bool]
"""Whether the letters' font can show a character."""

Present = Mapping[Any, tuple[Any, T]]
"""What is registered of a kind, with the ids of the rows, by what tells one from another."""


@dataclass(frozen=True, slots=True)
class Known(Generic[T]):
    """What a file is read by."""

    authorities: Mapping[str, Authority]
    """The registered authorities, by code."""
    present: Present[T]
    drawable: Drawable | None
    schemes: Schemes = field(default_factory=Schemes)

    @property
    def values(self) -> dict[Any, T]:
        """What is registered, without the ids."""
        return {key: value for key, (_, value) in self.present.items()}


@dataclass(frozen=True, slots=True)
class File:
    """A file as it came in."""

    kind: str
    """One of `KINDS`."""
    name: str
    content: bytes
    is_complete: bool = False
    """Whether it names everybody: contacts in its roles who are not in it then end."""
    ignores_unknown: bool = False
    """Whether columns that we do not know are passed over; otherwise the file is refused."""
    although: str = ""
    """Why several addresses may be at domains of other authorities; they are refused without."""

    @property
    def short(self) -> str:
        """The beginning of its SHA-256, which names it in the ledger."""
        return sha256(self.content)[: kinds.SHORT]


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
    domains: Mapping[str, Collection[str]] = field(default_factory=dict)
    """The authorities whose contacts have or had each mail domain."""
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


def take_in(
    session: Session,
    file: File,
    word: Word,
    *,
    agreed: Import | None = None,
    drawable: Drawable | None = None,
) -> Import:
    """Take in a file, and return what it changed.

    `agreed` is the proposal that the person saw, if they were shown one; while nothing that it
    rests on has changed, the file is not read a second time. Raises `BadInput` with everything that
    is wrong in the file; `ChangedMeanwhile` if it would do anything else than what was agreed.
    """
    mailouts = {each.name: each for each in lock_for_change(session)}
    if agreed is not None and (agreed.file, agreed.stamp) == (file, _stamp(session)):
        found = agreed
    else:
        found = _worked_out(file, _basis(session, file, mailouts.values()), drawable)
        if agreed is not None:
            found.check(agreed.digest)
    source = _kept(session, file, word)
    _kind_of(file).write(session, found.comparison, source)
    _record(session, found, word)
    for name, what in found.concerned.items():
        reopen(session, mailouts[name], f"{what} changed on import of {file.name}", word)
    return replace(found, source_id=source.id)


def _basis(session: Session, file: File, mailouts: Iterable[Mailout]) -> Basis:
    concerned = list(mailouts)
    return Basis(
        store.authorities.by_code(session),
        _kind_of(file).present(session),
        {each.name: each.plan for each in concerned},
        _kind_of(file).domains(session),
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
    kind = _kind_of(file)
    coming = kind.read(file, Known(basis.authorities, basis.present, drawable, basis.schemes))
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
        odd=kind.odd(file, coming, Domains(basis.authorities, basis.domains)),
    )


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


def _kept(session: Session, file: File, word: Word) -> SourceFile:
    """Keep the file as it came."""
    source = SourceFile.of(file.kind, file.name, file.content, word)
    session.add(source)
    session.flush()
    return source


def _record(session: Session, done: Import, word: Word) -> None:
    """Record the import in the ledger, and each change that it made."""
    file, comparison, kind = done.file, done.comparison, _kind_of(done.file)
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
    journal.append_all(
        session,
        [
            events.IMPORTED[file.kind].by(word, short, **detail),
            *(each.by(word, code, **said, file=short) for each, code, said in changes),
        ],
    )


Entry = tuple[kinds.Kind, str, dict[str, str]]
"""What the ledger records of a change: the kind of event, the authority's code, the details."""


def _ending(ending: Ending[Contact], name: str) -> Entry:
    """Say which contact ended; only contacts end without another in their place."""
    contact = ending.value
    detail = {"role": contact.role, "contact": str(ending.row_id), "name": name}
    return events.CONTACT_ENDED, contact.authority, detail


class FileKind(ABC, Generic[T]):
    """What is particular to one kind of file."""

    @abstractmethod
    def present(self, session: Session) -> Present[T]:
        """Return what is registered."""

    def domains(self, session: Session) -> Mapping[str, Collection[str]]:  # noqa: ARG002 - a kind without addresses
        """Return whose contacts have or had each mail domain, if the kind has addresses."""
        return {}

    @abstractmethod
    def read(self, file: File, known: Known[T]) -> Table[T]:
        """Return what a file says, and what is registered where the file has no column for it.

        Raises `BadInput` with everything that is wrong in it.
        """

    def odd(self, file: File, coming: Table[T], domains: Domains) -> tuple[Odd, ...]:  # noqa: ARG002 - a kind without addresses
        """Return the addresses that have another authority's domain. Raises `BadInput`."""
        return ()

    @abstractmethod
    def compare(self, present: Present[T], coming: Iterable[T]) -> Comparison[T]:
        """Compare what a file says with what is registered."""

    @abstractmethod
    def write(self, session: Session, comparison: Comparison[T], source: SourceFile) -> None:
        """Write the changes."""

    @abstractmethod
    def change(self, change: Change[T]) -> Entry:
        """Return what the ledger records of a change."""

    @abstractmethod
    def shown_in(self, plan: Plan, value: T) -> tuple[str, str] | None:
        """Return whose letter a value alters, if the plan's letters show it, and what it is."""


class AuthorityFiles(FileKind[Authority]):
    """Files of authorities. One that is not in the file stays as it is."""

    def present(self, session: Session) -> Present[Authority]:
        registered = store.authorities.by_code(session)
        return {code: (None, authority) for code, authority in registered.items()}

    def read(self, file: File, known: Known[Authority]) -> Table[Authority]:
        return authorities.read(
            file.name,
            file.content,
            known=known.authorities,
            registered=known.authorities,
            drawable=known.drawable,
            ignores_unknown=file.ignores_unknown,
        )

    def compare(
        self, present: Present[Authority], coming: Iterable[Authority]
    ) -> Comparison[Authority]:
        return compare(present, coming, lambda each: each.code)

    def write(
        self, session: Session, comparison: Comparison[Authority], source: SourceFile
    ) -> None:
        store.authorities.write(session, comparison, source)

    def change(self, change: Change[Authority]) -> Entry:
        """Record what was there and what is there now: the row itself keeps only the latter."""
        before, after = change.before, change.after
        detail = {
            field: f"{_text(getattr(before, field))} -> {_text(getattr(after, field))}"
            for field in change.fields
        }
        return events.AUTHORITY_CHANGED, after.code, detail

    def shown_in(self, plan: Plan, value: Authority) -> tuple[str, str]:  # noqa: ARG002 - any plan
        return value.code, f"the entry of {value.code}"


def _text(value: object) -> str:
    return (" ".join(value) if isinstance(value, tuple) else str(value or "")) or "none"


@dataclass(frozen=True, slots=True)
class ContactFiles(FileKind[Contact]):
    """Files of contacts. Somebody who is not in the file stays, unless it is complete."""

    is_complete: bool = False

    def present(self, session: Session) -> Present[Contact]:
        return store.contacts.registered(session)

    def domains(self, session: Session) -> Mapping[str, Collection[str]]:
        return store.contacts.domains(session)

    def read(self, file: File, known: Known[Contact]) -> Table[Contact]:
        _refuse_without(known.authorities, file.name)
        return contacts.read(
            file.name,
            file.content,
            known=known.authorities,
            registered=known.values,
            accepts=contacts.Accepts(known.drawable, known.schemes.roles),
            ignores_unknown=file.ignores_unknown,
        )

    def odd(self, file: File, coming: Table[Contact], domains: Domains) -> tuple[Odd, ...]:
        is_trusted = bool(file.although)
        return contacts.odd_domains(file.name, coming, domains, is_trusted=is_trusted)

    def compare(self, present: Present[Contact], coming: Iterable[Contact]) -> Comparison[Contact]:
        return compare_contacts(present, coming, is_complete=self.is_complete)

    def write(self, session: Session, comparison: Comparison[Contact], source: SourceFile) -> None:
        store.contacts.write(session, comparison, source)

    def change(self, change: Change[Contact]) -> Entry:
        """Record which fields differ, and not what they say: the two rows hold that."""
        detail = {
            "role": change.after.role,
            "fields": " ".join(change.fields),
            "replaced": str(change.row_id),
        }
        return events.CONTACT_REPLACED, change.after.authority, detail

    def shown_in(self, plan: Plan, value: Contact) -> tuple[str, str] | None:
        if value.role not in plan.roles:
            return None
        return value.authority, f"the {value.role} of {value.authority}"


class FigureFiles(FileKind[Figures]):
    """Files of figures. Figures that are not in the file stay as they are."""

    def present(self, session: Session) -> Present[Figures]:
        return store.figures.registered(session)

    def read(self, file: File, known: Known[Figures]) -> Table[Figures]:
        _refuse_without(known.authorities, file.name)
        return figures.read(
            file.name,
            file.content,
            known=known.authorities,
            registered=known.values,
            ignores_unknown=file.ignores_unknown,
            within=known.schemes.figures,
        )

    def compare(self, present: Present[Figures], coming: Iterable[Figures]) -> Comparison[Figures]:
        return compare(present, coming, lambda each: (each.authority, each.year))

    def write(self, session: Session, comparison: Comparison[Figures], source: SourceFile) -> None:
        store.figures.write(session, comparison, source)

    def change(self, change: Change[Figures]) -> Entry:
        """Record which counts and other fields differ; the two rows hold what they say."""
        before, after = change.before.counts, change.after.counts
        counts = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        others = [field for field in change.fields if field != "counts"]
        detail = {
            "year": change.after.year,
            "fields": " ".join([*counts, *others]),
            "replaced": str(change.row_id),
        }
        return events.FIGURES_CORRECTED, change.after.authority, detail

    def shown_in(self, plan: Plan, value: Figures) -> tuple[str, str] | None:
        if value.year not in plan.periods:
            return None
        return value.authority, f"the figures of {value.authority} for {value.year}"


def _refuse_without(registered: Mapping[str, Authority], name: str) -> None:
    if not registered:
        remedy = Remedy(kind=RemedyKind.IMPORT_AUTHORITIES)
        raise BadInput(f"{name}: there are no authorities yet", remedy=remedy)


KINDS: Final[Mapping[str, FileKind[Any]]] = {
    "authorities": AuthorityFiles(),
    "contacts": ContactFiles(),
    "figures": FigureFiles(),
}
"""The kinds of file, by the names that people give them."""


def _kind_of(file: File) -> FileKind[Any]:
    if file.kind not in KINDS:
        raise BadInput(f"{file.kind!r} is not a kind of file; it is one of {', '.join(KINDS)}")
    if not file.is_complete:
        return KINDS[file.kind]
    if file.kind != "contacts":
        raise BadInput(f"a file of {file.kind} is not taken as complete: what is not in it stays")
    return ContactFiles(is_complete=True)
