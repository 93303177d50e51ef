"""Read events whose rows somebody else may have written, and give all of them codes of our key.

That happens once, when an older database gets the column for them, and when a person says that the
key is another one. Nothing that runs every day gives a code to an event that is there already: it
would make somebody else's event look like ours. The same holds for deliveries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Row,
    Select,
    String,
    Uuid,
    bindparam,
    column,
    inspect,
    select,
    table,
    update,
)
from sqlalchemy.exc import DataError, OperationalError

from dispatch.database.sql import as_list, listed
from dispatch.database.types import AwareDateTime
from dispatch.domain.letters.approval import recipients_digest
from dispatch.domain.proof.ledger import NONCE_OCTETS, UNSPELLABLE, Event
from dispatch.domain.sending.queued import Queued

Query = Select[*tuple[Any, ...]]

PAGE: Final = 5000
"""Events or deliveries in memory at once: some 5 MB."""

EVENT: Final = table(
    "event",
    column("id", BigInteger()),
    column("at", AwareDateTime()),
    column("actor", String()),
    column("action", String()),
    column("subject", String()),
    column("detail", JSON()),
    column("mac", String()),
)
"""As the migration that adds the code finds it, whatever columns it gets later."""

DELIVERY: Final = table(
    "delivery",
    *(column(name, Uuid()) for name in ("id", "mailout_id", "letter_id", "replaces_id")),
    *(
        column(name, String())
        for name in ("kind", "role", "address", "name", "mail", "sent_as", "mac")
    ),
    *(column(name, AwareDateTime()) for name in ("created_at", "not_after")),
)
LETTER: Final = table(
    "letter",
    column("id", Uuid()),
    column("digest", String()),
    column("draft", JSON()),
    column("approval_salt", String()),
)

UNREADABLE: Final = (*UNSPELLABLE, LookupError, DataError)
"""What reading a row raises that holds what its columns never do."""


def readable(connection: Connection, query: Query) -> list[Row[Any]]:
    """Return the rows of a query, of which the first column is the key of its table.

    Somebody else may have written one that cannot be read: its moment is none, or its detail no
    JSON. Of such a row there is only the key, and the others are returned all the same.
    """
    if (rows := _tried(connection, query)) is not None:
        return rows
    key = query.selected_columns[0]
    found = []
    for only_key in connection.execute(query.with_only_columns(key)).all():
        one = _tried(connection, query.where(key == only_key[0]))
        found += [only_key] if one is None else one
    return found


def _tried(connection: Connection, query: Query) -> list[Row[Any]] | None:
    """Return the rows of a query; None if one of them cannot be read."""
    try:
        return list(connection.execute(query))
    except UNREADABLE:
        return None
    except OperationalError as error:
        if "decode" in str(error.orig):  # SQLite found octets that are not UTF-8
            return None
        raise


def give_events(connection: Connection, key: bytes | None) -> int:
    """Give every event a code of this key, whatever code it has; return how many got one.

    An event that cannot be read or spelled gets none: the audit names it. Raises `LookupError` if
    there are events and no key.
    """
    count = 0
    for rows in _pages(connection):
        if not key:
            raise LookupError("the events of this database need codes, and there is no key")
        made = [(row[0], code) for row in rows if (code := _code(key, row))]
        _write(connection, made)
        count += len(made)
    return count


def give_deliveries(connection: Connection, key: bytes | None) -> int:
    """Give every delivery a code of this key over what its row and its letter say now.

    Returns how many got one; a purged one needs none. Raises `LookupError` if there are deliveries
    and no key.
    """
    count, page = 0, _deliveries(connection).order_by(DELIVERY.c.id).limit(PAGE)
    rows = connection.execute(page).all()
    while rows:
        if not key:
            raise LookupError("the deliveries of this database need codes, and there is no key")
        change = update(DELIVERY).where(DELIVERY.c.id == bindparam("delivery_id"))
        made = [{"delivery_id": row.id, "code": _delivery_code(key, row)} for row in rows]
        connection.execute(change.values(mac=bindparam("code")), made)
        count += len(made)
        rows = connection.execute(page.where(DELIVERY.c.id > rows[-1].id)).all()
    return count


def _delivery_code(key: bytes, row: Row[Any]) -> str:
    recipients = recipients_digest(row.names, row.approval_salt or "")
    return Queued.of(row, letter=row.digest or "", recipients=recipients).mac(key)


def _deliveries(connection: Connection) -> Query:
    """Select what the codes of deliveries are over; `sent_as` is younger than the first codes."""
    there = {each["name"] for each in inspect(connection).get_columns(DELIVERY.name)} - {"mac"}
    columns = [each for each in DELIVERY.c if each.name in there]
    letter = LETTER.c
    of_letter = (letter.digest, letter.approval_salt, letter.draft["recipients"].label("names"))
    query = select(*columns, *of_letter).join(LETTER, letter.id == DELIVERY.c.letter_id)
    return query.where(DELIVERY.c.address != "")


def _pages(connection: Connection) -> Iterator[list[Row[Any]]]:
    said = (EVENT.c.at, EVENT.c.actor, EVENT.c.action, EVENT.c.subject, EVENT.c.detail)
    query = select(EVENT.c.id, *said).order_by(EVENT.c.id).limit(PAGE)
    rows = readable(connection, query)
    while rows:
        yield rows
        rows = readable(connection, query.where(EVENT.c.id > rows[-1][0]))


def _code(key: bytes, row: Row[Any]) -> str | None:
    said = row[1:]
    try:
        return Event(*said).mac(key, token_hex(NONCE_OCTETS)) if said else None
    except UNSPELLABLE:
        return None


def _write(connection: Connection, codes: Sequence[tuple[int, str]]) -> None:
    if not codes:
        return
    change = update(EVENT)
    if connection.dialect.name == "postgresql":
        given = listed("postgresql", "codes", BigInteger(), String()).subquery()
        id_, code = given.c
        change = change.where(EVENT.c.id == id_).values(mac=code)
        connection.execute(change, {"codes": as_list(codes)})
        return
    change = change.where(EVENT.c.id == bindparam("event_id")).values(mac=bindparam("code"))
    rows = [{"event_id": id_, "code": code} for id_, code in codes]
    connection.execute(change, rows)
