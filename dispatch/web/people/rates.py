"""How often one address may try what others could try to guess, or what costs much.

Beside it each account waits after wrong passwords, since an attacker changes addresses.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from dispatch.web.access import SAFE

GUESSES: Final = "30 per minute; 200 per hour"
"""Of sign-ins, codes and confirmations: an office of thirty begins its day behind one address."""

UPLOADS: Final = "20 per minute"
READS: Final = "1200 per minute"
"""Of programs with a token."""

GUESSED: Final = frozenset({"sign_in", "join", "office"})
"""The groups of pages where something secret is typed in."""


def limit(site: Flask) -> Limiter:
    """Have too many tries of one address answered with 429; each process counts for itself."""
    limiter = Limiter(
        get_remote_address, app=site, storage_uri="memory://", strategy="moving-window"
    )
    guess, upload, read = (
        limiter.shared_limit(limits, scope=scope, exempt_when=is_free)
        for limits, scope, is_free in (
            (GUESSES, "guesses", _is_safe),
            (UPLOADS, "uploads", _is_safe),
            (READS, "reads", None),
        )
    )
    views: dict[str, Any] = site.view_functions
    for endpoint, view in list(views.items()):
        group = endpoint.partition(".")[0]
        if group in GUESSED:
            views[endpoint] = guess(view)
        elif group == "imports":
            views[endpoint] = upload(view)
        elif group == "api":
            views[endpoint] = read(view)
    return limiter


def _is_safe() -> bool:
    return request.method in SAFE
