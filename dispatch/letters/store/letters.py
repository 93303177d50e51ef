"""The letters of a mailout that are in force."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Self, TypeVarTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    Select,
    String,
    Uuid,
    and_,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from dispatch.batches import batches
from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, is_in, is_of, listed
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.address import domain_of
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.letter import (
    NOT_IN_FORCE,
    Draft,
    LetterState,
    Recipient,
    is_pdf,
    letter_digest,
)
from dispatch.domain.letters.approval import Leaf, recipients_digest
from dispatch.domain.mailout import REOPENED_BY_CHANGE
from dispatch.domain.register.codes import SLASH, authority_of, by_name
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.letters.store.documents import RECIPIENTS
from dispatch.register.store.authorities import is_about, letter_code, letter_codes

Ts = TypeVarTuple("Ts")


def in_force(session: Session, mailout: Mailout) -> Sequence[Letter]:
    """Return the letters of a mailout that are in force, by authority: the last version of each."""
    query = select(Letter).where(*_is_in_force(mailout)).order_by(Letter.authority_code)
    return session.scalars(query).all()


def by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, Letter]:
    """Return some letters by their ids."""
    if not ids:
        return {}
    these = listed(session.get_bind().dialect.name, "ids", Uuid())
    query = select(Letter).where(Letter.id.in_(these))
    found = session.scalars(query, {"ids": as_list((each,) for each in ids)})
    return {each.id: each for each in found}


def named_in_force(session: Session, mailout: Mailout, wanted: Collection[str]) -> list[Letter]:
    """Return the letters in force that some codes name, by authority.

    Raises `NotFound` for a code that names none.
    """
    known, found = letter_codes(session, wanted), list[Letter]()
    for some in batches(sorted(known), NAMED):
        is_one = or_(*(is_about(session, Letter.authority_code, code) for code in some))
        query = select(Letter).where(*_is_in_force(mailout), is_one)
        found += session.scalars(query.order_by(Letter.authority_code))
    there = by_name(each.authority_code for each in found)
    for code in sorted(known - there.keys()):
        raise _no_letter(mailout, code)
    return list({each.authority_code: each for each in found}.values())


NAMED: Final = 200
"""Codes that one condition names: SQLite takes fewer than 1,000."""


def ids_in_force(session: Session, mailout: Mailout, codes: Collection[str]) -> dict[str, UUID]:
    """Return the ids of those letters in force that have these codes, by their codes."""
    every = select(Letter.authority_code, Letter.id).where(*_is_in_force(mailout))
    query, given = _of_codes(session, every, codes)
    return dict(session.execute(query, given).all())


def replacing(session: Session, mailout: Mailout) -> list[tuple[str, int, str]]:
    """Return the letters in force that replaced another: code, version and digest. They are few."""
    query = select(Letter.authority_code, Letter.version, Letter.digest)
    query = query.where(*_is_in_force(mailout), Letter.version > FIRST)
    found = session.execute(query.order_by(Letter.authority_code))
    return [(code, version, digest or "") for code, version, digest in found]


def waiting(session: Session, mailout: Mailout) -> Sequence[str]:
    """Return the codes of letters that wait: proposed ones, and those in force that are not made.

    Also a first version that was set to proposed, which no act of ours does: it is not in force.
    """
    is_one = or_(Letter.state == LetterState.PROPOSED, and_(*_is_in_force(mailout)))
    query = select(Letter.authority_code).where(
        Letter.mailout_id == mailout.id,
        *are_not_made(Letter.state),  # first: of few of many letters the rest is asked
        is_one,
    )
    return session.scalars(query.order_by(Letter.authority_code)).all()


@dataclass(frozen=True, slots=True)
class Stored:
    """A letter in force as it is stored, without the content of its draft."""

    id: UUID
    authority_code: str
    version: int
    state: LetterState
    error: str | None
    fingerprint: str
    subject: str | None
    parts: Mapping[str, str]
    digest: str | None
    approval_salt: str | None
    approval_recipients: str | None
    approval_index: int | None
    approval_path: Sequence[str] | None
    recipients: list[Mapping[str, str]]
    attachments: list[Mapping[str, str]]

    @property
    def documents(self) -> list[str]:
        """The SHA-256 of each of its forms and attachments."""
        return [*self.parts.values(), *(each["sha256"] for each in self.attachments)]

    @property
    def leaf(self) -> Leaf:
        """Its leaf in the tree of an approval."""
        return Leaf(
            self.authority_code,
            self.version,
            self.digest or "",
            recipients_digest(self.recipients, self.approval_salt or ""),
        )

    @property
    def is_as_digested(self) -> bool:
        """Whether its digest is of what is stored."""
        return self.digest == letter_digest(self.subject, self.parts, self.attachments)


def stored(session: Session, mailout: Mailout, codes: Iterable[str]) -> list[Stored]:
    """Return those of the letters in force that have one of these codes, by authority."""
    query, given = _of_codes(session, _stored(mailout), codes)
    return [Stored(*row) for row in session.execute(query, given)]


def stored_after(session: Session, mailout: Mailout, after: str, *, limit: int) -> list[Stored]:
    """Return some of the letters in force, by authority: those that follow one, by its code."""
    query = _stored(mailout).where(Letter.authority_code > after).limit(limit)
    return [Stored(*row) for row in session.execute(query)]


def all_stored(session: Session, mailout: Mailout) -> Iterator[Stored]:
    """Yield the letters in force, by authority; a page of them is read at a time."""
    after = ""
    while page := stored_after(session, mailout, after, limit=PAGE):
        yield from page
        after = page[-1].authority_code


PAGE: Final = 500
"""Letters that are read, or written, at a time."""


def _stored(mailout: Mailout) -> Select[*tuple[Any, ...]]:
    draft = type_coerce(table_of(Letter).c.draft, JSON)
    columns = (
        Letter.id,
        Letter.authority_code,
        Letter.version,
        Letter.state,
        Letter.error,
        Letter.fingerprint,
        Letter.subject,
        Letter.parts,
        Letter.digest,
        Letter.approval_salt,
        Letter.approval_recipients,
        Letter.approval_index,
        Letter.approval_path,
        draft["recipients"],
        draft["attachments"],
    )
    return select(*columns).where(*_is_in_force(mailout)).order_by(Letter.authority_code)


def of_codes(session: Session, mailout: Mailout, codes: Iterable[str]) -> Sequence[Letter]:
    """Return those of the letters in force that have one of these codes, but for their drafts."""
    every = select(Letter).where(*_is_in_force(mailout)).order_by(Letter.authority_code)
    query, given = _of_codes(session, every.options(defer(Letter.draft)), codes)
    return session.scalars(query, given).all()


def drafts(session: Session, ids: Iterable[UUID]) -> dict[str, Draft]:
    """Return what some letters were made from, by their codes."""
    these = listed(session.get_bind().dialect.name, "ids", Uuid())
    query = select(Letter.authority_code, Letter.draft).where(Letter.id.in_(these))
    return dict(session.execute(query, {"ids": as_list((each,) for each in ids)}).all())


def _of_codes(
    session: Session, query: Select[*Ts], codes: Iterable[str]
) -> tuple[Select[*Ts], dict[str, str]]:
    these = listed(session.get_bind().dialect.name, "codes", String())
    given = {"codes": as_list((each,) for each in codes)}
    return query.where(Letter.authority_code.in_(these)), given


def to_successors(session: Session, mailout: Mailout) -> dict[str, list[str]]:
    """Return the codes of letters to one of several successors, by the authority's own code."""
    found: dict[str, list[str]] = defaultdict(list)
    is_one = Letter.mailout_id == mailout.id, Letter.authority_code.contains(SLASH)
    for code in session.scalars(select(Letter.authority_code).where(*is_one).distinct()):
        found[authority_of(code)].append(code)
    return found


def pdfs(session: Session, mailout: Mailout) -> Iterator[tuple[str, str]]:
    """Yield the code of each letter in force with the SHA-256 of each of its PDFs."""
    query = select(Letter.authority_code, Letter.parts).where(*_is_in_force(mailout))
    query, after = query.order_by(Letter.authority_code).limit(PAGE), ""
    while page := session.execute(query.where(Letter.authority_code > after)).all():
        for code, parts in page:
            yield from ((code, sha256) for form, sha256 in parts.items() if is_pdf(form))
        after = page[-1].authority_code


def in_force_after(
    session: Session, mailout: Mailout, after: str | None, *, limit: int
) -> Sequence[Letter]:
    """Return some of the letters in force, by authority: those that follow one, by its code."""
    query = select(Letter).where(*_is_in_force(mailout)).order_by(Letter.authority_code)
    if after is not None:
        query = query.where(Letter.authority_code > after)
    return session.scalars(query.limit(limit)).all()


def _is_in_force(mailout: Mailout) -> Iterator[ColumnElement[bool]]:
    return are_in_force([mailout.id])


def are_in_force(mailouts: Sequence[UUID]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions for a letter that is not void, not just proposed, and not replaced.

    For the letters of some mailouts, by their ids.
    """
    yield is_of(Letter.mailout_id, mailouts)
    yield Letter.state.not_in(NOT_IN_FORCE)
    # Few letters have a later version, and the index of such versions finds them at once. To ask of
    # each letter whether there is a later one takes a hundred times as long.
    later, last = _twice()
    replaced = select(later.c.mailout_id, later.c.authority_code).where(
        is_of(later.c.mailout_id, mailouts), *_may_replace(later)
    )
    newest = (
        select(func.max(last.c.version))
        .where(
            last.c.mailout_id == Letter.mailout_id,
            last.c.authority_code == Letter.authority_code,
            *_may_replace(last),
        )
        .correlate(Letter)
        .scalar_subquery()
    )
    is_alone = tuple_(Letter.mailout_id, Letter.authority_code).not_in(replaced)
    yield or_(is_alone, Letter.version == newest)


FIRST: Final[ColumnElement[int]] = literal_column("1")
"""The first version, as the index of later ones has it."""


def are_not_made(
    column: InstrumentedAttribute[LetterState], *states: LetterState
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions for letters in one of these states, which are not those that are made.

    In any other state, if none is given. They are found by an index of their own.
    """
    yield column != RENDERED
    if states:
        yield is_in(column, *states)


RENDERED: Final[ColumnElement[LetterState]] = literal_column(f"'{LetterState.RENDERED.value}'")
"""As that index has it."""


def _may_replace(table: FromClause) -> Iterator[ColumnElement[bool]]:
    yield table.c.version > FIRST
    yield table.c.state.not_in(NOT_IN_FORCE)


@cache
def _twice() -> tuple[FromClause, FromClause]:
    """Return the table of letters under two names: made once, which takes longer than asking."""
    return table_of(Letter).alias("later"), table_of(Letter).alias("last")


def letter_of(
    session: Session, mailout: Mailout, code: str, *, version: int | None = None
) -> Letter:
    """Return one authority's letter that is in force, or the version named.

    Raises `NotFound` if there is none, and `RuleBroken` if there are several: one to each of the
    bodies that came after it.
    """
    is_wanted = [*_is_in_force(mailout)] if version is None else [*_is_version(mailout, version)]
    query = select(Letter).where(*is_wanted, is_named(session, code, Letter.authority_code))
    found = session.scalars(query.order_by(Letter.authority_code)).all()
    if len(found) > 1:
        raise RuleBroken(several(code, [each.authority_code for each in found]))
    if found:
        return found[0]
    if version is not None:
        raise NotFound(f"there is no version {version} of the letter of {code} in {mailout.name}")
    raise _no_letter(mailout, code)


def _no_letter(mailout: Mailout, code: str) -> NotFound:
    return NotFound(
        f"{mailout.name} has no letter for {code}: it is not made yet, or cannot be made",
        remedy=Remedy(kind=RemedyKind.CHECK, mailout=mailout.name),
    )


def is_named(
    session: Session, code: str, column: InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Return the condition for the letters that a code names: SRY names SRY/ESU too.

    Raises `NotFound` if it is not the code of an authority.
    """
    return is_about(session, column, letter_code(session, code))


def code_named(session: Session, mailout: Mailout, code: str) -> str:
    """Return the code of the one letter that a code names, whether or not there is any.

    Raises `RuleBroken` if there are several, and `NotFound` if no authority has the code.
    """
    is_one = *_is_in_force(mailout), is_named(session, code, Letter.authority_code)
    query = select(Letter.authority_code).where(*is_one).order_by(Letter.authority_code)
    meant = session.scalars(query).all()
    if len(meant) > 1:
        raise RuleBroken(several(code, meant))
    return meant[0] if meant else letter_code(session, code)


def several(code: str, codes: Iterable[str]) -> str:
    """Return what is said when one letter is asked for and there are several."""
    return f"{code} has a letter to each body that came after it: say which, {' or '.join(codes)}"


def _is_version(mailout: Mailout, version: int) -> Iterator[ColumnElement[bool]]:
    yield Letter.mailout_id == mailout.id
    yield Letter.state != LetterState.VOID
    yield Letter.version == version


def counts(session: Session, mailout: Mailout) -> dict[LetterState, int]:
    """Return how many letters of a mailout, of those in force, are in each state."""
    query = select(Letter.state, func.count()).where(*_is_in_force(mailout)).group_by(Letter.state)
    return dict(session.execute(query).all())


def failures(session: Session, mailout: Mailout) -> list[tuple[str, str | None]]:
    """Return the authority of each letter that could not be made, and why not."""
    query = select(Letter.authority_code, Letter.error).where(
        *_is_in_force(mailout), *are_not_made(Letter.state, LetterState.FAILED)
    )
    return [(code, why) for code, why in session.execute(query.order_by(Letter.authority_code))]


@dataclass(frozen=True, slots=True)
class Size:
    """How many letters of a mailout are in force, and to how many recipients they go."""

    letters: int
    recipients: int


def size(session: Session, mailout: Mailout) -> Size:
    """Count letters and recipients, without loading any draft.

    Of a mailout whose letters are all made they were counted when they were.
    """
    if mailout.numbers and mailout.state in REOPENED_BY_CHANGE:
        return Size(mailout.numbers.letters, mailout.numbers.recipients)
    # Drafts are JSONB on PostgreSQL, whose function for that has a name of its own.
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    length = func.jsonb_array_length if is_postgresql else func.json_array_length
    recipients = length(type_coerce(Letter.draft, JSON)["recipients"])
    query = select(func.count(), func.coalesce(func.sum(recipients), 0))
    found = session.execute(query.where(*_is_in_force(mailout))).one()
    return Size(*map(int, found))


@dataclass(frozen=True, slots=True)
class Addressed:
    """What is needed of a letter to say where it goes."""

    id: UUID
    mailout_id: UUID
    authority_code: str
    pdf: str | None
    """The SHA-256 of its PDF, once it is made."""
    digest: str
    """Its own, once it is made."""
    recipients: tuple[Recipient, ...]
    recipients_digest: str
    """The salted digest of its recipients."""

    @classmethod
    def of(cls, letter: Letter) -> Self:
        """Take a letter that has been loaded."""
        recipients = letter.draft.recipients
        return cls(
            id=letter.id,
            mailout_id=letter.mailout_id,
            authority_code=letter.authority_code,
            pdf=letter.parts.get("pdf"),
            digest=letter.digest or "",
            recipients=recipients,
            recipients_digest=recipients_digest(recipients, letter.approval_salt or ""),
        )

    @classmethod
    def as_stored(cls, letter: Stored, mailout: Mailout) -> Self:
        """Take a letter of a mailout as it is stored."""
        return cls(
            id=letter.id,
            mailout_id=mailout.id,
            authority_code=letter.authority_code,
            pdf=letter.parts.get("pdf"),
            digest=letter.digest or "",
            recipients=RECIPIENTS.validate_python(letter.recipients),
            recipients_digest=letter.leaf.recipients,
        )


def addressed(session: Session, mailout: Mailout) -> Iterator[Addressed]:
    """Yield where the letters in force go, by authority; a page of them is read at a time."""
    return (Addressed.as_stored(each, mailout) for each in all_stored(session, mailout))


def domains(session: Session, mailout: Mailout) -> Counter[str]:
    """Return how many recipients of the letters in force have each domain."""
    found = addressed(session, mailout)
    return Counter(domain_of(to.address) for letter in found for to in letter.recipients)


def askers(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the people who had letters rendered that are in force.

    They are few, however many letters there are: from each one the index leads to the next.
    """
    table = table_of(Letter).c
    first = select(func.min(table.asked_by).label("name")).where(table.mailout_id == mailout.id)
    found = first.cte("asker", recursive=True)
    following = select(func.min(table.asked_by)).where(
        table.mailout_id == mailout.id, table.asked_by > found.c.name
    )
    found = found.union_all(select(following.scalar_subquery()).where(found.c.name.is_not(None)))
    has_one = exists().where(*_is_in_force(mailout), Letter.asked_by == found.c.name)
    return frozenset(session.scalars(select(found.c.name).where(has_one)))


def codes(session: Session, mailout: Mailout) -> frozenset[str]:
    """Return the codes of the letters in force."""
    return frozenset(session.scalars(select(Letter.authority_code).where(*_is_in_force(mailout))))


def count(session: Session, mailout: Mailout) -> int:
    """Return how many letters are in force."""
    query = select(func.count()).select_from(Letter).where(*_is_in_force(mailout))
    return session.scalar(query) or 0
