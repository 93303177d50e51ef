"""Documents: the bytes of letters in each form, and of attachments, stored once by SHA-256."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from secrets import token_hex
from typing import Any, Final, Protocol
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import JSON, Row, Select, String, Uuid, delete, func, select, type_coerce
from sqlalchemy.orm import Session

from dispatch.batches import batches
from dispatch.database.engine import AS_BYTES
from dispatch.database.metadata import table_of
from dispatch.database.sql import as_list, insert_into, listed
from dispatch.database.tables import Delivery, Document, Letter
from dispatch.domain.digest import sha256
from dispatch.domain.errors import NotApproved
from dispatch.domain.letter import PDF, Made, Recipient, is_pdf, letter_digest
from dispatch.domain.letters.approval import Leaf, Proof, recipients_digest
from dispatch.domain.mailout import Attachment


def keep(session: Session, documents: Mapping[str, tuple[str, bytes]]) -> None:
    """Store media type and bytes by SHA-256. A document that is stored already stays as it is.

    A document that a purge has deleted is stored again, since it is needed again.
    """
    if not documents:
        return
    rows = [
        {"sha256": name, "media_type": media_type, "content": content}
        for name, (media_type, content) in sorted(documents.items())
    ]
    # Two workers may store the same bytes at once: the database decides who was first.
    session.execute(insert_into(session, Document).on_conflict_do_nothing(), rows)
    for name in purged(session, documents):
        _, session.get_one(Document, name).content = documents[name]


def purged(session: Session, digests: Iterable[str]) -> frozenset[str]:
    """Return which of these documents a purge has deleted (`dispatch audit purge`)."""
    asked = listed(session.get_bind().dialect.name, "digests", String())
    query = select(Document.sha256).where(
        Document.sha256.in_(asked), func.length(Document.content) == 0
    )
    rows = session.scalars(query, {"digests": as_list((name,) for name in digests)})
    return frozenset(rows)


def are_there(session: Session, digests: Collection[str]) -> bool:
    """Whether all of these documents are stored and none is purged; their bytes are not read."""
    asked = listed(session.get_bind().dialect.name, "digests", String())
    is_one = Document.sha256.in_(asked), func.length(Document.content) > 0
    query = select(func.count()).select_from(Document).where(*is_one)
    found = session.scalar(query, {"digests": as_list((name,) for name in digests)})
    return found == len(digests)


def forget_messages(session: Session, digests: Iterable[str]) -> None:
    """Delete those of these bodies of messages that no delivery has: their letters did not go."""
    asked = listed(session.get_bind().dialect.name, "digests", String())
    used = select(Delivery.mail).where(Delivery.mail.is_not(None))
    gone = delete(Document).where(Document.sha256.in_(asked), Document.sha256.not_in(used))
    given = {"digests": as_list((name,) for name in digests)}
    session.execute(gone.execution_options(synchronize_session=False), given)


MEDIA_TYPES: Final = {
    "text": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "note_text": "text/plain; charset=utf-8",
    "note_html": "text/html; charset=utf-8",
    "mail": "multipart/mixed",
}


def keep_forms(session: Session, letters: Iterable[Made]) -> None:
    """Store every form of some letters. Letters share some documents; each is stored once."""
    keep(
        session,
        {
            letter.digests[name]: (MEDIA_TYPES[PDF if is_pdf(name) else name], content)
            for letter in letters
            for name, content in letter.parts.items()
        },
    )


SALT_OCTETS: Final = 16
"""Random octets of the salt of a letter's recipients: too many to guess."""


def freeze(letter: Letter, made: Made, attachments: Sequence[Attachment]) -> None:
    """Record in a letter's row which bytes it consists of; these must be stored already.

    With the attachments of its draft, which is large and need not be read for it.

    It also gets the salt for the digest of its recipients, which its approval covers.
    """
    letter.subject, letter.parts = made.subject, made.digests
    letter.digest = letter_digest(made.subject, letter.parts, attachments)
    letter.approval_salt = token_hex(SALT_OCTETS)


def load(session: Session, digests: Sequence[str]) -> dict[str, bytes]:
    """Return the bytes of each digest. Raises `NotApproved` if any are missing or altered."""
    return _all(digests, found(session, digests))


def found(session: Session, digests: Iterable[str]) -> dict[str, bytes]:
    """Return the bytes of each digest for which the right bytes are stored."""
    finding = _finding(session.get_bind().dialect.name)
    rows = session.execute(finding, {"digests": as_list((digest,) for digest in digests)})
    return {name: content for name, content in rows.all() if sha256(content) == name}


@cache
def _finding(dialect: str) -> Select[str, bytes]:
    table = table_of(Document).c
    asked = listed(dialect, "digests", String())
    finding = select(table.sha256, table.content).where(table.sha256.in_(asked))
    return finding.execution_options(**{AS_BYTES: True})


def _all(digests: Iterable[str], loaded: Mapping[str, bytes]) -> dict[str, bytes]:
    for name in digests:
        if name not in loaded:
            raise NotApproved(_gone(name))
    return {name: loaded[name] for name in digests}


def _gone(digest: str) -> str:
    return (
        f"the stored document {digest[:12]} is not what it was, or was deleted (`dispatch audit "
        f"purge`): see `dispatch audit verify`"
    )


def verify(session: Session, letters: Iterable[Sequence[str]]) -> None:
    """Raise `NotApproved` if a document of some letters, each by its digests, is not as it was."""
    for some in batches(letters, LOADED):
        load(session, [digest for digests in some for digest in digests])


LOADED: Final = 20
"""Letters whose documents are read at a time: some megabytes."""


def of(session: Session, letter: Letter) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return a letter's forms by name and its attachments by digest. Raises as `load`."""
    attached = [attachment.sha256 for attachment in letter.draft.attachments]
    loaded = load(session, [*letter.parts.values(), *attached])
    parts = {name: loaded[digest] for name, digest in letter.parts.items()}
    return parts, {digest: loaded[digest] for digest in attached}


RECIPIENTS: Final = TypeAdapter(tuple[Recipient, ...])


Wanted = tuple[UUID, str | None]
"""A letter's id, and the SHA-256 of another body for its message, or None for its own."""


@dataclass(frozen=True, slots=True)
class Approved:
    """A letter as it is sent: its frozen subject and recipients, and the body of its message."""

    subject: str
    recipients: tuple[Recipient, ...]
    mail: bytes
    digest: str
    """The letter's, of what is stored now."""
    recipients_digest: str
    """The salted digest of its recipients, as they are stored now."""
    authority: str
    version: int
    proof: Proof | None
    """That it is what was approved; None if its row has none."""


def approved(session: Session, wanted: Collection[Wanted]) -> dict[Wanted, Approved | NotApproved]:
    """Return each letter with its bytes, or why it is not what was approved.

    Reads only what sending needs of each draft: reading all of it takes longer than sending.
    """
    sending = _sending(session.get_bind().dialect.name)
    ids = {id_ for id_, _ in wanted}
    rows = session.execute(sending, {"ids": as_list((id_,) for id_ in ids)})
    letters = {letter.id: letter for letter in rows.all()}
    bodies = {(id_, own): own or _mail_of(letters[id_]) for id_, own in wanted}
    mails = found(session, {body for body in bodies.values() if body})
    return {each: _as_sent(letters[each[0]], body, mails) for each, body in bodies.items()}


def _mail_of(letter: Row[Any]) -> str | None:
    """Return the SHA-256 of the body of a letter's message, if its row has one."""
    parts = letter.parts
    return str(parts["mail"]) if isinstance(parts, dict) and "mail" in parts else None


def _as_sent(
    letter: Row[Any], body: str | None, mails: Mapping[str, bytes]
) -> Approved | NotApproved:
    try:
        return _checked(letter, body, mails)
    except Exception:  # noqa: BLE001 - a row that was tampered with may hold anything, and must not keep other letters from leaving
        return NotApproved(not_approved(letter.authority_code))


@cache
def _sending(dialect: str) -> Select[*tuple[Any, ...]]:
    """Return the statement that loads what sending needs; built once for each dialect."""
    table = table_of(Letter).c
    draft = type_coerce(table.draft, JSON)
    return select(
        table.id,
        table.authority_code,
        table.subject,
        table.parts,
        table.digest,
        table.version,
        table.approval_salt,
        table.approval_recipients,
        table.approval_index,
        table.approval_path,
        draft["recipients"].label("recipients"),
        draft["attachments"].label("attachments"),
    ).where(table.id.in_(listed(dialect, "ids", Uuid())))


def _checked(
    letter: Row[Any], body: str | None, mails: Mapping[str, bytes]
) -> Approved | NotApproved:
    digest = letter_digest(letter.subject, letter.parts, letter.attachments)
    if body is None or letter.digest != digest:
        return NotApproved(not_approved(letter.authority_code))
    if body not in mails:
        return NotApproved(_gone(body))
    return Approved(
        subject=letter.subject,
        recipients=RECIPIENTS.validate_python(letter.recipients),
        mail=mails[body],
        digest=digest,
        recipients_digest=recipients_digest(letter.recipients, letter.approval_salt or ""),
        authority=letter.authority_code,
        version=letter.version,
        proof=proof_in(letter, digest),
    )


def not_approved(code: str) -> str:
    """Return what is said of a letter that must not leave."""
    return f"the letter of {code} is not the one that was approved"


class HasProof(Protocol):
    """A letter's row, or as much of it as its proof needs."""

    @property
    def authority_code(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def approval_recipients(self) -> str | None: ...
    @property
    def approval_index(self) -> int | None: ...
    @property
    def approval_path(self) -> Sequence[str] | None: ...


def proof_in(letter: HasProof, digest: str) -> Proof | None:
    """Return the proof that a letter's row has for these contents; None if it lacks a part."""
    recipients, index, path = (
        letter.approval_recipients,
        letter.approval_index,
        letter.approval_path,
    )
    if recipients is None or index is None or path is None:
        return None
    leaf = Leaf(letter.authority_code, letter.version, digest, recipients)
    return Proof(leaf, index, tuple(map(bytes.fromhex, path)))
