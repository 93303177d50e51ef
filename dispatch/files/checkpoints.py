"""The folder of stored checkpoints: one small text file each, never overwritten."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.domain.proof import checkpoint
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey
from dispatch.files import disk
from dispatch.files.keys import is_signed

FILES: Final = "checkpoint-*.txt"


def keep(folder: Path, size: int, text: str) -> Path:
    """Write the checkpoint of a ledger of this size, whole or not at all; return its path.

    Raises `BadInput` if the folder cannot be written to.
    """
    path = folder / f"checkpoint-{size:012}.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        disk.write_once(path, text.encode(), mode=0o644)
    except OSError as error:
        raise BadInput(f"no checkpoint can be stored in {folder}: {error.strerror}") from error
    return path


def read(path: Path, key: PublicKey) -> Checkpoint:
    """Read a checkpoint. Raises `BadInput` for another file, or one not signed with the key."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    return checkpoint.read(path.name, content, key, partial(is_signed, key.octets))


def files(folder: Path) -> list[Path]:
    """Return the checkpoints of a folder, the newest last."""
    return sorted(folder.glob(FILES))
