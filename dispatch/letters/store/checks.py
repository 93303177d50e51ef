"""What our own program found out about the PDFs of letters, by SHA-256.

Each row has a code by the key that is not in the database: what somebody else wrote there, or
another version of the checker found, counts as not known, and the PDF is checked again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Session

from dispatch.database import key_of
from dispatch.database.sql import as_list, insert_into, listed
from dispatch.database.tables import DocumentCheck
from dispatch.domain.digest import canonical_json
from dispatch.domain.proof.mac import is_mac, mac

PURPOSE = "document check"
"""What the codes are made for."""

Failures = tuple[str, ...]
"""The rules that a document breaks."""


def known(session: Session, digests: Collection[str], checker: str) -> dict[str, Failures]:
    """Return what this version of the checker found out about these documents, as far as it did."""
    row = DocumentCheck
    asked = listed(session.get_bind().dialect.name, "digests", String())
    query = select(row.sha256, row.failures, row.mac)
    query = query.where(row.checker == checker, row.sha256.in_(asked))
    key = key_of(session)
    return {
        sha256: tuple(failures)
        for sha256, failures, code in session.execute(
            query, {"digests": as_list((each,) for each in digests)}
        )
        if is_mac(code, key, PURPOSE, _said(sha256, failures, checker))
    }


def keep(session: Session, found: Mapping[str, Failures], checker: str, *, now: datetime) -> None:
    """Keep what was found out about documents, in the place of what is known of them."""
    key = key_of(session)
    rows = [
        {
            "sha256": sha256,
            "checker": checker,
            "failures": list(failures),
            "checked_at": now,
            "mac": mac(key, PURPOSE, _said(sha256, failures, checker)),
        }
        for sha256, failures in sorted(found.items())
    ]
    if not rows:
        return
    adding = insert_into(session, DocumentCheck)
    new = {name: adding.excluded[name] for name in rows[0] if name != "sha256"}
    session.execute(adding.on_conflict_do_update(index_elements=["sha256"], set_=new), rows)


def _said(sha256: str, failures: object, checker: str) -> bytes:
    listed_failures = list(failures) if isinstance(failures, (list, tuple)) else failures
    return canonical_json([sha256, checker, listed_failures])
