"""Reissue: a letter that was sent is made anew, since it was wrong or in another's name.

What is made here is proposed: it leaves once a second person has approved it (`replace`). The
letter before it stays in force until then, and stays on record for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.authority import Contact
from dispatch.domain.drafting import draw_up
from dispatch.domain.errors import RuleBroken
from dispatch.domain.ledger import Event
from dispatch.domain.letter import Draft, LetterState, Made
from dispatch.domain.versions import is_reissued, readdressed, reissued, shifts
from dispatch.domain.word import named
from dispatch.ledger import journal
from dispatch.letters.store import documents, letters, versions
from dispatch.register.store import register
from dispatch.sending.store import deliveries


@dataclass(frozen=True, slots=True)
class Version:
    """A letter as it would be from now on, and the one that it takes the place of."""

    replaces_id: UUID
    code: str
    """The authority's."""
    number: int
    draft: Draft
    text: str
    """What the letter before it says, as plain text."""
    attached: Mapping[str, bytes]
    """The bytes of its spreadsheets, by SHA-256."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Another letter that is no longer what would be drawn up: whose, and what became what."""

    code: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """What a reissue comes to. Nothing is written."""

    versions: tuple[Version, ...]
    shifts: tuple[Shift, ...]


def correct(session: Session, mailout: Mailout, codes: Iterable[str]) -> Correction:
    """Draw up the letters of some authorities anew, and find which others would change as well.

    Raises `RuleBroken` before the release, once the mailout has ended, for a letter that would be
    the same, and for one that cannot be drawn up any more; `NotFound`.
    """
    mailout.refuse_unless_released()
    deliveries.refuse_purged(session, mailout)
    drafting = draw_up(mailout.plan, register.for_plan(session, mailout.plan))
    drafts = {draft.content.authority.code: draft for draft in drafting.drafts}
    obstacles = {each.authority: each.message for each in drafting.obstacles}
    wanted = {register.authority_code(session, code) for code in codes}
    found = []
    for code in sorted(wanted):
        letter = letters.letter_of(session, mailout, code)
        if code not in drafts:
            why = obstacles.get(code, "is not due a letter any more")
            raise RuleBroken(f"{code} {why}: its letter cannot be made anew")
        draft = reissued(letter.draft, drafts[code])
        if draft is None:
            raise RuleBroken(
                f"the letter of {code} would be the same: bring in what is right first, with "
                f"`dispatch import figures FILE`"
            )
        found.append(_version(session, letter, draft))
    others = (each for each in letters.in_force(session, mailout) if each.authority_code in drafts)
    moved = (
        Shift(each.authority_code, shifts(each.draft.content, drafts[each.authority_code].content))
        for each in others
        if each.authority_code not in wanted
    )
    return Correction(tuple(found), tuple(each for each in moved if each.what))


def readdress(
    session: Session, mailout: Mailout, meant: Iterable[tuple[UUID, Contact]]
) -> list[Version]:
    """Return letters, by id, in the names of others. Raises `RuleBroken` as `correct`."""
    mailout.refuse_unless_released()
    deliveries.refuse_purged(session, mailout)
    found = []
    for letter_id, contact in meant:
        letter = session.get_one(Letter, letter_id)
        draft = readdressed(letter.draft, contact)
        if draft is None:
            raise RuleBroken(
                f"the letter of {letter.authority_code} is in the name of its {contact.role} "
                f"already: send it again without --readdress"
            )
        if not contact.surname:
            raise RuleBroken(
                f"nobody is known by name as {contact.role} of {contact.authority}: enter the "
                f"name with `dispatch contacts set`"
            )
        found.append(_version(session, letter, draft))
    return found


def _version(session: Session, letter: Letter, draft: Draft) -> Version:
    [text] = documents.load(session, [letter.parts["text"]]).values()
    attached = documents.load(session, [each.sha256 for each in draft.attachments])
    number = letter.version + 1
    return Version(letter.id, letter.authority_code, number, draft, text.decode(), attached)


def reissue(  # noqa: PLR0913 - what, on whose word, why and when
    session: Session,
    mailout: Mailout,
    made: Sequence[tuple[Version, Made]],
    template_digest: str,
    *,
    person: str,
    because: str,
    now: datetime,
    at_keyboard: str | None = None,
) -> list[Letter]:
    """Write new versions down, proposed, in a mailout that is locked; return them.

    One that waited for approval already is void. Raises `RuleBroken` without a reason or a name,
    or if a letter that is to be replaced has been by now.
    """
    name, reason = named(person), _reason(because)
    mailout.refuse_unless_released()
    codes = [version.code for version, _ in made]
    _void(session, mailout, codes, reason, actor=name, now=now)
    documents.keep_forms(session, (forms for _, forms in made))
    rows = []
    for version, forms in made:
        if letters.letter_of(session, mailout, version.code).id != version.replaces_id:
            raise RuleBroken(f"the letter of {version.code} has just been replaced: look again")
        row = Letter(
            mailout_id=mailout.id,
            authority_code=version.code,
            version=version.number,
            replaces_id=version.replaces_id,
            state=LetterState.PROPOSED,
            draft=version.draft,
            fingerprint=version.draft.fingerprint(template_digest),
            asked_by=name,
            because=reason,
            rendered_at=now,
        )
        documents.freeze(row, forms)
        rows.append(row)
    session.add_all(rows)
    session.flush()
    told = {"because": reason, "at_keyboard": at_keyboard or name}
    journal.append_all(session, (_proposed(session, row, name, told) for row in rows))
    return rows


def _proposed(session: Session, row: Letter, person: str, told: Mapping[str, str]) -> Event:
    old = session.get_one(Letter, row.replaces_id)
    detail = {
        "authority": row.authority_code,
        "version": str(row.version),
        "what": "reissued" if is_reissued(old.draft, row.draft) else "readdressed",
        "replaces": str(row.replaces_id),
        "digest": row.digest or "",
        **told,
    }
    at = row.rendered_at
    assert at is not None  # noqa: S101 - it was just set
    return Event(at, person, "letter.proposed", f"letter:{row.id}", detail)


def withdraw(
    session: Session,
    mailout: Mailout,
    codes: Iterable[str],
    *,
    person: str,
    because: str,
    now: datetime,
) -> list[str]:
    """Take back new versions that wait for approval; return whose. Raises `RuleBroken` if none."""
    wanted = [register.authority_code(session, code) for code in codes]
    gone = _void(session, mailout, wanted, _reason(because), actor=named(person), now=now)
    if not gone:
        raise RuleBroken(f"no new version of a letter of {mailout.name} waits for approval")
    return gone


def _void(
    session: Session,
    mailout: Mailout,
    codes: Sequence[str],
    because: str,
    *,
    actor: str,
    now: datetime,
) -> list[str]:
    rows = versions.proposed(session, mailout, codes) if codes else ()
    for row in rows:
        row.move_to(LetterState.VOID)
    session.flush()
    detail = {"because": because}
    journal.append_all(
        session, (Event(now, actor, "letter.withdrawn", f"letter:{row.id}", detail) for row in rows)
    )
    return [row.authority_code for row in rows]


def _reason(because: str) -> str:
    if reason := " ".join(because.split()):
        return reason
    raise RuleBroken("say why")
