"""Bytes kept by their SHA-256, once each: letters in all their forms, and attachments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import JSON, Row, Select, bindparam, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.db.metadata import table_of
from dispatch.db.models import Document, Letter
from dispatch.db.upsert import insert_into
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotApproved
from dispatch.domain.letter import Recipient, letter_digest
from dispatch.domain.mailout import Attachment

AT_ONCE: Final = 50
"""Documents asked for in one statement: of a longer one psycopg works out its parameters anew
each time, which takes longer than asking."""

DOCUMENT: Final = table_of(Document).c
FIND: Final = select(DOCUMENT.sha256, DOCUMENT.content).where(
    DOCUMENT.sha256.in_(bindparam("digests", expanding=True))
)


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
    return _all(digests, _found(session, digests))


def _found(session: Session, digests: Iterable[str]) -> dict[str, bytes]:
    """Return the bytes of those digests for which there are the right ones."""
    wanted = list(digests)
    chunks = (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
    found = chain.from_iterable(session.execute(FIND, {"digests": chunk}) for chunk in chunks)
    return {name: content for name, content in found if sha256(content) == name}


def _all(digests: Iterable[str], found: Mapping[str, bytes]) -> dict[str, bytes]:
    for name in digests:
        if name not in found:
            raise NotApproved(f"the stored document {name[:12]} is not what it was: restore it")
    return {name: found[name] for name in digests}


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


MAILED: Final = ("pdf", "note_text", "note_html")
"""The forms of a letter that its message is made of."""

RECIPIENTS: Final = TypeAdapter(tuple[Recipient, ...])
ATTACHMENTS: Final = TypeAdapter(tuple[Attachment, ...])


@dataclass(frozen=True, slots=True)
class Approved:
    """A letter as it is sent: what it was frozen with, and the bytes of what goes by mail."""

    subject: str
    title: str
    authority: str
    recipients: tuple[Recipient, ...]
    parts: Mapping[str, bytes]
    attached: Sequence[tuple[Attachment, bytes]]


def approved(session: Session, letter_ids: Collection[UUID]) -> dict[UUID, Approved | NotApproved]:
    """Return letters by id, each with its bytes, or why it is not the one that was approved.

    Of each draft only what sending needs is read: all of it takes longer than the conversation.
    """
    letters = session.execute(_sending(), {"ids": list(letter_ids)}).all()
    found = _found(session, {digest for letter in letters for digest in _mailed(letter)})
    return {letter.id: _checked(letter, found) for letter in letters}


@cache
def _sending() -> Select[*tuple[Any, ...]]:
    """Return the statement that loads what sending needs, made once."""
    table = table_of(Letter).c
    draft = type_coerce(table.draft, JSON)
    return select(
        table.id,
        table.authority_code,
        table.subject,
        table.parts,
        table.digest,
        draft["content"]["title"].label("title"),
        draft["content"]["authority"]["official_name"].label("authority"),
        draft["recipients"].label("recipients"),
        draft["attachments"].label("attachments"),
    ).where(table.id.in_(bindparam("ids", expanding=True)))


def _mailed(letter: Row[Any]) -> list[str]:
    parts = [digest for name, digest in letter.parts.items() if name in MAILED]
    return parts + [attachment["sha256"] for attachment in letter.attachments]


def _checked(letter: Row[Any], found: Mapping[str, bytes]) -> Approved | NotApproved:
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.attachments):
        code = letter.authority_code
        return NotApproved(f"the stored letter of {code} is not the approved one")
    try:
        loaded = _all(_mailed(letter), found)
    except NotApproved as error:
        return error
    attachments = ATTACHMENTS.validate_python(letter.attachments)
    return Approved(
        letter.subject,
        letter.title,
        letter.authority,
        RECIPIENTS.validate_python(letter.recipients),
        {name: loaded[letter.parts[name]] for name in MAILED},
        [(each, loaded[each.sha256]) for each in attachments],
    )
