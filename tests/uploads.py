"""The steps of an upload, for tests: letters that were sent, and the day they become public."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery, Document, Letter
from dispatch.documents.site import Site
from dispatch.domain.proof.manifest import NAME, Entry, Manifest
from dispatch.domain.word import Word
from dispatch.files import bundles
from dispatch.files.bundles import PublicFolder
from dispatch.ledger import events, journal
from dispatch.letters import render
from dispatch.mailouts.store import mailout_named
from dispatch.publishing.upload import (
    Publishing,
    Uploaded,
    UploadProposal,
    propose,
    refuse_early,
    upload,
)
from dispatch.sending import release
from tests import steps
from tests.conftest import ROOT
from tests.factories import a_mailout, a_word
from tests.fakes import FakeClock
from tests.notices import a_bounce, a_dsn, came, token

PUBLIC_AT = datetime(2020, 7, 28, 23, 0, tzinfo=UTC)
"""As 29 July begins in London."""

NEXT = "annual-review-2021"
SITE = Site(ROOT / "templates" / "upload")
WORD = Word(person="Alex", keyboard="sam", at=PUBLIC_AT)


def sent(app: App, clock: FakeClock, *codes: str, **plan: Any) -> None:
    """Have a mailout sent, and let the day of its upload come."""
    steps.released(app, clock, *codes, **{"cc_roles": (), **plan})
    steps.send_due(app)
    steps.tick(app)
    clock.reach(PUBLIC_AT)


def sent_next_year(app: App, clock: FakeClock) -> None:
    """Have the letters of the year after sent to the same authorities."""
    with app.sessions.begin() as session:
        mailout = a_mailout(
            session,
            name=NEXT,
            title="Annual Review letter 2021",
            letter_date=date(2021, 7, 21),
            upload_date=date(2021, 7, 28),
            not_after=datetime(2021, 7, 27, tzinfo=UTC),
            cc_roles=(),
        )
        word = a_word(clock())
        detail = {"plan": mailout.plan_digest}
        journal.append(session, events.MAILOUT_PLANNED.by(word, mailout.name, **detail))
        render.ask(session, mailout, app.templates, a_word(clock()))
    steps.render_wanted(app)
    with app.sessions.begin() as session:
        assert render.finish(session, NEXT, templates=app.templates, now=clock())
        assert steps.signed(session, NEXT, app.templates, a_word(clock(), "alex")).digest
        found = mailout_named(session, NEXT)
        release.schedule(session, found, app.templates, a_word(clock()))
    clock.reach(datetime(2021, 7, 21, 9, tzinfo=UTC))
    steps.tick(app)
    steps.send_due(app)
    steps.tick(app)
    clock.reach(datetime(2021, 7, 28, 9, tzinfo=UTC))


def proposed(app: App, folder: Path, name: str = steps.NAME) -> UploadProposal:
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        proposal = propose(session, PublicFolder(folder), mailout)
    refuse_early(proposal, app.clock())
    return proposal


def uploaded(
    app: App,
    folder: Path,
    name: str = steps.NAME,
    *,
    word: Word = WORD,
    site: Site = SITE,
    checkpoint: bytes | None = None,
) -> Uploaded:
    with bundles.held(folder) as public:
        proposal = proposed(app, folder, name)
        now = replace(word, at=app.clock())
        return upload(app.sessions, proposal, Publishing(public, site, checkpoint), now)


def change(
    app: App, model: type[Delivery | Letter | Document], code: str, **values: object
) -> None:
    """Change what is stored behind the back of the program."""
    with app.sessions.begin() as session:
        which = steps.letters_of(app)[code].parts["pdf"]
        condition = (
            model.sha256 == which if issubclass(model, Document) else model.authority_code == code
        )
        session.execute(update(model).where(condition).values(**values))


def bounced(app: App, code: str) -> None:
    """Have what was sent to an authority come back."""
    for row in steps.deliveries_of(app).values():
        if row.authority_code == code:
            came(app, a_bounce(row), token(app, row), mail=a_dsn(app, row))


def a_checkpoint(size: int) -> bytes:
    """Return what reads as a checkpoint of so many entries, which nobody has signed."""
    root = base64.b64encode(bytes(32)).decode()
    return f"o.example/dispatch\n{size}\n{root}\nseal 1 {'0' * 64}\n\n".encode()


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, hidden ones too, by its path."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def sealed_again(folder: Path) -> Manifest:
    """Write the manifest anew, as somebody does who hides a change; return it."""
    files = files_in(folder)
    old = Manifest.from_json(files.pop(NAME))
    entries = (Entry.of(path, content) for path, content in files.items())
    made = Manifest.of(old.mailouts, entries)
    (folder / NAME).write_bytes(made.to_json())
    return made
