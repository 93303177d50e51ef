from __future__ import annotations

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.replies.tokens import ENDPOINT_UNREACHABLE
from dispatch.domain.reply import Verdict
from dispatch.mail.oauth import tokens as tokens_module
from dispatch.mail.oauth.tokens import (
    Granted,
    NoToken,
    Token,
    Tokens,
    check_library,
    secrets_of,
    without_secrets,
    xoauth2,
)
from tests.mail.oauth.issuers import FakeIssuer


@dataclass
class Elapsed:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_token_is_kept_and_renewed_before_it_ends() -> None:
    issuer, elapsed = FakeIssuer(), Elapsed()
    tokens = Tokens(issuer, elapsed)
    seen = []
    for elapsed.seconds in (0, 1, 3299, 3301, 3302):
        token = tokens.get("a@x.example")
        seen.append((token.text, token.is_new))
    assert seen == [
        ("token-1", True),
        ("token-1", False),
        ("token-1", False),
        ("token-2", True),
        ("token-2", False),
    ]


def test_a_token_that_has_not_ended_serves_while_the_endpoint_is_away() -> None:
    issuer, elapsed = FakeIssuer(), Elapsed()
    tokens = Tokens(issuer, elapsed)
    first = tokens.get("a@x.example")
    issuer.is_away, elapsed.seconds = True, 3500
    assert tokens.get("a@x.example").text == first.text
    elapsed.seconds = 3580
    with pytest.raises(NoToken) as refusal:
        tokens.get("a@x.example")
    assert refusal.value.outcome.verdict is Verdict.DEFERRED


def test_a_token_that_was_refused_is_replaced_once_for_all_who_held_it() -> None:
    issuer = FakeIssuer()
    tokens = Tokens(issuer, Elapsed())
    refused = tokens.get("a@x.example")
    with ThreadPoolExecutor(8) as threads:
        futures = [threads.submit(tokens.get, "a@x.example", refused=refused) for _ in range(8)]
        found = {each.result().text for each in futures}
    assert found == {"token-2"}
    assert issuer.asked == 2


def test_a_refused_token_is_not_given_again_while_the_endpoint_is_away() -> None:
    issuer = FakeIssuer()
    tokens = Tokens(issuer, Elapsed())
    refused = tokens.get("a@x.example")
    issuer.is_away = True
    with pytest.raises(NoToken):
        tokens.get("a@x.example", refused=refused)


def test_an_endpoint_that_never_comes_to_an_end_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens_module, "LONGEST", 0.05)
    issuer = FakeIssuer(answers_after=Event())
    tokens = Tokens(issuer)
    with pytest.raises(NoToken, match="no connection to the token endpoint") as caught:
        tokens.get("a@x.example")
    assert caught.value.reply.meaning == ENDPOINT_UNREACHABLE
    assert issuer.answers_after
    issuer.answers_after.set()


def test_a_library_that_fails_is_no_reason_to_stop() -> None:
    with pytest.raises(NoToken, match="LookupError") as caught:
        Tokens(FakeIssuer(is_broken=True)).get("a@x.example")
    assert caught.value.outcome.whose is Whose.US


def test_each_mailbox_has_its_own_token() -> None:
    tokens = Tokens(FakeIssuer(), Elapsed())
    assert [tokens.get(f"{name}@x.example").text for name in "aba"] == [
        "token-1",
        "token-2",
        "token-1",
    ]


def test_a_token_is_never_shown() -> None:
    tokens = Tokens(FakeIssuer(), Elapsed())
    shown = repr([Token("very-secret", is_new=True), Granted("very-secret", 1), tokens])
    assert "very-secret" not in shown
    assert "token-1" not in f"{tokens.get('a@x.example')!r}{tokens.__dict__}"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("5.7.3 no {base64}", "5.7.3 no ..."),
        ("5.7.3 no {token}, sorry", "5.7.3 no ... sorry"),
        ("bounces@office.example may not", "bounces@office.example may not"),
    ],
)
def test_what_repeats_a_token_is_not_kept(said: str, kept: str) -> None:
    token = Token("eyJ0eXAiOiJKV1Qi.secret", is_new=True)
    base64 = b64encode(xoauth2("bounces@office.example", token)).decode()
    text = said.format(base64=base64[10:60], token=token.text)
    assert without_secrets(text, secrets_of("bounces@office.example", token)) == kept


def test_a_library_that_is_missing_is_named_with_the_extra_that_brings_it() -> None:
    check_library("json", "anything")
    for module in ("no_such_library", "no_such.library"):
        with pytest.raises(BadInput, match=r"its extra `microsoft`"):
            check_library(module, "microsoft")
