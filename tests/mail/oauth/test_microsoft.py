from __future__ import annotations

from pathlib import Path

import jwt
import pytest

from dispatch.mail.oauth import microsoft
from dispatch.mail.oauth.tokens import Tokens
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.oauth.token_endpoint import (
    CLIENT_ID,
    SECRET,
    TENANT,
    TokenEndpoint,
    key_and_certificate,
)


def test_a_secret_gets_one_token_for_all_mailboxes() -> None:
    with TokenEndpoint() as endpoint:
        tokens = Tokens(endpoint.microsoft())
        assert {tokens.get(each).text for each in (MAILBOX, "other@office.example")} == {
            endpoint.given[0]
        }
        form = endpoint.forms[0]
    assert len(endpoint.forms) == 1
    assert form["grant_type"] == "client_credentials"
    assert (form["client_id"], form["client_secret"]) == (CLIENT_ID, SECRET)
    assert form["scope"] == "https://outlook.office365.com/.default"


@pytest.mark.parametrize("is_one_file", [True, False])
def test_a_certificate_signs_the_request_in_the_place_of_a_secret(
    tmp_path: Path, is_one_file: bool
) -> None:
    private, public = key_and_certificate()
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    certificate.write_text(public + private if is_one_file else public)
    key.write_text(private)
    with TokenEndpoint() as endpoint:
        issuer = endpoint.microsoft(
            secret="", certificate=certificate, key=None if is_one_file else key
        )
        assert issuer.secret_files == (certificate if is_one_file else key,)
        assert issuer.ask(MAILBOX).token == endpoint.given[0]
        form, url = endpoint.forms[0], endpoint.url
    assert "client_secret" not in form
    said = jwt.decode(form["client_assertion"], options={"verify_signature": False})
    assert (said["iss"], said["aud"]) == (CLIENT_ID, f"{url}/{TENANT}/token")


def test_the_public_cloud_is_asked_by_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    with TokenEndpoint() as endpoint:
        monkeypatch.setattr(microsoft, "MICROSOFT", endpoint.url)
        assert endpoint.microsoft().ask(MAILBOX).token == endpoint.given[0]


def test_nothing_secret_is_shown() -> None:
    with TokenEndpoint() as endpoint:
        assert SECRET not in repr(endpoint.microsoft())
