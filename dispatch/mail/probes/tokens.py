"""What an access token says of itself, where it is a JSON Web Token (RFC 7519), as Microsoft's are.

The signature is not checked: the token came straight from its issuer, and nothing rests on this.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token is for."""

    audience: str
    roles: frozenset[str]
    ends_at: datetime | None


def claims_of(token: str) -> Claims | None:
    """Return what a token says; None if it is not such a token, as Google's are not."""
    parts = token.split(".")
    try:
        said: Any = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        roles = frozenset(str(each) for each in said.get("roles", ()))
        ends_at = datetime.fromtimestamp(int(said["exp"]), UTC) if said.get("exp") else None
        return Claims(str(said.get("aud", "")), roles, ends_at)
    except (LookupError, ValueError, TypeError, AttributeError, OverflowError, binascii.Error):
        return None
