"""Verify a public bundle: compare it with what was sent, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import dropwhile

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain import calendar
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, NotFound
from dispatch.domain.proof import checkpoint
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey
from dispatch.domain.publishing.bundle import LETTERS, key, key_of, pdf_paths
from dispatch.domain.publishing.bundle import checkpoint as checkpoint_path
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.files.bundles import Bundle
from dispatch.files.keys import is_signed
from dispatch.mail.outgoing.body import pdfs_in
from dispatch.mailouts.store import mailout_named
from dispatch.proof import precheck
from dispatch.proof.store import seals
from dispatch.publishing import store
from dispatch.publishing.store import RecordedUpload, SentLetter


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared, without finding a difference."""

    letters: int
    messages: int
    """Message bodies that were sent; a letter that was resent has one more, with its note."""
    files: int
    mailouts: tuple[str, ...]
    digest: str
    """The manifest's SHA-256, which the ledger holds."""
    checkpoints: Mapping[str, Checkpoint]
    """The checkpoint of the ledger by mailout, where one is public with its letters."""


def verify(
    session: Session,
    bundle: Bundle,
    key: Callable[[], PublicKey],
    known: Mapping[str, Checkpoint] | None = None,
) -> Comparison:
    """Compare the letters in a bundle with those that were sent, and its manifest with the ledger.

    That the files are those of the manifest was checked when the bundle was read. `key` is asked
    for the key that must have signed the checkpoints, if there are any. What the ledger has of
    these letters is audited, and must agree with the checkpoints that are `known`. Raises
    `BadInput` that names the first file that is not what was sent or signed, and `NotApproved` if
    something that is stored is not what it was.
    """
    seals.hold_still(session)
    messages: list[int] = []
    for name in bundle.manifest.mailouts:
        try:
            mailout = mailout_named(session, name)
        except NotFound as error:
            raise BadInput(f"{bundle.folder}/letters/{name}: nothing to compare: {error}") from None
        messages += _compared(session, bundle, mailout)
    checkpoints = dict(_checkpoints(session, bundle, key))
    for name in bundle.manifest.mailouts:
        mailout = mailout_named(session, name)
        pages = partial(store.pages, session, mailout)
        precheck.refuse_altered_letters(session, mailout, pages, known or {})
    _check_newest(bundle, store.uploads(session))
    return Comparison(
        letters=len(messages),
        messages=sum(messages),
        files=len(bundle.manifest.files),
        mailouts=bundle.manifest.mailouts,
        digest=bundle.digest,
        checkpoints=checkpoints,
    )


def _check_newest(bundle: Bundle, uploads: Sequence[RecordedUpload]) -> None:
    """Raise `BadInput` unless the last upload that the ledger records is this bundle's."""
    since = list(dropwhile(lambda each: each.manifest != bundle.digest, uploads))
    if not since:
        raise BadInput(
            f"{bundle.folder}: the letters are the ones sent, but the ledger knows of no upload "
            f"with this manifest: something beside them was changed, or more was uploaded since"
        )
    if since[-1].manifest != bundle.digest:
        last = since[-1]
        day = calendar.day_in_words(calendar.local(last.at).date())
        raise BadInput(
            f"{bundle.folder}: older: this was public until {last.mailout} was uploaded on {day}; "
            f"put the bundle of that day back, or make it again",
            remedy=Remedy(kind=RemedyKind.UPLOAD, mailout=last.mailout),
        )


def _compared(session: Session, bundle: Bundle, mailout: Mailout) -> Iterator[int]:
    """Yield for each letter of a mailout how many messages hold exactly the PDF of the bundle.

    Where messages were purged, the digest of the PDF is left to compare with.
    """
    own = (row for row in bundle.rows(LETTERS) if row["mailout"] == mailout.name)
    files = {key(row): row["file"] for row in own}
    for page in store.pages(session, mailout):
        for each in store.sent_letters(session, page, may_be_purged=True):
            code = each.letter.authority_code
            file = files.pop(key_of(each.letter.draft.content), None)
            if file is None:
                raise BadInput(f"{bundle.folder}: missing: the letter of {code} in {mailout.name}")
            if not _is_as_sent(bundle, file, each):
                raise BadInput(
                    f"{bundle.folder}/{file}: changed: it is not the letter of {code} that was sent"
                )
            yield len(each.bodies)
    if files:
        (code, _), file = min(files.items())
        raise BadInput(f"{bundle.folder}/{file}: added: {code} has no such letter")


def _is_as_sent(bundle: Bundle, file: str, sent: SentLetter) -> bool:
    """Whether the PDFs of a letter, the first of them in `file`, are those that went."""
    letter = sent.letter
    paths = pdf_paths(letter.draft.content, file, letter.parts)
    pdfs = tuple(bundle.content(path) for path in paths.values())
    return all(
        sha256(pdf) == letter.parts[form] for form, pdf in zip(paths, pdfs, strict=True)
    ) and all(pdfs_in(body) == pdfs for body in sent.bodies)


def _checkpoints(
    session: Session, bundle: Bundle, key: Callable[[], PublicKey]
) -> Iterator[tuple[str, Checkpoint]]:
    """Yield each mailout with its checkpoint, once it is signed and a seal here matches it."""
    for name in bundle.manifest.mailouts:
        path = checkpoint_path(name)
        if path in bundle.manifest.digests:
            where, public = f"{bundle.folder}/{path}", key()
            signs = partial(is_signed, public.octets)
            found = checkpoint.read(where, bundle.content(path), public, signs)
            if not _is_ours(session, found):
                raise BadInput(
                    f"{where}: seal {found.seal} of the ledger here is another",
                    remedy=Remedy(kind=RemedyKind.VERIFY),
                )
            yield name, found


def _is_ours(session: Session, found: Checkpoint) -> bool:
    """Whether the ledger here has the seal that a checkpoint was made of."""
    return any(
        (each.hash, each.seal.size, each.seal.root) == (found.seal_hash, found.size, found.root)
        for each in seals.after(session, found.seal - 1, 1)
    )
