from __future__ import annotations

import re

import pytest
from pydantic import ValidationError

from dispatch.people.settings import WELL_KNOWN, OfficeSettings, PageSettings

HTTPS = "https://letters.office.example"


@pytest.mark.parametrize(
    ("listen", "url", "address", "is_secure"),
    [
        ("127.0.0.1:8000", "", "http://127.0.0.1:8000", False),
        ("localhost:80", "", "http://localhost:80", False),
        ("[::1]:8000", f"{HTTPS}/", HTTPS, True),
        ("/run/dispatch/web.sock", "", "", False),
        ("/run/dispatch/web.sock", HTTPS, HTTPS, True),
        ("0.0.0.0:8000", HTTPS, HTTPS, True),
        ("pages.office.example:8000", "HTTPS://pages.office.example:8443", None, True),
        ("off", "", "", False),
    ],
)
def test_where_the_pages_are(listen: str, url: str, address: str | None, is_secure: bool) -> None:
    found = PageSettings(web_listen=listen, web_url=url)
    assert found.address == (url if address is None else address)
    assert found.is_secure is is_secure
    assert found.has_pages is (listen != "off")


@pytest.mark.parametrize(
    ("listen", "url", "said"),
    [
        ("8000", "", "write it as 127.0.0.1:8000"),
        ("127.0.0.1:99999", "", "write it as 127.0.0.1:8000"),
        ("127.0.0.1:8000 evil", "", "write it as 127.0.0.1:8000"),
        ("run/web.sock", "", "write it as 127.0.0.1:8000"),
        ("127.0.0.1:8000", "letters.office.example", "without a path"),
        ("127.0.0.1:8000", f"{HTTPS}/letters", "without a path"),
        ("127.0.0.1:8000", "ftp://letters.office.example", "without a path"),
        ("0.0.0.0:8000", "", "open to the network: set DISPATCH_WEB_URL"),
        ("192.0.2.1:8000", "http://192.0.2.1:8000", "open to the network"),
        ("pages.office.example:8000", "", "open to the network"),
    ],
)
def test_a_place_that_cannot_be_used_is_refused(listen: str, url: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        PageSettings(web_listen=listen, web_url=url)


def test_pages_answer_under_the_names_they_are_reached_by_alone() -> None:
    found = PageSettings(web_listen="10.0.0.5:8000", web_url=f"{HTTPS}:8443")
    assert set(found.hosts) == {
        *("localhost", "127.0.0.1", "10.0.0.5"),
        "letters.office.example",
    }


WHOLE = {"oidc_issuer": "https://login.example/t", "oidc_client_id": "x", "oidc_client_secret": "y"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"oidc_client_id": ""}, "needs DISPATCH_OIDC_CLIENT_ID as well"),
        ({"oidc_issuer": "", "oidc_client_secret": ""}, "needs DISPATCH_OIDC_ISSUER and DISPATCH_"),
        ({"oidc_issuer": "http://login.example"}, "write it as https://login.office.example"),
        ({"oidc_issuer": "https://a:b@login.example"}, "write it as https://login.office.example"),
        ({"oidc_issuer": "https://login.example?x"}, "write it as https://login.office.example"),
        ({"oidc_issuer": f"https://login.example{WELL_KNOWN}"}, f"leave out {WELL_KNOWN}"),
        ({"web_url": ""}, "needs DISPATCH_WEB_URL with https"),
        ({"web_url": "http://localhost:8000"}, "needs DISPATCH_WEB_URL with https"),
    ],
)
def test_half_a_sign_in_of_the_office_is_refused(changed: dict[str, str], words: str) -> None:
    OfficeSettings.model_validate({"web_url": HTTPS, **WHOLE})
    with pytest.raises(ValidationError, match=re.escape(words)):
        OfficeSettings.model_validate({"web_url": HTTPS, **WHOLE, **changed})
