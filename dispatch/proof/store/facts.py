"""Facts: what the database holds that is written once, and must never be otherwise.

Each has an imprint in the ledger, made when the event that wrote it is sealed. So no event need
carry what its record says, and writing costs nobody anything. What is not here either moves on by
events that say so (states), or is work in hand (leases, due times) or can be made again (readings).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    select,
    true,
    type_coerce,
)

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
    SourceFile,
    Suppression,
)
from dispatch.database.types import Frozen
from dispatch.domain.ledger import Written
from dispatch.domain.letter import without_people
from dispatch.domain.reply import Verdict
from dispatch.sending.store.attempts import VANISHED

PAGE: Final = 1000
"""Rows that are looked at together."""


Blank = Callable[[RowMapping], object]


def _nothing(_: RowMapping) -> None:
    """Leave nothing."""


def _empty(_: RowMapping) -> str:
    """Leave no word, where a column must have one."""
    return ""


def _its_id(row: RowMapping) -> str:
    """Leave what no other record has, where no two may be alike."""
    return str(row["id"])


def _draft(row: RowMapping) -> dict[str, Any]:
    return without_people(row["draft"])


@dataclass(frozen=True, slots=True)
class Fact:
    """One kind of record, or a part of one that is filled in later, once."""

    kind: str
    model: type[Base]
    columns: str
    """What is fixed, beside the key."""
    subjects: Mapping[str, str]
    """Which events write it: by the kind of their subject, the column that leads to that."""
    people: Mapping[str, Blank] = field(default_factory=dict)
    """Which of these columns tell of people, and what each holds once it does not any more."""
    is_there: ColumnElement[bool] = field(default_factory=true)
    """When it has been written."""
    is_replaced: bool = False
    """Whether a later event may put another in its place."""

    @property
    def key(self) -> Column[Any]:
        """The column that names the record."""
        [key] = table_of(self.model).primary_key.columns
        return key

    def written(self, row: RowMapping) -> Written:
        """Return the record that such a row has."""
        return Written(
            f"{self.kind}:{row[self.key.name]}",
            {**row},
            {name: row[name] for name in self.people},
            {name: blank(row) for name, blank in self.people.items()},
        )

    def select(self) -> Select[*tuple[Any, ...]]:
        """Return the fixed columns of all there are, as they are stored."""
        return self._all().where(self.is_there)

    def select_loose(self) -> Select[*tuple[Any, ...]]:
        """Return these columns of what is not written yet, and may never be."""
        return self._all().where(not_(self.is_there))

    def _all(self) -> Select[*tuple[Any, ...]]:
        table = table_of(self.model).c
        fixed = (_as_stored(table[name]) for name in self.columns.split())
        return select(self.key, *fixed)


def _as_stored(column: Column[Any]) -> ColumnElement[Any]:
    is_json = isinstance(column.type, Frozen)
    return type_coerce(column, JSON).label(column.name) if is_json else column


_HAS_VANISHED = and_(Attempt.verdict == Verdict.IN_DOUBT.value, Attempt.text == VANISHED)

FACTS: Final = (
    Fact(
        "delivery",
        Delivery,
        "mailout_id letter_id authority_code kind role address address_key name created_at"
        " not_after replaces_id mail",
        {"delivery": "id"},
        {"address": _empty, "address_key": _its_id, "name": _empty},
    ),
    Fact(
        "attempt",
        Attempt,
        "delivery_id number envid server tls started_at offered_at ended_at verdict verb code"
        " enhanced_status text",
        {"delivery": "delivery_id"},
        {"text": _nothing},
        func.coalesce(not_(_HAS_VANISHED), true()),
    ),
    Fact(
        "letter",
        Letter,
        "mailout_id authority_code version replaces_id draft fingerprint subject parts digest"
        " asked_by because rendered_at",
        {"letter": "id"},
        {"draft": _draft, "asked_by": _empty, "because": _nothing},
        Letter.digest.is_not(None),
    ),
    Fact(
        "approval",
        Letter,
        "approved_by approved_at approved_digest",
        {"letter": "id"},
        {"approved_by": _nothing},
        Letter.approved_at.is_not(None),
    ),
    Fact(
        "release",
        Mailout,
        "name plan plan_digest created_at created_by rendered_by approved_by approved_at"
        " approved_digest released_at opens closes",
        {"mailout": "name"},
        {"plan": _nothing, "created_by": _empty, "rendered_by": _nothing, "approved_by": _nothing},
        Mailout.released_at.is_not(None),
    ),
    Fact(
        "contact",
        ContactRow,
        "authority_code role address honorific given_name surname job_title valid_from replaces_id"
        " source_file_id",
        {"authority": "authority_code", "file": "source_file_id"},
        {
            "address": _empty,
            "honorific": _nothing,
            "given_name": _nothing,
            "surname": _nothing,
        },
    ),
    Fact(
        "leaving",
        ContactRow,
        "valid_until",
        {"authority": "authority_code"},
        {},
        ContactRow.valid_until.is_not(None),
    ),
    Fact(
        "figures",
        FiguresRow,
        "authority_code year counts percentages synthetic source replaces_id source_file_id",
        {"authority": "authority_code", "file": "source_file_id"},
    ),
    Fact(
        "correction",
        FiguresRow,
        "is_current",
        {"authority": "authority_code"},
        {},
        not_(FiguresRow.is_current),
    ),
    Fact(
        "authority",
        AuthorityRow,
        "name official_name kind comparison_group region start_date last_day successors source"
        " source_file_id",
        {"authority": "code", "file": "source_file_id"},
        is_replaced=True,
    ),
    Fact(
        "suppression",
        Suppression,
        "address reason added_at added_by",
        {"suppression": "id"},
        {"address": _empty, "reason": _empty, "added_by": _empty},
    ),
    Fact(
        "lifting",
        Suppression,
        "lifted_at lifted_by lifted_because",
        {"suppression": "id"},
        {"lifted_by": _nothing, "lifted_because": _nothing},
        Suppression.lifted_at.is_not(None),
    ),
    Fact("mail", IncomingMail, "sha256 received_at", {"mail": "id"}),
    Fact(
        "arrival",
        Arrival,
        "mail_id source folder uidvalidity uid recipient at",
        {"mail": "mail_id"},
        {"folder": _empty, "recipient": _empty},
    ),
    Fact(
        "file",
        SourceFile,
        "kind name sha256 imported_at imported_by",
        {"file": "id"},
        {"imported_by": _empty},
        SourceFile.kind != "mailout",  # a plan: its mailout's events have the digest
    ),
)
KINDS: Final = {fact.kind: fact for fact in FACTS}
