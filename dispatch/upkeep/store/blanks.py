"""Blanks: what records say of people is taken away for good, and the ledger still holds.

The digest of a record covers a salted digest of what tells of people. That digest stays; what it
is of goes, and the salt with it, so that nobody can find it again by guessing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from sqlalchemy import JSON, Update, bindparam, type_coerce, update
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import ImprintRow
from dispatch.database.types import Frozen
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.ledger import Imprint, Written
from dispatch.proof.store import entries, names
from dispatch.proof.store.facts import KINDS, Fact


def blank(session: Session, kind: str, keys: Collection[UUID]) -> None:
    """Take away what records of a kind say of people; one that says nothing any more is passed by.

    An event whose action ends in `.purged` must tell of it in the same transaction. Raises
    `NotApproved` if a record is not what was sealed, and `RuleBroken` if it is not sealed yet, or
    was by a version of dispatch that did not keep apart what tells of people.
    """
    fact = KINDS[kind]
    written = {each.record: each for each in _written(session, fact, keys)}
    imprints = entries.last_imprints(session, written)
    forgotten, blanked = [], []
    for record, each in written.items():
        place, imprint = imprints.get(record, (0, None))
        salt = _salt(session, each, imprint)
        if salt is not None:
            forgotten.append({"its_place": place, "its_people": each.people_digest(salt)})
            blanked.append(_blanked(fact, each))
    if blanked:
        session.connection().execute(_forgetting(), forgotten)
        session.connection().execute(_blanking(fact), blanked)
        session.expire_all()


def blank_loose(session: Session, kind: str, keys: Collection[UUID]) -> None:
    """Take away what such records say of people as were never written: the ledger has none."""
    fact = KINDS[kind]
    rows = session.execute(fact.select_loose().where(fact.key.in_(keys))).mappings()
    blanked = [_blanked(fact, each) for each in map(fact.written, rows)]
    if blanked:
        session.connection().execute(_blanking(fact), blanked)
        session.expire_all()


def _blanked(fact: Fact, written: Written) -> dict[str, object]:
    new = {f"new_{name}": value for name, value in written.blank.items()}
    return {"its_key": written.values[fact.key.name], **new}


def _written(session: Session, fact: Fact, keys: Collection[UUID]) -> Iterator[Written]:
    asked = listed(session.get_bind().dialect.name, "keys", fact.key.type)
    rows = session.execute(
        fact.select().where(fact.key.in_(asked)).order_by(fact.key),
        {"keys": as_list((key,) for key in keys)},
    )
    return map(fact.written, rows.mappings())


def _salt(session: Session, written: Written, imprint: Imprint | None) -> str | None:
    """Return what is to be forgotten; None if it is already. Raises as `blank` does."""
    if imprint is None:
        called = names.name_of(session, written.record)
        raise RuleBroken(
            f"{called} waits to be sealed: let the clock run (`dispatch run`), and ask again"
        )
    if not written.is_as(imprint):
        called = names.name_of(session, written.record)
        raise NotApproved(f"{called} is not what the ledger has of it: see `dispatch audit verify`")
    if imprint.salt is None and imprint.people is None:
        called = names.name_of(session, written.record)
        raise RuleBroken(
            f"{called} was sealed by an older version of dispatch, together with its names: "
            f"without them the ledger would not hold"
        )
    return imprint.salt


def _forgetting() -> Update:
    table = table_of(ImprintRow)
    query = update(table).where(table.c.place == bindparam("its_place"))
    return query.values(salt=None, people=bindparam("its_people"))


def _blanking(fact: Fact) -> Update:
    table = table_of(fact.model)
    values = {
        name: type_coerce(bindparam(f"new_{name}"), JSON)
        if isinstance(table.c[name].type, Frozen)
        else bindparam(f"new_{name}")
        for name in fact.people
    }
    return update(table).where(fact.key == bindparam("its_key")).values(values)
