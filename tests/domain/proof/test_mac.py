from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.proof.mac import is_mac, mac

KEY = b"a key for tests only"


@given(st.binary(), st.binary())
def test_a_code_fits_its_own_content_alone(content: bytes, other: bytes) -> None:
    assert is_mac(mac(KEY, "event", content), KEY, "event", content)
    assert is_mac(mac(KEY, "event", content), KEY, "event", other) is (content == other)


def test_a_code_fits_its_own_purpose_and_key_alone() -> None:
    code = mac(KEY, "event", b"content")
    assert not is_mac(code, KEY, "delivery", b"content")
    assert not is_mac(code, b"another key", "event", b"content")


def test_a_missing_or_altered_code_fits_nothing() -> None:
    for code in (None, "", "zz", "é" * 64):
        assert not is_mac(code, KEY, "event", b"content")
