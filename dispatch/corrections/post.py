"""Make the print files of letters that go by post, for those whom email has not reached.

`propose` works out which letters would be printed, for whom and where to, and which lack something.
`make` records each as printed and returns the files. Nothing is posted by that: a person takes the
envelopes to the post and says so afterwards (`posted`). If the power goes before the files are
written, they are made again: the record of a letter that is printed already is kept.

The files are an address sheet for each letter, and behind it the PDFs that were approved, page by
page as they are; one file for each letter, one of all of them, and the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from dispatch.corrections.obstacles import Obstacle
from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout, Posting
from dispatch.documents.by_post import AddressSheets, PrintFile, joined
from dispatch.domain import calendar
from dispatch.domain.delivery import MAYBE_ACCEPTED
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.letter import is_pdf
from dispatch.domain.posting.address import NotAnAddress, block
from dispatch.domain.posting.envelope import ENVELOPES, Envelope
from dispatch.domain.posting.posting import PostingState
from dispatch.domain.proposal import Proposal
from dispatch.domain.publishing.spreadsheet import MARK, to_csv
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.codes import SLASH, called, named
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.tracking.unreached import Unreached
from dispatch.domain.word import Word
from dispatch.ledger import journal, posting_events
from dispatch.letters import on_record as approved
from dispatch.letters.store import documents, letters, versions
from dispatch.letters.store.versions import Outdated
from dispatch.mailouts.store import mailout_named
from dispatch.posting import on_record, store
from dispatch.posting.on_record import Stand
from dispatch.register.store import authorities, contacts
from dispatch.sending.store import deliveries
from dispatch.tracking.standing import standing
from dispatch.tracking.store import chains
from dispatch.tracking.store.chains import Chain

ALL_LETTERS: Final = "all-letters.pdf"
LIST: Final = "list.csv"


@dataclass(frozen=True, slots=True)
class PostRequest:
    """Which letters to print, and for which envelope."""

    codes: tuple[str, ...] = ()
    """The authorities' codes; all that are not reached, if none is named."""
    envelope: str = "dl"
    is_double_sided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPost:
    """A letter that would be printed."""

    code: str
    authority: str
    """The name of the authority that it goes to."""
    why: str
    """Why email has not surely reached it."""
    letter_id: UUID
    version: int
    role: str
    name: str
    lines: tuple[str, ...]
    """What stands in the window."""
    documents: tuple[str, ...]
    """The SHA-256 of each PDF, in the order in which they lie in the envelope."""
    not_printed: tuple[str, ...]
    """What goes along by email and cannot be printed."""
    sent_date: date | None
    """When it was sent by email, if a server may have taken it."""
    printed_id: UUID | None = None
    """The posting whose print file was made already and not posted, if it says the same."""
    outdated_id: UUID | None = None
    """One that says something else, and is withdrawn."""


@dataclass(frozen=True, slots=True)
class NotPosted:
    """A letter that is not printed, and what stops that."""

    code: str
    obstacle: Obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class PostProposal(Proposal):
    """Which letters of a mailout would be printed. Nothing has been written."""

    mailout: str
    request: PostRequest
    going: tuple[ToPost, ...]
    staying: tuple[NotPosted, ...]
    names: Mapping[str, str]
    """What all these letters are called, and those that were printed before, by code."""

    @property
    def envelope(self) -> Envelope:
        return ENVELOPES[self.request.envelope]

    @property
    def effect(self) -> object:
        """What goes where; into which envelope, a person may choose when they have seen it."""
        said = [(each.code, str(each.letter_id), each.lines, each.documents) for each in self.going]
        return [self.mailout, said]


@dataclass(frozen=True, slots=True)
class PostMeans:
    """What print files are made with."""

    sessions: Sessions
    templates: Path
    """The folder of the address sheet's template."""
    office: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class Printed:
    """The files that were made, by name, and what they are of."""

    files: Mapping[str, bytes]
    proposal: PostProposal
    sheets: int
    """Sheets of paper for all letters."""


def propose(
    session: Session,
    mailout: Mailout,
    request: PostRequest,
    stands: Sequence[Stand] | None = None,
) -> PostProposal:
    """Work out which letters would be printed.

    `stands` says where those stand that were, if that was read already. Raises `RuleBroken` before
    the release, once the mailout has ended, of a rehearsal, and once its addresses are purged;
    `NotFound` for an unknown authority or envelope.
    """
    _refuse(mailout, request)
    unreached = {each.code: each for each in standing(session, mailout).in_short}
    codes = _codes(session, mailout, request, unreached)
    role = mailout.plan.to_roles[0]
    sent = {
        each.last.authority_code: each
        for each in chains.chains(session, mailout, codes)
        if each.last.role == role
    }
    deliveries.refuse_purged(session, mailout, chains.addresses(sent.values()))
    goes_to = {each.addressed_to for each in sent.values()}
    stands = on_record.of_mailout(session, mailout) if stands is None else stands
    in_post = contacts.current_with_ids(session, [role], authorities=goes_to)
    written = {code for (code, _), (_, each) in in_post.items() if each.postal_address}
    listed = codes | {each.row.authority_code for each in stands}
    parts = {part for code in listed for part in code.split(SLASH)}
    bodies = authorities.by_code(session, goes_to | parts)
    known = _Known(
        unreached=unreached,
        outdated=versions.outdated(session, mailout),
        in_post=in_post,
        stands=on_record.by_letter(stands, [each.last.letter_id for each in sent.values()]),
        goes_to=bodies,
        letters=letters.by_id(
            session,
            [each.last.letter_id for each in sent.values() if each.addressed_to in written],
        ),
    )
    found = [known.judge(code, sent.get(code)) for code in sorted(codes)]
    if any(each.last.is_rehearsal for each in sent.values()):
        raise RuleBroken(f"{mailout.name} is a rehearsal: none of its letters goes to a recipient")
    return PostProposal(
        mailout=mailout.name,
        request=request,
        going=tuple(each for each in found if isinstance(each, ToPost)),
        staying=tuple(each for each in found if isinstance(each, NotPosted)),
        names=called(listed, {code: each.name for code, each in bodies.items()}),
    )


def _refuse(mailout: Mailout, request: PostRequest) -> None:
    if request.envelope not in ENVELOPES:
        raise NotFound(f"no envelope is called {request.envelope}: {' or '.join(ENVELOPES)}")
    mailout.refuse_unless_released()


def _codes(
    session: Session, mailout: Mailout, request: PostRequest, unreached: Iterable[str]
) -> frozenset[str]:
    """Return the codes of the letters that a request means."""
    if not request.codes:
        return frozenset(unreached)
    asked = {authorities.letter_code(session, code) for code in request.codes}
    having = {each.last.authority_code for each in chains.chains(session, mailout)}
    meant, lacking = named(asked, having | {*unreached})
    if lacking:
        raise NotFound(f"{mailout.name} has no letter of {', '.join(sorted(lacking))}")
    return frozenset(meant)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of the letters that somebody asks for."""

    unreached: Mapping[str, Unreached]
    outdated: Outdated
    in_post: Mapping[tuple[str, str], tuple[UUID, Contact]]
    stands: Mapping[UUID, list[Stand]]
    goes_to: Mapping[str, Authority]
    letters: Mapping[UUID, Letter]
    """Those whose contact has a postal address."""

    def judge(self, code: str, chain: Chain | None) -> ToPost | NotPosted:
        """Return what would be printed of a letter, or what stops that."""
        if code not in self.unreached:
            return NotPosted(code, Obstacle("it is reached by email"))
        if chain is None:
            return NotPosted(code, Obstacle("none of its letters was let go"))
        if obstacle := self._version(code, chain) or self._posted(chain):
            return NotPosted(code, obstacle)
        contact = self._contact(chain)
        if isinstance(contact, Obstacle):
            return NotPosted(code, contact)
        try:
            lines = block(contact, self.goes_to[chain.addressed_to])
        except NotAnAddress as error:
            return NotPosted(code, _address(contact, str(error)))
        return self._to_post(code, chain, contact, lines)

    def _version(self, code: str, chain: Chain) -> Obstacle | None:
        if code in self.outdated.pending:
            return Obstacle("a new version of its letter waits for approval")
        if chain.last.letter_id in self.outdated.replaced:
            return Obstacle("a later version of its letter is in force")
        return None

    def _posted(self, chain: Chain) -> Obstacle | None:
        posted = [each for each in self.stands[chain.last.letter_id] if each.is_posted]
        if not posted or posted[-1].on is None:
            return None
        return Obstacle(f"it was posted on {calendar.day_in_words(posted[-1].on)}")

    def _contact(self, chain: Chain) -> Contact | Obstacle:
        found = self.in_post.get((chain.addressed_to, chain.last.role))
        if found is None:
            why = f"nobody is in post as its {chain.last.role}, to address the envelope to"
            remedy = Remedy(kind=RemedyKind.CONTACTS_SET, authority=chain.addressed_to)
            return Obstacle(why, remedy)
        return found[1]

    def _to_post(self, code: str, chain: Chain, contact: Contact, lines: tuple[str, ...]) -> ToPost:
        letter = self.letters[chain.last.letter_id]
        pdfs = tuple(letter.parts[form] for form in sorted(letter.parts) if is_pdf(form))
        open_ = [each.row for each in self.stands[letter.id] if each.state is PostingState.PRINTED]
        same = [each for each in open_ if _is_same(each, lines, pdfs)]
        offered = [each for each in chain.deliveries if each.state in MAYBE_ACCEPTED]
        return ToPost(
            code=code,
            authority=letter.draft.content.addressed_to.name,
            why=self.unreached[code].why,
            letter_id=letter.id,
            version=letter.version,
            role=contact.role,
            name=contact.full_name,
            lines=lines,
            documents=pdfs,
            not_printed=tuple(each.name for each in letter.draft.attachments),
            sent_date=calendar.local(offered[0].created_at).date() if offered else None,
            printed_id=same[0].id if same else None,
            outdated_id=next((each.id for each in open_ if each not in same), None),
        )


def _is_same(row: Posting, lines: Sequence[str], pdfs: Sequence[str]) -> bool:
    return row.address == "\n".join(lines) and tuple(row.documents) == tuple(pdfs)


def _address(contact: Contact, why: str) -> Obstacle:
    remedy = Remedy(kind=RemedyKind.POSTAL_ADDRESS, authority=contact.authority, role=contact.role)
    return Obstacle(f"its {contact.role} {why}", remedy)


def make(
    means: PostMeans,
    name: str,
    request: PostRequest,
    agreed: str,
    word: Word,
    *,
    most: int | None = None,
) -> Printed:
    """Make the files of what was proposed, and record each letter as printed; of `most` letters.

    Owns its transactions: the record is committed before anybody has a file, and no transaction is
    open that writes while the files are made. Raises `ChangedMeanwhile` if something else would be
    printed now, `NotApproved` if a stored letter is not the approved one, `RuleBroken` if nothing
    would be or more than that, `CannotRender`.
    """
    with means.sessions.read() as session:
        mailout = mailout_named(session, name)
        proposal = propose(session, mailout, request)
        if most is not None:
            _refuse_more_than(proposal, most)
        proposal.check(agreed)
        if not proposal.going:
            raise RuleBroken("there is no letter to print")
        letters = [session.get_one(Letter, each.letter_id) for each in proposal.going]
        approved.refuse_altered(session, mailout, letters)
        made = _files(means, proposal, letters, _pdfs(session, proposal), word.at)
    with means.sessions.begin() as session:
        mailout = mailout_named(session, name, is_locked=True)
        proposal = propose(session, mailout, request)
        proposal.check(agreed)
        for each in proposal.going:
            _record(session, mailout, each, proposal.envelope, word)
    return made


def _pdfs(session: Session, proposal: PostProposal) -> dict[str, bytes]:
    digests = {digest for each in proposal.going for digest in each.documents}
    return documents.load(session, sorted(digests))


def _files(
    means: PostMeans,
    proposal: PostProposal,
    letters: Sequence[Letter],
    pdfs: Mapping[str, bytes],
    now: datetime,
) -> Printed:
    sheets = AddressSheets(means.templates)
    files: dict[str, bytes] = {}
    printed: list[tuple[ToPost, PrintFile]] = []
    envelopes = []
    for each, letter in zip(proposal.going, letters, strict=True):
        values = _values(means, each, letter, now)
        day = calendar.local(now).date()
        sheet = sheets.pdf(each.lines, proposal.envelope, values, day=day)
        envelopes.append([sheet, *(pdfs[digest] for digest in each.documents)])
        one = _joined(proposal, [envelopes[-1]], f"{each.code}, by post")
        files[_file(each)] = one.content
        printed.append((each, one))
    whole = _joined(proposal, envelopes, f"{proposal.mailout}, by post")
    files[ALL_LETTERS] = whole.content
    files[LIST] = MARK + to_csv(COLUMNS, (_row(proposal, *each) for each in printed))
    return Printed(files, proposal, whole.sheets)


def _joined(proposal: PostProposal, envelopes: Sequence[Sequence[bytes]], title: str) -> PrintFile:
    return joined(envelopes, title=title, is_double_sided=proposal.request.is_double_sided)


def _values(means: PostMeans, each: ToPost, letter: Letter, now: datetime) -> dict[str, object]:
    content = letter.draft.content
    return {
        "title": content.title,
        "office": means.office,
        "reply_to": means.reply_to,
        "authority": content.authority.official_name,
        "letter_date": content.letter_date,
        "upload_date": content.upload_date,
        "is_before_upload": calendar.local(now).date() < content.upload_date,
        "sent_date": each.sent_date,
        "documents": list(each.documents),
    }


COLUMNS: Final = (
    *("authority", "name", "addressee", "address", "why", "version", "file", "sheets"),
    *("envelope", "not in the envelope", "sha256", "posted on", "posted by"),
)
"""The last two are empty, to be filled in by hand at the post."""


def _file(each: ToPost) -> str:
    return f"{each.code.replace(SLASH, '_')}.pdf"


def _row(proposal: PostProposal, each: ToPost, made: PrintFile) -> dict[str, str]:
    return {
        "authority": each.code,
        "name": each.authority,
        "addressee": each.name,
        "address": ", ".join(each.lines),
        "why": f"not reached by email: {each.why}",
        "version": str(each.version),
        "file": _file(each),
        "sheets": str(made.sheets),
        "envelope": proposal.envelope.name.upper(),
        "not in the envelope": "; ".join(each.not_printed),
        "sha256": " ".join(each.documents),
        "posted on": "",
        "posted by": "",
    }


def _record(
    session: Session, mailout: Mailout, each: ToPost, envelope: Envelope, word: Word
) -> None:
    """Record a letter as printed; again, if it is so already."""
    row = session.get_one(Posting, each.printed_id) if each.printed_id else None
    if row is None:
        row = Posting(
            mailout_id=mailout.id,
            letter_id=each.letter_id,
            authority_code=each.code,
            role=each.role,
            name=each.name,
            address="\n".join(each.lines),
            envelope=envelope.name,
            documents=list(each.documents),
            made_at=word.at,
            state_at=word.at,
        )
        if each.outdated_id:
            _withdraw(session, each.outdated_id, row.id, word)
        store.add(session, row)
    detail = {
        "authority": each.code,
        "role": each.role,
        "letter": str(each.letter_id),
        "version": str(each.version),
        "envelope": envelope.name,
        "documents": " ".join(each.documents),
        **word.detail("because"),
    }
    journal.append(session, posting_events.POSTING_PRINTED.by(word, row.id, **detail))


def _withdraw(session: Session, posting_id: UUID, instead: UUID, word: Word) -> None:
    row = session.get_one(Posting, posting_id)
    row.move_to(PostingState.WITHDRAWN, word.at)
    session.flush()  # before the other is added: one of a letter is printed at a time
    detail = {"instead": str(instead)}
    journal.append(session, posting_events.POSTING_WITHDRAWN.by(word, row.id, **detail))


def _refuse_more_than(proposal: PostProposal, most: int) -> None:
    if len(proposal.going) > most:
        raise RuleBroken(
            f"a page makes {most} letters at a time, and these are {len(proposal.going)}: use "
            f"`dispatch mailout post {proposal.mailout} --out DIR`"
        )
