"""Upload: the letters of a mailout become public, each in its last version, with their figures.

What is made public is what was sent: each PDF is compared with the one in the messages that went.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.documents.site import Site
from dispatch.domain import bundle, calendar
from dispatch.domain.errors import BadInput, NotApproved, RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.mailout import MailoutState
from dispatch.domain.manifest import NAME as MANIFEST
from dispatch.domain.manifest import Entry, Manifest
from dispatch.domain.published import figure_rows, letter_row, made_up_groups
from dispatch.domain.spreadsheet import Row
from dispatch.domain.word import named
from dispatch.files.bundles import Bundle, Place
from dispatch.ledger import journal
from dispatch.letters.store import letters as stored_letters
from dispatch.mail.outgoing.enclosed import pdf_in
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import store
from dispatch.register.store import register
from dispatch.tracking.store import reach

File = tuple[str, bytes]
"""A path in the bundle, and what lies there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an upload would make public, and who has not surely had their letter yet."""

    name: str
    letters: tuple[Row, ...]
    figures: tuple[Row, ...]
    unreached: frozenset[str]
    """Authorities whose letter would be public before they surely have it."""
    withheld: int
    """Attachments that went with the letters and stay confidential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """On whose word letters become public."""

    person: str
    at_keyboard: str
    although: str = ""
    """Why, although somebody is not surely reached."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What lies in the folder now."""

    digest: str
    """The manifest's SHA-256."""
    files: int
    bytes: int
    mailouts: tuple[str, ...]
    is_changed: bool
    """Whether anything there is not what it was before."""
    has_checkpoint: bool
    """Whether the ledger's is public with these letters."""


def propose(session: Session, mailout: Mailout, *, now: datetime) -> Proposal:
    """Return what there is to upload.

    Raises `RuleBroken` with the reason and what to do if the mailout may not be made public now,
    and `NotApproved` if a stored letter is not the one that was approved and sent.
    """
    _refuse_early(mailout, now)
    letters = store.ready(session, mailout)
    contents = {each.authority_code: each.draft.content for each in letters}
    made_up = made_up_groups(contents.values())
    files = bundle.paths(contents.values())
    known = register.current_figures(session, mailout.plan.year)
    is_public = mailout.state is MailoutState.UPLOADED
    return Proposal(
        name=mailout.name,
        letters=tuple(
            letter_row(contents[code], files[code], pdf) for code, pdf in _proven(session, letters)
        ),
        figures=tuple(
            row
            for code, content in contents.items()
            for row in figure_rows(content, mailout.plan, known.get(code), made_up)
        ),
        unreached=frozenset() if is_public else reach.unreached(session, mailout),
        withheld=sum(len(each.draft.attachments) for each in letters),
    )


def _refuse_early(mailout: Mailout, now: datetime) -> None:
    """Refuse before the day that the letters themselves name, as it begins in London."""
    day = mailout.plan.upload_date
    if calendar.local(now).date() < day:
        raise RuleBroken(
            f"{mailout.name} is not public before {calendar.day_in_words(day)}, as its letters say"
        )


def _proven(session: Session, letters: Sequence[Letter]) -> Iterator[tuple[str, bytes]]:
    """Yield code and PDF of each letter, as it is stored and as its messages hold it."""
    for each in store.sent(session, letters):
        code = each.letter.authority_code
        if any(pdf_in(mail) != each.pdf for mail in each.mails):
            raise NotApproved(f"the stored PDF of {code} is not the one in the message that went")
        yield code, each.pdf


def refuse_unreached(proposal: Proposal, word: Word) -> None:
    """Raise `RuleBroken` if somebody has not surely had their letter, and nobody says why not."""
    if proposal.unreached and not word.although:
        raise RuleBroken(
            f"not surely reached: {store.some(proposal.unreached)}; reach them first "
            f"(`dispatch mailout unreached {proposal.name}`), or say with --although TEXT why the "
            f"letters become public all the same"
        )


def upload(  # noqa: PLR0913 - what is asked for, where it goes, and on whose word
    sessions: Sessions,
    proposal: Proposal,
    site: Site,
    place: Place,
    *,
    word: Word,
    now: datetime,
    checkpoint: bytes | None = None,
) -> Uploaded:
    """Write the bundle, put it in place and record it; all of it, or nothing.

    Earlier mailouts in the folder stay. It owns its transactions, since none that writes may be
    open while files are written. `checkpoint` is the ledger's, to be public with the letters;
    letters that are there already keep the one they have.
    Raises as `propose`, as `refuse_unreached` and as `standing`, and `RuleBroken` if what would
    be made public is not what was proposed any more.
    """
    refuse_unreached(proposal, word)
    entries: list[Entry] = []
    with sessions.read() as session:
        earlier = standing(session, place, proposal.name)
        names = {proposal.name, *(earlier.manifest.mailouts if earlier else ())}
        checkpoints = _checkpoints(proposal, earlier, checkpoint)
        files = _files(session, proposal, site, earlier, checkpoints)
        with place.written(_listed(files, names, entries)):
            manifest = Manifest.of(names, entries)
            is_changed = earlier is None or manifest != earlier.manifest
            try:
                with sessions.begin() as writing:
                    _record(writing, proposal, manifest, word, now)
                    if is_changed:
                        place.swap()
            except BaseException:
                place.back()
                raise
            place.settle()
    size = sum(entry.size for entry in entries)
    return Uploaded(
        digest=manifest.digest,
        files=len(entries) + 1,
        bytes=size,
        mailouts=manifest.mailouts,
        is_changed=is_changed,
        has_checkpoint=proposal.name in checkpoints,
    )


def standing(session: Session, place: Place, name: str) -> Bundle | None:
    """Return the bundle that is there, or None if there is none that counts.

    Raises `BadInput` if something else is there, if a file of it was changed, or if it is none that
    was uploaded from here: what earlier years say is only ever taken over from one that was.
    """
    recorded = store.recorded(session)
    found = place.standing(recorded)
    if found is None or found.digest in recorded:
        return found
    if set(found.manifest.mailouts) == {name}:
        return None  # the upload was interrupted before it was recorded: all of it is made anew
    raise BadInput(
        f"{place.folder}: the ledger knows of no upload with this manifest; "
        f"move the folder away, or name another"
    )


def _files(
    session: Session,
    proposal: Proposal,
    site: Site,
    earlier: Bundle | None,
    checkpoints: Mapping[str, bytes],
) -> Iterator[File]:
    """Yield every file of the bundle but the manifest: letters first, then what tells of them."""
    files = {row["authority_code"]: row["file"] for row in proposal.letters}
    mailout = mailout_named(session, proposal.name)
    for code, pdf in _proven(session, stored_letters.in_force(session, mailout)):
        yield files[code], pdf
    letters, figures = [*proposal.letters], [*proposal.figures]
    if earlier:
        others = [row for row in earlier.letters if row["mailout"] != proposal.name]
        yield from ((row["file"], earlier.content(row["file"])) for row in others)
        letters += others
        figures += (row for row in earlier.figures if row["mailout"] != proposal.name)
    yield from ((bundle.checkpoint(name), found) for name, found in checkpoints.items())
    yield from site.files(letters, figures, checkpoints)


def _checkpoints(
    proposal: Proposal, earlier: Bundle | None, checkpoint: bytes | None
) -> dict[str, bytes]:
    """Return the checkpoint that the letters of each mailout are public with, by its name.

    Letters that are there already keep theirs, and what changed has the one given.
    """
    found = {}
    if earlier:
        paths = {name: bundle.checkpoint(name) for name in earlier.manifest.mailouts}
        there = earlier.manifest.digests
        found = {name: earlier.content(path) for name, path in paths.items() if path in there}
        public = {row["sha256"] for row in earlier.letters if row["mailout"] == proposal.name}
        if public != {row["sha256"] for row in proposal.letters}:
            found.pop(proposal.name, None)
    return ({proposal.name: checkpoint} if checkpoint else {}) | found


def _listed(files: Iterable[File], names: Iterable[str], entries: list[Entry]) -> Iterator[File]:
    """Yield files, noting each, and then the manifest of them."""
    for path, content in files:
        entries.append(Entry.of(path, content))
        yield path, content
    yield MANIFEST, Manifest.of(names, entries).to_json()


def _record(
    session: Session, proposal: Proposal, manifest: Manifest, word: Word, now: datetime
) -> None:
    """Write down that a bundle is public, if what is in it is still what was proposed."""
    mailout = mailout_named(session, proposal.name, is_locked=True)
    _refuse_changed(session, mailout, proposal)
    if mailout.state is MailoutState.SENT:
        mailout.move_to(MailoutState.UPLOADED)
    elif manifest.digest in store.recorded(session):
        return
    person = named(word.person)
    detail = {store.MANIFEST: manifest.digest, "at_keyboard": word.at_keyboard}
    if proposal.unreached:
        reason = " ".join(word.although.split())
        detail |= {"although": reason, "unreached": " ".join(sorted(proposal.unreached))}
    subject = f"mailout:{mailout.name}"
    journal.append(session, Event(now, person, store.UPLOADED, subject, detail))


def _refuse_changed(session: Session, mailout: Mailout, proposal: Proposal) -> None:
    letters = store.ready(session, mailout)
    shown = {row["authority_code"]: row["sha256"] for row in proposal.letters}
    is_same = shown == {each.authority_code: each.parts["pdf"] for each in letters}
    is_public = mailout.state is MailoutState.UPLOADED
    if not is_same or not (is_public or reach.unreached(session, mailout) <= proposal.unreached):
        raise RuleBroken(f"{mailout.name} has changed since it was shown: run the command again")
