from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.app import App
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.proof.ledger import Event
from dispatch.files import checkpoints
from dispatch.files.keys import SigningKey
from dispatch.ledger import journal
from dispatch.proof.checkpoints import Signer, sign
from dispatch.proof.checkpoints import keep as keep_if_due
from dispatch.proof.seal import seal
from tests.fakes import FakeClock


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer("o.example/dispatch", SigningKey.kept(tmp_path / "key.pem"))


def grow(app: App) -> None:
    event = Event(app.clock(), "sam", "mailout.replanned", "mailout:a")
    with app.sessions.begin() as session:
        journal.append(session, event)
        assert seal(session, now=app.clock())


def keep(app: App, signer: Signer, folder: Path) -> Path | None:
    with app.sessions.read() as session:
        return keep_if_due(session, signer, folder, now=app.clock())


def test_what_is_signed_is_how_far_the_ledger_goes(
    app: App, clock: FakeClock, signer: Signer, tmp_path: Path
) -> None:
    for _ in range(2):
        grow(app)
    kept = keep(app, signer, tmp_path / "kept")
    assert kept == tmp_path / "kept" / "checkpoint-000000000004.txt"
    found = checkpoints.read(kept, signer.public)
    assert (found.size, found.seal, found.at) == (4, 2, clock())


def test_a_checkpoint_is_kept_once_an_hour_and_only_of_what_grew(
    app: App, clock: FakeClock, signer: Signer, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    assert keep(app, signer, folder) is None
    grow(app)
    assert keep(app, signer, folder)
    clock.advance(hours=2)
    assert keep(app, signer, folder) is None
    grow(app)
    assert keep(app, signer, folder)
    clock.advance(minutes=59)
    grow(app)
    assert keep(app, signer, folder) is None
    clock.advance(minutes=1)
    assert keep(app, signer, folder)
    assert [path.name[-5:] for path in checkpoints.files(folder)] == ["2.txt", "4.txt", "6.txt"]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE seal SET hash = 'x' WHERE number = 2",
        "UPDATE seal SET root = 'x' WHERE number = 2",
        "UPDATE seal SET previous = 'x', hash = 'x' WHERE number = 3",
        "DELETE FROM seal WHERE number = 2",
        "DELETE FROM seal WHERE number > 1",
    ],
)
def test_what_did_not_grow_out_of_what_was_signed_is_not_signed(
    app: App, clock: FakeClock, signer: Signer, tmp_path: Path, tampering: str
) -> None:
    for _ in range(2):
        grow(app)
    assert keep(app, signer, tmp_path)
    clock.advance(hours=1)
    for _ in range(2):
        grow(app)
    with app.sessions.begin() as session:
        session.execute(text(tampering))
    with pytest.raises(RuleBroken, match="the ledger is not the one that was signed before"):
        keep(app, signer, tmp_path)
    assert len(checkpoints.files(tmp_path)) == 1


def test_nothing_is_signed_over_what_another_key_signed(
    app: App, signer: Signer, tmp_path: Path
) -> None:
    grow(app)
    assert keep(app, signer, tmp_path)
    other = Signer(signer.name, SigningKey.kept(tmp_path / "other.pem"))
    with pytest.raises(BadInput, match="is not signed with the key"):
        keep(app, other, tmp_path)


def test_an_empty_ledger_is_not_signed(app: App, signer: Signer) -> None:
    with (
        app.sessions.read() as session,
        pytest.raises(RuleBroken, match="nothing has been sealed yet"),
    ):
        sign(session, signer, now=app.clock())
