"""Spreadsheets for single authorities, kept aside until a person puts them into a mailout's plan.

Each is matched with its authority by the code or the name in its own name. What matches none, or
several, stays aside until a person says whose it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import StagedFile
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.mailout import Attachment
from dispatch.domain.register.file_names import FileNames
from dispatch.domain.register.staging import StagedState
from dispatch.domain.word import Word
from dispatch.files.plan.enclosures import MOST_ATTACHMENTS, media_type_of
from dispatch.files.tables.faults import Wrong
from dispatch.ledger import events, journal
from dispatch.register.store import authorities, staged

MOST_ASIDE: Final = 1000
"""Spreadsheets that may be kept aside for one mailout: more than authorities have."""

KIND: Final = "attachment"


@dataclass(frozen=True, slots=True)
class Aside:
    """A spreadsheet that is kept aside."""

    id: UUID
    name: str
    size: int
    code: str | None
    """Of the authority that its name named when it came; None if it named none, or several."""


def file_names(session: Session) -> FileNames:
    """Return what finds the authority that a spreadsheet is about by its name."""
    return FileNames(authorities.by_code(session).values())


def keep(
    session: Session, mailout: str, name: str, content: bytes, word: Word, known: FileNames
) -> None:
    """Keep a spreadsheet aside for a mailout's plan; one that is there already is not kept twice.

    Raises `BadInput` for what may not be attached.
    """
    try:
        media_type_of(name, content)
    except Wrong as rule:
        raise BadInput(f"{name} {rule}") from None
    digest, there = sha256(content), staged.aside(session, mailout)
    if any((each.name, each.sha256) == (name, digest) for each in there):
        return
    if len(there) >= MOST_ASIDE:
        raise BadInput(f"{name}: {MOST_ASIDE:,} files are kept aside, as many as can be")
    row = StagedFile(
        kind=KIND,
        name=name,
        sha256=digest,
        size=len(content),
        content=content,
        rows=0,
        staged_at=word.at,
        staged_by=word.person,
        state=StagedState.ASIDE,
        mailout=mailout,
        authority_code=known.authority_in(name),
    )
    session.add(row)
    session.flush()
    detail = {"kind": KIND, "sha256": digest, "name": name}
    journal.append(session, events.FILE_STAGED.by(word, row.id, **detail))


def waiting(session: Session, mailout: str) -> list[Aside]:
    """Return what is kept aside for a mailout's plan, each with the authority that it names."""
    return [
        Aside(each.id, each.name, each.size, each.authority_code)
        for each in staged.aside(session, mailout)
    ]


Attached = dict[str, list[Attachment]]


def attached(
    session: Session,
    mailout: str,
    before: Mapping[str, Sequence[Attachment]],
    codes: Mapping[UUID, str],
) -> tuple[Attached, dict[str, tuple[str, bytes]]]:
    """Return the spreadsheets of the authorities that get more, and the new bytes by digest.

    `codes` says whose each file is that was kept aside. One of the same name takes the place of the
    one before. Raises `BadInput` if an authority would have too many.
    """
    found: Attached = {}
    documents: dict[str, tuple[str, bytes]] = {}
    for row in staged.aside(session, mailout, has_content=True):
        if row.id not in codes or sha256(row.content) != row.sha256:
            continue
        code, media_type = codes[row.id], media_type_of(row.name, row.content)
        theirs = found.setdefault(code, list(before.get(code, ())))
        theirs[:] = [each for each in theirs if each.name != row.name]
        theirs.append(Attachment(name=row.name, media_type=media_type, sha256=row.sha256))
        documents[row.sha256] = media_type, row.content
        if len(theirs) > MOST_ATTACHMENTS:
            raise BadInput(
                f"{code} would have {len(theirs)} files; at most {MOST_ATTACHMENTS} are allowed"
            )
    return found, documents
