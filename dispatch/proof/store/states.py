"""States: whether each delivery, letter and mailout is where the events about it leave it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sqlalchemy import String, exists, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, listed
from dispatch.database.tables import Delivery, EventRow, Letter, Mailout
from dispatch.domain.ledger import Event
from dispatch.domain.letter import LetterState
from dispatch.proof.replay import agrees, state_after
from dispatch.proof.store import names

PAGE: Final = 500


def untold(session: Session) -> Iterator[str]:
    """Yield, in words, each record whose state is not what its events say."""
    for id_, state, told in _against_events(session, Delivery, "delivery"):
        yield f"{names.delivery(session, id_)} is {state}, but the last event says {told}"
    for id_, state, told in _against_events(session, Mailout, "mailout", "name"):
        yield f"{names.mailout(session, id_)} is {state}, but the last event says {told}"
    for id_, state, told in _against_events(session, Letter, "letter"):
        if state == LetterState.WANTED.value and told == UNKNOWN:
            continue
        # A letter that was never sent becomes void when its mailout is rendered again.
        if state != LetterState.VOID.value or _has_deliveries(session, id_):
            yield f"{names.letter(session, id_)} is {state}, but the last event says {told}"


UNKNOWN: Final = "nothing of it"


def _against_events(
    session: Session, model: type[Any], kind: str, named_by: str = "id"
) -> Iterator[tuple[Any, str, str]]:
    """Yield the key, the state and the state told of each record where they are not the same."""
    table = table_of(model).c
    is_in = type_coerce(table.state, String)  # what was tampered with may be no state
    page = select(table.id, table[named_by], is_in).order_by(table.id).limit(PAGE)
    rows = session.execute(page).all()
    while rows:
        told = _told(session, (f"{kind}:{name}" for _, name, _ in rows))
        for id_, name, state in rows:
            said = told.get(f"{kind}:{name}")
            if not agrees(state, said):
                yield id_, state, said or UNKNOWN
        rows = session.execute(page.where(table.id > rows[-1][0])).all()


def _told(session: Session, subjects: Iterable[str]) -> dict[str, str | None]:
    """Return the states that the events about some subjects lead to."""
    table = table_of(EventRow).c
    asked = listed(session.get_bind().dialect.name, "subjects", String())
    query = (
        select(table.at, table.actor, table.action, table.subject, table.detail)
        .where(table.subject.in_(asked))
        .order_by(table.id)
    )
    found: dict[str, list[Event]] = defaultdict(list)
    for row in session.execute(query, {"subjects": as_list((each,) for each in subjects)}):
        found[row.subject].append(Event(*row))
    return {subject: state_after(events) for subject, events in found.items()}


def _has_deliveries(session: Session, letter_id: Any) -> bool:  # noqa: ANN401 - a key
    return bool(session.scalar(select(exists().where(Delivery.letter_id == letter_id))))
