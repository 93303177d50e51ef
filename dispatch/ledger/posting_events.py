"""Kinds of event about letters that go by post: what the office says of each.

No mail server says anything about them. That a letter was posted is the word of the person who is
the actor, and the event says so.
"""

from __future__ import annotations

from typing import Final

from dispatch.domain.posting.posting import PostingState
from dispatch.ledger.kinds import Kind, Subject

_BECAUSE: Final = frozenset({"because"})

# `documents`: the SHA-256 of each PDF behind the address sheet: the approved ones.
POSTING_PRINTED: Final = Kind(
    "posting.printed",
    Subject.POSTING,
    "print file made",
    details={"authority", "role", "letter", "version", "envelope", "documents"},
    private=_BECAUSE,
    leads_to=PostingState.PRINTED,
    after={PostingState.PRINTED},
)
POSTING_POSTED: Final = Kind(
    "posting.posted",
    Subject.POSTING,
    "posted, as the office says",
    details={"on"},  # the day; a later event that says so again puts it right
    private=_BECAUSE | {"although"},
    leads_to=PostingState.POSTED,
)
POSTING_NOT_POSTED: Final = Kind(
    "posting.not_posted",
    Subject.POSTING,
    "not posted after all, as the office says",
    private=_BECAUSE,
    leads_to=PostingState.PRINTED,
    after={PostingState.POSTED},
)
POSTING_RETURNED: Final = Kind(
    "posting.returned",
    Subject.POSTING,
    "came back by post, as the office says",
    details={"on"},
    private=_BECAUSE,
    leads_to=PostingState.RETURNED,
)
POSTING_WITHDRAWN: Final = Kind(
    "posting.withdrawn",
    Subject.POSTING,
    "not to be posted",
    details={"instead"},  # the posting whose print file took its place, if that is why
    private=_BECAUSE,
    leads_to=PostingState.WITHDRAWN,
)

MOVES_POSTING: Final = frozenset(
    each.action for each in tuple(vars().values()) if isinstance(each, Kind)
)
"""Each moves a posting: the last one of ours says where it stands."""
