"""What a mailout would send, read back from the database for approval and release."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.approval import CoveredLetter, approval_digest, changes
from dispatch.domain.drafting import draw_up
from dispatch.domain.letter import LetterState, letter_digest
from dispatch.letters.store import letters as stored_letters
from dispatch.register.store import register


@dataclass(frozen=True, slots=True)
class Sealing:
    """The digest of all that would leave, and why that is not what is known by now."""

    digest: str
    changes: tuple[str, ...]


def sealing(session: Session, mailout: Mailout, template_digest: str) -> Sealing:
    """Return the digest over a rendered mailout, and what changed since it was rendered."""
    letters = stored_letters.in_force(session, mailout)
    seals = [
        CoveredLetter(
            letter.authority_code,
            letter.version,
            letter.fingerprint,
            letter.digest or "",
            letter.draft.recipients,
        )
        for letter in letters
    ]
    made = {letter.authority_code: (letter.draft, letter.fingerprint) for letter in letters}
    drafting = draw_up(mailout.plan, register.for_plan(session, mailout.plan))
    found = [f"{letter.authority_code}: {why}" for letter in letters if (why := _flaw(letter))]
    found += [f"{finding.authority}: {finding.message}" for finding in drafting.obstacles]
    found += changes(made, drafting.drafts, template_digest)
    return Sealing(approval_digest(mailout.plan, seals), tuple(found))


def _flaw(letter: Letter) -> str | None:
    """Return why a letter could not leave as it stands in the database."""
    if letter.state is not LetterState.RENDERED:
        return letter.error or "its letter is not made yet"
    if letter.digest != letter_digest(letter.subject, letter.parts, letter.draft.attachments):
        return "its stored letter is not the one that was made"
    return None
