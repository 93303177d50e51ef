"""New versions of letters: as proposed, and as they wait for approval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch.corrections.approve_version import PendingVersion
from dispatch.corrections.reissue import NewVersion, OtherLetter, ReissueProposal
from dispatch.domain.letter import Recipient
from dispatch.domain.letters.versions import difference


@dataclass(frozen=True, slots=True)
class VersionView:
    """A new version that somebody may propose."""

    authority: str
    version: int
    recipients: tuple[Recipient, ...]
    difference: tuple[str, ...]
    """The lines of text that change: "-" marks the old ones, "+" the new."""


@dataclass(frozen=True, slots=True)
class ReissueView:
    """All that a reissue would change."""

    versions: tuple[VersionView, ...]
    shifts: tuple[OtherLetter, ...]
    """Other letters that would change as well, and stay as they are."""


@dataclass(frozen=True, slots=True)
class PendingView:
    """A new version that waits for a second person."""

    authority: str
    version: int
    what: str
    """`reissued` or `readdressed`."""
    why: str
    proposed_by: str
    recipients: tuple[str, ...]
    """Their addresses."""
    difference: tuple[str, ...]


def reissue_view(proposal: ReissueProposal, others: Iterable[OtherLetter]) -> ReissueView:
    """Return the view of what a reissue would change."""
    return ReissueView(versions=version_views(proposal), shifts=tuple(others))


def version_views(proposal: ReissueProposal) -> tuple[VersionView, ...]:
    """Return the views of the versions that somebody may propose."""
    return tuple(_version(each) for each in proposal.versions)


def _version(version: NewVersion) -> VersionView:
    redraft = version.redraft
    return VersionView(
        authority=redraft.code,
        version=redraft.number,
        recipients=redraft.draft.recipients,
        difference=difference(redraft.text, version.made.parts["text"].decode()),
    )


def pending_view(version: PendingVersion) -> PendingView:
    """Return the view of a version that waits for approval."""
    letter = version.letter
    return PendingView(
        authority=letter.authority_code,
        version=letter.version,
        what="reissued" if version.is_reissued else "readdressed",
        why=letter.because or "",
        proposed_by=letter.asked_by or "",
        recipients=tuple(each.address for each in version.recipients),
        difference=version.difference,
    )
