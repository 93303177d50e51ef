"""Render letters: figures and a template become the bytes of each, frozen by a digest.

A person's request stores the content of every letter. Workers then turn content into bytes, in
any order and as often as necessary, because the same content always gives the same bytes.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain.digest import digest
from dispatch.domain.errors import CannotRender, RuleBroken
from dispatch.domain.letter import Draft, LetterState, Made, Order, Rendered
from dispatch.domain.letters.branches import Branch
from dispatch.domain.letters.drafting import Register, averages_of
from dispatch.domain.letters.oddity import Among
from dispatch.domain.mailout import LEASE, UNRELEASED, MailoutState
from dispatch.domain.proof.ledger import CLOCK, WORKER, Event
from dispatch.domain.proposal import Proposal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import counted
from dispatch.files.shipped import own_version
from dispatch.ledger import catalogue, events, journal
from dispatch.letters import approval, oddities, on_record
from dispatch.letters.approval import Looked, Page, coverage, covered_by, drafted_pages
from dispatch.letters.store import documents, inputs, letters, wanted
from dispatch.letters.store.inputs import Stamp
from dispatch.letters.store.letters import Stored
from dispatch.mail.outgoing.letter import letter_body
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named, mailouts_in
from dispatch.register import register

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

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


@dataclass(slots=True)
class Sources:
    """Digests of what a register says, of which there may be pages, by code.

    The same sources give the same letters, and a digest over the letters takes ten times as long.
    """

    parts: tuple[Hash, ...] = field(default_factory=lambda: tuple(sha256() for _ in range(4)))

    def add(self, known: Register) -> None:
        """Add what a register, or a page of it, says of its own authorities."""
        found: tuple[Mapping[Any, object], ...] = (
            known.authorities,
            known.contacts,
            known.figures,
            known.before,
        )
        for part, values in zip(self.parts, found, strict=True):
            for key in sorted(values):
                code = key if isinstance(key, str) else key[0]
                if known.only is None or code in known.only:
                    part.update(repr((key, values[key])).encode())

    def digest(self, mailout: Mailout, template_digest: str) -> str:
        """Return the digest over all of it, the plan, the template and our own version."""
        register_digest = [each.hexdigest() for each in self.parts]
        return digest([own_version(), mailout.plan_digest, template_digest, register_digest])


@dataclass(frozen=True, slots=True)
class Drawn:
    """The letters that are due, as a transaction that only read has drafted them."""

    proposal: RenderProposal
    count: int
    """How many there are."""
    obstacles: tuple[str, ...]
    """Why letters that are due cannot be made, a line for each."""
    kept: int
    """How many are made already."""
    changes: tuple[str, ...]
    """What has changed since they were made; not looked at in a draft."""
    first: Page | None
    """The first of them; None if there is no authority."""
    among: Among
    template_digest: str
    stamp: Stamp

    def refuse_unmakeable(self) -> None:
        """Raise `RuleBroken` unless somebody is due a letter, and each that is can be made."""
        if not (self.count or self.obstacles):
            raise RuleBroken(
                f"nobody is due a letter of {self.proposal.name}: import authorities and figures",
                remedy=Remedy(kind=RemedyKind.CHECK, mailout=self.proposal.name),
            )
        if self.obstacles:
            count = counted(len(self.obstacles), "letter", "letters")
            raise RuleBroken("\n  ".join([f"{count} cannot be made:", *self.obstacles]))


def draw(session: Session, mailout: Mailout, templates: Templates) -> Drawn:
    """Draft the letters of a mailout before `ask` has a lock, some at a time.

    Raises `CannotRender` without its template.
    """
    template_digest = templates.digest(mailout.plan.template)
    stamp = inputs.stamp(session, mailout)  # first: see there
    obstacles, made_from = list[str](), Sources()
    count, kept, first = 0, 0, None

    def drafts() -> Iterator[Draft]:
        nonlocal count, kept, first
        for page in drafted_pages(session, mailout):
            first = first or page
            made_from.add(page.register)
            count += len(page.drafting.drafts)
            altered = on_record.not_as_made(session, page.found)
            made = {each.fingerprint for each in page.found if _is_made(each, altered)}
            obstacles.extend(f"{each.authority} {each.message}" for each in page.drafting.obstacles)
            for draft in page.drafting.drafts:
                kept += draft.fingerprint(template_digest) in made
                yield draft

    among = Among.of(drafts())
    is_draft = mailout.state is MailoutState.DRAFT
    return Drawn(
        proposal=RenderProposal(
            name=mailout.name,
            state=mailout.state,
            sources=made_from.digest(mailout, template_digest),
        ),
        count=count,
        obstacles=tuple(obstacles),
        kept=kept,
        changes=() if is_draft else coverage(session, mailout, template_digest).changes,
        first=first,
        among=among,
        template_digest=template_digest,
        stamp=stamp,
    )


def _is_made(letter: Stored | Letter, altered: Collection[UUID]) -> bool:
    """Whether a letter in force is made as it should be, and can be kept."""
    is_sound = bool(letter.approval_salt) and letter.id not in altered
    return letter.state is LetterState.RENDERED and is_sound


def ask(
    session: Session,
    mailout: Mailout,
    templates: Templates,
    word: Word,
    agreed: str | None = None,
    drawn: Drawn | None = None,
) -> Asked:
    """Have the letters of a mailout made: record who asked, and store the content of the first.

    `draft` stores that of the others. A letter whose content and template are as before is kept,
    and if all are, so is an approval. `agreed` is the digest of the proposal that a person saw;
    what was `drawn` before need not be again. Raises `ChangedMeanwhile`, and `RuleBroken` if nobody
    is due a letter, if a letter that is due cannot be made, naming each, if the certificate that
    signs letters is not valid, or if the mailout is past changing.
    """
    if mailout.state not in UNRELEASED:
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}: its letters are fixed")
    templates.refuse_outdated(word.at)
    template_digest = templates.digest(mailout.plan.template)
    if drawn is None or not _holds(session, mailout, drawn, template_digest):
        drawn = draw(session, mailout, templates)
    drawn.refuse_unmakeable()
    if agreed is not None:
        drawn.proposal.check(agreed)
    total = drawn.count
    if mailout.state is not MailoutState.DRAFT:
        if not drawn.changes:
            return Asked(wanted=0, kept=total)
        reopen(session, mailout, f"it was rendered again: {drawn.changes[0]}", word)
    asked = Asked(total - drawn.kept, drawn.kept)
    mailout.template_digest = template_digest
    mailout.rendered_by = word.person
    mailout.remark = None
    mailout.come_to("")
    detail = {"wanted": str(asked.wanted), "kept": str(asked.kept), "template": template_digest}
    journal.append(session, events.MAILOUT_RENDER.by(word, mailout.name, **detail))
    if drawn.first:
        _draft_page(session, mailout, drawn.among, drawn.first)
    return asked


def _holds(session: Session, mailout: Mailout, drawn: Drawn, template_digest: str) -> bool:
    is_same = drawn.template_digest == template_digest
    return is_same and drawn.stamp == inputs.stamp(session, mailout)


def draft(sessions: Sessions, name: str, clock: Callable[[], datetime]) -> None:
    """Store the content of the other letters that were asked for, some at a time.

    If something changes meanwhile, letters differ from what would be made once all are made, and
    `finish` says so.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        if not _is_drafting(mailout):
            return
        averages = averages_of(mailout.plan, register.pages(session, mailout.plan))
        drafted = drafted_pages(session, mailout, averages)
        among = Among.of(each for page in drafted for each in page.drafting.drafts)
        for page in drafted_pages(session, mailout, averages, after=mailout.under_way or ""):
            with sessions.begin() as writing:
                locked = mailout_named(writing, name, is_locked=True)
                if not _is_drafting(locked) or locked.under_way != page.follows:
                    return  # somebody has asked again, or another process goes on with it
                _draft_page(writing, locked, among, page, until=clock() + LEASE)


def _is_drafting(mailout: Mailout) -> bool:
    return mailout.state is MailoutState.DRAFT and mailout.under_way is not None


def _draft_page(
    session: Session, mailout: Mailout, among: Among, page: Page, until: datetime | None = None
) -> None:
    """Void the letters that have changed, keep those that have not, and add the missing ones."""
    template, person = mailout.template_digest or "", mailout.rendered_by or ""  # `ask` set both
    due = {each.fingerprint(template): each for each in page.drafting.drafts}
    odd = oddities.drafted(session, mailout, page, among)
    altered = on_record.not_as_made(session, page.found)
    for letter in letters.of_codes(session, mailout, [each.authority_code for each in page.found]):
        is_good = letter.state is LetterState.WANTED or _is_made(letter, altered)
        if is_good and letter.fingerprint in due:
            del due[letter.fingerprint]
            # Frees a letter that waits for any worker: rendering it twice does no harm.
            letter.lease_until, letter.attempts = None, 0
            oddities.note(letter, odd)
        else:
            letter.move_to(LetterState.VOID)
    session.flush()
    for fingerprint, each in due.items():
        letter = Letter(
            mailout_id=mailout.id,
            authority_code=each.content.code,
            draft=each,
            fingerprint=fingerprint,
            asked_by=person,
            group_name=each.content.group,
        )
        oddities.note(letter, odd)
        session.add(letter)
    mailout.come_to(page.last, until=until)


def claim(
    session: Session, *, now: datetime, lease: timedelta, limit: int, is_new: bool = False
) -> list[Job]:
    """Take up to `limit` letters to render, for as long as the lease runs.

    Only those that nobody has tried yet, if `is_new`.
    """
    if not limit:
        return []
    until = now + lease
    claimed = wanted.claim(session, now=now, lease_until=until, limit=limit, is_new=is_new)
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
    found = wanted.to_store(session, [job.letter_id for job, _ in results])
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
        if draft.template_digest and _are_made(session, draft)
    ]


def look(session: Session, name: str) -> Looked | None:
    """Work out what has changed, before `finish` has a lock; None if nobody asked for letters."""
    mailout = mailout_named(session, name)
    template = mailout.template_digest
    return approval.look(session, mailout, template) if template else None


NONE: Final[Mapping[str, Looked]] = MappingProxyType({})


def finish(
    session: Session,
    name: str,
    *,
    templates: Templates,
    now: datetime,
    looked: Mapping[str, Looked] = NONE,
) -> bool:
    """Move a draft to rendered once every letter is; return whether it moved.

    If the data changed while the letters were being made it stays a draft, and its remark says
    why. What was `looked` at before need not be again.
    """
    mailout = mailout_named(session, name, is_locked=True)
    if mailout.state is not MailoutState.DRAFT or not mailout.template_digest:
        return False
    if not _are_made(session, mailout):
        return False
    covered = covered_by(session, mailout, mailout.template_digest, looked.get(name))
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


def _are_made(session: Session, mailout: Mailout) -> bool:
    is_drafted = mailout.under_way is None
    return is_drafted and set(letters.counts(session, mailout)) == {LetterState.RENDERED}
