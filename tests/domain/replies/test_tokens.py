from __future__ import annotations

import pytest

from dispatch.domain.replies import tokens
from dispatch.domain.replies.meanings import LOGIN_OFF, LOGIN_WITHDRAWN, Meaning, Whose
from dispatch.domain.reply import Outcome, Reply, Verdict

ANSWERS = [
    ("TOKEN", 401, "invalid_client: AADSTS7000222: expired", tokens.SECRET_EXPIRED),
    ("TOKEN", 400, "unauthorized_client: AADSTS700016: not found", tokens.APP_UNKNOWN),
    ("TOKEN", 401, "invalid_client: AADSTS7000215: wrong", tokens.SECRET_WRONG),
    ("TOKEN", 401, "invalid_client: AADSTS7000216: no assertion", tokens.CREDENTIAL_MISSING),
    ("TOKEN", 401, "invalid_client: AADSTS7000218: none", tokens.CREDENTIAL_MISSING),
    ("TOKEN", 401, "invalid_client: AADSTS700024: time range", tokens.CLOCK_WRONG),
    ("TOKEN", 401, "invalid_client: AADSTS700027: signature", tokens.CERTIFICATE_REFUSED),
    ("TOKEN", 400, "invalid_request: AADSTS90002: Tenant", tokens.TENANT_UNKNOWN),
    ("TOKEN", 400, "unauthorized_client: AADSTS7000112: disabled", tokens.APP_OFF),
    ("TOKEN", 400, "invalid_resource: AADSTS500011: Exchange", tokens.NO_EXCHANGE),
    ("TOKEN", 400, "access_denied: AADSTS53003: blocked", tokens.CONDITIONAL_ACCESS),
    ("TOKEN", 400, "access_denied: AADSTS530034: blocked", tokens.CONDITIONAL_ACCESS),
    ("TOKEN", 400, "access_denied: AADSTS99999999: new", tokens.TOKEN_REFUSED),
    ("TOKEN", 400, "invalid_grant: Invalid JWT Signature.", tokens.GRANT_REFUSED),
    ("TOKEN", 401, "unauthorized_client: Client is unauthorized", tokens.DELEGATION_MISSING),
    ("TOKEN", 403, "access_denied", tokens.DELEGATION_MISSING),
    ("TOKEN", 400, "odd", tokens.TOKEN_REFUSED),
    ("TOKEN", 503, "the answer is not one of a token endpoint", tokens.ENDPOINT_BUSY),
    ("TOKEN", 429, "slow down", tokens.ENDPOINT_BUSY),
    ("TOKEN", 407, "the answer is not one of a token endpoint", tokens.ENDPOINT_STRANGE),
    ("TOKEN", 0, "login.example gave no token: what", tokens.ENDPOINT_STRANGE),
    ("TOKEN", 0, "no connection to login.example: refused", tokens.ENDPOINT_UNREACHABLE),
    (
        "TOKEN",
        0,
        "no connection to x.example: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
        tokens.ENDPOINT_UNTRUSTED,
    ),
    ("TOKEN", 0, "", tokens.TOKEN_REFUSED),
    ("AUTH", 535, "5.7.3 Authentication unsuccessful [X.PROD.OUTLOOK.COM]", tokens.TOKEN_NOT_TAKEN),
    ("AUTH", 535, "5.7.139 Authentication unsuccessful, disabled for the Tenant", LOGIN_OFF),
    ("AUTH", 550, "5.7.30 Basic authentication is not supported", LOGIN_WITHDRAWN),
    ("AUTH", 501, "5.5.124 Invalid command", tokens.LOGIN_MALFORMED),
    ("AUTHENTICATE", 0, "AUTHENTICATE failed.", tokens.TOKEN_NOT_TAKEN),
    ("SELECT", 0, "User is authenticated but not connected.", tokens.MAILBOX_NOT_OURS),
]


@pytest.mark.parametrize(("verb", "code", "text", "meaning"), ANSWERS)
def test_what_stands_between_us_and_a_login_is_about_us(
    verb: str, code: int, text: str, meaning: Meaning
) -> None:
    reply = Reply(verb, code, text)
    assert reply.meaning == meaning
    assert meaning.whose is Whose.US
    assert reply.verdict is Verdict.DEFERRED
    # Even if a person says that it is about a council: nobody has taken or refused a letter.
    assert Outcome.about_council(reply).verdict is Verdict.DEFERRED


def test_an_answer_without_a_code_is_shown_by_its_words() -> None:
    reply = Reply("TOKEN", 0, "no connection to login.example: refused")
    assert str(reply) == "no connection to login.example: refused"
    assert reply.answers == "the request for a token"
    assert Reply("SELECT", 0, "no such folder").meaning is None
    assert Reply("AUTHENTICATE", 0, "[UNAVAILABLE] try again").meaning is None  # RFC 5530
