"""Letters by post: which would be printed, and where each stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dispatch.corrections.post import NotPosted, PostProposal, ToPost
from dispatch.corrections.posted import PostedProposal, Said, Taken
from dispatch.domain.calendar import day_in_words
from dispatch.domain.posting.posting import ByPost, PostingState
from dispatch.posting.on_record import Stand
from dispatch.views.form import Moment
from dispatch.views.remedies import in_words


@dataclass(frozen=True, slots=True)
class ToPostView:
    """A letter that would be printed."""

    authority: str
    why: str
    """Why email has not surely reached it."""
    name: str
    address: str
    """What stands in the window, its lines joined by commas."""
    version: int
    sha256: tuple[str, ...]
    """Of each PDF behind the address sheet."""
    not_printed: tuple[str, ...]
    is_printed: bool
    """Whether its print file was made before, and waits to be posted."""

    @property
    def sheet(self) -> str:
        """What to look at, in words."""
        said = ["printed before"] if self.is_printed else []
        if self.not_printed:
            said.append(f"without {', '.join(self.not_printed)}")
        return "; ".join(said)


@dataclass(frozen=True, slots=True)
class NotPostedView:
    """A letter that is not printed, and what to do about it."""

    authority: str
    why: str
    next: str | None


@dataclass(frozen=True, slots=True)
class PostView:
    """Which letters of a mailout would be printed for the post."""

    mailout: str
    envelope: str
    going: tuple[ToPostView, ...]
    staying: tuple[NotPostedView, ...]


def post_view(proposal: PostProposal) -> PostView:
    """Return the view of what would be printed."""
    return PostView(
        mailout=proposal.mailout,
        envelope=proposal.request.envelope,
        going=tuple(map(_going, proposal.going)),
        staying=tuple(map(_staying, proposal.staying)),
    )


def _going(each: ToPost) -> ToPostView:
    return ToPostView(
        authority=each.code,
        why=each.why,
        name=each.name,
        address=", ".join(each.lines),
        version=each.version,
        sha256=each.documents,
        not_printed=each.not_printed,
        is_printed=each.printed_id is not None,
    )


def _staying(each: NotPosted) -> NotPostedView:
    remedy = each.obstacle.remedy
    return NotPostedView(each.code, each.obstacle.why, in_words(remedy) if remedy else None)


@dataclass(frozen=True, slots=True)
class PostingView:
    """One letter by post, and where it stands."""

    id: UUID
    authority: str
    state: str
    posted_on: date | None
    """As somebody said: see `proves`."""
    name: str
    address: str
    envelope: str
    sha256: tuple[str, ...]
    made_at: Moment
    by: str | None
    """Who said how it stands."""
    said: str
    """How it stands, in words."""
    because: str
    proves: str
    """What that proves, in words."""


NOT_OURS = "not what this service wrote"


def posting_view(of: Stand) -> PostingView:
    """Return the view of a letter by post."""
    return PostingView(
        id=of.row.id,
        authority=of.row.authority_code,
        state=of.state.value if of.state else NOT_OURS,
        posted_on=of.posted_on,
        name=of.row.name or "(purged)",
        address=of.row.where or "(purged)",
        envelope=of.row.envelope,
        sha256=tuple(of.row.documents),
        made_at=of.row.made_at,
        by=of.said_by,
        said=stands_in_words(of),
        because=of.because,
        proves=PROVES[of.state],
    )


PROVES = {
    None: "Nothing.",
    PostingState.PRINTED: "That its print file was made.",
    PostingState.POSTED: (
        "That the office says it posted this letter to this address on this day; not that it "
        "arrived."
    ),
    PostingState.RETURNED: "That the office says it posted this letter, and that it came back.",
    PostingState.WITHDRAWN: "Nothing: it is not to be posted.",
}
"""What a letter by post proves, by its state."""


def posting_views(found: Iterable[Stand]) -> list[PostingView]:
    """Return the views of letters by post."""
    return [posting_view(each) for each in found]


def stands_in_words(of: Stand) -> str:
    """Say where a letter by post stands."""
    return ByPost(of.state, of.on).in_words if of.state else NOT_OURS


SAID = {
    Said.POSTED: "Posted on {day}",
    Said.NOT_POSTED: "Not posted after all",
    Said.RETURNED: "Came back on {day}",
    Said.WITHDRAWN: "Not to be posted",
}


def said_view(proposal: PostedProposal) -> tuple[str, list[tuple[str, str, str]]]:
    """Return what would be recorded: a title, and a row for each letter."""
    on = proposal.request.on
    title = SAID[proposal.request.said].format(day=day_in_words(on) if on else "")
    return title, [(each.code, each.address, _until_now(each)) for each in proposal.taken]


def _until_now(each: Taken) -> str:
    return f"{each.was.value} on {day_in_words(each.was_on)}" if each.was_on else each.was.value
