"""The steps of a new version, for the tests of proposing and of approving one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dispatch.app import App
from dispatch.corrections import approve_version, reissue
from dispatch.corrections.approve_version import PendingVersion
from dispatch.corrections.reissue import OtherLetter, Redraft, ReissueProposal
from dispatch.database.tables import Delivery, Letter
from dispatch.domain.register.authority import Contact
from dispatch.domain.word import Word
from dispatch.mailouts.store import mailout_named
from tests import steps


@dataclass(frozen=True)
class Correction:
    """Letters drafted again, and the others that would change as well."""

    redrafts: tuple[Redraft, ...]
    others: list[OtherLetter]


def corrected(app: App, *codes: str) -> Correction:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        redrafts = reissue.correct(session, app.templates, mailout, codes)
    named = [each.code for each in redrafts]
    others = reissue.every_other(app.sessions, app.templates, steps.NAME, named)
    return Correction(redrafts, list(others))


def readdressed(app: App, *addressees: tuple[UUID, Contact]) -> list[Redraft]:
    with app.sessions.read() as session:
        return reissue.readdress(session, mailout_named(session, steps.NAME), addressees)


def proposed(app: App, redrafts: Sequence[Redraft], because: str = "a count was wrong") -> None:
    """Have new versions made, on the word of `sam`."""
    made = reissue.rendered(app.templates, "annual-review", redrafts)
    proposal = ReissueProposal(mailout=steps.NAME, versions=made)
    word = Word(person="sam", keyboard="sam", because=because, at=app.clock())
    with app.sessions.begin() as session:
        reissue.reissue(session, proposal, word)


def pending(app: App, *codes: str) -> tuple[PendingVersion, ...]:
    with app.sessions.read() as session:
        return approve_version.pending(session, mailout_named(session, steps.NAME), codes)


def approved(app: App, *codes: str, person: str = "alex") -> dict[str, Delivery]:
    """Approve what waits; return the deliveries that came of it, by address."""
    word = Word(person=person, keyboard=person, at=app.clock())
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        proposal = approve_version.propose(session, mailout, codes)
        rows = approve_version.approve(session, proposal, app.templates, word)
        ids = {row.id for row in rows}
    with app.sessions.read() as session:
        return {row.address: row for row in (session.get_one(Delivery, id_) for id_ in ids)}


def letter(app: App, code: str = "OXO") -> Letter:
    """Return the letter in force."""
    return steps.letters_of(app)[code]
