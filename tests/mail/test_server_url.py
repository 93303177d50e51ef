from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.mail.server_url import UrlShape, is_loopback

SHAPE = UrlShape(
    server="test server", ports={"test": 7, "tests": 8}, options=("ca",), example="test://HOST"
)


def test_a_url_has_its_parts_decoded() -> None:
    found = SHAPE.read("test://me%40x:p%2Fw@HOST.example/a%20b")
    assert (found.scheme, found.host, found.port) == ("test", "host.example", 7)
    assert (found.username, found.password, found.path) == ("me@x", "p/w", "a b")
    assert found.ca_file is None


def test_a_password_is_never_shown() -> None:
    assert "secret" not in repr(SHAPE.read("test://me:secret@host"))


@given(st.text(max_size=40).map(lambda text: f"unknown://me:secret{text}"))
def test_no_refusal_shows_any_part_of_a_url_however_strange(url: str) -> None:
    with pytest.raises(BadInput, match=r"^the test server's URL .*: test://HOST$") as refused:
        SHAPE.read(url)
    assert "secret" not in str(refused.value)


@given(st.text(max_size=40))
def test_no_url_however_strange_is_a_crash(text: str) -> None:
    with contextlib.suppress(BadInput):
        SHAPE.read(f"test://me:secret{text}")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_known_by_name_and_number(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["mail.example", "10.0.0.1", "localhost.example", "::2"])
def test_other_hosts_are_not_loopback(host: str) -> None:
    assert not is_loopback(host)
