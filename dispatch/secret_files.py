"""Secrets in files, a file each, as service managers and containers hand them over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from dispatch.domain.errors import BadInput
from dispatch.environment import PREFIX
from dispatch.files.ownership import check_is_fixed
from dispatch.settings import Settings

SECRETS: Final = tuple(
    PREFIX + name.upper()
    for name, field in Settings.model_fields.items()
    if field.annotation is SecretStr
)
"""Those whose value is a secret, or may hold one."""

KEY_FILES: Final = tuple(
    PREFIX + name
    for name in (
        "SIGNING_KEY",
        "DKIM_KEY",
        "OAUTH_CERTIFICATE",
        "OAUTH_CERTIFICATE_KEY",
        "OAUTH_SERVICE_ACCOUNT",
        "PDF_CERTIFICATE",
    )
)
"""Those whose value is a file that holds a key."""

FOLDER: Final = f"{PREFIX}SECRETS"
"""The setting that names the folder of secrets."""

LONGEST_SECRET: Final = 64 * 1024
"""Bytes of a secret in a file."""


def with_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with the secrets in the folder that DISPATCH_SECRETS names.

    Each is a file with the name of its setting in small letters, as service managers and containers
    hand them over. Of a setting that is itself a file, such as a private key, the path counts.
    Raises `BadInput` for one that others may change, that is set elsewhere too, or whose name is
    not that of such a setting: a misspelt one would be missing unnoticed.
    """
    if not (folder := environ.get(FOLDER)):
        return dict(environ)
    found = dict(_secrets(Path(folder)))
    if twice := [name for name in found if environ.get(name)]:
        raise BadInput(f"{twice[0]} is set, and is a file in {FOLDER}, too: leave one of them out")
    return {**environ, **found}


def _secrets(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.startswith(PREFIX.lower()))
        for path in paths:
            name = path.name.upper()
            if name in KEY_FILES:
                yield name, str(path.absolute())
            elif name in SECRETS:
                yield name, _secret(path)
            else:
                raise BadInput(
                    f"{path}: {name} is not a setting that may be in {FOLDER}; those are "
                    f"{', '.join(map(str.lower, (*SECRETS, *KEY_FILES)))}"
                )
    except OSError as error:
        raise BadInput(f"{FOLDER}, {folder}, cannot be read: {error.strerror}") from error


def _secret(path: Path) -> str:
    """Return the text of a file, without the end of its line."""
    with path.open("rb") as file:
        check_is_fixed(file.fileno(), f"{path}")
        content = file.read(LONGEST_SECRET + 1)
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: this is not text") from error
    if not text or len(content) > LONGEST_SECRET:
        raise BadInput(f"{path}: this must be one secret, of {LONGEST_SECRET // 1024} KB at most")
    return text
