"""How far the ledger goes: its last seal, what is not sealed yet, and what is kept outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dispatch.database import Session
from dispatch.domain.proof.seal import Seal
from dispatch.files import checkpoints
from dispatch.proof.store import entries, seals, witnesses


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far the ledger goes."""

    last: Seal | None
    unsealed: int
    """Events that no seal covers yet."""
    offered_at: datetime | None
    """When a checkpoint was last given to somebody outside."""
    kept: int
    """Checkpoints in the folder where this service keeps them."""


def extent(session: Session, folder: Path | None) -> Extent:
    """Return how far the ledger goes; `folder` is where checkpoints are kept."""
    kept = seals.last(session)
    return Extent(
        last=kept.seal if kept else None,
        unsealed=entries.count_unsealed(session),
        offered_at=witnesses.last_offered_at(session),
        kept=len(checkpoints.files(folder)) if folder else 0,
    )
