"""Every error that dispatch raises on purpose.

DispatchError
├── BadInput               a file, an option or a setting that we cannot use
├── NotFound               there is no such mailout, authority or letter
├── RuleBroken             the rules forbid what was asked for
│   ├── ImpossibleMove     this state does not lead to that one
│   ├── NotApproved        the approval is missing, or no longer covers what would leave
│   ├── NeedsAnother       somebody else must do it: two people must have looked
│   ├── UnderWay           somebody does it at this moment
│   └── ChangedMeanwhile   what was shown to a person is not what would be done now
├── CannotRender           a letter that its template cannot make
└── Unavailable            a server that we need does not answer
    └── OutOfOrder         it does not until a person has mended it

A mail server's refusal is not here: it is an answer, not an error (see `domain.reply`).
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.domain.remedy import Remedy


class DispatchError(Exception):
    """Base of all errors that dispatch raises on purpose; the message says what is wrong.

    What to do next is in the message or, where a page could show a link, in `remedy`.
    """

    def __init__(self, message: str, *, remedy: Remedy | None = None, theirs: str = "") -> None:
        """Keep the message, the next thing to do, and what of the message a server has said.

        A person may read `theirs`; the log does not get it, since it may quote anybody.
        """
        super().__init__(message)
        self.remedy = remedy
        self.theirs = theirs


class BadInput(DispatchError):
    """A file, an option or a setting that we cannot use; the message says where and why."""

    def __init__(
        self, message: str, problems: Sequence[str] = (), *, remedy: Remedy | None = None
    ) -> None:
        """Keep the summary and, one line each, every single thing that is wrong."""
        super().__init__("\n".join([message, *problems]), remedy=remedy)
        self.problems = tuple(problems)


class NotFound(DispatchError):
    """There is no such mailout, authority or letter."""


class RuleBroken(DispatchError):
    """The rules forbid what was asked for."""


class ImpossibleMove(RuleBroken):
    """The present state does not lead to the one asked for."""


class NotApproved(RuleBroken):
    """The approval is missing, or no longer covers what would leave."""


class NeedsAnother(RuleBroken):
    """Somebody else must do it, since two people must have looked at each letter."""


class UnderWay(RuleBroken):
    """Somebody else does it at this moment, and it cannot be done twice at once."""


class ChangedMeanwhile(RuleBroken):
    """What was shown to a person, who agreed to it, is not what would be done now."""

    def __init__(self) -> None:
        """Say so, in the same words for every act."""
        super().__init__("what this would do has changed since it was shown: review it again")


class CannotRender(DispatchError):
    """A letter that its template cannot make: a value is missing, a glyph, a description."""


class Unavailable(DispatchError):
    """A server that we need does not answer."""


class OutOfOrder(Unavailable):
    """A server that we need does not answer as it should, until a person has mended it."""
