"""The steps of a new version, for the tests of proposing and of approving one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from dispatch.app import App
from dispatch.corrections import approve_version, reissue
from dispatch.corrections.reissue import Correction, Version
from dispatch.database.tables import Delivery, Letter
from dispatch.domain.authority import Contact
from dispatch.domain.letter import Made
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from tests import steps


def corrected(app: App, *codes: str) -> Correction:
    with app.sessions.read() as session:
        return reissue.correct(session, mailout_named(session, steps.NAME), codes)


def readdressed(app: App, *meant: tuple[UUID, Contact]) -> list[Version]:
    with app.sessions.read() as session:
        return reissue.readdress(session, mailout_named(session, steps.NAME), meant)


def proposed(app: App, versions: Sequence[Version], because: str = "a count was wrong") -> None:
    """Have new versions made, on the word of `sam`."""
    digest = app.templates.digest("annual-review")
    made = []
    for each in versions:
        job = render.Job(each.replaces_id, 0, each.draft, digest, each.attached)
        forms = render.render(app.templates, job)
        assert isinstance(forms, Made)
        made.append((each, forms))
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME, is_locked=True)
        reissue.reissue(
            session, mailout, made, digest, person="sam", because=because, now=app.clock()
        )


def pending(app: App, *codes: str) -> tuple[approve_version.Replacement, ...]:
    with app.sessions.read() as session:
        return approve_version.pending(session, mailout_named(session, steps.NAME), codes)


def approved(app: App, *codes: str, person: str = "alex") -> dict[str, Delivery]:
    """Approve what waits; return the deliveries that came of it, by address."""
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME, is_locked=True)
        digest = approve_version.digest(mailout, approve_version.pending(session, mailout, codes))
        rows = approve_version.replace(
            session, mailout, digest, app.templates, codes=codes, person=person, now=app.clock()
        )
        ids = {row.id for row in rows}
    with app.sessions.read() as session:
        return {row.address: row for row in (session.get_one(Delivery, id_) for id_ in ids)}


def letter(app: App, code: str = "OXO") -> Letter:
    """Return the letter in force."""
    return steps.letters_of(app)[code]
