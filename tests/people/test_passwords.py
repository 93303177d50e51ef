from __future__ import annotations

from uuid import UUID

import pytest

from dispatch.people.passwords import fault, hashed, is_right

KEY = b"a key"
ONE, OTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("eleven char", "at least 12"),
        ("x" * 201, "at most 200"),
        ("aaaaaaaaaaaa", "commonest"),
        ("121212121212", "commonest"),
        ("123456789012", "commonest"),
        ("password1234", "commonest"),
        ("!!Football2024!!", "commonest"),
        ("QWERTYuiop123456", "commonest"),
        ("Alex Morgan 2024", "your name"),
        ("alexmorgan1234", "your name"),
        ("correct horse battery staple", None),
        ("zebra lantern mustard", None),
        ("\u0142\u00f3dka p\u0142ynie rzek\u0105", None),
    ],
)
def test_a_password_is_long_and_not_one_of_the_commonest(password: str, why: str | None) -> None:
    found = fault(password, "Alex Morgan")
    assert found is None if why is None else why in (found or "")


def test_a_hash_fits_its_password_its_account_and_its_key_alone() -> None:
    known = hashed(KEY, ONE, "four plain words here")
    assert known.startswith("$argon2id$")
    assert is_right(KEY, ONE, "four plain words here", known)
    assert not is_right(KEY, ONE, "four plain words", known)
    assert not is_right(KEY, OTHER, "four plain words here", known)
    assert not is_right(b"another", ONE, "four plain words here", known)
    assert not is_right(KEY, ONE, "nobody's password", None)
    assert not is_right(KEY, ONE, "four plain words here", "not a hash")
    assert not is_right(KEY, ONE, "\ud800" * 500, known)


def test_a_password_is_the_same_however_its_accents_are_typed() -> None:
    known = hashed(KEY, ONE, "cafe\u0301 au lait, s'il vous plait")
    assert is_right(KEY, ONE, "caf\u00e9 au lait, s'il vous plait", known)
