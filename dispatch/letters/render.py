"""Render letters: figures and a template become the bytes of each, frozen by a digest.

A person's request stores the content of every letter. Workers then turn content into bytes, in
any order and as often as necessary, because the same content always gives the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain.digest import digest
from dispatch.domain.errors import CannotRender, RuleBroken
from dispatch.domain.letter import Draft, LetterState, Made, Order, Rendered
from dispatch.domain.letters.branches import Branch
from dispatch.domain.letters.drafting import Register, draw_up
from dispatch.domain.mailout import UNRELEASED, MailoutState
from dispatch.domain.proof.ledger import CLOCK, WORKER, Event
from dispatch.domain.proposal import Proposal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import counted
from dispatch.files.shipped import own_version
from dispatch.ledger import catalogue, events, journal
from dispatch.letters import oddities, on_record
from dispatch.letters.approval import coverage
from dispatch.letters.store import documents, inputs, letters
from dispatch.mail.outgoing.letter import letter_body
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named, mailouts_in
from dispatch.register import register

MOST_TRIES: Final = 3
"""Attempts at a letter whose worker dies each time, before it is given up."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The result of a request to render."""

    wanted: int
    """Letters that workers will now render."""
    kept: int
    """Letters that are up to date already."""


@dataclass(frozen=True, slots=True)
class Job:
    """One letter for a worker, with all that rendering needs, so that no session is open then."""

    letter_id: UUID
    attempts: int
    draft: Draft
    template_digest: str | None
    """The template of the request; the worker's copy must be the same."""
    attached: Mapping[str, bytes]
    """The bytes of its spreadsheets, and of others in its batch, by SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderProposal(Proposal):
    """What a request to render a mailout would make letters of."""

    name: str
    state: MailoutState
    sources: str
    """The digest of what they are made from: see `sources`."""


def sources(mailout: Mailout, template_digest: str, known: Register) -> str:
    """Return the digest over all that the letters of a mailout would be made from.

    The same sources give the same letters, and a digest over the letters takes ten times as long.
    """
    return _sources(mailout, template_digest, _register_digest(known))


def _sources(mailout: Mailout, template_digest: str, register_digest: str) -> str:
    return digest([own_version(), mailout.plan_digest, template_digest, register_digest])


def _register_digest(known: Register) -> str:
    made = hashlib.sha256()
    for part in (known.authorities, known.contacts, known.figures, known.before):
        found: Mapping[Any, object] = part
        for key in sorted(found):
            made.update(repr((key, found[key])).encode())
    return made.hexdigest()


def ask(
    session: Session, mailout: Mailout, templates: Templates, word: Word, agreed: str | None = None
) -> Asked:
    """Store the content of every letter of a mailout, for the workers to render.

    A letter whose content and template are as before is kept, and if all are, so is an approval.
    `agreed` is the digest of the proposal that a person saw. Raises `ChangedMeanwhile`, and
    `RuleBroken` if nobody is due a letter, if a letter that is due cannot be made, naming each, if
    the certificate that signs letters is not valid, or if the mailout is past changing.
    """
    if mailout.state not in UNRELEASED:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}: its letters are fixed")
    templates.refuse_outdated(word.at)
    drawn = _draw(session, mailout)
    drafts, template_digest = drawn.drafts, templates.digest(mailout.plan.template)
    if agreed is not None:
        made_from = _sources(mailout, template_digest, drawn.register)
        RenderProposal(name=mailout.name, state=mailout.state, sources=made_from).check(agreed)
    if mailout.state is not MailoutState.DRAFT:
        changes = coverage(session, mailout, template_digest).changes
        if not changes:
            return Asked(wanted=0, kept=len(drafts))
        reopen(session, mailout, f"it was rendered again: {changes[0]}", word)
    wanted = dict(_fingerprinted(drafts, template_digest))
    asked = _store_drafts(session, mailout, wanted, word.person)
    mailout.template_digest = template_digest
    mailout.rendered_by = word.person
    mailout.remark = None
    detail = {"wanted": str(asked.wanted), "kept": str(asked.kept), "template": template_digest}
    journal.append(session, events.MAILOUT_RENDER.by(word, mailout.name, **detail))
    return asked


def draw(session: Session, name: str, templates: Templates) -> None:
    """Draft the letters of a mailout before `ask` has a lock; `ask` raises what is wrong."""
    mailout = mailout_named(session, name)
    with contextlib.suppress(RuleBroken, CannotRender):
        _fingerprinted(_draw(session, mailout).drafts, templates.digest(mailout.plan.template))


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The letters that are due."""

    drafts: tuple[Draft, ...]
    register: str
    """The digest of what the register says of them."""


_DRAWN: Final[dict[str, _Drawn]] = {}
"""The drafts that were last made, by a digest over every row that they are made from."""


_FINGERPRINTED: Final[dict[str, tuple[tuple[Draft, ...], dict[str, Draft]]]] = {}
"""The drafts whose fingerprints were last made, by the digest of their template."""


def _fingerprinted(drafts: tuple[Draft, ...], template_digest: str) -> dict[str, Draft]:
    """Return drafts by their fingerprints, which take long to make for thousands."""
    known, found = _FINGERPRINTED.get(template_digest, ((), {}))
    if known is not drafts:
        found = {draft.fingerprint(template_digest): draft for draft in drafts}
        _FINGERPRINTED.clear()
        _FINGERPRINTED[template_digest] = (drafts, found)
    return found


def _draw(session: Session, mailout: Mailout) -> _Drawn:
    """Return the letters that are due. Raises `RuleBroken` unless each can be made."""
    session.flush()
    key = inputs.digest(session, mailout)
    if key not in _DRAWN:
        found = _drawn(session, mailout)
        _DRAWN.clear()
        _DRAWN[key] = found
    return _DRAWN[key]


def _drawn(session: Session, mailout: Mailout) -> _Drawn:
    known = register.for_plan(session, mailout.plan)
    drafting = draw_up(mailout.plan, known)
    if not (drafting.drafts or drafting.obstacles):
        raise RuleBroken(
            f"nobody is due a letter of {mailout.name}: import authorities and figures",
            remedy=Remedy(kind=RemedyKind.CHECK, mailout=mailout.name),
        )
    if drafting.obstacles:
        lines = [f"{found.authority} {found.message}" for found in drafting.obstacles]
        count = counted(len(lines), "letter", "letters")
        raise RuleBroken("\n  ".join([f"{count} cannot be made:", *lines]))
    return _Drawn(drafting.drafts, _register_digest(known))


def _store_drafts(
    session: Session, mailout: Mailout, wanted: dict[str, Draft], person: str
) -> Asked:
    """Void the letters that have changed, keep those that have not, and add the missing ones."""
    count, kept = len(wanted), 0
    odd = oddities.drafted(session, mailout, tuple(wanted.values()))
    found = letters.in_force(session, mailout)
    altered = on_record.not_as_made(session, found)
    for letter in found:
        is_good = letter.state is LetterState.WANTED or (
            letter.state is LetterState.RENDERED
            and letter.approval_salt
            and letter.id not in altered
        )
        if is_good and letter.fingerprint in wanted:
            del wanted[letter.fingerprint]
            kept += letter.state is LetterState.RENDERED
            # Frees a letter that waits for any worker: rendering it twice does no harm.
            letter.lease_until, letter.attempts = None, 0
            oddities.note(letter, odd)
        else:
            letter.move_to(LetterState.VOID)
    session.flush()
    for fingerprint, draft in wanted.items():
        letter = Letter(
            mailout_id=mailout.id,
            authority_code=draft.content.code,
            draft=draft,
            fingerprint=fingerprint,
            asked_by=person,
            group_name=draft.content.group,
        )
        oddities.note(letter, odd)
        session.add(letter)
    return Asked(count - kept, kept)


def claim(
    session: Session, *, now: datetime, lease: timedelta, limit: int, is_new: bool = False
) -> list[Job]:
    """Take up to `limit` letters to render, for as long as the lease runs.

    Only those that nobody has tried yet, if `is_new`.
    """
    if not limit:
        return []
    until = now + lease
    claimed = letters.claim(session, now=now, lease_until=until, limit=limit, is_new=is_new)
    attached = {each.sha256 for letter, _ in claimed for each in letter.draft.attachments}
    files = documents.found(session, attached) if attached else {}
    return [
        Job(letter.id, letter.attempts, letter.draft, template_digest, files)
        for letter, template_digest in claimed
    ]


Result = tuple[Job, Made | CannotRender]
"""A letter that was made, or why it could not be."""


def render(templates: Templates, job: Job) -> Made | CannotRender:
    """Render one letter, or return why that is impossible. Needs no transaction."""
    [(_, result)] = render_all(templates, [job])
    return result


def render_all(templates: Templates, jobs: Iterable[Job]) -> Iterator[Result]:
    """Render letters, and yield each with its job, in their order. Needs no transaction.

    While one is made, the next job is taken, and the caller does what it wants with the last.
    Never raises for a letter: a fault in one must not fail the rest of the batch.
    """
    waiting: deque[tuple[Job, CannotRender | None]] = deque()

    def orders() -> Iterator[Order]:
        for job in jobs:
            refused = _refused(job)
            waiting.append((job, refused))
            if refused is None:
                attachments = len(job.draft.attachments)
                yield Order(job.draft.content, attachments, job.template_digest)

    def settled() -> Iterator[tuple[Job, CannotRender]]:
        while waiting and (refused := waiting[0][1]):
            yield waiting.popleft()[0], refused

    for outcome in templates.render_all(orders()):
        yield from settled()
        job, _ = waiting.popleft()
        yield job, _made(job, outcome)
    yield from settled()


def _refused(job: Job) -> CannotRender | None:
    """Return why a letter is not even tried, if it is not."""
    if job.attempts > MOST_TRIES:
        return CannotRender(f"rendering it crashed the worker {MOST_TRIES} times")
    for each in job.draft.attachments:
        if each.sha256 not in job.attached:
            return CannotRender(
                f"the stored {each.name} is not the file that was read in: restore it"
            )
    return None


def _made(job: Job, outcome: Rendered | CannotRender) -> Made | CannotRender:
    """Return a letter with the body of its message, or why there is none."""
    if isinstance(outcome, CannotRender):
        return outcome
    try:
        forms = {**outcome.parts, "mail": letter_body(job.draft, outcome.parts, job.attached)}
    except Exception as error:  # noqa: BLE001 - a person is shown it as the letter's error
        return CannotRender(f"{type(error).__name__}: {error}")
    return Made(outcome.subject, forms, outcome.branches, outcome.page_count)


def store(session: Session, results: Sequence[Result], *, now: datetime) -> None:
    """Store the bytes of rendered letters, and why the others could not be rendered.

    A letter that was voided while it was being rendered is skipped.
    """
    if not results:
        return
    # Documents first, and in one order: letters share some, and two workers that stored documents
    # and letters in turn would each wait for a row that the other has locked.
    made = [result for _, result in results if isinstance(result, Made)]
    documents.keep_forms(session, made)
    found = letters.to_store(session, [job.letter_id for job, _ in results])
    done = []
    for job, result in results:
        letter = found.get(job.letter_id)
        if letter is None or letter.state is not LetterState.WANTED:
            continue
        letter.lease_until = None
        letter.rendered_at = now
        if isinstance(result, CannotRender):
            letter.move_to(LetterState.FAILED)
            letter.error = str(result)
            oddities.failed(letter)
        else:
            oddities.made(letter, result)
            documents.freeze(letter, result, job.draft.attachments)
            letter.move_to(LetterState.RENDERED)
        done.append(_rendered(letter, now))
    journal.append_all(session, done)


def _rendered(letter: Letter, now: datetime) -> Event:
    detail = {"authority": letter.authority_code, "digest": letter.digest or ""}
    return catalogue.into(letter.state).event(now, WORKER, letter.id, **detail)


def made(session: Session) -> list[str]:
    """Return the names of the drafts that have every letter rendered, as a person asked."""
    return [
        draft.name
        for draft in mailouts_in(session, MailoutState.DRAFT)
        if draft.template_digest and _is_made(session, draft)
    ]


def look(session: Session, name: str) -> bool:
    """Work out what has changed, before `finish` has a lock (see `approval.coverage`).

    Returns whether nothing has.
    """
    mailout = mailout_named(session, name)
    template = mailout.template_digest
    return template is not None and not coverage(session, mailout, template).changes


def finish(session: Session, name: str, *, templates: Templates, now: datetime) -> bool:
    """Move a draft to rendered once every letter is; return whether it moved.

    If the data changed while the letters were being made it stays a draft, and its remark says
    why.
    """
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state is not MailoutState.DRAFT or not mailout.template_digest:
        return False
    if not _is_made(session, mailout):
        return False
    covered = coverage(session, mailout, mailout.template_digest)
    if covered.changes:
        mailout.template_digest = None
        mailout.remark = f"it changed while its letters were being made: {covered.changes[0]}"
        return False
    mailout.rendered_digest, mailout.numbers = covered.digest, covered.numbers
    oddities.note_branches(session, mailout, _branches(templates, mailout))
    mailout.move_to(MailoutState.RENDERED)
    journal.append(session, events.MAILOUT_RENDERED.event(now, CLOCK, mailout.name))
    return True


def _branches(templates: Templates, mailout: Mailout) -> tuple[Branch, ...]:
    """Return the branches of the template that letters were made from; none if it has changed."""
    template = mailout.plan.template
    with contextlib.suppress(CannotRender):
        if templates.digest(template) == mailout.template_digest:
            return templates.branches(template)
    return ()


def _is_made(session: Session, mailout: Mailout) -> bool:
    return set(letters.counts(session, mailout)) == {LetterState.RENDERED}
