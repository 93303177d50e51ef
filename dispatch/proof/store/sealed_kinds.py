"""Kinds of sealed record: the rows that are written once, and their columns that the ledger covers.

Columns that no kind here names either move on by events of their own (states), or are working data
(leases, due times), or can be made again (readings).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    RowMapping,
    Select,
    and_,
    func,
    not_,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute

from dispatch.database.metadata import Base, table_of
from dispatch.database.tables import (
    Arrival,
    Attempt,
    AuthorityRow,
    ContactRow,
    Delivery,
    FiguresRow,
    IncomingMail,
    Letter,
    Mailout,
    Posting,
    SourceFile,
    Suppression,
)
from dispatch.database.types import Frozen
from dispatch.domain.hours import SendingDays
from dispatch.domain.letter import without_people
from dispatch.domain.proof.ledger import Written
from dispatch.domain.reply import Verdict
from dispatch.ledger.kinds import Subject
from dispatch.sending.store.attempts import VANISHED

Attribute = InstrumentedAttribute[Any]

Blank = Callable[[RowMapping], object]
"""What a column of personal data holds once that is deleted."""


def _none(_: RowMapping) -> None:
    return None


def _empty(_: RowMapping) -> str:
    """For a column that may not be null."""
    return ""


def _own_id(row: RowMapping) -> str:
    """For a column whose values must differ."""
    return str(row["id"])


def _impersonal_draft(row: RowMapping) -> dict[str, Any]:
    return without_people(row["draft"])


@dataclass(frozen=True, slots=True)
class SealedKind:
    """One kind of record, or a part of one that is filled in later, once."""

    name: str
    model: type[Base]
    columns: tuple[Attribute, ...]
    """The columns that never change, beside the key."""
    subjects: Mapping[Subject, Attribute]
    """Which events write it: by what they are about, the column that leads to that."""
    people: Mapping[Attribute, Blank] = field(default_factory=dict)
    """Which of the columns hold personal data, and what each holds once that is deleted."""
    is_written: ColumnElement[bool] = field(default_factory=true)
    """The condition under which it has been written."""
    may_be_replaced: bool = False
    """Whether a later event may write another in its place."""
    open_before: tuple[Attribute, ...] = ()
    """Which of `people` earlier releases sealed as if they said nothing about anybody."""

    @property
    def key(self) -> Column[Any]:
        """The column that names the record."""
        [key] = table_of(self.model).primary_key.columns
        return key

    @property
    def column_names(self) -> list[str]:
        """The names of the fixed columns."""
        return [_name(column) for column in self.columns]

    @property
    def people_names(self) -> list[str]:
        """The names of those that hold personal data."""
        return [_name(column) for column in self.people]

    def record(self, row: RowMapping) -> str:
        """Return the name of the record that such a row holds."""
        return f"{self.name}:{row[self.key.name]}"

    def written(self, row: RowMapping) -> Written:
        """Return that record."""
        before = self._written(row, self.open_before) if self.open_before else None
        return replace(self._written(row), before=before)

    def _written(self, row: RowMapping, but: tuple[Attribute, ...] = ()) -> Written:
        is_open = {_name(column) for column in but}
        named = ((_name(column), blank) for column, blank in self.people.items())
        apart = {name: blank for name, blank in named if name not in is_open}
        return Written(
            self.record(row),
            {**row},
            {name: row[name] for name in apart},
            {name: blank(row) for name, blank in apart.items()},
        )

    def select(self) -> Select[*tuple[Any, ...]]:
        """Select the key and the fixed columns of all that are written, as they are stored."""
        return self._all().where(self.is_written)

    def select_unwritten(self) -> Select[*tuple[Any, ...]]:
        """Select these columns of records that are not written yet, and may never be."""
        return self._all().where(not_(self.is_written))

    def _all(self) -> Select[*tuple[Any, ...]]:
        table = table_of(self.model).c
        return select(self.key, *(_as_stored(table[name]) for name in self.column_names))


def _name(attribute: Attribute) -> str:
    """Return the name of a column, which is not always that of its attribute."""
    [column] = attribute.property.columns
    return str(column.name)


def _as_stored(column: Column[Any]) -> ColumnElement[Any]:
    is_json = isinstance(column.type, Frozen)
    return type_coerce(column, JSON).label(column.name) if is_json else column


_HAS_VANISHED = and_(Attempt.verdict == Verdict.IN_DOUBT.value, Attempt.text == VANISHED)

SEALED: Final = (
    SealedKind(
        "delivery",
        Delivery,
        (
            Delivery.mailout_id,
            Delivery.letter_id,
            Delivery.authority_code,
            Delivery.kind,
            Delivery.role,
            Delivery.address,
            Delivery.address_key,
            Delivery.name,
            Delivery.created_at,
            Delivery.not_after,
            Delivery.replaces_id,
            Delivery.mail,
            Delivery.sent_as,
        ),
        {Subject.DELIVERY: Delivery.id},
        {
            Delivery.address: _empty,
            Delivery.address_key: _own_id,
            Delivery.name: _empty,
            Delivery.mail: _none,  # a digest without salt, over a note to somebody by name
        },
        open_before=(Delivery.mail,),
    ),
    SealedKind(
        "posting",
        Posting,
        (
            *(Posting.mailout_id, Posting.letter_id, Posting.authority_code, Posting.role),
            *(Posting.name, Posting.address, Posting.envelope, Posting.documents, Posting.made_at),
        ),
        {Subject.POSTING: Posting.id},
        {Posting.name: _empty, Posting.address: _empty},
    ),
    SealedKind(
        "attempt",
        Attempt,
        (
            Attempt.delivery_id,
            Attempt.number,
            Attempt.envid,
            Attempt.server,
            Attempt.tls,
            Attempt.signature,
            Attempt.started_at,
            Attempt.offered_at,
            Attempt.ended_at,
            Attempt.verdict,
            Attempt.verb,
            Attempt.code,
            Attempt.enhanced_status,
            Attempt.text,
        ),
        {Subject.DELIVERY: Attempt.delivery_id},
        {Attempt.text: _none},
        # What the clock wrote for a worker that vanished may still be filled in by a late reply.
        func.coalesce(not_(_HAS_VANISHED), true()),
    ),
    SealedKind(
        "letter",
        Letter,
        (
            Letter.mailout_id,
            Letter.authority_code,
            Letter.version,
            Letter.replaces_id,
            Letter.draft,
            Letter.fingerprint,
            Letter.subject,
            Letter.parts,
            Letter.digest,
            Letter.asked_by,
            Letter.because,
            Letter.rendered_at,
        ),
        {Subject.LETTER: Letter.id},
        {
            Letter.draft: _impersonal_draft,
            Letter.fingerprint: _empty,  # a digest without salt, over the names in the draft
            Letter.asked_by: _empty,
            Letter.because: _none,
        },
        Letter.digest.is_not(None),
        open_before=(Letter.fingerprint,),
    ),
    SealedKind(
        "approval",
        Letter,
        (Letter.approved_by, Letter.approved_at, Letter.approved_digest),
        {Subject.LETTER: Letter.id},
        {Letter.approved_by: _none},
        Letter.approved_at.is_not(None),
    ),
    SealedKind(
        "release",
        Mailout,
        (
            Mailout.name,
            Mailout.plan,
            Mailout.plan_digest,
            Mailout.created_at,
            Mailout.created_by,
            Mailout.rendered_by,
            Mailout.approved_by,
            Mailout.approved_at,
            Mailout.approved_digest,
            Mailout.released_at,
            Mailout.opens,
            Mailout.closes,
        ),
        {Subject.MAILOUT: Mailout.name},
        {
            Mailout.plan: _none,
            Mailout.created_by: _empty,
            Mailout.rendered_by: _none,
            Mailout.approved_by: _none,
        },
        Mailout.released_at.is_not(None),
    ),
    SealedKind(
        "sending",  # a part of the release that those which were sealed before did not have
        Mailout,
        (Mailout.sending_days, Mailout.extra_holidays, Mailout.first_letters_minutes),
        {Subject.MAILOUT: Mailout.name},
        {},
        and_(
            Mailout.released_at.is_not(None),
            or_(Mailout.sending_days != SendingDays.ANY, Mailout.first_letters_minutes > 0),
        ),
    ),
    SealedKind(
        "contact",
        ContactRow,
        (
            *(ContactRow.authority_code, ContactRow.role, ContactRow.address),
            *(ContactRow.honorific, ContactRow.given_name, ContactRow.surname),
            *(ContactRow.job_title, ContactRow.valid_from),
            *(ContactRow.replaces_id, ContactRow.source_file_id),
        ),
        {Subject.AUTHORITY: ContactRow.authority_code, Subject.FILE: ContactRow.source_file_id},
        {
            ContactRow.address: _empty,
            ContactRow.honorific: _none,
            ContactRow.given_name: _none,
            ContactRow.surname: _none,
        },
    ),
    SealedKind(
        "language",  # a part of a contact that those which were sealed before did not have
        ContactRow,
        (ContactRow.language,),
        {Subject.AUTHORITY: ContactRow.authority_code, Subject.FILE: ContactRow.source_file_id},
        {},
        ContactRow.language.is_not(None),
    ),
    SealedKind(
        "postal",  # another part of a contact that those which were sealed before did not have
        ContactRow,
        (ContactRow.postal_address,),
        {Subject.AUTHORITY: ContactRow.authority_code, Subject.FILE: ContactRow.source_file_id},
        {ContactRow.postal_address: _empty},
        ContactRow.postal_address.is_not(None),
    ),
    SealedKind(
        "leaving",
        ContactRow,
        (ContactRow.valid_until,),
        {Subject.AUTHORITY: ContactRow.authority_code},
        {},
        ContactRow.valid_until.is_not(None),
    ),
    SealedKind(
        "figures",
        FiguresRow,
        (
            FiguresRow.authority_code,
            FiguresRow.year,
            FiguresRow.counts,
            FiguresRow.percentages,
            FiguresRow.synthetic,
            FiguresRow.source,
            FiguresRow.replaces_id,
            FiguresRow.source_file_id,
        ),
        {Subject.AUTHORITY: FiguresRow.authority_code, Subject.FILE: FiguresRow.source_file_id},
    ),
    SealedKind(
        "correction",
        FiguresRow,
        (FiguresRow.is_current,),
        {Subject.AUTHORITY: FiguresRow.authority_code},
        {},
        not_(FiguresRow.is_current),
    ),
    SealedKind(
        "authority",
        AuthorityRow,
        (
            AuthorityRow.name,
            AuthorityRow.official_name,
            AuthorityRow.kind,
            AuthorityRow.group,
            AuthorityRow.region,
            AuthorityRow.start_date,
            AuthorityRow.last_day,
            AuthorityRow.successors,
            AuthorityRow.source,
            AuthorityRow.source_file_id,
        ),
        {Subject.AUTHORITY: AuthorityRow.code, Subject.FILE: AuthorityRow.source_file_id},
        may_be_replaced=True,
    ),
    SealedKind(
        "suppression",
        Suppression,
        (Suppression.address, Suppression.reason, Suppression.added_at, Suppression.added_by),
        {Subject.SUPPRESSION: Suppression.id},
        {Suppression.address: _empty, Suppression.reason: _empty, Suppression.added_by: _empty},
    ),
    SealedKind(
        "lifting",
        Suppression,
        (Suppression.lifted_at, Suppression.lifted_by, Suppression.lifted_because),
        {Subject.SUPPRESSION: Suppression.id},
        {Suppression.lifted_by: _none, Suppression.lifted_because: _none},
        Suppression.lifted_at.is_not(None),
    ),
    SealedKind(
        "mail",
        IncomingMail,
        (IncomingMail.sha256, IncomingMail.received_at),
        {Subject.MAIL: IncomingMail.id},
    ),
    SealedKind(
        "arrival",
        Arrival,
        (
            Arrival.mail_id,
            Arrival.source,
            Arrival.folder,
            Arrival.uidvalidity,
            Arrival.uid,
            Arrival.recipient,
            Arrival.at,
        ),
        {Subject.MAIL: Arrival.mail_id},
        {Arrival.folder: _empty, Arrival.recipient: _empty},
    ),
    SealedKind(
        "file",
        SourceFile,
        (
            SourceFile.kind,
            SourceFile.name,
            SourceFile.sha256,
            SourceFile.imported_at,
            SourceFile.imported_by,
        ),
        {Subject.FILE: SourceFile.id},
        {SourceFile.imported_by: _empty},
        SourceFile.kind != "mailout",  # a plan: its mailout's events have the digest
    ),
)
KINDS: Final = {kind.name: kind for kind in SEALED}
