"""Approve a mailout: a second person signs off every letter, recipient and date by one digest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from dispatch.database import Session, Sessions, party_of
from dispatch.database.tables import Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain.errors import NeedsAnother, RuleBroken
from dispatch.domain.letter import LetterState, Recipient, letter_digest
from dispatch.domain.letters import approval
from dispatch.domain.letters.approval import (
    Covered,
    Flat,
    Leaf,
    Proof,
    Terms,
    changes,
    flat_digest,
    recipients_digest,
)
from dispatch.domain.letters.drafting import Register, draw_up
from dispatch.domain.letters.numbers import Numbers, numbers
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.identities import Identities
from dispatch.domain.proposal import Proposal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import some
from dispatch.ledger import events, journal
from dispatch.letters import accessibility, hands, on_record, repeats, seen
from dispatch.letters.store import inputs, letters
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named
from dispatch.people.identity import identities
from dispatch.register import register


@dataclass(frozen=True, slots=True)
class Coverage(Proposal):
    """What an approval covers: every letter as it is stored, its recipients, and the dates."""

    letters: int
    recipients: int
    terms: Terms
    """All of it, in one digest. A person approves this, and the letters are held to it later."""
    proofs: Mapping[UUID, Proof] = field(repr=False)
    """The proof of each letter, by its id."""
    changes: tuple[str, ...]
    """What has changed since the letters were rendered; until it is empty, nothing is approved."""
    numbers: Numbers = field(repr=False)
    """What a person is shown of them at once."""

    @property
    def digest(self) -> str:
        """The approval's own digest, so that a person is shown only one."""
        return self.terms.digest


def coverage(session: Session, mailout: Mailout, template_digest: str) -> Coverage:
    """Return what an approval of a mailout would cover now, from what the database holds.

    It takes seconds for thousands of letters, so a transaction that writes follows one that reads
    and has called this: what that one found is remembered, and holds if no row has changed.
    """
    session.flush()
    key = (inputs.digest(session, mailout), template_digest, sender(session))
    if key not in _REMEMBERED:
        while len(_REMEMBERED) >= MOST_REMEMBERED:
            _REMEMBERED.pop(next(iter(_REMEMBERED)))
        _REMEMBERED[key] = _coverage(session, mailout, template_digest)
    return _REMEMBERED[key]


MOST_REMEMBERED: Final = 8
_REMEMBERED: Final[dict[tuple[str, str, str], Coverage]] = {}


def _coverage(session: Session, mailout: Mailout, template_digest: str) -> Coverage:
    found = letters.in_force(session, mailout)
    known = register.for_plan(session, mailout.plan)
    before = register.figures_before(session, mailout.plan)
    drafts = [each.draft for each in found]
    recipients = [(each, each.draft.recipients) for each in found]
    covered = covering(mailout.plan, recipients, sender=sender(session))
    return Coverage(
        letters=len(found),
        recipients=sum(len(letter.draft.recipients) for letter in found),
        terms=covered.terms,
        proofs={each.id: proof for each, proof in zip(found, covered.proofs, strict=True)},
        changes=tuple(_changes(session, mailout, known, found, template_digest)),
        numbers=numbers(drafts, mailout.plan, known.figures, before),
    )


def sender(session: Session) -> str:
    """Return who letters are from that are approved here, as an approval has it."""
    party = party_of(session)
    return party.party if party else ""


def covering(
    plan: Plan, found: Sequence[tuple[Letter, Sequence[Recipient]]], *, sender: str
) -> Covered:
    """Return what an approval of letters to these recipients would be of, and each one's proof."""
    leaves = [leaf(letter, recipients) for letter, recipients in found]
    return approval.covering(plan, leaves, sender=sender)


def leaf(letter: Letter, recipients: Sequence[Recipient]) -> Leaf:
    """Return the leaf of a letter, as it is stored, to some recipients."""
    return Leaf(
        letter.authority_code,
        letter.version,
        letter.digest or "",
        recipients_digest(recipients, letter.approval_salt or ""),
    )


def digest_without_tree(session: Session, mailout: Mailout) -> str:
    """Return the digest that an approval without a tree would have of a mailout as it is now."""
    found = letters.in_force(session, mailout)
    return flat_digest(
        mailout.plan,
        (
            Flat(
                each.authority_code,
                each.version,
                each.fingerprint,
                each.digest or "",
                each.draft.recipients,
            )
            for each in found
        ),
    )


def _changes(
    session: Session,
    mailout: Mailout,
    known: Register,
    found: Sequence[Letter],
    template_digest: str,
) -> Iterator[str]:
    """Yield why letters are not what would be rendered now, a line for each reason."""
    made = {letter.authority_code: (letter.draft, letter.fingerprint) for letter in found}
    drafting = draw_up(mailout.plan, known)
    altered = on_record.not_as_made(session, found)
    for letter in found:
        if why := NOT_MADE if letter.id in altered else _flaw(letter):
            yield f"{letter.authority_code}: {why}"
    for finding in drafting.obstacles:
        yield f"{finding.authority}: {finding.message}"
    yield from changes(made, drafting.drafts, template_digest)


NOT_MADE: Final = "its stored letter is not the one that was made"


def _flaw(letter: Letter) -> str | None:
    """Return why a letter could not leave as it is stored, or None."""
    if letter.state is not LetterState.RENDERED:
        return letter.error or "its letter is not made yet"
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.draft.attachments):
        return NOT_MADE
    if not letter.approval_salt:
        return "its salt is gone: render it again"
    return None


@dataclass(frozen=True, slots=True)
class Approval:
    """The digest that was approved, or None and why nothing was."""

    digest: str | None
    changes: tuple[str, ...] = ()
    """What changed since rendering; the mailout is then back in draft."""
    repeats: tuple[str, ...] = ()
    """Which other mailouts send these letters."""
    failures: tuple[str, ...] = ()
    """What makes a PDF inaccessible, by letter."""
    took_part_in_both: str | None = None
    """Who took part in asking for the letters as well, though somebody else is named."""


Progress = Callable[[Iterator[Sequence[str]], int], Iterable[Sequence[str]]]
"""Shows how far a check is: takes its results and how many there will be, and passes each on."""


def _silently(results: Iterator[Sequence[str]], _: int) -> Iterator[Sequence[str]]:
    return results


def sign_off(
    sessions: Sessions,
    name: str,
    templates: Templates,
    word: Word,
    progress: Progress = _silently,
    *,
    agreed: str | None = None,
) -> Approval:
    """Check the PDF of every letter of a mailout, then approve exactly what was checked.

    `agreed` is the digest that the person was shown; None for what is there now. What is known
    about a PDF is not found out again. Makes its own transactions, because checking takes some
    milliseconds a letter and must not lock the mailout meanwhile. Raises as `approve`.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        refuse(session, mailout, word.person)
        covered = coverage(session, mailout, templates.digest(mailout.plan.template))
        if agreed is not None:
            covered.check(agreed)
        pdfs = accessibility.pdfs_of(session, mailout)
    results = progress(accessibility.failures(sessions, pdfs, lambda: word.at), covered.letters)
    if failures := tuple(sorted(failure for result in results for failure in result)):
        return Approval(None, failures=failures)
    with sessions.begin() as session:
        mailout = mailout_named(session, name, is_locked=True)
        return approve(session, mailout, templates, covered.digest, word)


def approve(
    session: Session, mailout: Mailout, templates: Templates, agreed: str, word: Word
) -> Approval:
    """Approve a rendered mailout, which must be locked, by the digest that a person agreed to.

    If the data that a letter is made from has changed, nothing is approved and the mailout goes
    back to draft. Raises `ChangedMeanwhile` if the letters were made again since they were shown,
    and otherwise as `refuse`.
    """
    refuse(session, mailout, word.person)
    covered = coverage(session, mailout, templates.digest(mailout.plan.template))
    if covered.changes:
        why = f"approval was asked for, but since rendering: {covered.changes[0]}"
        reopen(session, mailout, why, word)
        return Approval(None, covered.changes)
    covered.check(agreed)
    mailout.move_to(MailoutState.APPROVED)
    mailout.approved_by, mailout.approved_at = word.person, word.at
    mailout.approved_digest = covered.digest
    mailout.remark = None
    letters.keep_proofs(session, covered.proofs)
    in_both = hands.in_rendering(session, mailout.name, letters.askers(session, mailout), word)
    looked = seen.to_look_at(session, mailout, covered.digest, word.person).detail
    detail = {**covered.terms.details, **looked, **hands.detail(in_both)}
    event = events.MAILOUT_APPROVED.by(word, mailout.name, **detail)
    journal.append(session, event)
    found = tuple(map(str, repeats.find(session, mailout)))
    return Approval(covered.digest, repeats=found, took_part_in_both=in_both)


def refuse(session: Session, mailout: Mailout, person: str) -> None:
    """Raise `RuleBroken` if the mailout is not rendered; `NeedsAnother` if `person` asked for it.

    Two people must have looked at each letter.
    """
    if mailout.state is not MailoutState.RENDERED:
        why, kind = NEXT.get(mailout.state, ("it is too late to approve it", None))
        remedy = Remedy(kind=kind, mailout=mailout.name) if kind else None
        raise RuleBroken(f"{mailout.name} is {mailout.state.value}: {why}", remedy=remedy)
    asker = on_record.asker(session, mailout)  # the rows of letters may have been changed
    askers = {*letters.askers(session, mailout), *([asker] if asker else [])}
    people = identities(session)
    if asked := next((each for each in askers if people.same(person, each)), None):
        read = "" if asked == person else f"{people.reading(person, asked)}, and "
        raise NeedsAnother(
            f"{read}{asked} had the letters of {mailout.name} rendered, so somebody else must "
            f"approve them{_who_may(people, askers)}",
            remedy=Remedy(kind=RemedyKind.APPROVE, mailout=mailout.name),
        )


def _who_may(people: Identities, askers: Iterable[str]) -> str:
    """Name the approvers who did not ask for letters, where there are accounts."""
    approvers = (
        each.name
        for each in people.accounts
        if each.may(AccountRole.APPROVER) and not each.is_ended
    )
    others = [name for name in approvers if not any(people.same(name, each) for each in askers)]
    return f": {some(others, NAMED)} can" if others else ""


NAMED: Final = 6
"""How many approvers are named before the rest is counted."""


NEXT: Final[Mapping[MailoutState, tuple[str, RemedyKind | None]]] = {
    MailoutState.DRAFT: ("have its letters made first", RemedyKind.RENDER),
    MailoutState.APPROVED: ("it is approved already", RemedyKind.SCHEDULE),
    MailoutState.SCHEDULED: ("it is approved already, and waits for its date", None),
}
"""Why a mailout cannot be approved in some states, and what to do next."""
