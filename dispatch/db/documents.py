"""Bytes kept by their SHA-256, once each: letters in all their forms, and attachments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.db.models import Document, Letter
from dispatch.db.upsert import insert_into
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotApproved


def keep(session: Session, documents: Mapping[str, tuple[str, bytes]]) -> None:
    """Store media type and bytes by digest; what is there already stays as it is.

    Two workers may store the same bytes at once, so the database decides who was first.
    """
    if not documents:
        return
    rows = [
        {"sha256": name, "media_type": media_type, "content": content}
        for name, (media_type, content) in sorted(documents.items())
    ]
    session.execute(insert_into(session, Document).on_conflict_do_nothing(), rows)


def load(session: Session, digests: Sequence[str]) -> dict[str, bytes]:
    """Return the bytes of each digest. Raises `NotApproved` if some are not what it stands for."""
    query = select(Document.sha256, Document.content).where(Document.sha256.in_(digests))
    loaded = dict(session.execute(query).all())
    for name in digests:
        if name not in loaded or sha256(loaded[name]) != name:
            raise NotApproved(f"the stored document {name[:12]} is not what it was: restore it")
    return loaded


def of(session: Session, letter: Letter) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return a letter's forms by name and its attachments by digest. Raises as `load`."""
    attached = [attachment.sha256 for attachment in letter.draft.attachments]
    loaded = load(session, [*letter.parts.values(), *attached])
    parts = {name: loaded[digest] for name, digest in letter.parts.items()}
    return parts, {digest: loaded[digest] for digest in attached}


def verify(session: Session, letters: Iterable[Letter]) -> None:
    """Raise `NotApproved` if any document of these letters is not what its digest stands for."""
    for letter in letters:
        of(session, letter)
