"""Take down what people say of letters by post: posted on a day, not after all, or came back.

It is their word, and proves no more than that: the office says that it posted this letter to this
address on this day. What was said before stays in the ledger; a slip is put right by another event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Final
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout, Posting
from dispatch.domain import calendar
from dispatch.domain.digest import digest
from dispatch.domain.errors import NotApproved, NotFound, RuleBroken
from dispatch.domain.posting.posting import EVER_POSTED, PostingState
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.codes import named
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.ledger import journal, posting_events
from dispatch.ledger.kinds import Kind
from dispatch.mailouts.store import mailout_named
from dispatch.posting import on_record, store
from dispatch.posting.on_record import Stand
from dispatch.register.store import authorities
from dispatch.tracking.standing import standing
from dispatch.tracking.store import reach


class Said(Enum):
    """What somebody says of a letter by post. The value is how forms spell it."""

    POSTED = "posted"
    NOT_POSTED = "not_posted"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


KINDS: Final[Mapping[Said, Kind]] = {
    Said.POSTED: posting_events.POSTING_POSTED,
    Said.NOT_POSTED: posting_events.POSTING_NOT_POSTED,
    Said.RETURNED: posting_events.POSTING_RETURNED,
    Said.WITHDRAWN: posting_events.POSTING_WITHDRAWN,
}
OF_ALL: Final[Mapping[Said, frozenset[PostingState]]] = {
    Said.POSTED: frozenset({PostingState.PRINTED}),
    Said.WITHDRAWN: frozenset({PostingState.PRINTED}),
}
"""Of which letters it is said where none is named: never what puts something right."""

FITS: Final[Mapping[Said, frozenset[PostingState]]] = {
    Said.POSTED: frozenset({PostingState.PRINTED}) | EVER_POSTED,
    Said.NOT_POSTED: frozenset({PostingState.POSTED}),
    Said.RETURNED: frozenset({PostingState.POSTED}),
    Said.WITHDRAWN: frozenset({PostingState.PRINTED}),
}
"""Of a letter in which state it can be said."""

SAYABLE: Final = frozenset[PostingState]().union(*FITS.values())
"""Of a letter in which state there is anything to say."""

DATED: Final = frozenset({Said.POSTED, Said.RETURNED})
"""What is said to have happened on a day."""


@dataclass(frozen=True, slots=True)
class PostedRequest:
    """What somebody says, of which letters, and of which day."""

    said: Said
    on: date | None = None
    codes: tuple[str, ...] = ()
    """The authorities' codes; all that wait to be posted, if none is named."""
    although: str = ""
    """Why a letter was posted that email has reached meanwhile, or that has a later version."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter of which it would be recorded."""

    posting_id: UUID
    code: str
    name: str
    address: str
    """What stands in the window, on one line."""
    was: PostingState
    was_on: date | None
    """The day that was said before, if this puts it right."""


@dataclass(frozen=True, slots=True)
class Left:
    """A letter of which it would not be recorded, and why."""

    code: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedProposal(Proposal):
    """What would be recorded. Nothing has been written."""

    mailout: str
    request: PostedRequest
    taken: tuple[Taken, ...]
    left: tuple[Left, ...]

    @property
    def effect(self) -> object:
        """What is said of which postings."""
        said = [(str(each.posting_id), each.was, each.was_on) for each in self.taken]
        return [self.mailout, self.request.said, self.request.on, said]


def shown_digest(found: Iterable[Stand]) -> str:
    """Return the digest of where letters by post stand, as a page shows it."""
    return digest([(str(each.row.id), each.state, each.on) for each in found])


def propose(
    session: Session, mailout: Mailout, request: PostedRequest, *, now: datetime
) -> PostedProposal:
    """Work out of which letters it would be recorded, and of which not.

    Raises `RuleBroken` for a day in the future, without a day where one is needed, and where codes
    are needed; `NotFound` for an authority to which nothing was printed; `NotApproved` if a posting
    is not as one of our processes made it.
    """
    _refuse_day(request, now)
    found = [
        each
        for each in on_record.of_mailout(session, mailout)
        if each.state is not PostingState.WITHDRAWN and each.row.address
    ]
    _refuse_altered(session, found)
    wanted = _wanted(session, mailout, request, found)
    unreached = standing(session, mailout).not_surely_reached
    last = reach.last_deliveries(session, mailout, {each.row.authority_code for each in wanted})
    taken, left = list[Taken](), list[Left]()
    for each in wanted:
        code = each.row.authority_code
        letter_id = last[code].letter_id if code in last else None
        meanwhile = _Meanwhile(code not in unreached, letter_id != each.row.letter_id)
        why = _why_not(each, request, meanwhile)
        if why:
            left.append(Left(code, why))
        else:
            taken.append(_taken(each))
    return PostedProposal(
        mailout=mailout.name, request=request, taken=tuple(taken), left=tuple(left)
    )


def _refuse_day(request: PostedRequest, now: datetime) -> None:
    if request.said not in DATED:
        return
    if request.on is None:
        raise RuleBroken("say on which day it was")
    if request.on > calendar.local(now).date():
        day = calendar.day_in_words(request.on)
        raise RuleBroken(f"{day} is still to come: say so when it has happened")


def _refuse_altered(session: Session, found: Iterable[Stand]) -> None:
    for each in found:
        if each.state is None or not store.is_ours(session, each.row):
            raise NotApproved(
                f"what is stored of the letter by post to {each.row.authority_code} is not what "
                f"this service wrote",
                remedy=Remedy(kind=RemedyKind.VERIFY),
            )


def _wanted(
    session: Session, mailout: Mailout, request: PostedRequest, found: list[Stand]
) -> list[Stand]:
    """Return the letters that are meant: of each authority named, the one that was made last."""
    if not request.codes:
        if request.said not in OF_ALL:
            raise RuleBroken("name the authorities whose letters you mean")
        return [each for each in found if each.state in OF_ALL[request.said]]
    newest = {each.row.authority_code: each for each in found}
    asked = {authorities.letter_code(session, code) for code in request.codes}
    meant, lacking = named(asked, newest.keys())
    if lacking:
        which = ", ".join(sorted(lacking))
        raise NotFound(
            f"no letter of {mailout.name} was printed for the post to {which}",
            remedy=Remedy(kind=RemedyKind.POST, mailout=mailout.name),
        )
    return [newest[code] for code in sorted(meant)]


@dataclass(frozen=True, slots=True)
class _Meanwhile:
    """What has happened to a letter since its print file was made."""

    is_reached: bool
    has_other_version: bool


def _why_not(each: Stand, request: PostedRequest, meanwhile: _Meanwhile) -> str | None:
    """Return why it cannot be recorded of a letter; None if it can."""
    assert each.state is not None  # noqa: S101 - for the type checker: others are refused before
    if each.state not in FITS[request.said]:
        return f"it is {each.state.value}"
    if request.said is Said.RETURNED and _is_before(request.on, each.on):
        return f"it was posted on {_day(each.on)}, which is later"
    if request.said is Said.POSTED:
        return next(_against_posted(each, request, meanwhile), None)
    return None


def _against_posted(each: Stand, request: PostedRequest, meanwhile: _Meanwhile) -> Iterator[str]:
    """Yield what speaks against a letter's having been posted on a day."""
    made = calendar.local(each.row.made_at).date()
    if _is_before(request.on, made):
        yield f"its print file was made on {_day(made)}, which is later"
    if each.is_posted and each.on == request.on:
        yield "that is recorded already"
    if each.state is not PostingState.PRINTED or request.although:
        return
    if meanwhile.is_reached:
        yield "email has reached it meanwhile: take its letter out"
    if meanwhile.has_other_version:
        yield "another version of its letter went by email since: print it again"


def _is_before(day: date | None, other: date | None) -> bool:
    return day is not None and other is not None and day < other


def _day(day: date | None) -> str:
    return calendar.day_in_words(day) if day else "a day that is not known"


def _taken(each: Stand) -> Taken:
    assert each.state is not None  # noqa: S101 - for the type checker, as above
    return Taken(
        posting_id=each.row.id,
        code=each.row.authority_code,
        name=each.row.name,
        address=each.row.where,
        was=each.state,
        was_on=each.on,
    )


def record(
    sessions: Sessions, name: str, request: PostedRequest, agreed: str, word: Word
) -> PostedProposal:
    """Record what somebody says; return what was recorded.

    Owns its transaction. Raises `ChangedMeanwhile` if it would be recorded of other letters now;
    `RuleBroken` without a reason where something is put right; and as `propose`.
    """
    if request.said is not Said.POSTED:
        word.needed_reason()
    with sessions.begin() as session:
        mailout = mailout_named(session, name, is_locked=True)
        proposal = propose(session, mailout, request, now=word.at)
        proposal.check(agreed)
        if any(each.was is not PostingState.PRINTED for each in proposal.taken):
            word.needed_reason()
        for each in proposal.taken:
            _write(session, each, request, word)
    return proposal


def _write(session: Session, each: Taken, request: PostedRequest, word: Word) -> None:
    row, kind = session.get_one(Posting, each.posting_id), KINDS[request.said]
    state = kind.leads_to
    assert isinstance(state, PostingState)  # noqa: S101 - for the type checker: all of these move it
    if row.state is not state:
        row.move_to(state, word.at)
    detail = dict(word.detail("because" if word.because else None))
    if request.on:
        detail[on_record.ON] = request.on.isoformat()
    if request.although:
        detail["although"] = request.although
    journal.append(session, kind.by(word, row.id, **detail))
