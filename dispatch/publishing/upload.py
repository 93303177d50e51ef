"""Upload: make the letters of a mailout public, each in its last version, with their figures.

What becomes public is what was sent: each PDF is compared with the one in the messages that went.
`prepare` works out what would become public, for a person to look at; `upload` writes exactly that
and records it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Final, Protocol

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout
from dispatch.documents.site import Site
from dispatch.domain import calendar
from dispatch.domain.delivery import IN_PROGRESS
from dispatch.domain.digest import Measured
from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.manifest import NAME as MANIFEST
from dispatch.domain.proof.manifest import Entry, Manifest
from dispatch.domain.proposal import Proposal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.domain.wording import counts
from dispatch.files.bundles import Bundle, File, PublicFolder
from dispatch.ledger import events, journal
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.proof import checkpoints, precheck
from dispatch.proof.checkpoints import Signer
from dispatch.proof.store import seals
from dispatch.publishing import as_sent, store
from dispatch.publishing.as_sent import Watch
from dispatch.publishing.making import Making, Sent
from dispatch.tracking.standing import Standing, standing
from dispatch.tracking.store.tallies import Tally
from dispatch.tracking.unreached import posted

EMPTY: Final[Mapping[str, Checkpoint]] = MappingProxyType({})
"""No checkpoints to compare the ledger with."""


@dataclass(frozen=True, slots=True)
class Publishing:
    """Where letters become public, and with what."""

    public: PublicFolder
    site: Site
    """The pages beside them."""
    checkpoint: bytes | None = None
    """The ledger's, to be public with the letters."""
    job: str = ""
    """The id of the job that this is, if a worker does it: the ledger has it, too."""
    watch: Watch = iter


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadProposal(Proposal):
    """What an upload would make public, and who may not have had their letter yet."""

    mailout: str
    upload_date: date
    letters: int
    """How many become public, each in its last version."""
    sent: str
    """The SHA-256 over whom each is about, whom it went to, and its PDFs."""
    made_up: int
    """Letters with made-up figures."""
    made_up_groups: frozenset[str | None]
    """The comparison groups in which any letter has made-up figures."""
    unreached: frozenset[str]
    """Authorities whose letter would be public before they surely have it."""
    withheld: int
    """Attachments that went with the letters and stay confidential."""
    others: tuple[str, ...]
    """Other mailouts that are in the folder, and stay there."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What the public folder holds after an upload."""

    digest: str
    """The manifest's SHA-256."""
    files: int
    bytes: int
    mailouts: tuple[str, ...]
    is_changed: bool
    """Whether any file differs from before."""
    has_checkpoint: bool
    """Whether a checkpoint of the ledger is public with these letters."""


def prepare(
    sessions: Sessions,
    public: PublicFolder,
    name: str,
    word: Word,
    stored: Mapping[str, Checkpoint] = EMPTY,
    watch: Watch = iter,
) -> UploadProposal:
    """Propose to make a mailout public, on somebody's word.

    The word needs a reason if somebody is not surely reached. Raises as `propose`, `refuse_early`
    and `refuse_unreached`.
    """
    proposal = look(sessions, public, name, stored, watch)
    refuse_early(proposal, word.at)
    refuse_unreached(proposal, word)
    return proposal


def look(
    sessions: Sessions,
    public: PublicFolder,
    name: str,
    stored: Mapping[str, Checkpoint] = EMPTY,
    watch: Watch = iter,
) -> UploadProposal:
    """Return what an upload would make public, also before its day. Raises as `propose`."""
    with sessions.read() as session:
        seals.hold_still(session)
        return propose(session, public, mailout_named(session, name), stored, watch)


def propose(
    session: Session,
    public: PublicFolder,
    mailout: Mailout,
    stored: Mapping[str, Checkpoint] = EMPTY,
    watch: Watch = iter,
) -> UploadProposal:
    """Return what an upload would make public, once it is audited.

    The ledger must agree with the checkpoints that are `stored` outside. Raises `RuleBroken` with
    the reason and what to do while letters are on their way or wait for approval, `NotApproved` if
    a stored letter is not the one that was approved and sent, or anything that the ledger has of
    these letters was altered, and `BadInput` as `current_bundle`.
    """
    known = standing(session, mailout)
    refuse_unready(session, mailout, known.tally)
    sent = Sent()
    for letter, _ in as_sent.pdfs(session, mailout, watch):
        sent.add(letter)
    pages = partial(store.pages, session, mailout)
    precheck.refuse_altered_letters(session, mailout, pages, stored)
    earlier = current_bundle(session, public, mailout.name)
    names = earlier.manifest.mailouts if earlier else ()
    is_public = mailout.state is MailoutState.UPLOADED
    return UploadProposal(
        mailout=mailout.name,
        upload_date=mailout.plan.upload_date,
        letters=sent.letters,
        sent=sent.digest,
        made_up=sent.made_up,
        made_up_groups=frozenset(sent.made_up_groups),
        unreached=frozenset() if is_public else unreached(session, mailout, known),
        withheld=sent.withheld,
        others=tuple(each for each in names if each != mailout.name),
    )


class Foreseen(Protocol):
    """What an upload would be: what the rules about its day and its reason ask for."""

    @property
    def mailout(self) -> str:
        """The name of the mailout."""

    @property
    def upload_date(self) -> date:
        """The day that its letters name."""

    @property
    def unreached(self) -> frozenset[str]:
        """Authorities whose letter would be public before they surely have it."""


def is_early(proposal: Foreseen, now: datetime) -> bool:
    """Whether the day that the letters themselves name has not come, by London's clocks."""
    return calendar.local(now).date() < proposal.upload_date


def refuse_early(proposal: Foreseen, now: datetime) -> None:
    """Raise `RuleBroken` before the day that the letters themselves name."""
    if is_early(proposal, now):
        day = calendar.day_in_words(proposal.upload_date)
        raise RuleBroken(f"{proposal.mailout} is not public before {day}, as its letters say")


def refuse_unready(session: Session, mailout: Mailout, tally: Tally) -> None:
    """Raise `RuleBroken` with what to do while a letter is on its way or waits for somebody."""
    status = Remedy(kind=RemedyKind.STATUS, mailout=mailout.name)
    is_leaving = mailout.state in {MailoutState.RELEASING, MailoutState.PAUSED}
    if is_leaving or IN_PROGRESS & tally.deliveries.keys():
        raise RuleBroken(f"{mailout.name} has letters that are still on their way", remedy=status)
    if mailout.state not in {MailoutState.SENT, MailoutState.UPLOADED}:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}, not sent", remedy=status)
    if waiting := letters.waiting(session, mailout):
        raise RuleBroken(
            f"a new version waits for its approval, of the letter of {some(waiting)}: approve it, "
            f"or withdraw it"
        )


def refuse_unreached(proposal: Foreseen, word: Word) -> None:
    """Raise `RuleBroken` if somebody is not surely reached and the word gives no reason."""
    if proposal.unreached and not word.because:
        raise RuleBroken(
            f"not surely reached: {some(proposal.unreached)}; give a reason with --although TEXT "
            f"to publish the letters all the same, or reach these authorities first",
            remedy=Remedy(kind=RemedyKind.UNREACHED, mailout=proposal.mailout),
        )


NAMED: Final = 10
"""Authorities named in an error, of however many there are."""


def some(codes: Collection[str]) -> str:
    """Return codes as words, only the first of them if they are many."""
    return counts.some(sorted(codes), NAMED)


def current_bundle(session: Session, public: PublicFolder, name: str) -> Bundle | None:
    """Return the bundle that is public, or None if there is none to build on.

    Raises `BadInput` for a folder with anything else in it, for a file that was changed, and for a
    bundle that was not uploaded from here: earlier years are only taken over from our own uploads.
    """
    recorded = store.recorded(session)
    found = public.current(recorded)
    if found is None or found.digest in recorded:
        return found
    if set(found.manifest.mailouts) == {name}:
        return None  # this upload was interrupted before it was recorded: write it all again
    raise BadInput(
        f"{public.path}: the ledger knows of no upload with this manifest; "
        f"move the folder away, or name another"
    )


def current_checkpoint(sessions: Sessions, signer: Signer, *, now: datetime) -> bytes | None:
    """Return a signed checkpoint of the ledger as it is now; None while nothing is sealed."""
    with sessions.read() as session:
        try:
            return checkpoints.sign(session, signer, now=now).text.encode()
        except RuleBroken:
            return None


def upload(
    sessions: Sessions, proposal: UploadProposal, publishing: Publishing, word: Word
) -> Uploaded:
    """Write the bundle, put it in place and record it; all of it, or nothing.

    Earlier mailouts in the folder stay, and letters that are public already keep the checkpoint
    that they have. Opens its own transactions, since none that writes may be open while files are
    written. Raises `ChangedMeanwhile` if the letters have changed since they were proposed, or more
    authorities are unreached; and as `refuse_unreached` and `current_bundle`.
    """
    refuse_unreached(proposal, word)
    public = publishing.public
    entries: list[Entry] = []
    with sessions.read() as session:
        seals.hold_still(session)
        mailout = mailout_named(session, proposal.mailout)
        before = store.stamp(session, mailout)
        earlier = current_bundle(session, public, proposal.mailout)
        names = {proposal.mailout, *(earlier.manifest.mailouts if earlier else ())}
        making = Making(
            session,
            mailout,
            publishing.site,
            earlier,
            publishing.checkpoint,
            proposal.made_up_groups,
            publishing.watch,
        )
        with public.written(_listed(making.files(proposal.sent), names, entries)):
            manifest = Manifest.of(names, entries)
            is_changed = earlier is None or manifest.digest != earlier.digest
            record = partial(_record, proposal, before, manifest.digest, word, publishing.job)
            _put_in_place(sessions, public, record, is_changed=is_changed)
    return Uploaded(
        digest=manifest.digest,
        files=len(entries) + 1,
        bytes=sum(entry.size for entry in entries),
        mailouts=manifest.mailouts,
        is_changed=is_changed,
        has_checkpoint=proposal.mailout in making.signed,
    )


def _listed(files: Iterable[File], names: Iterable[str], entries: list[Entry]) -> Iterator[File]:
    """Yield files, noting each in `entries`, and then their manifest."""
    for path, content in files:
        measured = Measured([content] if isinstance(content, bytes) else content)
        yield path, measured
        entries.append(Entry(path, measured.size, measured.sha256))
    yield MANIFEST, Manifest.of(names, entries).to_json()


def _put_in_place(
    sessions: Sessions, public: PublicFolder, record: Callable[[Session], None], *, is_changed: bool
) -> None:
    """Record what was written, and make it public."""
    try:
        with sessions.begin() as session:
            record(session)
            # Swapped before the commit, so that a commit that fails can be undone on disk
            # and a crash shows in the ledger: see the table in `PublicFolder`.
            if is_changed:
                public.swap()
    except BaseException:
        public.back()
        raise
    public.settle()


def _record(
    proposal: UploadProposal,
    before: tuple[int, int],
    digest: str,
    word: Word,
    job: str,
    session: Session,
) -> None:
    """Record in the ledger that a bundle is public, by the digest of its manifest.

    Raises as `_refuse_changed`.
    """
    mailout = mailout_named(session, proposal.mailout, is_locked=True)
    _refuse_changed(session, mailout, proposal, before)
    if mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.UPLOADED)
    elif digest in store.recorded(session):
        return
    detail = {store.MANIFEST: digest, **word.detail()}
    if proposal.unreached:
        detail |= {"although": word.because, "unreached": " ".join(sorted(proposal.unreached))}
    if job:
        detail[store.JOB] = job
    journal.append(session, events.MAILOUT_UPLOADED.by(word, mailout.name, **detail))


def _refuse_changed(
    session: Session, mailout: Mailout, proposal: UploadProposal, before: tuple[int, int]
) -> None:
    """Raise `ChangedMeanwhile` if other letters are in force, or more authorities unreached.

    Each was compared with what was proposed when it was written. Everybody who writes waits for
    this, so it asks only what shows that no other version came since `before`, and whether more
    authorities are unreached.
    """
    known = standing(session, mailout)
    refuse_unready(session, mailout, known.tally)
    is_public = mailout.state is MailoutState.UPLOADED
    is_same = store.stamp(session, mailout) == before
    if not is_same or not (is_public or unreached(session, mailout, known) <= proposal.unreached):
        raise ChangedMeanwhile


def unreached(session: Session, mailout: Mailout, known: Standing | None = None) -> frozenset[str]:
    """Return the authorities that email has not surely reached and to which nothing was posted.

    `known` is how far the letters have come, if that was read already.
    """
    codes = (known or standing(session, mailout)).not_surely_reached
    return codes - posted(session, mailout, codes)
