"""What a reply means, whose trouble it is, what to do and what happens: in words for people.

Every place that shows a reply takes its words from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from dispatch.domain.replies.classes import class_in_words, passes_by_itself
from dispatch.domain.replies.likeness import without_addresses
from dispatch.domain.replies.meanings import Meaning, Whose
from dispatch.domain.replies.reading import outermost
from dispatch.domain.replies.table import BEFORE_ANY_RECIPIENT, PASSING, PERMANENT
from dispatch.domain.reply import ABOUT_THE_RECIPIENT, Reply, Verdict

SAME_IN_A_ROW: Final = 5
"""From this many receiving domains the same reply is about us, if the table does not know it."""

TAKEN_IN: Final = frozenset({"AUTHENTICATE", "SELECT"})
"""What we ask of the server that we read our mail from, and not of the one that sends it."""

WHOSE: Final = {
    Whose.US: "ours: it says nothing about the recipient",
    Whose.PACE: "ours: it is about how fast we send",
    Whose.COUNCIL: "the recipient's: it is about this one address or its mail server",
    None: "not known",
}

PAUSES: Final = (
    "The letter waits, and so does its mailout: it pauses itself with this reply as the reason, "
    "your office is told, and nothing is counted against the authority. Go on with "
    "`dispatch mailout resume NAME`"
)
GIVES_BACK: Final = (
    f"If the same comes from {SAME_IN_A_ROW} receiving domains in a row, it is taken to be about "
    f"us: the mailout pauses itself, and what this reply refused is queued again"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What one reply means."""

    whose: Whose | None
    """None if the table does not know the reply, or if it is not a refusal."""
    is_known: bool
    means: str
    """A clause without a full stop."""
    to_do: str
    """What mends it, as a sentence without a full stop."""
    then: str
    """What dispatch does, in sentences without the last full stop."""

    @property
    def in_short(self) -> str:
        """What it means and what to do, in one line."""
        return f"{self.means}; {self.to_do}"


def explained(reply: Reply) -> Explanation:
    """Return what a reply means, from the table of replies or from its code's class."""
    meaning, then = reply.meaning, _then(reply)
    if meaning:
        return Explanation(
            whose=meaning.whose, is_known=True, means=meaning.means, to_do=meaning.to_do, then=then
        )
    if reply.verdict is Verdict.ACCEPTED:
        means, to_do = "the server did what it was asked", "nothing"
        return Explanation(whose=None, is_known=True, means=means, to_do=to_do, then=then)
    return Explanation(
        whose=None,
        is_known=False,
        means=f"it is not a reply that dispatch knows; "
        f"{class_in_words(outermost(reply.verb, reply.code, reply.text))}",
        to_do="show the reply to your mail administrator",
        then=then,
    )


def in_short(reply: Reply | None) -> str | None:
    """Return in one line what a reply means and what to do; None for a yes, or if none came."""
    if reply is None or reply.verdict is Verdict.ACCEPTED:
        return None
    return explained(reply).in_short


def why(reply: Reply, meaning: Meaning) -> str:
    """Return the reason for a pause: the reply, but for addresses, what it means, what to do."""
    said = replace(reply, text=without_addresses(reply.text)).said
    return f"{said}: {meaning.means}; {meaning.to_do}"


def may_be_about_us(reply: Reply, *, is_first: bool) -> bool:
    """Whether a reply is about us if it comes for one receiving domain after another.

    That is one which the table does not know, or knows to be used of both. A server that asks us to
    come again since it has trouble of its own is believed at the first attempt.
    """
    meaning = reply.meaning
    if reply.code not in PASSING and reply.code not in PERMANENT:
        return False
    if meaning and not meaning.may_be_about_us:
        return False
    answer = outermost(reply.verb, reply.code, reply.text)
    return not (is_first and reply.code in PASSING and passes_by_itself(answer))


def _then(reply: Reply) -> str:
    """Say what dispatch does with it."""
    meaning = reply.meaning
    match meaning.whose if meaning else None:
        case Whose.US if reply.verb in TAKEN_IN:
            return "Nothing is read from this mailbox until it is mended; then all that waits is"
        case Whose.US if reply.verb in ABOUT_THE_RECIPIENT:
            return f"{PAUSES}; if the reply is about the recipient after all, add `--about-council`"
        case Whose.US:
            return PAUSES
        case Whose.PACE:
            return (
                "The letter waits and is offered again. All letters by this mail server go more "
                "slowly for a while, and over fewer connections"
            )
        case _ if reply.verb in BEFORE_ANY_RECIPIENT:
            return (
                "No letter is tried, and none counts a try. The mail server is left alone for a "
                "while, and then tried again"
            )
        case _:
            return _by_verdict(reply)


def _by_verdict(reply: Reply) -> str:
    match reply.verdict:
        case Verdict.ACCEPTED:
            return "The letter counts as accepted, which does not mean that anybody has read it"
        case Verdict.REFUSED:
            then = (
                "The letter counts as refused by this recipient and is not offered again; the "
                "authority is listed by `dispatch mailout unreached NAME`. The other letters go on"
            )
        case _:
            then = (
                "The letter waits and is offered again, until the mailout's not-after time. The "
                "other letters go on"
            )
    return f"{then}. {GIVES_BACK}" if may_be_about_us(reply, is_first=True) else then
