from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest

from dispatch.people import codes

AT = datetime(2026, 11, 30, 9, 0, 10, tzinfo=UTC)
SECRET = codes.secret_of(b"a key", UUID(int=1), "00")
STEP = int(AT.timestamp()) // 30


@pytest.mark.parametrize(
    ("drift", "after", "counts"),
    [
        (0, None, True),
        (-30, None, True),
        (30, None, True),
        (-60, None, False),
        (60, None, False),
        (0, STEP, False),  # used already
        (30, STEP, True),
        (-30, STEP - 1, False),  # older than one that was used
    ],
)
def test_a_telephones_code_counts_once_and_near_its_time(
    drift: int, after: int | None, counts: bool
) -> None:
    shown = pyotp.TOTP(SECRET).at(AT + timedelta(seconds=drift))
    found = codes.step_of(SECRET, f"{shown[:3]} {shown[3:]}", AT, after=after)
    assert (found is not None) is counts


@pytest.mark.parametrize("typed", ["", "000000000", "12345", "abcdef", "\ud800", "\u0661" * 6])
def test_anything_else_is_no_code(typed: str) -> None:
    assert codes.step_of(SECRET, typed, AT, after=None) is None


def test_a_code_counts_however_it_is_written() -> None:
    code = codes.new_join_code()
    ways = (code, code.lower(), code.replace("-", " "), f" {code.replace('-', '')} ")
    assert len({codes.coded(b"a key", "join", each) for each in ways}) == 1
    assert codes.coded(b"a key", "join", "OIL0") == codes.coded(b"a key", "join", "0110")


def test_codes_are_not_guessed_and_need_the_key() -> None:
    assert len(set(codes.new_recovery_codes())) == codes.RECOVERY_CODES
    assert codes.new_secret() != codes.new_secret()
    assert codes.secret_of(b"another", UUID(int=1), "00") != SECRET
    assert codes.secret_of(b"a key", UUID(int=2), "00") != SECRET


def test_a_telephone_reads_the_secret_from_an_address() -> None:
    address = codes.address_of(SECRET, "Alex Morgan", "Office of the Ombudsman")
    assert address.startswith("otpauth://totp/Office%20of%20the%20Ombudsman:Alex%20Morgan?")
    assert SECRET in address
