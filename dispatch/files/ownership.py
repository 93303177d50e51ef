"""Whose a file is, and who else may read or change it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from dispatch.domain.errors import BadInput


def check_is_ours(found: os.stat_result, name: str) -> None:
    """Raise `BadInput` for a file or folder whose content is not for us alone to change."""
    if found.st_uid not in {os.getuid(), 0}:
        raise BadInput(f"{name} belongs to another user: use one that belongs to you")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise BadInput(f"{name} can be changed by other users: run `chmod go-w` on it")


def check_is_fixed(descriptor: int, name: str) -> None:
    """Raise `BadInput` for an open file whose content others here may change.

    On a file system that is mounted to be read alone, as containers have their secrets, nobody
    here can, and it may belong to anybody outside.
    """
    if not os.fstatvfs(descriptor).f_flag & os.ST_RDONLY:
        check_is_ours(os.fstat(descriptor), name)


def check_is_secret(path: Path) -> None:
    """Raise `BadInput` for a file that others may read or change, or that we cannot read."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error
    check_is_ours(found, f"{path}")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise BadInput(f"{path} can be read by other users: run `chmod 600` on it")
