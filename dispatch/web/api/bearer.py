"""Which token a program shows, and what it opens."""

from __future__ import annotations

from flask import g, request
from structlog.stdlib import get_logger

from dispatch.domain.people.token import Scope, Token
from dispatch.domain.word import Word
from dispatch.people.tokens import note_used, token_of
from dispatch.web.access import office
from dispatch.web.api.problems import Refused

logger = get_logger("dispatch.web")

SCHEME = "bearer"


def check(scope: Scope) -> None:
    """Refuse a request without a good token that opens this."""
    token = _token()
    if token is None:
        logger.info("token refused", scope=scope.value)
        raise Refused(401, "Show a token that is good: `Authorization: Bearer TOKEN`.", "Bearer")
    if scope not in token.scopes:
        challenge = f'Bearer error="insufficient_scope", scope="{scope.value}"'
        raise Refused(403, f"The token does not open {scope.value}.", challenge)
    g.token = token


def _token() -> Token | None:
    """Return the token of the request, and note that it was used."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not text.strip():
        return None
    app = office()
    with app.sessions.begin() as session:
        found = token_of(session, text.strip(), app.clock())
        if found:
            note_used(session, found, app.clock())
    return found


def shown() -> Token:
    """Return the token that the program of this request has shown."""
    token: Token = g.token
    return token


def word() -> Word:
    """Return the word that a program reads on: its token's owner's."""
    owner = shown().owner.name
    return Word(person=owner, keyboard=owner, at=office().clock())
