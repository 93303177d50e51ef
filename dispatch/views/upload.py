"""What an upload makes public, and what verifying it has compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dispatch.publishing.upload import UploadProposal
from dispatch.publishing.verify import Comparison
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True)
class UploadView:
    """What an upload would make public."""

    mailout: str
    letters: int
    made_up: int
    """Letters with made-up figures."""
    withheld: int
    """Confidential attachments."""
    unreached: tuple[str, ...]
    others: tuple[str, ...]
    """Other mailouts that stay in the folder."""


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """A signed statement of the ledger's size and root."""

    origin: str
    size: int
    root: str
    seal: int
    seal_hash: str
    at: Moment


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """What was compared, without finding a difference."""

    letters: int
    messages: int
    files: int
    mailouts: tuple[str, ...]
    digest: str
    checkpoints: Mapping[str, CheckpointView]


def upload_view(proposal: UploadProposal) -> UploadView:
    """Return the view of what an upload would make public."""
    return UploadView(
        mailout=proposal.mailout,
        letters=len(proposal.letters),
        made_up=sum(row["is_synthetic"] == "true" for row in proposal.letters),
        withheld=proposal.withheld,
        unreached=tuple(sorted(proposal.unreached)),
        others=proposal.others,
    )


def comparison_view(found: Comparison) -> ComparisonView:
    """Return the view of what verifying a bundle has compared."""
    return ComparisonView(
        letters=found.letters,
        messages=found.messages,
        files=found.files,
        mailouts=found.mailouts,
        digest=found.digest,
        checkpoints={
            name: CheckpointView(**asdict(each)) for name, each in found.checkpoints.items()
        },
    )
