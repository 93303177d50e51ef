"""An evidence pack for tests: of a letter that went, came back, and went again elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from dispatch.app import App, ledger_signer
from dispatch.database.tables import AuthorityRow, Delivery
from dispatch.documents.summary import Summary
from dispatch.domain.proof.checkpoint import Checkpoint
from dispatch.domain.proof.ledger import Event
from dispatch.domain.proof.manifest import NAME as MANIFEST
from dispatch.domain.proof.manifest import Entry
from dispatch.domain.reply import Outcome, Reply
from dispatch.files.packs import fixed_files
from dispatch.ledger import journal
from dispatch.mailouts.store import mailout_named
from dispatch.proof import checkpoints
from dispatch.proof.checkpoints import Signer
from dispatch.proof.evidence import FORMAT, SIGNATURE, Issuer, files
from dispatch.proof.seal import seal
from tests import steps
from tests.conftest import ROOT
from tests.fakes import FakeClock, FakeTransport
from tests.notices import a_bounce, a_dsn, came, token

VERIFIER: Final = ROOT / "templates" / "evidence" / "verify.py"
FIXED_FILES: Final = fixed_files(ROOT / "templates" / "evidence")
SUMMARY: Final = Summary(ROOT / "templates" / "evidence")
BUSY = Outcome.answered(Reply(".", 451, "4.3.2 later"))


def lived_through(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    """Have the letters of two authorities sent; one waits a while, and one comes back."""
    steps.released(app, clock, "ADU", "OXO")
    with app.sessions.begin() as session:
        for code in session.scalars(select(AuthorityRow.code)):
            journal.append(session, Event(clock(), "sam", "authority.changed", f"authority:{code}"))
    transport.outcomes.extend([BUSY])
    steps.send_due(app)
    clock.advance(hours=1)
    steps.send_due(app)
    first = chief(app)
    came(app, a_bounce(first), token(app, first), mail=a_dsn(app, first))
    clock.advance(minutes=1)
    seal_all(app)


def chief(app: App) -> Delivery:
    return steps.deliveries_of(app)["chief.executive@oxo.example"]


def seal_all(app: App) -> None:
    with app.sessions.begin() as session:
        while seal(session, now=app.clock(), limit=7):
            pass


def signer(app: App) -> Signer:
    app.settings.home.mkdir(exist_ok=True)
    return ledger_signer(app)


def packed(
    app: App,
    code: str = "OXO",
    *,
    is_redacted: bool = False,
    held: Sequence[Checkpoint] = (),
) -> dict[str, bytes]:
    """Return the files of a pack about an authority's letter."""
    who = signer(app)
    with app.sessions.read() as session:
        made = checkpoints.sign(session, who, now=app.clock() + timedelta(minutes=1))
        return files(
            session,
            mailout_named(session, steps.NAME),
            code,
            Issuer(
                sender=app.sender,
                checkpoint=made.checkpoint,
                signed_checkpoint=made.text,
                key=who.public,
                sign=who.key.sign,
                fixed_files=FIXED_FILES,
                summary=SUMMARY,
                held=held,
            ),
            is_redacted=is_redacted,
        )


def signed_anew(pack: Mapping[str, bytes], who: Signer, form: str = FORMAT) -> dict[str, bytes]:
    """Return a pack as whoever has the key could make it out of these files."""
    manifest = json.loads(pack[MANIFEST])
    others = {path: pack[path] for path in pack if path not in {MANIFEST, SIGNATURE}}
    manifest["files"] = [asdict(Entry.of(path, content)) for path, content in others.items()]
    content = json.dumps(manifest).encode()
    text = f"{form}\n{hashlib.sha256(content).hexdigest()}\n"
    return {**others, MANIFEST: content, SIGNATURE: note(text, who)}


def note(text: str, who: Signer) -> bytes:
    """Return a signed note."""
    signature = base64.b64encode(who.public.id + who.key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {who.name} {signature}\n".encode()


def root(encoded: str) -> bytes:
    """Return the root as a checkpoint spells it."""
    return base64.b64decode(encoded)
