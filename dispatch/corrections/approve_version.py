"""Approve a new version: a second person lets it go out in place of the version before.

`prepare` gathers the versions that wait, works out who would get each, and checks their PDFs;
`approve` queues exactly what was then shown. A version goes to the recipients that it names and,
where the content was wrong, also to everybody else who had an earlier version. Deliveries of an
earlier version that are still waiting are cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dispatch.corrections import reissue
from dispatch.database import Session, Sessions
from dispatch.database.tables import Delivery, Letter, Mailout
from dispatch.documents import Templates
from dispatch.documents.check import CHECKER, conformance
from dispatch.domain.address import domain_of, folded
from dispatch.domain.delivery import HELD_OR_IN_DOUBT, MAYBE_REACHED, DeliveryState
from dispatch.domain.errors import NeedsAnother, NotApproved, RuleBroken, UnderWay
from dispatch.domain.letter import Draft, LetterState, Recipient, is_pdf, letter_digest
from dispatch.domain.letters import resending
from dispatch.domain.letters.approval import Covered, Proof, Terms
from dispatch.domain.letters.drafting import Averages, Register, draw_up
from dispatch.domain.letters.versions import difference, is_reissued, readdressed, reissued
from dispatch.domain.mailout import Plan
from dispatch.domain.people.identities import Identities
from dispatch.domain.person import same
from dispatch.domain.proof.ledger import Event
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.codes import authorities_of, named
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import counted
from dispatch.ledger import events, journal
from dispatch.letters import hands, on_record
from dispatch.letters.approval import Progress, covering, sender
from dispatch.letters.store import checks, documents, versions
from dispatch.letters.store.documents import not_approved
from dispatch.letters.store.letters import Addressed
from dispatch.mailouts.changes import release_again
from dispatch.mailouts.store import mailout_named
from dispatch.people.identity import identities
from dispatch.register import register
from dispatch.register.register import Averaged
from dispatch.register.store import authorities, suppressions
from dispatch.sending.store import deliveries, exchangers
from dispatch.tracking.store import chains
from dispatch.tracking.store.chains import Chain


@dataclass(frozen=True, slots=True)
class PendingVersion:
    """A new version that waits for approval, what it changes, and who would get it."""

    letter: Letter
    replaced: Sequence[Letter]
    """The versions before it, the last first."""
    recipients: tuple[Recipient, ...]
    """Those whom it names come last."""
    difference: tuple[str, ...]
    """The lines of text that changed."""
    chains: Sequence[Chain] = field(repr=False)
    """Where the versions before it went."""
    known: Sequence[str]
    """What is wrong with its PDFs, as far as these were checked before."""
    unknown: Sequence[bytes | None] = field(repr=False)
    """The PDFs that were not; None for one that is missing or altered."""

    @property
    def is_reissued(self) -> bool:
        """Whether its content differs, and not only its addressee."""
        return is_reissued(self.replaced[0].draft, self.letter.draft)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsProposal(Proposal):
    """New versions of letters of a mailout that would go out once approved."""

    mailout: str
    plan: Plan
    sender: str
    """Who the versions are from, as their approval has it."""
    codes: tuple[str, ...]
    """The authorities that were asked for; empty for all."""
    versions: tuple[PendingVersion, ...]
    failures: tuple[str, ...] = ()
    """What makes a PDF inaccessible, by letter; until it is empty, nothing is approved."""
    averaged: Averaged | None = field(default=None, repr=False)
    """The averages of all letters, worked out where no writer waits for it."""

    @property
    def digest(self) -> str:
        """The digest over the versions and their recipients, which the ledger records."""
        return self.covered.terms.digest

    @property
    def covered(self) -> Covered:
        """What is approved, with the proof of each version."""
        found = [(each.letter, each.recipients) for each in self.versions]
        return covering(self.plan, found, sender=self.sender)


def prepare(
    sessions: Sessions, name: str, codes: Iterable[str], word: Word, progress: Progress
) -> VersionsProposal:
    """Propose to approve the new versions that wait, with every PDF checked against PDF/UA-1.

    Raises as `propose`, and `RuleBroken` for a person who proposed any of them: two people must
    look at each.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        averaged = register.averaged(session, mailout)
        proposal = checked(session, propose(session, mailout, codes), word, progress)
        return replace(proposal, averaged=averaged)


def checked(
    session: Session, proposal: VersionsProposal, word: Word, progress: Progress
) -> VersionsProposal:
    """Return what was proposed, with every PDF checked, unless the person proposed any of it."""
    _refuse_proposers(session, proposal, word)
    results = progress(map(_failures, proposal.versions), len(proposal.versions))
    failures = tuple(failure for result in results for failure in result)
    return replace(proposal, failures=failures)


def _failures(version: PendingVersion) -> Sequence[str]:
    code, broken = version.letter.authority_code, list(version.known)
    for pdf in version.unknown:
        if pdf is None:
            raise NotApproved(not_approved(code))
        broken += conformance(pdf)
    return [f"{code}: {failure}" for failure in broken]


def propose(session: Session, mailout: Mailout, codes: Iterable[str] = ()) -> VersionsProposal:
    """Gather the versions that wait for approval, of these authorities or of all.

    Raises `RuleBroken` if none waits, and `NotFound`.
    """
    found = waiting(session, mailout, codes)
    if found is None:
        raise RuleBroken(f"nothing of {mailout.name} waits for approval: its letters have gone")
    return found


def waiting(
    session: Session, mailout: Mailout, codes: Iterable[str] = ()
) -> VersionsProposal | None:
    """Return the same; None if none waits."""
    asked_for = tuple(codes)
    found = pending(session, mailout, asked_for)
    if not found:
        return None
    return VersionsProposal(
        mailout=mailout.name,
        plan=mailout.plan,
        sender=sender(session),
        codes=asked_for,
        versions=found,
    )


def pending(
    session: Session, mailout: Mailout, codes: Iterable[str] = ()
) -> tuple[PendingVersion, ...]:
    """Return the versions that wait for approval; raise `RuleBroken` for an authority without."""
    found = versions.proposed_and_before(session, mailout)
    if wanted := {authorities.letter_code(session, code) for code in codes}:
        meant, lacking = named(wanted, {letter.authority_code for letter, _ in found})
        if lacking:
            which = ", ".join(sorted(lacking))
            raise RuleBroken(f"no new version of the letter of {which} waits for approval")
        found = [each for each in found if each[0].authority_code in meant]
    if not found:
        return ()
    sent: dict[str, list[Chain]] = {letter.authority_code: [] for letter, _ in found}
    for chain in chains.chains(session, mailout, sent.keys()):
        sent[chain.last.authority_code].append(chain)
    suppressed = suppressions.suppressed(session)
    stored = _Stored.of(session, found)
    return tuple(
        _pending(letter, replaced, sent[letter.authority_code], suppressed, stored)
        for letter, replaced in found
    )


@dataclass(frozen=True, slots=True)
class _Stored:
    """What is stored of versions and those before them, read by two statements."""

    known: Mapping[str, Sequence[str]]
    """What is wrong with each PDF that was checked before, by SHA-256."""
    documents: Mapping[str, bytes]
    """The texts, and the PDFs that were not."""

    @classmethod
    def of(cls, session: Session, found: Iterable[tuple[Letter, Sequence[Letter]]]) -> _Stored:
        texts = {each.parts["text"] for new, old in found for each in (new, old[0])}
        pdfs = {pdf for new, _ in found for pdf in _pdfs(new)}
        known = checks.known(session, pdfs, CHECKER)
        return cls(known, documents.found(session, texts | (pdfs - known.keys())))

    def text(self, letter: Letter) -> str:
        """Return the text of a letter. Raises `NotApproved` if it is missing or altered."""
        found = self.documents.get(letter.parts["text"])
        if found is None:
            raise NotApproved(not_approved(letter.authority_code))
        return found.decode()


def _pdfs(letter: Letter) -> list[str]:
    return [sha256 for form, sha256 in letter.parts.items() if is_pdf(form)]


def _pending(
    letter: Letter,
    replaced: Sequence[Letter],
    own: Sequence[Chain],
    suppressed: frozenset[str],
    stored: _Stored,
) -> PendingVersion:
    recipients = letter.draft.recipients
    if is_reissued(replaced[0].draft, letter.draft):
        recipients = (*_others(own, recipients, suppressed), *recipients)
    pdfs = _pdfs(letter)
    return PendingVersion(
        letter,
        replaced,
        recipients,
        difference(stored.text(replaced[0]), stored.text(letter)),
        own,
        known=[failure for pdf in pdfs for failure in stored.known.get(pdf, ())],
        unknown=[stored.documents.get(pdf) for pdf in pdfs if pdf not in stored.known],
    )


def _others(
    sent: Iterable[Chain], recipients: Iterable[Recipient], suppressed: frozenset[str]
) -> Iterator[Recipient]:
    """Yield everybody who had an earlier version and is not a recipient, each mailbox once."""
    known = {folded(each.address) for each in recipients} | suppressed
    for each in (delivery for chain in sent for delivery in chain.deliveries):
        if each.state in MAYBE_REACHED and each.address_key not in known:
            known.add(each.address_key)
            yield Recipient(kind=each.kind, role=each.role, address=each.address, name=each.name)


def _refuse_proposers(session: Session, proposal: VersionsProposal, word: Word) -> None:
    people = identities(session)
    # By the events as well: the rows may have been changed.
    proposers = on_record.proposers(session, [each.letter for each in proposal.versions])
    for each in proposal.versions:
        _refuse_proposer(each.letter, proposers[each.letter.id], people, word)


def _refuse_proposer(letter: Letter, proposer: str, people: Identities, word: Word) -> None:
    askers = (letter.asked_by, proposer)
    if asked := next((each for each in askers if people.same(word.person, each)), None):
        is_alike = same(word.person, asked)
        who = word.person if is_alike else f"{people.reading(word.person, asked)}, and {asked}"
        raise NeedsAnother(
            f"{who} proposed the new letter of {letter.authority_code}, so somebody else "
            f"must approve it",
            remedy=Remedy(kind=RemedyKind.APPROVE, mailout=letter.draft.content.mailout),
        )


def approve(
    session: Session, proposal: VersionsProposal, templates: Templates, word: Word
) -> list[Delivery]:
    """Approve what was prepared and shown, and queue it at once; return the new deliveries.

    Raises `ChangedMeanwhile` if something else waits now; `RuleBroken` as `refuse_inaccessible`,
    for the person who proposed any of it, and while it is not known whether the version before
    has gone; `NotApproved` if a contact, a figure, a template or stored bytes have changed since
    it was proposed.
    """
    refuse_inaccessible(proposal)
    # The lock makes approvals take turns with each other, and with proposals and withdrawals.
    mailout = mailout_named(session, proposal.mailout, is_locked=True)
    mailout.refuse_unless_released()
    on_record.refuse_altered(session, mailout)
    now = propose(session, mailout, proposal.codes)
    now.check(proposal.digest)
    averages = register.averaged(session, mailout, proposal.averaged).found
    _refuse_stale(session, now, averages, templates, word)
    # First stop what waits of the versions before: a worker that has taken a letter of them in
    # the meantime then shows as held, and is refused here.
    for old in (old for each in now.versions for old in each.replaced):
        deliveries.cancel_letter(session, old.id, word)
    _refuse_unsure(session, now.versions)
    _approve_each(session, now, word)
    rows = [row for each in now.versions for row in _rows(session, mailout, each, word.at)]
    deliveries.add(session, rows, word)
    exchangers.note(session, {domain_of(row.address) for row in rows})
    what = f"{counted(len(now.versions), 'letter is', 'letters are')} replaced"
    because = "; ".join(dict.fromkeys(each.letter.because or "" for each in now.versions))
    release_again(session, mailout, what, because, word)
    return rows


def carry_out(
    means: tuple[Sessions, Templates], name: str, agreed: str, word: Word
) -> list[Delivery]:
    """Approve the versions that a page showed, by digest, and queue them; return the deliveries.

    Owns its transactions. Raises `ChangedMeanwhile` if others wait now, and as `prepare` and
    `approve`.
    """
    sessions, templates = means
    proposal = prepare(sessions, name, (), word, lambda results, _: results)
    proposal.check(agreed)
    with sessions.begin() as session:
        return approve(session, proposal, templates, word)


def send_back(session: Session, name: str, agreed: str, word: Word) -> list[str]:
    """Withdraw the versions that a page showed, by digest, with a reason; return whose they were.

    Raises `ChangedMeanwhile` if others wait now, and `RuleBroken` without a reason.
    """
    mailout = mailout_named(session, name, is_locked=True)
    proposal = propose(session, mailout)
    proposal.check(agreed)
    return reissue.withdraw(
        session, name, [each.letter.authority_code for each in proposal.versions], word
    )


def refuse_inaccessible(proposal: VersionsProposal) -> None:
    """Raise `RuleBroken` with what makes any PDF inaccessible."""
    if proposal.failures:
        lines = "\n  ".join(proposal.failures)
        raise RuleBroken(f"these letters are not accessible as they are:\n  {lines}")


def _refuse_stale(
    session: Session,
    proposal: VersionsProposal,
    averages: Averages,
    templates: Templates,
    word: Word,
) -> None:
    """Refuse a version that would be drafted differently now, or whose stored bytes changed."""
    plan = proposal.plan
    template_digest = templates.digest(plan.template)
    known = register.for_some(session, plan, _about(proposal.versions))
    drafts = {draft.content.code: draft for draft in draw_up(plan, known, averages).drafts}
    altered = on_record.not_as_made(session, [each.letter for each in proposal.versions])
    _refuse_proposers(session, proposal, word)
    for each in proposal.versions:
        letter = each.letter
        draft = _as_of_now(plan, each, drafts, known)
        if draft is None or draft.fingerprint(template_digest) != letter.fingerprint:
            raise NotApproved(
                f"what the new letter of {letter.authority_code} was made from has changed since: "
                f"propose it again",
                remedy=Remedy(
                    kind=RemedyKind.REISSUE if each.is_reissued else RemedyKind.READDRESS,
                    mailout=plan.name,
                    authority=letter.authority_code,
                ),
            )
        made = letter_digest(letter.subject, letter.parts, letter.draft.attachments)
        if letter.digest != made or letter.id in altered:
            raise NotApproved(f"the stored letter of {letter.authority_code} is not the one made")
        documents.of(session, letter)


def _about(found: Iterable[PendingVersion]) -> frozenset[str]:
    """Return the codes of the authorities that some versions are about or go to."""
    contents = [each.replaced[0].draft.content for each in found]
    about = authorities_of(each.code for each in contents)
    return about.union(each.addressed_to.code for each in contents)


def _as_of_now(
    plan: Plan, version: PendingVersion, drafts: Mapping[str, Draft], known: Register
) -> Draft | None:
    """Return a new version as it would be proposed at this moment, or None."""
    old, code = version.replaced[0], version.letter.authority_code
    if version.is_reissued:
        return reissued(old.draft, drafts[code]) if code in drafts else None
    role, goes_to = plan.to_roles[0], old.draft.content.addressed_to.code
    contact = known.contacts.get((goes_to, role))
    return readdressed(old.draft, contact) if contact else None


def _refuse_unsure(session: Session, found: Iterable[PendingVersion]) -> None:
    """Refuse while an earlier version may be on its way: it could arrive after the new one."""
    old = {letter.id for each in found for letter in each.replaced}
    for delivery in deliveries.of_letters(session, old, *HELD_OR_IN_DOUBT):
        code, at = delivery.authority_code, delivery.address
        if delivery.state is DeliveryState.IN_DOUBT:
            raise RuleBroken(
                f"it is in doubt whether {at} has the letter of {code}: settle that first",
                remedy=Remedy(kind=RemedyKind.SETTLE, delivery_id=delivery.id),
            )
        raise UnderWay(f"the letter of {code} is just going to {at}: try in a minute")


def _approve_each(session: Session, proposal: VersionsProposal, word: Word) -> None:
    covered, found = proposal.covered, [each.letter for each in proposal.versions]
    in_both = hands.in_proposing(session, [each.id for each in found], word)
    journal.append_all(
        session,
        [
            _approved(letter, covered.terms, proof, in_both[letter.id], word)
            for letter, proof in zip(found, covered.proofs, strict=True)
        ],
    )


def _approved(letter: Letter, terms: Terms, proof: Proof, in_both: str | None, word: Word) -> Event:
    """Let a letter be approved, and return the event of that."""
    letter.move_to(LetterState.RENDERED)
    letter.approved_by, letter.approved_at = word.person, word.at
    letter.approved_digest = terms.digest
    letter.approval_recipients, letter.approval_index = proof.leaf.recipients, proof.index
    letter.approval_path = [each.hex() for each in proof.path]
    detail = {
        "authority": letter.authority_code,
        "version": str(letter.version),
        "letter": letter.digest or "",
        "because": letter.because or "",
        **hands.detail(in_both),
        **terms.details,
    }
    return events.LETTER_APPROVED.by(word, letter.id, **detail)


def _rows(
    session: Session, mailout: Mailout, version: PendingVersion, now: datetime
) -> Iterator[Delivery]:
    """Yield a delivery to each recipient, as the one that follows the last to its role.

    The recipients that the letter names come last, and so theirs is the delivery that counts.
    """
    last = {chain.last.role: chain.last.id for chain in version.chains}
    plan = mailout.plan
    life = deliveries.Lifetime(
        now,
        resending.not_after(plan, now),
        plan.is_auto_submitted,
        waits_for_first=mailout.first_since is not None,
    )
    letter = Addressed.of(version.letter)
    for recipient in version.recipients:
        row = deliveries.addressed(
            session,
            letter,
            recipient,
            life,
            replaces_id=last.get(recipient.role),
        )
        last[recipient.role] = row.id
        yield row
