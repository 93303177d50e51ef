"""Upload: make the letters of a mailout public, each in its last version, with their figures.

What becomes public is what was sent: each PDF is compared with the one in the messages that went.
`prepare` works out what would become public, for a person to look at; `upload` writes exactly that
and records it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Final, Protocol

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.documents.site import Published, Site
from dispatch.domain import calendar
from dispatch.domain.delivery import IN_PROGRESS
from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.letter import PDF, Content
from dispatch.domain.letters.languages import pdf_languages
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.manifest import NAME as MANIFEST
from dispatch.domain.proof.manifest import Entry, Manifest
from dispatch.domain.proposal import Proposal
from dispatch.domain.publishing import bundle
from dispatch.domain.publishing.bundle import Sheet
from dispatch.domain.publishing.published import (
    earlier_row,
    figure_rows,
    language_rows,
    letter_row,
    made_up_groups,
)
from dispatch.domain.publishing.spreadsheet import Row
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.domain.wording import counts
from dispatch.files.bundles import Bundle, PublicFolder
from dispatch.ledger import events, journal
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.proof import checkpoints, precheck
from dispatch.proof.checkpoints import Signer
from dispatch.proof.store import seals
from dispatch.publishing import as_sent, store
from dispatch.publishing.as_sent import Watch
from dispatch.register.register import figures_of
from dispatch.tracking.standing import Standing, standing
from dispatch.tracking.store.tallies import Tally, tallies
from dispatch.tracking.unreached import posted

EMPTY: Final[Mapping[str, Checkpoint]] = MappingProxyType({})
"""No checkpoints to compare the ledger with."""

File = tuple[str, bytes]
"""A path in the bundle, and the bytes of that file."""


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
    letters: tuple[Row, ...]
    figures: tuple[Row, ...]
    earlier: tuple[Row, ...]
    """Versions that were replaced: what a file of one is can be told, though it is not public."""
    languages: tuple[Row, ...] = ()
    """The files of letters in several languages."""
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
    found = ready(session, mailout)
    contents = {each.authority_code: each.draft.content for each in found}
    _refuse_differing(contents.values())
    made_up = made_up_groups(contents.values())
    files = bundle.paths(contents.values())
    known = figures_of(session, mailout.plan, mailout.plan.year)
    is_public = mailout.state is MailoutState.UPLOADED
    rows: list[Row] = []
    spoken: list[Row] = []
    for code, pdfs in as_sent.pdfs(session, found, watch):
        rows.append(letter_row(contents[code], files[code], pdfs[PDF]))
        spoken += language_rows(contents[code], files[code], pdfs)
    pages = partial(store.pages, session, mailout)
    precheck.refuse_altered_letters(session, mailout, pages, stored)
    earlier = current_bundle(session, public, mailout.name)
    names = earlier.manifest.mailouts if earlier else ()
    return UploadProposal(
        mailout=mailout.name,
        upload_date=mailout.plan.upload_date,
        letters=tuple(rows),
        languages=tuple(spoken),
        figures=tuple(
            row
            for content in _once(contents.values())
            for row in figure_rows(
                content, mailout.plan, known.get(content.authority.code), made_up
            )
        ),
        earlier=tuple(
            earlier_row(each.letter.draft.content, each.letter.parts["pdf"], each.replaced_on)
            for each in store.replaced_letters(session, mailout)
        ),
        unreached=frozenset() if is_public else unreached(session, mailout),
        withheld=sum(len(each.draft.attachments) for each in found),
        others=tuple(each for each in names if each != mailout.name),
    )


def _once(contents: Iterable[Content]) -> Collection[Content]:
    """Return one letter about each authority: the figures in all of them are the same."""
    return {each.authority.code: each for each in contents}.values()


def _refuse_differing(contents: Iterable[Content]) -> None:
    """Raise `RuleBroken` if two letters about one authority do not tell the same figures."""
    newest: dict[str, Content] = {}
    for each in sorted(contents, key=lambda content: -content.version):
        last = newest.setdefault(each.authority.code, each)
        if (each.boxes, each.tables) != (last.boxes, last.tables):
            raise RuleBroken(
                f"the letters {last.code} and {each.code} do not tell the same figures, which are "
                f"published once",
                remedy=Remedy(kind=RemedyKind.REISSUE, mailout=each.mailout, authority=each.code),
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


def ready(session: Session, mailout: Mailout) -> Sequence[Letter]:
    """Return the letters in force of a mailout that may become public.

    Raises `RuleBroken` as `refuse_unready`.
    """
    refuse_unready(session, mailout, tallies(session, [mailout])[mailout.id])
    return letters.in_force(session, mailout)


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
    that they have. Opens its own transactions,
    since none that writes may be open while files are written. Raises `ChangedMeanwhile` if the
    letters have changed since they were proposed, or more authorities are unreached; and as
    `refuse_unreached` and `current_bundle`.
    """
    refuse_unreached(proposal, word)
    public = publishing.public
    entries: list[Entry] = []
    with sessions.read() as session:
        earlier = current_bundle(session, public, proposal.mailout)
        names = {proposal.mailout, *(earlier.manifest.mailouts if earlier else ())}
        signed = _checkpoints(proposal, earlier, publishing.checkpoint)
        files = _files(session, proposal, publishing, earlier, signed)
        with public.written(_listed(files, names, entries)):
            manifest = Manifest.of(names, entries)
            is_changed = earlier is None or manifest != earlier.manifest
            try:
                with sessions.begin() as writing:
                    _record(writing, proposal, manifest, word, publishing.job)
                    # Swapped before the commit, so that a commit that fails can be undone on disk
                    # and a crash shows in the ledger: see the table in `PublicFolder`.
                    if is_changed:
                        public.swap()
            except BaseException:
                public.back()
                raise
            public.settle()
    return Uploaded(
        digest=manifest.digest,
        files=len(entries) + 1,
        bytes=sum(entry.size for entry in entries),
        mailouts=manifest.mailouts,
        is_changed=is_changed,
        has_checkpoint=proposal.mailout in signed,
    )


def _files(
    session: Session,
    proposal: UploadProposal,
    publishing: Publishing,
    earlier: Bundle | None,
    signed: Mapping[str, bytes],
) -> Iterator[File]:
    """Yield every file of the bundle but the manifest: the letters first, the pages last."""
    mailout = mailout_named(session, proposal.mailout)
    found = letters.in_force(session, mailout)
    files = bundle.paths(each.draft.content for each in found)
    contents = {each.authority_code: each.draft.content for each in found}
    for code, pdfs in as_sent.pdfs(session, found, publishing.watch):
        for form, path in bundle.pdf_paths(contents[code], files[code], pdfs).items():
            yield path, pdfs[form]
    rows, figures, older = [*proposal.letters], [*proposal.figures], [*proposal.earlier]
    spoken = [*proposal.languages]
    if earlier:
        others_of = partial(_of_others, earlier, proposal.mailout)
        others, theirs = [*others_of(bundle.LETTERS)], [*others_of(bundle.LANGUAGES)]
        paths = dict.fromkeys(row["file"] for row in (*others, *theirs))
        yield from ((path, earlier.content(path)) for path in paths)
        rows += others
        spoken += theirs
        figures += others_of(bundle.FIGURES)
        older += others_of(bundle.EARLIER)
    yield from ((bundle.checkpoint(name), found) for name, found in signed.items())
    places, notices = _maps(publishing.site, mailout, earlier)
    yield from publishing.site.files(
        Published(
            letters=rows,
            figures=figures,
            checkpoints=signed,
            earlier=older,
            languages=spoken,
            places=places,
            notices=notices,
        )
    )


def _of_others(earlier: Bundle, mailout: str, sheet: Sheet) -> Iterator[Row]:
    """Yield the rows of a table about other mailouts than this one."""
    return (row for row in earlier.rows(sheet) if row["mailout"] != mailout)


def _maps(
    site: Site, mailout: Mailout, earlier: Bundle | None
) -> tuple[list[Row], dict[str, bytes]]:
    """Return where authorities are drawn, and whom each map is by.

    Other mailouts that are public keep the map that they have.
    """
    places: list[Row] = []
    notices: dict[str, bytes] = {}
    if earlier:
        places += _of_others(earlier, mailout.name, bundle.PLACES)
        paths = {row["map"]: bundle.notice(row["map"]) for row in places}
        there = earlier.manifest.digests
        notices = {name: earlier.content(path) for name, path in paths.items() if path in there}
    if name := mailout.plan.map:
        found = site.map(name)
        places += (place.row(mailout.name, name) for place in found.places)
        notices |= {name: found.notice} if found.notice else {}
    return places, notices


def _checkpoints(
    proposal: UploadProposal, earlier: Bundle | None, checkpoint: bytes | None
) -> dict[str, bytes]:
    """Return the checkpoint that the letters of each mailout are public with, by its name.

    Letters that are public already keep theirs; changed letters get the one given.
    """
    found = {}
    if earlier:
        paths = {name: bundle.checkpoint(name) for name in earlier.manifest.mailouts}
        there = earlier.manifest.digests
        found = {name: earlier.content(path) for name, path in paths.items() if path in there}
        public = {
            row["sha256"]
            for row in earlier.rows(bundle.LETTERS)
            if row["mailout"] == proposal.mailout
        }
        if public != {row["sha256"] for row in proposal.letters}:
            found.pop(proposal.mailout, None)
    return ({proposal.mailout: checkpoint} if checkpoint else {}) | found


def _listed(files: Iterable[File], names: Iterable[str], entries: list[Entry]) -> Iterator[File]:
    """Yield files, noting each in `entries`, and then their manifest."""
    for path, content in files:
        entries.append(Entry.of(path, content))
        yield path, content
    yield MANIFEST, Manifest.of(names, entries).to_json()


def _record(
    session: Session, proposal: UploadProposal, manifest: Manifest, word: Word, job: str
) -> None:
    """Record in the ledger that a bundle is public, if it still holds what was proposed."""
    mailout = mailout_named(session, proposal.mailout, is_locked=True)
    _refuse_changed(session, mailout, proposal)
    if mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.UPLOADED)
    elif manifest.digest in store.recorded(session):
        return
    detail = {store.MANIFEST: manifest.digest, **word.detail()}
    if proposal.unreached:
        detail |= {"although": word.because, "unreached": " ".join(sorted(proposal.unreached))}
    if job:
        detail[store.JOB] = job
    journal.append(session, events.MAILOUT_UPLOADED.by(word, mailout.name, **detail))


def _refuse_changed(session: Session, mailout: Mailout, proposal: UploadProposal) -> None:
    """Raise `ChangedMeanwhile` if other letters are in force, or more authorities unreached.

    Working the whole proposal out again would read every PDF while the mailout is locked.
    """
    found = ready(session, mailout)
    shown = {bundle.key(row): row["sha256"] for row in proposal.letters}
    is_same = shown == {bundle.key_of(each.draft.content): each.parts[PDF] for each in found}
    told = {(*bundle.key(row), row["language"]): row["sha256"] for row in proposal.languages}
    is_same = is_same and told == {
        (*bundle.key_of(each.draft.content), language): each.parts[form]
        for each in found
        for form, language in pdf_languages(each.draft.content, each.parts).items()
        if language
    }
    is_public = mailout.state is MailoutState.UPLOADED
    if not is_same or not (is_public or unreached(session, mailout) <= proposal.unreached):
        raise ChangedMeanwhile


def unreached(session: Session, mailout: Mailout, known: Standing | None = None) -> frozenset[str]:
    """Return the authorities that email has not surely reached and to which nothing was posted.

    `known` is how far the letters have come, if that was read already.
    """
    codes = (known or standing(session, mailout)).not_surely_reached
    return codes - posted(session, mailout, codes)
