"""Approve a mailout: a second person signs off every letter, recipient and date by one digest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from dispatch.database import Session, Sessions, party_of
from dispatch.database.tables import Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain.errors import NeedsAnother, RuleBroken
from dispatch.domain.letter import Draft, LetterState, Recipient
from dispatch.domain.letters import approval
from dispatch.domain.letters.approval import (
    Covered,
    Flat,
    Leaf,
    LetterTree,
    Terms,
    changes,
    flat_digest,
    recipients_digest,
)
from dispatch.domain.letters.drafting import (
    Averages,
    Drafting,
    Register,
    averages_of,
    draw_up,
)
from dispatch.domain.letters.numbers import Counting, Numbers
from dispatch.domain.mailout import LEASE, MailoutState, Plan
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.identities import Identities
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.figures import Figures
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word, clock_at
from dispatch.domain.wording.counts import some
from dispatch.ledger import events, journal
from dispatch.letters import accessibility, hands, on_record, repeats, seen
from dispatch.letters.store import approved, inputs, letters
from dispatch.letters.store.inputs import Stamp
from dispatch.letters.store.letters import Stored
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named
from dispatch.people.identity import identities
from dispatch.register import register
from dispatch.register.store import authorities, figures


@dataclass(frozen=True, slots=True)
class Coverage(Proposal):
    """What an approval covers: every letter as it is stored, its recipients, and the dates."""

    letters: int
    recipients: int
    terms: Terms
    """All of it, in one digest. A person approves this, and the letters are held to it later."""
    tree: LetterTree = field(repr=False)
    """By which each letter can be proven to be one of these."""
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

    It takes seconds for thousands of letters: a transaction that writes takes what one that read
    has found (`look`). Letters are read some at a time, and few words of each are kept.
    """
    session.flush()
    plan, changes, recipients = mailout.plan, list[str](), 0
    counting = Counting(plan)

    def leaves() -> Iterator[Leaf]:
        nonlocal recipients
        for page in drafted_pages(session, mailout):
            altered = on_record.not_as_made(session, page.found)
            changes.extend(_changes(session, page, altered, template_digest))
            counting.add(page.drafting.drafts, page.register.figures, page.before)
            for letter in page.found:
                recipients += len(letter.recipients)
                yield letter.leaf

    tree = LetterTree.of(leaves())
    return Coverage(
        letters=len(tree.places),
        recipients=recipients,
        terms=tree.terms(plan, sender=sender(session)),
        tree=tree,
        changes=tuple(changes),
        numbers=counting.numbers,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Some authorities, with the letters about them that are due, and those that are stored."""

    register: Register
    drafting: Drafting
    found: Sequence[Stored]
    before: Mapping[str, Figures]
    """Their figures of the last year before that has any."""
    follows: str
    """The code of the last authority on the page before; empty on the first."""
    last: str | None
    """The same of this one; None if no page follows."""


def drafted_pages(
    session: Session, mailout: Mailout, averages: Averages | None = None, *, after: str = ""
) -> Iterator[Page]:
    """Yield the letters of a mailout, as they are due and as they are stored, some at a time.

    All of them, or from the authority that follows the code `after`. The averages of the whole
    register are worked out first, unless they are known.
    """
    plan = mailout.plan
    averages = averages or averages_of(plan, register.pages(session, plan))
    several = letters.to_successors(session, mailout)
    year, end = figures.year_before(session, plan.year), authorities.last_code(session)
    for page in register.pages(session, plan, after=after):
        own = [each.code for each in page.own]
        codes = [*own, *(code for each in own for code in several.get(each, ()))]
        yield Page(
            register=page,
            drafting=draw_up(plan, page, averages),
            found=letters.stored(session, mailout, codes),
            before=register.figures_of(session, plan, year, own) if year else {},
            follows=after,
            last=None if own[-1] == end else own[-1],
        )
        after = own[-1]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a transaction that only read has found of a mailout."""

    covered: Coverage
    template_digest: str
    stamp: Stamp

    def holds(self, session: Session, mailout: Mailout, template_digest: str) -> bool:
        """Whether nothing has changed since."""
        is_same = self.template_digest == template_digest
        return is_same and self.stamp == inputs.stamp(session, mailout)


def look(session: Session, mailout: Mailout, template_digest: str) -> Looked:
    """Work out what an approval would cover, for a transaction that writes afterwards."""
    stamp = inputs.stamp(session, mailout)  # first: see there
    return Looked(coverage(session, mailout, template_digest), template_digest, stamp)


def covered_by(
    session: Session, mailout: Mailout, template_digest: str, looked: Looked | None
) -> Coverage:
    """Return what was found if that still holds; otherwise look again, which takes long."""
    if looked and looked.holds(session, mailout, template_digest):
        return looked.covered
    return coverage(session, mailout, template_digest)


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
    session: Session, page: Page, altered: Collection[UUID], template_digest: str
) -> Iterator[str]:
    """Yield why letters are not what would be rendered now, a line for each reason."""
    for letter in page.found:
        if why := NOT_MADE if letter.id in altered else _flaw(letter):
            yield f"{letter.authority_code}: {why}"
    for finding in page.drafting.obstacles:
        yield f"{finding.authority}: {finding.message}"
    made = {letter.authority_code: letter.fingerprint for letter in page.found}
    ids = {letter.authority_code: letter.id for letter in page.found}

    def made_from(codes: Collection[str]) -> Mapping[str, Draft]:
        return letters.drafts(session, (ids[code] for code in codes))

    yield from changes(made, page.drafting.drafts, template_digest, made_from)


NOT_MADE: Final = "its stored letter is not the one that was made"


def _flaw(letter: Stored) -> str | None:
    """Return why a letter could not leave as it is stored, or None."""
    if letter.state is not LetterState.RENDERED:
        return letter.error or "its letter is not made yet"
    if not letter.is_as_digested:
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
        looked = look(session, mailout, templates.digest(mailout.plan.template))
        covered = looked.covered
        if agreed is not None:
            covered.check(agreed)
        pdfs = accessibility.pdfs_of(session, mailout)
    results = progress(accessibility.failures(sessions, pdfs, lambda: word.at), covered.letters)
    if failures := tuple(sorted(failure for result in results for failure in result)):
        return Approval(None, failures=failures)
    with sessions.begin() as session:
        mailout = mailout_named(session, name, is_locked=True)
        done = approve(session, mailout, templates, covered.digest, word, looked)
    with sessions.read() as session:
        found = tuple(map(str, repeats.find(session, mailout_named(session, name))))
    return replace(done, repeats=found if done.digest else ())


def approve(
    session: Session,
    mailout: Mailout,
    templates: Templates,
    agreed: str,
    word: Word,
    looked: Looked | None = None,
) -> Approval:
    """Approve a rendered mailout, which must be locked, by the digest that a person agreed to.

    If the data that a letter is made from has changed, nothing is approved and the mailout goes
    back to draft. What was `looked` at before need not be again. The first letters get their
    proofs at once; the others by `prove`. Raises `ChangedMeanwhile` if the letters were made
    again since they were shown, and otherwise as `refuse`.
    """
    refuse(session, mailout, word.person)
    covered = covered_by(session, mailout, templates.digest(mailout.plan.template), looked)
    if covered.changes:
        why = f"approval was asked for, but since rendering: {covered.changes[0]}"
        reopen(session, mailout, why, word)
        return Approval(None, covered.changes)
    covered.check(agreed)
    mailout.move_to(MailoutState.APPROVED)
    mailout.approved_by, mailout.approved_at = word.person, word.at
    mailout.approved_digest = covered.digest
    mailout.remark = None
    in_both = hands.in_rendering(session, mailout.name, letters.askers(session, mailout), word)
    looked_at = seen.to_look_at(session, mailout, covered.digest, word.person).detail
    detail = {**covered.terms.details, **looked_at, **hands.detail(in_both)}
    event = events.MAILOUT_APPROVED.by(word, mailout.name, **detail)
    journal.append(session, event)
    mailout.come_to("")
    _prove_some(session, mailout, covered.tree)
    return Approval(covered.digest, took_part_in_both=in_both)


PROVEN_IN: Final = (MailoutState.APPROVED, MailoutState.SCHEDULED)
"""Where a mailout may be while its letters are given their proofs."""


def prove(sessions: Sessions, name: str, clock: Callable[[], datetime]) -> None:
    """Give the other letters of a mailout that is approved their proofs, some at a time.

    Until all letters have one, none leaves. The tree over the letters is made again; if its root is
    not the one approved, they have changed, and the mailout goes back to draft.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        digest = mailout.approved_digest
        tree = LetterTree.of(each.leaf for each in letters.all_stored(session, mailout))
    is_over = False
    while not is_over:
        with sessions.begin() as session:
            mailout = mailout_named(session, name, is_locked=True)
            is_same = mailout.state in PROVEN_IN and mailout.approved_digest == digest
            if not is_same or mailout.under_way is None:
                return
            terms = on_record.approval_of(session, mailout).terms
            if terms is None or terms.root != tree.tree.root.hex():
                why = "a stored letter differs from the one approved"
                reopen(session, mailout, why, clock_at(clock()))
                return
            _prove_some(session, mailout, tree, until=clock() + LEASE)
            is_over = mailout.under_way is None


def _prove_some(
    session: Session, mailout: Mailout, tree: LetterTree, *, until: datetime | None = None
) -> None:
    after = mailout.under_way or ""
    found = letters.stored_after(session, mailout, after, limit=letters.PAGE)
    proofs = {each.id: proof for each in found if (proof := tree.proof(each.leaf))}
    approved.keep_proofs(session, proofs)
    is_last = len(found) < letters.PAGE
    mailout.come_to(None if is_last else found[-1].authority_code, until=until)


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
