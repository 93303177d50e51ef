"""Sign checkpoints (the size and root of the ledger), and store them outside the database.

Anyone who can write to the database can make up a ledger that is consistent in itself, but not one
that agrees with what was signed before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dispatch.database import Session
from dispatch.domain.errors import RuleBroken
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.files import checkpoints
from dispatch.files.keys import SigningKey
from dispatch.proof.store import seals

EVERY: Final = timedelta(hours=1)
"""The shortest time between two stored checkpoints."""

PAGE: Final = 200
"""Seals that are read together."""


@dataclass(frozen=True, slots=True)
class Signer:
    """What signs checkpoints: the ledger's name and its key."""

    name: str
    """As other logs have it: a domain and a path, without a scheme."""
    key: SigningKey

    @property
    def public(self) -> PublicKey:
        """The public key, with the name."""
        return PublicKey(self.name, self.key.public)

    @property
    def mark(self) -> str:
        """What the database knows the key by, whatever the name of the ledger becomes."""
        return self.key.public.hex()


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and its signed text."""

    checkpoint: Checkpoint
    text: str


def sign(session: Session, signer: Signer, *, now: datetime) -> SignedCheckpoint:
    """Sign the ledger as it is now. Raises `RuleBroken` if nothing has been sealed."""
    last = seals.last(session)
    if last is None or not last.seal.size:
        raise RuleBroken(
            "nothing has been sealed yet: the clock does that",
            remedy=Remedy(kind=RemedyKind.RUN),
        )
    made = Checkpoint.of(last.seal, signer.name, now=now)
    return SignedCheckpoint(made, made.signed(signer.public, signer.key.sign))


def keep(session: Session, signer: Signer, folder: Path, *, now: datetime) -> Path | None:
    """Store a checkpoint if the ledger has grown and the last one is an hour old; None if not.

    Raises `RuleBroken` if the ledger did not grow out of the one signed last, which is then not
    signed; `BadInput` if the folder cannot be used.
    """
    known = checkpoints.files(folder)
    before = checkpoints.read(known[-1], signer.public) if known else None
    last = seals.last(session)
    if last is None or last.seal.size == (before.size if before else 0):
        return None
    if before and now < before.at + EVERY:
        return None
    if before:
        _refuse_unless_grown(session, before)
    made = sign(session, signer, now=now)
    return checkpoints.keep(folder, made.checkpoint.size, made.text)


def stored(folder: Path | None, key: PublicKey) -> dict[str, Checkpoint]:
    """Return the checkpoints of a folder by the names of their files.

    Raises `BadInput` for one that the key did not sign.
    """
    return read(checkpoints.files(folder) if folder else (), key)


def read(paths: Iterable[Path], key: PublicKey) -> dict[str, Checkpoint]:
    """Read checkpoints; return them by the names of their files. Raises `BadInput` as `stored`."""
    return {path.name: checkpoints.read(path, key) for path in paths}


def _refuse_unless_grown(session: Session, before: Checkpoint) -> None:
    """Raise unless each seal since a checkpoint follows the one before it."""
    previous = before.seal_hash
    number = before.seal - 1
    is_first = True
    while found := seals.after(session, number, PAGE):
        for kept in found:
            number = kept.seal.number
            follows = kept.seal.hash if is_first else kept.seal.previous
            if kept.hash != kept.seal.hash or follows != previous:
                raise _not_the_same()
            previous, is_first = kept.hash, False
    if is_first:
        raise _not_the_same()


def _not_the_same() -> RuleBroken:
    return RuleBroken(
        "the ledger is not the one that was signed before, so it is not signed",
        remedy=Remedy(kind=RemedyKind.VERIFY),
    )
