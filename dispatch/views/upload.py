"""What an upload makes public, and what verifying it has compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from dispatch.domain import calendar
from dispatch.domain.jobs.job import Job, JobState
from dispatch.publishing.upload import Uploaded, UploadProposal
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
class PublishedView(UploadView):
    """What an upload has made public."""

    uploaded: Uploaded | None = None


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


@dataclass(frozen=True, slots=True)
class JobView:
    """How far an upload is that a page asked for."""

    is_open: bool
    sentence: str
    done: int
    of: int
    tenth: int
    """Tenths of it that are done: what is read aloud changes with these alone."""
    digest: str
    """The manifest's SHA-256, once it is public."""


def job_view(job: Job) -> JobView:
    """Return the view of an upload that a page asked for."""
    tenth = 10 * job.done // job.of if job.of else 0
    return JobView(
        is_open=job.is_open,
        sentence=_sentence(job, tenth),
        done=job.done,
        of=job.of,
        tenth=tenth,
        digest=str((job.result or {}).get("digest", "")),
    )


def _sentence(job: Job, tenth: int) -> str:
    by = f"{job.person} asked for it at {calendar.moment_in_words(job.asked_at)}"
    ended = calendar.moment_in_words(job.ended_at) if job.ended_at else ""
    match job.state:
        case JobState.WAITING:
            return f"The upload waits for a worker. {by}."
        case JobState.RUNNING:
            return f"A worker is making the letters public: {tenth * 10} % done. {by}."
        case JobState.DONE:
            is_same = job.result is not None and not job.result.get("is_changed", True)
            if is_same:
                return f"The letters were public already, and nothing has changed: {ended}. {by}."
            return f"The letters are public since {ended}. {by}."
        case JobState.FAILED:
            return f"Nothing was made public at {ended}: {job.error}. {by}."


def upload_view(proposal: UploadProposal) -> UploadView:
    """Return the view of what an upload would make public."""
    return UploadView(
        mailout=proposal.mailout,
        letters=proposal.letters,
        made_up=proposal.made_up,
        withheld=proposal.withheld,
        unreached=tuple(sorted(proposal.unreached)),
        others=proposal.others,
    )


def published(view: UploadView, uploaded: Uploaded) -> PublishedView:
    """Return the view of an upload once it is done."""
    return PublishedView(
        mailout=view.mailout,
        letters=view.letters,
        made_up=view.made_up,
        withheld=view.withheld,
        unreached=view.unreached,
        others=view.others,
        uploaded=uploaded,
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
