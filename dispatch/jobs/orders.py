"""Ask for a job, and look how far it is."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from dispatch.database import Session
from dispatch.database.tables import JobRow
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.jobs.job import Job, JobKind, JobState
from dispatch.domain.word import Word
from dispatch.jobs import store

NOT_OURS: Final = "what stands in the database is not what was asked for: ask for it again"
"""The error of a job whose row somebody else wrote or changed."""


def ask(session: Session, kind: JobKind, subject: str, word: Word, **terms: str) -> Job:
    """Ask for a job on somebody's word, with what the person agreed to; return it.

    One of its kind about its subject runs at a time. Asking twice on the same terms asks once;
    raises `RuleBroken` while one on other terms has not ended.
    """
    asked = JobRow(
        id=uuid4(),
        kind=kind,
        subject=subject,
        terms=terms,
        person=word.person,
        keyboard=word.keyboard or "",
        because=word.because,
        asked_at=word.at,
        mac="",
    )
    row = store.add(session, asked)
    if row.id != asked.id and row.terms != terms:
        raise RuleBroken(f"{row.person} has asked for the same already: wait until it has ended")
    return as_job(session, row)


def found(session: Session, job_id: UUID) -> Job:
    """Return a job. Raises `NotFound`."""
    row = store.by_id(session, job_id)
    if row is None:
        raise NotFound("there is no such job")
    return as_job(session, row)


def last(session: Session, kind: JobKind, subject: str) -> Job | None:
    """Return the job of a kind about a subject that was asked for last; None if none ever was."""
    row = store.last(session, kind, subject)
    return as_job(session, row) if row else None


def last_done(session: Session, kind: JobKind, subject: str) -> Job | None:
    """Return the last of them that has a result; None if none has."""
    row = store.last_done(session, kind, subject)
    job = as_job(session, row) if row else None
    return job if job and job.state is JobState.DONE else None


def as_job(session: Session, row: JobRow) -> Job:
    """Return what a row says, or a job that has failed if it is not as our processes wrote it."""
    result, error, ended_at = row.result, row.error, row.ended_at
    has_result = ended_at is not None and store.has_our_result(session, row)
    if not (store.is_ours(session, row) and (has_result or ended_at is None)):
        result, error, ended_at = None, NOT_OURS, ended_at or row.asked_at
    return Job(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        terms=row.terms,
        person=row.person,
        keyboard=row.keyboard,
        because=row.because,
        asked_at=row.asked_at,
        state=_state(row, has_ended=ended_at is not None, error=error),
        done=row.done,
        of=row.of,
        result=result,
        error=error,
        ended_at=ended_at,
    )


def _state(row: JobRow, *, has_ended: bool, error: str | None) -> JobState:
    if has_ended:
        return JobState.DONE if error is None else JobState.FAILED
    return JobState.WAITING if row.lease_until is None else JobState.RUNNING
