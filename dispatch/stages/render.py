"""Render: figures and template become each letter, frozen by its digest.

Asking writes down every letter's content; workers then turn content into bytes, in any order
and as often as need be, since the same content gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dispatch.db import Letter, Mailout, Session, claims, documents, journal, queries
from dispatch.db.reopen import reopen
from dispatch.db.sealing import sealing
from dispatch.documents import Templates
from dispatch.domain.digest import sha256
from dispatch.domain.drafting import draw_up
from dispatch.domain.errors import CannotRender, RuleBroken
from dispatch.domain.ledger import CLOCK, WORKER, Event
from dispatch.domain.letter import Draft, LetterState, Rendered, letter_digest
from dispatch.domain.mailout import REOPENED_BY_CHANGE, MailoutState

MEDIA_TYPES: Final = {
    "text": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "note_text": "text/plain; charset=utf-8",
    "note_html": "text/html; charset=utf-8",
}

MOST_TRIES: Final = 3
"""A letter that took its worker down this often is not tried again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request to render came to."""

    wanted: int
    """Letters that workers will now render."""
    kept: int
    """Letters that are as they should be already."""


@dataclass(frozen=True, slots=True)
class Job:
    """One letter for a worker, cut loose from the session that claimed it."""

    letter_id: UUID
    attempts: int
    draft: Draft


def ask(
    session: Session, mailout: Mailout, templates: Templates, *, actor: str, now: datetime
) -> Asked:
    """Write down the content of every letter, and leave it for the workers to render.

    A letter whose content and template are as before is kept. Raises `RuleBroken` if a letter
    that is due cannot be made, naming each, or if the mailout is already on its way.
    """
    if mailout.state not in REOPENED_BY_CHANGE | {MailoutState.DRAFT}:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}: its letters are fixed")
    drafting = draw_up(mailout.plan, queries.register_for(session, mailout.plan))
    if drafting.obstacles:
        lines = [f"{found.authority} {found.message}" for found in drafting.obstacles]
        raise RuleBroken("\n  ".join([f"{len(lines)} letters cannot be made:", *lines]))
    if mailout.state is not MailoutState.DRAFT:
        reopen(session, mailout, f"rendering was asked for by {actor}", actor=actor, now=now)
    template_digest = templates.digest(mailout.plan.template)
    asked = _write_down(session, mailout, drafting.drafts, template_digest)
    mailout.template_digest = template_digest
    mailout.rendered_by = actor
    mailout.remark = None
    detail = {"wanted": str(asked.wanted), "kept": str(asked.kept), "template": template_digest}
    journal.append(session, Event(now, actor, "mailout.render", _subject(mailout), detail))
    return asked


def _write_down(
    session: Session, mailout: Mailout, drafts: Sequence[Draft], template_digest: str
) -> Asked:
    """Void what has changed, keep what has not, and add what is missing."""
    wanted = {draft.fingerprint(template_digest): draft for draft in drafts}
    kept = 0
    for letter in queries.letters(session, mailout):
        is_good = letter.state in {LetterState.RENDERED, LetterState.WANTED}
        if is_good and letter.fingerprint in wanted:
            del wanted[letter.fingerprint]
            kept += letter.state is LetterState.RENDERED
        else:
            letter.move_to(LetterState.VOID)
    session.flush()
    session.add_all(
        Letter(
            mailout_id=mailout.id,
            authority_code=draft.content.authority.code,
            draft=draft,
            fingerprint=fingerprint,
        )
        for fingerprint, draft in wanted.items()
    )
    return Asked(len(drafts) - kept, kept)


def claim(session: Session, *, now: datetime, lease: timedelta, limit: int) -> list[Job]:
    """Take up to `limit` letters to render, for as long as the lease runs."""
    letters = claims.claim_letters(session, now=now, lease_until=now + lease, limit=limit)
    return [Job(letter.id, letter.attempts, letter.draft) for letter in letters]


def render(templates: Templates, job: Job) -> Rendered | CannotRender:
    """Render one letter, or return why it cannot be; no transaction is open meanwhile."""
    if job.attempts > MOST_TRIES:
        return CannotRender(f"rendering it took the worker down {MOST_TRIES} times")
    try:
        return templates.render(job.draft.content, has_attachments=bool(job.draft.attachments))
    except CannotRender as error:
        return error


def store(
    session: Session, results: Sequence[tuple[Job, Rendered | CannotRender]], *, now: datetime
) -> None:
    """Keep the bytes of rendered letters and the reasons of the others.

    A letter that changed while it was being rendered has become void; its bytes are dropped.
    """
    events = []
    for job, result in results:
        letter = session.get_one(Letter, job.letter_id, with_for_update=True)
        if letter.state is not LetterState.WANTED:
            continue
        letter.lease_until = None
        letter.rendered_at = now
        if isinstance(result, CannotRender):
            letter.move_to(LetterState.FAILED)
            letter.error = str(result)
        else:
            _freeze(session, letter, result)
        events.append(_rendered(letter, now))
    journal.append_all(session, events)


def _freeze(session: Session, letter: Letter, rendered: Rendered) -> None:
    digests = {name: sha256(content) for name, content in rendered.parts.items()}
    documents.keep(
        session,
        {digests[name]: (MEDIA_TYPES[name], content) for name, content in rendered.parts.items()},
    )
    letter.subject = rendered.subject
    letter.parts = digests
    letter.digest = letter_digest(rendered.subject, digests, letter.draft.attachments)
    letter.move_to(LetterState.RENDERED)


def _rendered(letter: Letter, now: datetime) -> Event:
    detail = {"authority": letter.authority_code, "digest": letter.digest or ""}
    return Event(now, WORKER, f"letter.{letter.state.value}", f"letter:{letter.id}", detail)


def finish(session: Session, *, now: datetime) -> list[str]:
    """Move each mailout whose every letter is rendered on to rendered; return their names.

    One that changed while its letters were being made stays a draft, and its remark says why.
    """
    finished = []
    for draft in queries.mailouts_in(session, MailoutState.DRAFT):
        counts = queries.letter_counts(session, draft)
        if not draft.template_digest or set(counts) != {LetterState.RENDERED}:
            continue
        mailout = queries.mailout_named(session, draft.name, is_locked=True)
        found = sealing(session, mailout, mailout.template_digest or "").changes
        if found:
            mailout.template_digest = None
            mailout.remark = f"it changed while its letters were being made: {found[0]}"
        elif mailout.state is MailoutState.DRAFT:
            mailout.move_to(MailoutState.RENDERED)
            detail = {"letters": str(counts[LetterState.RENDERED])}
            journal.append(
                session, Event(now, CLOCK, "mailout.rendered", _subject(mailout), detail)
            )
            finished.append(mailout.name)
    return finished


def _subject(mailout: Mailout) -> str:
    return f"mailout:{mailout.name}"
