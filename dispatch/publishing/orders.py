"""An upload that a page asks for and a worker carries out.

It takes seconds to read and write every letter, so that a page cannot wait for it. `outlook` says
what would become public, from what was approved: once a mailout was released, its letters and its
plan are what they were then, but for new versions. `order` asks for exactly that; `carry_out` reads
every letter, compares it with what was sent, and makes it public if nothing has changed since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.documents.site import Site
from dispatch.domain.jobs.job import Job, JobKind, Result
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.codes import authority_of
from dispatch.domain.word import Word
from dispatch.files import bundles
from dispatch.jobs import orders
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.proof.checkpoints import Signer
from dispatch.publishing import store, upload
from dispatch.publishing.store import SentLetter
from dispatch.publishing.upload import Publishing
from dispatch.tracking.standing import standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook(Proposal):
    """What an upload would make public, by the letters' records."""

    mailout: str
    upload_date: date
    approved: str
    """The digest of what was approved: all letters of the first version."""
    later: tuple[tuple[str, int, str], ...]
    """Of each that was replaced: the authority's code, the version in force, its digest."""
    letters: int
    """How many become public, each in its last version."""
    unreached: frozenset[str]
    """Authorities whose letter would be public before they surely have it."""
    withheld: int
    """Attachments that went with the letters and stay confidential."""
    is_public: bool
    """Whether letters of this mailout are public already."""


def outlook(session: Session, mailout: Mailout) -> Outlook:
    """Return what an upload would make public. Raises `RuleBroken` as `upload.refuse_unready`."""
    known = standing(session, mailout)
    upload.refuse_unready(session, mailout, known.tally)
    is_public = mailout.state is MailoutState.UPLOADED
    return Outlook(
        mailout=mailout.name,
        upload_date=mailout.plan.upload_date,
        approved=mailout.approved_digest or "",
        later=tuple(letters.replacing(session, mailout)),
        letters=known.tally.in_force,
        unreached=frozenset() if is_public else upload.unreached(session, mailout, known),
        withheld=_withheld(session, mailout),
        is_public=is_public,
    )


def _withheld(session: Session, mailout: Mailout) -> int:
    """Return how many attachments went with the letters in force, as the plan has them."""
    attached = mailout.plan.attachments
    codes = letters.codes(session, mailout) if attached else ()
    return sum(len(attached.get(authority_of(code), ())) for code in codes)


def order(session: Session, name: str, agreed: str, word: Word) -> Job:
    """Ask for the upload that a person agreed to, by the digest of its outlook.

    Raises `ChangedMeanwhile` if it would be another now, and `RuleBroken` before its day, if
    somebody is not surely reached and the word gives no reason, and as `outlook`.
    """
    found = outlook(session, mailout_named(session, name))
    found.check(agreed)
    upload.refuse_early(found, word.at)
    upload.refuse_unreached(found, word)
    return orders.ask(session, JobKind.UPLOAD, name, word, digest=agreed)


class Steps(Protocol):
    """Says how far a job is: see `jobs.work.Progress`."""

    def over(self, items: Iterable[SentLetter], of: int, *, before: int) -> Iterable[SentLetter]:
        """Pass on items, and count each as done, beside those `before`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMeans:
    """What a worker makes letters public with."""

    sessions: Sessions
    clock: Callable[[], datetime]
    folder: Path
    """The public folder."""
    site: Site
    signer: Signer
    known: Mapping[str, Checkpoint]
    """The checkpoints that are stored outside."""


def carry_out(means: OrderMeans, job: Job, steps: Steps) -> Result:
    """Make public what was asked for; return what the folder holds then.

    An upload that a worker had recorded before it died is not made again. Raises `ChangedMeanwhile`
    if it would be another now, and as `upload.prepare` and `upload.upload`.
    """
    word = job.word(means.clock())
    means.folder.parent.mkdir(parents=True, exist_ok=True)
    with bundles.held(means.folder) as public:
        with means.sessions.read() as session:
            recorded = {each.job: each.manifest for each in store.uploads(session)}
            if str(job.id) in recorded:
                return {"digest": recorded[str(job.id)], "is_changed": True}
            found = outlook(session, mailout_named(session, job.subject))
        found.check(job.terms["digest"])
        count = found.letters
        first, second = (
            lambda items, before=before: steps.over(items, 2 * count, before=before)
            for before in (0, count)
        )
        proposal = upload.prepare(means.sessions, public, job.subject, word, means.known, first)
        checkpoint = upload.current_checkpoint(means.sessions, means.signer, now=word.at)
        publishing = Publishing(public, means.site, checkpoint, str(job.id), second)
        done = upload.upload(means.sessions, proposal, publishing, word)
    return asdict(done) | {"mailouts": list(done.mailouts)}
