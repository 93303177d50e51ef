from __future__ import annotations

from pathlib import Path

import jwt

from dispatch.mail.oauth.tokens import Tokens
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.oauth.token_endpoint import TokenEndpoint


def test_a_service_account_acts_for_each_mailbox(tmp_path: Path) -> None:
    with TokenEndpoint() as endpoint:
        tokens = Tokens(endpoint.google(tmp_path))
        assert tokens.get(MAILBOX).text == endpoint.given[0]
        assert tokens.get("letters@office.example").text == endpoint.given[1]
    said = [
        jwt.decode(form["assertion"], options={"verify_signature": False})
        for form in endpoint.forms
    ]
    assert [each["sub"] for each in said] == [MAILBOX, "letters@office.example"]
    assert {each["scope"] for each in said} == {"https://mail.google.com/"}
    assert {each["iss"] for each in said} == {"letters@project.iam.gserviceaccount.example"}
