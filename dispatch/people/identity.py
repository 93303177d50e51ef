"""Which names are one person's, by accounts that are as the ledger says."""

from __future__ import annotations

from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import AccountRow
from dispatch.domain.errors import RuleBroken
from dispatch.domain.people.identities import Identities
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.ledger.kinds import Subject
from dispatch.people.store import accounts


def identities(session: Session) -> Identities:
    """Return everybody who has or had an account.

    Raises `RuleBroken` if an account is not as its last event says, or is missing: somebody who
    takes a name from an account could pass for two people.
    """
    if not accounts.has_table(session):
        return Identities()  # no command does anything with such tables but upgrade them
    rows = {Subject.ACCOUNT.of(row.id): row for row in accounts.every(session)}
    told = accounts.told(session, rows)
    for subject, events in told.items():
        row = rows.get(subject)
        if row is None or not events or events[-1].detail.get("record") != row.record:
            raise _changed(subject, row)
    return Identities(tuple(row.to_account() for row in rows.values()))


def _changed(subject: str, row: AccountRow | None) -> RuleBroken:
    id_ = UUID(subject.partition(":")[2])
    what = f"of {row.name}" if row else f"with the id {id_}"
    return RuleBroken(
        f"the account {what} is not as the ledger says: somebody has changed the database. Nobody "
        f"can be told from anybody else until it is put right from a backup",
        remedy=Remedy(kind=RemedyKind.VERIFY),
    )
