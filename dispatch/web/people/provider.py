"""The office's own sign-in, as a provider of OpenID Connect: what we ask it and what it answers.

The code flow, with a challenge for the code (PKCE), a state that ties the answer to the browser and
a nonce that ties the token to the question. A person is an issuer and a subject; names, addresses
and roles that the provider tells are not looked at. No token is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from secrets import compare_digest
from time import monotonic
from typing import Any, Final

from authlib.oauth2.base import OAuth2Error
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import (
    BadSignatureError,
    ClaimError,
    ExpiredTokenError,
    InvalidKeyIdError,
    JoseError,
)
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from dispatch.domain.people.signing_in import SIGN_IN_TIME
from dispatch.people import codes
from dispatch.people.settings import WELL_KNOWN, OfficeSettings
from dispatch.web.people.fetched import Fetcher, NoAnswer

BACK: Final = "/sign-in/office/back"
"""Where the provider sends people back to."""

SIGNATURES: Final = [
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
]
"""Signatures by a key that only the provider has: none with a shared secret, and not `none`."""

KEY_TYPES: Final = frozenset({"RSA", "EC"})
LEEWAY: Final = 120
"""Seconds by which the provider's clock and ours may differ."""

KEPT_FOR: Final = 3600.0
"""Seconds for which we remember what the provider says of itself."""

LONGEST_SUBJECT: Final = 255
"""Characters: OpenID Connect Core 2."""

ERROR: Final = re.compile(r"[a-z_]{1,60}")

NOT_OURS: Final = (
    "This answer does not belong to a sign-in that this browser has begun in the last ten minutes, "
    "or it was used already. Begin again."
)
CHANGED: Final = "The provider's answer does not prove who you are, so it was refused: {}. "
ASK_IT: Final = "If it happens again, tell the people who run the service."
CLAIMS: Final[Mapping[str, str]] = {
    "iss": "it is from another issuer than DISPATCH_OIDC_ISSUER names",
    "aud": "it is for another application than DISPATCH_OIDC_CLIENT_ID names",
    "azp": "it is for another application than DISPATCH_OIDC_CLIENT_ID names",
    "nonce": "it answers another question than ours",
    "iat": "it is from the future: the clocks of this machine and of the provider differ",
    "nbf": "it is from the future: the clocks of this machine and of the provider differ",
    "sub": "it does not say who you are",
}
EXPIRED: Final = "it has expired: the clocks of this machine and of the provider may differ"
NOTHING_SIGNED: Final = "it has no ID token"
UNSIGNED: Final = "it is not signed with a key that the provider has published"

ERRORS: Final[Mapping[str, str]] = {
    "access_denied": "You cancelled, or the office's own sign-in does not let you use dispatch. IT "
    "can assign you to the application.",
    "invalid_client": "The office's own sign-in refuses the client secret of dispatch, which may "
    "have expired. IT must set a new one as DISPATCH_OIDC_CLIENT_SECRET.",
    "invalid_grant": "The office's own sign-in did not accept its own answer, which counts once "
    "and for a short time. Begin again.",
    "unauthorized_client": "The office's own sign-in does not let dispatch ask for a code. IT must "
    "allow the authorization code flow for the application.",
    "temporarily_unavailable": "The office's own sign-in is busy. Try again in a few minutes.",
}
"""What each error of OAuth 2.0 means here, and who must change what."""

NO_AUTH_TIME: Final = (
    "The office's own sign-in does not say when it last asked who you are, so it cannot confirm "
    "that it is you. IT must have it add the claim auth_time to the ID token."
)
NOT_ASKED: Final = (
    "The office's own sign-in has not asked again who you are, so that does not confirm that it is "
    "you. Begin again, and sign in there anew."
)


class NotProven(Exception):
    """The office's own sign-in has not proven who somebody is. Its text is for the person."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.status = status
        """The HTTP status of the page that says so."""


@dataclass(frozen=True, slots=True)
class Question:
    """What we ask the provider, for one browser."""

    address: str
    """Where the browser goes."""
    kept: dict[str, Any] = field(repr=False)
    """What the browser's answer is checked against."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Whom the provider has named."""

    issuer: str
    subject: str


class Provider:
    """The provider that the settings name."""

    def __init__(self, settings: OfficeSettings) -> None:
        self._settings = settings
        self._fetcher = Fetcher(settings.oidc_ca)
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    def question(self, machine_at: datetime, *, anew: bool) -> Question:
        """Return what to ask; `anew` has the provider ask the person, who may be signed in there.

        Raises `NotProven` if the provider cannot be asked.
        """
        described = self._described()
        state, nonce, verifier = (codes.new_secret() for _ in range(3))
        asked = {"prompt": "login", "max_age": "0"} if anew else {}
        address, _ = self._client(described).create_authorization_url(
            described["authorization_endpoint"],
            state=state,
            code_verifier=verifier,
            nonce=nonce,
            **asked,
        )
        kept = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "anew": anew,
            "asked_at": int(machine_at.timestamp()),
        }
        return Question(address, kept)

    def named(
        self, kept: Mapping[str, Any], answer: Mapping[str, str], machine_at: datetime
    ) -> Somebody:
        """Return whom the provider has named in its answer to a question. Raises `NotProven`."""
        now = int(machine_at.timestamp())
        self._check_is_ours(kept, answer, now)
        if error := answer.get("error"):
            raise _refused(error)
        token = self._token(kept, answer.get("code", ""))
        claims = self._claims(token, kept, now)
        if kept["anew"]:
            _check_was_asked(claims, kept)
        return Somebody(claims["iss"], claims["sub"])

    def _check_is_ours(self, kept: Mapping[str, Any], answer: Mapping[str, str], now: int) -> None:
        state = str(kept.get("state", ""))
        given = answer.get("state", "").encode(errors="replace")
        is_ours = bool(state) and compare_digest(given, state.encode())
        age = now - int(kept.get("asked_at", 0))
        if not is_ours or not 0 <= age < SIGN_IN_TIME.total_seconds():
            raise NotProven(NOT_OURS)
        if answer.get("iss", self._settings.oidc_issuer) != self._settings.oidc_issuer:
            raise NotProven(CHANGED.format(CLAIMS["iss"]) + ASK_IT)  # RFC 9207

    def _client(self, described: Mapping[str, Any]) -> OAuth2Client:
        known = described.get("token_endpoint_auth_methods_supported") or []
        is_in_form = "client_secret_post" in known
        return OAuth2Client(
            self._fetcher,
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret.get_secret_value(),
            token_endpoint_auth_method=f"client_secret_{'post' if is_in_form else 'basic'}",
            scope="openid",
            redirect_uri=self._settings.web_url + BACK,
            code_challenge_method="S256",
        )

    def _token(self, kept: Mapping[str, Any], code: str) -> Mapping[str, Any]:
        """Return what the provider gives for a code. Raises `NotProven`."""
        described = self._described()
        try:
            found: Mapping[str, Any] = self._client(described).fetch_token(
                described["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=kept["verifier"],
            )
        except OAuth2Error as error:
            raise _refused(str(error.error)) from None
        except (NoAnswer, ValueError) as error:
            raise self._silent(error) from None
        return found

    def _claims(
        self, token: Mapping[str, Any], kept: Mapping[str, Any], now: int
    ) -> Mapping[str, Any]:
        """Return what a token says that the provider has signed for us. Raises `NotProven`."""
        if not token.get("id_token"):
            raise NotProven(CHANGED.format(NOTHING_SIGNED) + ASK_IT)
        try:
            signed = self._signed(str(token["id_token"]))
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                {
                    "iss": {"essential": True, "value": self._settings.oidc_issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                {
                    "nonce": kept["nonce"],
                    "client_id": self._settings.oidc_client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=now, leeway=LEEWAY)
        except NotProven:
            raise
        except Exception as error:  # noqa: BLE001 - libraries raise anything for a strange token
            raise NotProven(CHANGED.format(_fault(error)) + ASK_IT) from None
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise NotProven(CHANGED.format(CLAIMS["sub"]) + ASK_IT)
        return dict(claims)

    def _signed(self, text: str) -> jwt.Token:
        """Return a token whose signature is right; keys are fetched again if none fits."""
        registry = JWSRegistry(algorithms=SIGNATURES, strict_check_header=False)
        try:
            return jwt.decode(text, self._keys(), registry=registry)
        except (InvalidKeyIdError, BadSignatureError):
            return jwt.decode(text, self._keys(is_old=True), registry=registry)

    def _keys(self, *, is_old: bool = False) -> KeySet:
        found = self._fetched(self._described()["jwks_uri"], is_old=is_old)
        keys = [each for each in found.get("keys", []) if each.get("kty") in KEY_TYPES]
        return KeySet.import_key_set({"keys": keys})

    def _described(self) -> Mapping[str, Any]:
        """Return what the provider says of itself. Raises `NotProven` if we cannot use that."""
        address = self._settings.oidc_issuer.rstrip("/") + WELL_KNOWN
        found = self._fetched(address)
        if why := _shortcoming(found, self._settings.oidc_issuer):
            self._known.pop(address, None)  # it counts at once when somebody has put it right
            raise NotProven(why, 503)
        return found

    def _fetched(self, url: str, *, is_old: bool = False) -> dict[str, Any]:
        until, found = self._known.get(url, (0.0, {}))
        if is_old or monotonic() >= until:
            try:
                found = self._fetcher.get(url)
            except NoAnswer as error:
                raise self._silent(error) from None
            self._known[url] = (monotonic() + KEPT_FOR, found)
        return found

    def _silent(self, error: Exception) -> NotProven:
        why = f": {error}" if isinstance(error, NoAnswer) else ""
        return NotProven(
            f"The office's own sign-in gives no answer that we can use{why}. Try again in a few "
            f"minutes. If it stays so, IT must see that this machine reaches "
            f"{self._settings.oidc_issuer} by HTTPS, and trusts its certificate "
            "(DISPATCH_OIDC_CA).",
            503,
        )


def _shortcoming(described: Mapping[str, Any], issuer: str) -> str | None:
    """Return why what a provider says of itself is not enough, and what IT must change."""
    if described.get("issuer") != issuer:
        return (
            f"The office's own sign-in calls itself {str(described.get('issuer'))[:200]}. IT must "
            f"set DISPATCH_OIDC_ISSUER to the same, letter by letter; it is {issuer}."
        )
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not str(described.get(name, "")).startswith("https://"):
            return (
                f"The office's own sign-in names no {name} with https. IT must change that there."
            )
    if "S256" not in (described.get("code_challenge_methods_supported") or ["S256"]):
        return (
            "The office's own sign-in does not know PKCE with S256, which dispatch needs. IT must "
            "switch it on there."
        )
    return None


def _refused(error: str) -> NotProven:
    """Return what an error of the provider means. What else it says may be anybody's words."""
    named = f"“{error}”" if ERROR.fullmatch(error) else "an error"
    other = f"The office's own sign-in answers with {named}. Begin again. {ASK_IT}"
    return NotProven(ERRORS.get(error, other))


def _fault(error: Exception) -> str:
    if isinstance(error, ExpiredTokenError):
        return EXPIRED
    if isinstance(error, ClaimError):
        return CLAIMS.get(error.claim, f"its claim {error.claim} is wrong")
    return UNSIGNED if isinstance(error, JoseError) else "it cannot be read"


def _check_was_asked(claims: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
    """Refuse a person whom the provider has not asked again: they can change what we ask it."""
    asked_at = claims.get("auth_time")
    if not isinstance(asked_at, int | float):
        raise NotProven(NO_AUTH_TIME)
    if asked_at < kept["asked_at"] - LEEWAY:
        raise NotProven(NOT_ASKED)
