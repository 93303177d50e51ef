"""A provider of OpenID Connect on loopback, whose answers a test may change."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from threading import Event
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from tests.mail.https_server import HttpsServer, Said

CLIENT: Final = "dispatch"
SECRET: Final = "the client secret of a test"  # noqa: S105 - of nobody who exists
LIFETIME: Final = 300


@cache
def key_of(name: str) -> RSAKey:
    """A key of its own for each name: making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


class OpenIdProvider(HttpsServer):
    """Has people sign in, and gives a token for each code."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._codes: dict[str, dict[str, str]] = {}
        self.asked: dict[str, str] = {}
        """What the last browser was sent here with."""
        self.posted: dict[str, str] = {}
        """What the last code came with."""
        self.described: dict[str, Any] = {}
        """What it says of itself beside, or instead of, what is right."""
        self.claims: dict[str, Any] = {}
        """What its tokens say instead; None leaves a claim out."""
        self.signs_with, self.publishes = "first", "first"
        self.header: dict[str, Any] = {}
        self.said: Said | None = None
        """What it answers to every code."""
        self.is_free = Event()
        self.is_free.set()
        """Whether it answers to codes at all."""
        self.fetched: list[str] = []
        self.asks_again = True
        """Whether it asks a person again who is signed in there, if told to."""

    def sign_in(self, address: str, subject: str = "sub-7") -> str:
        """Sign somebody in, and return where their browser goes back to."""
        at = urlsplit(address)
        assert f"{at.scheme}://{at.netloc}{at.path}" == f"{self.url}/authorize"
        self.asked = dict(parse_qsl(at.query))
        code = f"code-{len(self._codes)}"
        self._codes[code] = {**self.asked, "sub": subject}
        return self.back(code=code)

    def back(self, **answer: str) -> str:
        back = urlsplit(self.asked["redirect_uri"])
        query = urlencode({"state": self.asked["state"], "iss": self.url, **answer})
        return f"{back.path}?{query}"

    def answer(self, url: SplitResult, form: dict[str, str], token: str) -> Said:
        self.fetched.append(url.path)
        match url.path:
            case "/.well-known/openid-configuration":
                return 200, self._description()
            case "/keys":
                return 200, {"keys": [key_of(self.publishes).as_dict(private=False)]}
            case "/token":
                self.posted = form
                self.is_free.wait()
                return self.said or self._token(form, token)
        return 404, {}

    def _description(self) -> dict[str, Any]:
        right = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return {**right, **self.described}

    def _token(self, form: dict[str, str], proof: str) -> Said:
        asked = self._codes.pop(form.get("code", ""), {})
        verifier = form.get("code_verifier", "")
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode()
        basic = base64.b64decode(proof.removeprefix("Basic ")).decode()
        if unquote(basic) != f"{CLIENT}:{SECRET}" and form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        is_so = asked.get("code_challenge") == challenge.rstrip("=")
        if not is_so or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant", "error_description": "<b>words</b>"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._signed(asked)}

    def _signed(self, asked: dict[str, str]) -> str:
        now = int(self._now())
        is_asked = "max_age" in asked and self.asks_again
        claims = {
            "iss": self.url,
            "sub": asked["sub"],
            "aud": CLIENT,
            "iat": now,
            "exp": now + LIFETIME,
            "nonce": asked["nonce"],
            "auth_time": now if is_asked else now - 7200,
            "email": "alex@office.example",
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key = key_of(self.signs_with)
        header = {"alg": "RS256", "kid": self.signs_with, **self.header}
        if header["alg"] == "none":
            return f"{_part(header)}.{_part(claims)}."
        registry = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
        return jwt.encode(header, claims, key, registry=registry)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
