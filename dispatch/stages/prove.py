"""Prove: a public bundle is compared with what was sent, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch.db import Mailout, Session, queries, uploads
from dispatch.domain.errors import BadInput, NotFound
from dispatch.domain.spreadsheet import Row
from dispatch.mail.enclosed import pdf_in
from dispatch.sources.bundles import Bundle


@dataclass(frozen=True, slots=True)
class Proof:
    """What was compared, and found to be as it should."""

    letters: int
    messages: int
    """Bodies of messages that went; letters sent again with a note have one more."""
    files: int
    mailouts: tuple[str, ...]
    digest: str
    """The manifest's SHA-256, which the ledger holds."""


def prove(session: Session, bundle: Bundle) -> Proof:
    """Compare the letters in a bundle, which is as its manifest says, with those that were sent.

    Raises `BadInput` that names the first file that is not what was sent, `NotApproved` if what is
    stored is not what it was.
    """
    messages = 0
    for name in bundle.manifest.mailouts:
        try:
            mailout = queries.mailout_named(session, name)
        except NotFound as error:
            raise BadInput(f"{bundle.folder}/letters/{name}: nothing to compare: {error}") from None
        messages += sum(_compared(session, bundle, mailout))
    if bundle.digest not in uploads.recorded(session):
        raise BadInput(
            f"{bundle.folder}: the letters are the ones sent, but the ledger knows of no upload "
            f"with this manifest: something beside them was changed, or more was uploaded since"
        )
    return Proof(
        letters=len(bundle.letters),
        messages=messages,
        files=len(bundle.manifest.files),
        mailouts=bundle.manifest.mailouts,
        digest=bundle.digest,
    )


def _compared(session: Session, bundle: Bundle, mailout: Mailout) -> Iterator[int]:
    """Yield for each letter of a mailout how many messages hold the very PDF of the bundle."""
    rows = {row["authority_code"]: row for row in bundle.letters if row["mailout"] == mailout.name}
    letters = queries.letters(session, mailout)
    if unknown := sorted(rows.keys() - {each.authority_code for each in letters}):
        raise BadInput(
            f"{_where(bundle, rows[unknown[0]])}: added: {unknown[0]} has no such letter"
        )
    for each in uploads.sent(session, letters):
        code = each.letter.authority_code
        if code not in rows:
            raise BadInput(f"{bundle.folder}: missing: the letter of {code} in {mailout.name}")
        public = bundle.content(rows[code]["file"])
        if public != each.pdf or any(pdf_in(mail) != public for mail in each.mails):
            where = _where(bundle, rows[code])
            raise BadInput(f"{where}: changed: it is not the letter of {code} that was sent")
        yield len(each.mails)


def _where(bundle: Bundle, row: Row) -> str:
    return f"{bundle.folder}/{row['file']}"
