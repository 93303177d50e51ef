"""The kinds of file that come in: how each is read, compared and written."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from dispatch.database import Session
from dispatch.database.sql import Prepared
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.mailout import Plan
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.comparison import Change, Comparison, compare, compare_contacts
from dispatch.domain.register.figures import Figures
from dispatch.domain.register.mail_domains import Domains, Odd
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.files import authorities, contacts, figures
from dispatch.files.tables.sheet import Table
from dispatch.ledger import events, kinds
from dispatch.register import store
from dispatch.register.register import Schemes

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


@dataclass(frozen=True, slots=True)
class Source:
    """The row that a file becomes, and the day from which what it says holds."""

    id: UUID
    day: date


Entry = tuple[kinds.Kind, str, dict[str, str]]
"""What the ledger records of a change: the kind of event, the authority's code, the details."""


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
    def prepared(self, session: Session, comparison: Comparison[T], source: Source) -> Prepared:
        """Return the rows to add, before a transaction that writes begins."""

    def make_way(self, session: Session, comparison: Comparison[T], source: Source) -> None:
        """Let what is registered end, where the rows to add replace it or a file ends it."""

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

    def prepared(
        self, session: Session, comparison: Comparison[Authority], source: Source
    ) -> Prepared:
        return store.authorities.prepared(session, comparison, source.id)

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

    def prepared(
        self, session: Session, comparison: Comparison[Contact], source: Source
    ) -> Prepared:
        return store.contacts.prepared(session, comparison, source.id, source.day)

    def make_way(self, session: Session, comparison: Comparison[Contact], source: Source) -> None:
        store.contacts.make_way(session, comparison, source.day)

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

    def prepared(
        self, session: Session, comparison: Comparison[Figures], source: Source
    ) -> Prepared:
        return store.figures.prepared(session, comparison, source.id)

    def make_way(self, session: Session, comparison: Comparison[Figures], source: Source) -> None:  # noqa: ARG002 - any file
        store.figures.supersede(session, comparison)

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


def kind_of(file: File) -> FileKind[Any]:
    """Return what is particular to the kind of a file. Raises `BadInput` if there is no such."""
    if file.kind not in KINDS:
        raise BadInput(f"{file.kind!r} is not a kind of file; it is one of {', '.join(KINDS)}")
    if not file.is_complete:
        return KINDS[file.kind]
    if file.kind != "contacts":
        raise BadInput(f"a file of {file.kind} is not taken as complete: what is not in it stays")
    return ContactFiles(is_complete=True)
