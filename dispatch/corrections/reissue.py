"""Reissue a letter: propose a new version with corrected content, or in another name.

`prepare` drafts and renders the new versions, so that a person sees what would change; `reissue`
stores exactly those as proposed. They are sent once a second person has approved them (see
`approve_version`). Until then the version before stays in force, and it stays on record afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from dispatch.corrections import resend
from dispatch.corrections.resend import ResendProposal
from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain.errors import CannotRender, ChangedMeanwhile, RuleBroken
from dispatch.domain.letter import Content, Draft, LetterState, Made
from dispatch.domain.letters.drafting import Drafting, draw_up
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.letters.versions import figure_changes, is_reissued, readdressed, reissued
from dispatch.domain.proof.ledger import Event
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.authority import Contact
from dispatch.domain.register.codes import authorities_of, authority_of
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.word import Word
from dispatch.ledger import events, journal
from dispatch.letters import on_record, render
from dispatch.letters.store import documents, letters, versions
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.sending.store import deliveries


@dataclass(frozen=True, slots=True)
class Redraft:
    """A letter drafted again, and the version in force that it would replace."""

    replaces_id: UUID
    code: str
    """The authority's."""
    number: int
    """Counts every version, also those that only name another addressee."""
    draft: Draft
    text: str
    """The plain text of the version in force."""
    attached: Mapping[str, bytes]
    """The bytes of its spreadsheets, by SHA-256."""


@dataclass(frozen=True, slots=True)
class OtherLetter:
    """Another letter that would now come out differently, and which figures changed."""

    code: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Others:
    """Some of the letters in force that would now come out differently."""

    found: tuple[OtherLetter, ...]
    end: str
    """The code of the last letter that was looked at; empty if no other follows."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A new version as it would be stored: drafted and rendered."""

    redraft: Redraft
    fingerprint: str
    """Of the draft and the template."""
    made: Made


@dataclass(frozen=True, slots=True, kw_only=True)
class ReissueProposal(Proposal):
    """New versions of letters of a mailout. Nothing has been written."""

    mailout: str
    versions: tuple[NewVersion, ...]

    @property
    def effect(self) -> object:
        """Which letter each version replaces, and every byte of it."""
        return [
            (str(each.redraft.replaces_id), each.fingerprint, each.made.subject, each.made.digests)
            for each in self.versions
        ]


def prepare(
    sessions: Sessions, templates: Templates, name: str, codes: Iterable[str]
) -> ReissueProposal:
    """Propose new versions of the letters of some authorities: see `correct`.

    They are rendered before anyone is asked, since it must be seen what changes. Raises
    `CannotRender` that names every letter that cannot be made.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        template = mailout.plan.template
        redrafts = correct(session, templates, mailout, codes)
    return ReissueProposal(mailout=name, versions=rendered(templates, template, redrafts))


def prepare_readdressed(
    sessions: Sessions, templates: Templates, name: str, request: ResendRequest, *, now: datetime
) -> tuple[ResendProposal, ReissueProposal]:
    """Propose versions in the names of the current contacts, of the letters a request is about.

    Returns which letters these are and why the others stay, as for a resend, and the versions.
    Only letters to the first To role are meant, since that is the one they address. Raises as
    `resend.propose`, `readdress` and `prepare`.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        template = mailout.plan.template
        first = replace(request, role=mailout.plan.to_roles[0], is_again=True)
        which = resend.propose(session, mailout, first, now=now)
        addressees = [(each.chain.last.letter_id, each.recipient) for each in which.going]
        redrafts = readdress(session, mailout, addressees)
    made = rendered(templates, template, redrafts)
    return which, ReissueProposal(mailout=name, versions=made)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whose letters somebody asks to have reissued, and whether only in another name."""

    codes: tuple[str, ...]
    is_readdressed: bool = False


def look(
    means: tuple[Sessions, Templates], name: str, asked: Asked, *, now: datetime
) -> ReissueProposal:
    """Propose new versions, with other content or in another name: see the two functions above.

    Raises as these, and `RuleBroken` with the reason if no letter can be put in another name.
    """
    if not asked.is_readdressed:
        return prepare(*means, name, asked.codes)
    request = ResendRequest(choice=Choice.NAMED, codes=asked.codes)
    which, proposal = prepare_readdressed(*means, name, request, now=now)
    if not proposal.versions:
        obstacles = [each.obstacle for each in which.staying]
        why = obstacles[0].why if obstacles else "no letter was sent to anybody there"
        remedy = obstacles[0].remedy if obstacles else None
        raise RuleBroken(f"no letter can be put in another name: {why}", remedy=remedy)
    return proposal


def correct(
    session: Session, templates: Templates, mailout: Mailout, codes: Iterable[str]
) -> tuple[Redraft, ...]:
    """Draft the letters of some authorities again.

    Raises `RuleBroken` before the release, once the mailout has ended, for a letter that would be
    the same, and for one that can no longer be drafted; `NotFound`.
    """
    mailout.refuse_unless_released()
    deliveries.refuse_purged(session, mailout)
    found = letters.named_in_force(session, mailout, list(codes))
    drafting = _drafted(session, mailout, found)
    drafts = {draft.content.code: draft for draft in drafting.drafts}
    obstacles = {each.authority: each.message for each in drafting.obstacles}
    for code in (each.authority_code for each in found if each.authority_code not in drafts):
        why = obstacles.get(authority_of(code), "is no longer due a letter")
        raise RuleBroken(f"{code} {why}: its letter cannot be made again")
    return _corrected(session, templates, found, drafts)


def _drafted(session: Session, mailout: Mailout, some: Iterable[Letter]) -> Drafting:
    """Draft letters as they would be now, and with them others about the same authorities."""
    about = authorities_of(each.authority_code for each in some)
    known = register.for_some(session, mailout.plan, about)
    return draw_up(mailout.plan, known, register.averages(session, mailout))


def _corrected(
    session: Session, templates: Templates, found: Iterable[Letter], drafts: Mapping[str, Draft]
) -> tuple[Redraft, ...]:
    """Return letters as they would be now; raise `RuleBroken` for one that would be the same."""
    old = {each.id: each for each in found}
    now = {id_: reissued(each.draft, drafts[each.authority_code]) for id_, each in old.items()}
    new = _redrafts(session, [(old[id_], draft) for id_, draft in now.items() if draft])
    changed = {
        each.replaces_id: each
        for each in new
        if not _says_the_same(templates, old[each.replaces_id].draft, each)
    }
    for same in (each for id_, each in old.items() if id_ not in changed):
        raise RuleBroken(
            f"the letter of {same.authority_code} would be the same: bring in what is right first",
            remedy=Remedy(kind=RemedyKind.IMPORT_FIGURES),
        )
    return tuple(changed.values())


def _says_the_same(templates: Templates, old: Draft, redraft: Redraft) -> bool:
    """Whether nothing would be new in a letter but the number of its version."""
    now = redraft.draft
    if now.attachments != old.attachments:
        return False
    as_before = replace(now.content, version=old.content.version)
    try:
        return templates.text(as_before, attachments=len(now.attachments)) == redraft.text
    except CannotRender:
        return False  # `rendered` says why, and of which letters


def others(
    session: Session,
    templates: Templates,
    mailout: Mailout,
    asked: Collection[str],
    after: str | None = None,
    made_again: int | None = None,
) -> Others:
    """Return which letters in force would say something else to their addressee, but those asked.

    A letter changes if its text does: texts are compared, and not what they are made from. To make
    one takes a while, so this looks at a few at a time, those that follow one by its code, and
    makes `made_again` texts at most: as many as a page waits for, if it is left out. Raises
    `RuleBroken` as `correct`.
    """
    mailout.refuse_unless_released()
    most, named = made_again or MADE_AGAIN, frozenset(asked)
    some = letters.in_force_after(session, mailout, after, limit=COMPARED + 1)
    rest = [each for each in some[:COMPARED] if not _is_named(named, each.authority_code)]
    digest = templates.digest(mailout.plan.template)
    differing = _differing(session, digest, mailout, rest)
    looked_at = differing[:most]
    texts = documents.load(session, [each.parts["text"] for each, _ in looked_at])
    make = partial(templates.text, digest=digest)
    found = (
        OtherLetter(each.authority_code, what)
        for each, now in looked_at
        if (what := _changes(make, each, texts[each.parts["text"]].decode(), now))
    )
    end = _end([each for each, _ in differing], most) or _end(some, COMPARED)
    return Others(tuple(found), end)


def _is_named(named: Collection[str], code: str) -> bool:
    """Whether somebody who names these means that letter: SRY means SRY/ESU and SRY/WSU."""
    return code in named or authority_of(code) in named


def _end(some: Sequence[Letter], most: int) -> str:
    """Return the code of the last letter of a page of this size; empty if there are no more."""
    return some[most - 1].authority_code if len(some) > most else ""


def _differing(
    session: Session, template_digest: str, mailout: Mailout, some: Sequence[Letter]
) -> list[tuple[Letter, Content]]:
    """Return the letters that are made from something else now, each with its content now."""
    drafts = {each.content.code: each for each in _drafted(session, mailout, some).drafts}
    return [
        (each, now)
        for each in some
        if each.authority_code in drafts
        for now in [_to_the_same(each.draft, drafts[each.authority_code])]
        if now != each.draft.content or each.draft.fingerprint(template_digest) != each.fingerprint
    ]


COMPARED: Final = 100
"""Letters that are compared at once with what is known now."""

MADE_AGAIN: Final = 20
"""Texts that are made again at once, of those that differ."""


def every_other(
    sessions: Sessions, templates: Templates, name: str, asked: Collection[str]
) -> Iterator[OtherLetter]:
    """Yield all letters that `others` finds; many say the same, which is in memory once."""
    after: str | None = None
    said: dict[tuple[str, ...], tuple[str, ...]] = {}
    while after != "":
        with sessions.read() as session:
            mailout = mailout_named(session, name)
            some = others(session, templates, mailout, asked, after, COMPARED)
        yield from (
            replace(each, what=said.setdefault(each.what, each.what)) for each in some.found
        )
        after = some.end


def _to_the_same(old: Draft, now: Draft) -> Content:
    """Return what a letter would say now, in its version and to the addressee that it has."""
    return replace(now.content, version=old.content.version, addressee=old.content.addressee)


def _changes(make: Callable[..., str], letter: Letter, text: str, now: Content) -> tuple[str, ...]:
    """Return in words what would change in a letter's text; nothing if the text is the same."""
    try:
        if make(now, attachments=len(letter.draft.attachments)) == text:
            return ()
    except CannotRender as error:
        return (f"it cannot be made again: {error}",)
    return figure_changes(letter.draft.content, now) or ("its wording",)


def readdress(
    session: Session, mailout: Mailout, addressees: Iterable[tuple[UUID, Contact]]
) -> list[Redraft]:
    """Draft letters, by id, with other addressees and otherwise unchanged.

    Raises `RuleBroken` as `correct`, and for an addressee whom the letter names already or whose
    name is not known.
    """
    mailout.refuse_unless_released()
    deliveries.refuse_purged(session, mailout)
    asked = list(addressees)
    found = letters.by_id(session, [letter_id for letter_id, _ in asked])
    pairs = [(found[letter_id], contact) for letter_id, contact in asked]
    return list(_redrafts(session, [(letter, _readdressed(letter, to)) for letter, to in pairs]))


def _readdressed(letter: Letter, contact: Contact) -> Draft:
    draft = readdressed(letter.draft, contact)
    if draft is None:
        raise RuleBroken(
            f"the letter of {letter.authority_code} is in the name of its {contact.role} already: "
            f"send it again as it is",
            remedy=Remedy(
                kind=RemedyKind.RESEND,
                mailout=letter.draft.content.mailout,
                authority=letter.authority_code,
            ),
        )
    if not contact.surname:
        raise RuleBroken(
            f"nobody is known by name as {contact.role} of {contact.authority}: enter the name",
            remedy=Remedy(kind=RemedyKind.CONTACTS_SET, authority=contact.authority),
        )
    return draft


def _redrafts(session: Session, pairs: Sequence[tuple[Letter, Draft]]) -> Iterator[Redraft]:
    """Yield letters drafted again, each with its text and its spreadsheets as they are stored."""
    texts = [letter.parts["text"] for letter, _ in pairs]
    sheets = [each.sha256 for _, draft in pairs for each in draft.attachments]
    stored = documents.load(session, [*texts, *sheets]) if pairs else {}
    for letter, draft in pairs:
        yield Redraft(
            replaces_id=letter.id,
            code=letter.authority_code,
            number=letter.version + 1,
            draft=draft,
            text=stored[letter.parts["text"]].decode(),
            attached={each.sha256: stored[each.sha256] for each in draft.attachments},
        )


def rendered(
    templates: Templates, template: str, redrafts: Iterable[Redraft]
) -> tuple[NewVersion, ...]:
    """Render letters that were drafted again; no transaction is open meanwhile.

    Raises `CannotRender` that names each one that cannot be made.
    """
    template_digest = templates.digest(template)
    made, failed = [], []
    for each in redrafts:
        job = render.Job(each.replaces_id, 0, each.draft, template_digest, each.attached)
        forms = render.render(templates, job)
        if isinstance(forms, CannotRender):
            failed.append(f"{each.code}: {forms}")
        else:
            made.append(NewVersion(each, each.draft.fingerprint(template_digest), forms))
    if failed:
        lines = "\n  ".join(failed)
        raise CannotRender(f"nothing is done, since these cannot be made:\n  {lines}")
    return tuple(made)


def reissue(session: Session, proposal: ReissueProposal, word: Word) -> list[Letter]:
    """Store new versions as proposed, for a second person to approve; return them.

    A version that already waited for approval becomes void. Raises `ChangedMeanwhile` if a letter
    has been replaced since, and `RuleBroken` without a reason or once the mailout has ended.
    """
    word.needed_reason()
    # The lock makes proposing and approving take turns, so that the letter in force is the one
    # that this version was compared with.
    mailout = mailout_named(session, proposal.mailout, is_locked=True)
    mailout.refuse_unless_released()
    on_record.refuse_altered(session, mailout)
    _void(session, mailout, [each.redraft.code for each in proposal.versions], word)
    documents.keep_forms(session, (each.made for each in proposal.versions))
    _refuse_replaced(session, mailout, proposal.versions)
    rows = [_row(mailout, each, word) for each in proposal.versions]
    session.add_all(rows)
    session.flush()
    journal.append_all(session, (_proposed(session, row, word) for row in rows))
    return rows


def carry_out(
    means: tuple[Sessions, Templates], name: str, asked: Asked, agreed: str, word: Word
) -> list[str]:
    """Store what a page showed, by its digest, for a second person to approve; return the codes.

    Owns its transactions. Raises `ChangedMeanwhile` if they would be others now, and as `look` and
    `reissue`.
    """
    word.needed_reason()
    proposal = look(means, name, asked, now=word.at)
    proposal.check(agreed)
    with means[0].begin() as session:
        return [each.authority_code for each in reissue(session, proposal, word)]


def _refuse_replaced(session: Session, mailout: Mailout, made: Iterable[NewVersion]) -> None:
    """Raise `ChangedMeanwhile` unless each version replaces the letter that is in force."""
    replaced = {each.redraft.code: each.redraft.replaces_id for each in made}
    if letters.ids_in_force(session, mailout, replaced) != replaced:
        raise ChangedMeanwhile


def _row(mailout: Mailout, version: NewVersion, word: Word) -> Letter:
    redraft = version.redraft
    row = Letter(
        mailout_id=mailout.id,
        authority_code=redraft.code,
        version=redraft.number,
        replaces_id=redraft.replaces_id,
        state=LetterState.PROPOSED,
        draft=redraft.draft,
        fingerprint=version.fingerprint,
        asked_by=word.person,
        because=word.because,
        rendered_at=word.at,
    )
    documents.freeze(row, version.made, redraft.draft.attachments)
    return row


def _proposed(session: Session, row: Letter, word: Word) -> Event:
    old = session.get_one(Letter, row.replaces_id)
    detail = {
        "authority": row.authority_code,
        "version": str(row.version),
        "what": "reissued" if is_reissued(old.draft, row.draft) else "readdressed",
        "replaces": str(row.replaces_id),
        "digest": row.digest or "",
        "because": word.because,
    }
    return events.LETTER_PROPOSED.by(word, row.id, **detail)


def withdraw(session: Session, name: str, codes: Iterable[str], word: Word) -> list[str]:
    """Withdraw new versions of a mailout that wait for approval; return whose they were.

    Raises `RuleBroken` if none waits, or without a reason.
    """
    word.needed_reason()
    mailout = mailout_named(session, name, is_locked=True)
    named = letters.named_in_force(session, mailout, list(codes))
    gone = _void(session, mailout, [each.authority_code for each in named], word)
    if not gone:
        raise RuleBroken(f"no new version of a letter of {name} waits for approval")
    return gone


def _void(session: Session, mailout: Mailout, codes: Sequence[str], word: Word) -> list[str]:
    rows = versions.proposed(session, mailout, codes) if codes else ()
    for row in rows:
        row.move_to(LetterState.VOID)
    session.flush()
    kind = events.LETTER_WITHDRAWN
    journal.append_all(session, (kind.by(word, row.id, because=word.because) for row in rows))
    return [row.authority_code for row in rows]
