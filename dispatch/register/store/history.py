"""Tenures: who held which role from when until when, and who or what brought that about.

The days are the contacts' own. A file that brought one is kept with it; a person's word is read
from the ledger, where each change of a post is told with the id of its contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database.tables import ContactRow, SourceFile
from dispatch.domain.ledger import Event
from dispatch.domain.tenure import Origin, Tenure
from dispatch.ledger import journal


def history(session: Session, code: str) -> list[Tenure]:
    """Return all who ever held a role at an authority, by role and then as they came."""
    query = (
        select(ContactRow, SourceFile)
        .outerjoin(SourceFile, SourceFile.id == ContactRow.source_file_id)
        .where(ContactRow.authority_code == code)
        .order_by(ContactRow.id)
    )
    found = session.execute(query).all()
    events = journal.events(session, f"authority:{code}")
    brought, ended = _origins(events, *BROUGHT), _origins(events, ENDED)
    after = {row.replaces_id: row.to_contact() for row, _ in found if row.replaces_id}
    tenures = [
        Tenure(
            contact=row.to_contact(),
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            brought=_of_file(source) if source else brought.get(str(row.id)),
            replaced_by=after.get(row.id),
            ended=ended.get(str(row.id)),
        )
        for row, source in found
    ]
    return sorted(tenures, key=lambda tenure: tenure.place)


BROUGHT: Final = ("contact.appointed", "contact.replaced")
ENDED: Final = "contact.ended"
"""The actions in the ledger by which a contact comes into a post, and leaves it to nobody."""


def _origins(events: Iterable[Event], *actions: str) -> Mapping[str, Origin]:
    """Return what changes rest on, by the id of the contact that each is about."""
    return {
        event.detail["contact"]: Origin(
            event.actor,
            event.at,
            file=event.detail.get("name"),
            because=event.detail.get("because") or None,
            is_suggested="mail" in event.detail,
        )
        for event in events
        if event.action in actions and "contact" in event.detail
    }


def _of_file(source: SourceFile) -> Origin:
    return Origin(source.imported_by, source.imported_at, file=source.name)
