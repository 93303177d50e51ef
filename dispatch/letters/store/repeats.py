"""Statements about letters that more than one mailout sends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Select,
    String,
    Uuid,
    bindparam,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, is_of, listed, one_by_one, pdf_said
from dispatch.database.tables import Delivery, Letter, Mailout
from dispatch.domain.delivery import HELD, MAYBE_REACHED, REACHED, UNFINISHED, DeliveryState
from dispatch.domain.register.codes import authority_of
from dispatch.domain.sending.envelope import REHEARSED

GOES_OR_HAS_GONE: Final = UNFINISHED | REACHED
"""It is with the recipient's side, or may be, or may still leave."""

LEAVES_OR_HAS_GONE: Final = HELD | MAYBE_REACHED
"""It is with the recipient's side, or may be, or a worker holds it."""

IS_REAL: Final = or_(Delivery.sent_as.is_(None), not_(Delivery.sent_as.contains(REHEARSED)))
"""The condition for a delivery by which its recipient had a letter: not one of a rehearsal."""


def reached(session: Session, mailouts: Sequence[UUID]) -> dict[UUID, set[tuple[str, str]]]:
    """Return the authorities and roles that have the letter of each mailout, or may still get it.

    Not those of a letter that was refused, came back, expired or was stopped: these were missed.
    """
    found: dict[UUID, set[tuple[str, str]]] = {each: set() for each in mailouts}
    query = select(Delivery.mailout_id, Delivery.authority_code, Delivery.role).where(
        is_of(Delivery.mailout_id, mailouts), Delivery.state.in_(GOES_OR_HAS_GONE), IS_REAL
    )
    for mailout_id, code, role in session.execute(query.distinct()) if mailouts else ():
        found[mailout_id].add((authority_of(code), role))
    return found


def same_at_address(
    session: Session, mailout: Mailout, goes: Collection[tuple[str, str]]
) -> dict[UUID, set[str]]:
    """Return the other mailouts with a delivery of the same PDF to the same address.

    `goes` holds the SHA-256 of each PDF and the folded address that it would go to. The answer has
    the codes of the authorities by the id of each mailout, cancelled ones included: what they sent
    is there.
    Two statements, however many letters there are; the second only if any PDF is the same.
    """
    found: dict[UUID, set[str]] = defaultdict(set)
    for pdf, address_key, code, other_id in _gone(session, mailout, {pdf for pdf, _ in goes}):
        if (pdf, address_key) in goes:
            found[other_id].add(authority_of(code))
    return found


def gone_elsewhere(
    session: Session, mailout: Mailout, letters: Mapping[UUID, str | None]
) -> set[tuple[UUID, str]]:
    """Return those letters of a mailout whose PDF an address has from another, or may have.

    `letters` has the SHA-256 of the PDF of each, by its id. Each is returned by its id, with the
    folded address.
    """
    mine: dict[str, list[UUID]] = defaultdict(list)
    for letter_id, pdf in letters.items():
        if pdf:
            mine[pdf].append(letter_id)
    if not mine:
        return set()
    gone = _gone(session, mailout, mine)
    return {(letter_id, address_key) for pdf, address_key, *_ in gone for letter_id in mine[pdf]}


@dataclass(frozen=True, slots=True)
class Copy:
    """A delivery of another mailout: the same PDF to the same address."""

    delivery_id: UUID
    mailout_id: UUID
    state: DeliveryState


def copies(session: Session, delivery_ids: Collection[UUID]) -> dict[UUID, list[Copy]]:
    """Return, by delivery, its copies that have left, may have, or are leaving.

    Two statements, however many deliveries there are; the second only if any address has had
    something from another mailout.
    """
    given = {"deliveries": as_list((each,) for each in delivery_ids)}
    rows = session.execute(_copying(session.get_bind().dialect.name), given).all()
    pdfs = _pdfs(session, {letter_id for _, mine, its, *_ in rows for letter_id in (mine, its)})
    found: dict[UUID, list[Copy]] = defaultdict(list)
    for delivery_id, mine, its, copy_id, mailout_id, state in rows:
        if state in LEAVES_OR_HAS_GONE and pdfs.get(mine) and pdfs[mine] == pdfs.get(its):
            found[delivery_id].append(Copy(copy_id, mailout_id, state))
    return found


@cache
def _copying(dialect: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that finds copies: to build it takes as long as to run it.

    It does not ask for their states. PostgreSQL would take them from the index of states, all that
    have ever left, since it knows only what states there were before the mailout began.
    """
    own, other = Delivery, aliased(Delivery)
    seen = (other.letter_id, other.id, other.mailout_id, other.state)
    return (
        select(own.id, own.letter_id, *seen)
        .join(other, other.address_key == own.address_key)
        .where(
            own.id.in_(listed(dialect, "deliveries", Uuid())),
            other.mailout_id != own.mailout_id,
            or_(other.sent_as.is_(None), not_(other.sent_as.contains(REHEARSED))),
        )
    )


def _pdfs(session: Session, letter_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Return the SHA-256 of the PDF of each of some letters, by its id."""
    if not letter_ids:
        return {}
    table, dialect = table_of(Letter).c, session.get_bind().dialect.name
    these = listed(dialect, "letters", Uuid())
    query = select(table.id, pdf_said(dialect)).where(table.id.in_(these))
    rows = session.execute(query, {"letters": as_list((each,) for each in letter_ids)})
    return dict(rows.all())


def _gone(
    session: Session, mailout: Mailout, pdfs: Collection[str]
) -> list[tuple[str, str, str, UUID]]:
    """Return the deliveries of these PDFs by other mailouts that have left, or may still.

    Of each the PDF, the folded address, the authority's code and the mailout's id.
    """
    same = _same_pdfs(session, mailout, pdfs)
    if not same:
        return []
    dialect = session.get_bind().dialect.name
    query = select(
        Delivery.letter_id, Delivery.address_key, Delivery.authority_code, Delivery.mailout_id
    ).where(
        Delivery.letter_id.in_(listed(dialect, "letters", Uuid())),
        Delivery.state.in_(GOES_OR_HAS_GONE),
        IS_REAL,
    )
    rows = session.execute(query, {"letters": as_list((each,) for each in same)})
    return [(same[letter_id], key, code, other_id) for letter_id, key, code, other_id in rows]


def _same_pdfs(session: Session, mailout: Mailout, pdfs: Collection[str]) -> dict[UUID, str]:
    """Return the letters of other mailouts that have one of these PDFs, by their ids."""
    asking = _same(session.get_bind().dialect.name)
    given = {"pdfs": as_list((each,) for each in pdfs), "mailout": mailout.id}
    return dict(session.execute(asking, given).all())


@cache
def _same(dialect: str) -> Select[*tuple[Any, ...]]:
    table, pdf = table_of(Letter).c, pdf_said(dialect)
    of_others = table.mailout_id != bindparam("mailout", type_=Uuid())
    asked = listed(dialect, "pdfs", String())
    if dialect != "postgresql":
        return select(table.id, pdf).where(pdf.in_(asked), of_others)
    given = asked.subquery("asked")
    having = select(table.id, pdf.label("pdf")).where(pdf == given.c[0], of_others)
    same = one_by_one(given, having, "same")
    return select(same.c.id, same.c.pdf).select_from(given).join(same, true())
