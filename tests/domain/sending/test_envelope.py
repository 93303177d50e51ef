from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.sending.envelope import (
    MESSAGE_ID,
    attempt_of,
    coded,
    delivery_of,
    envid,
    is_code,
    message_local_part,
    return_path,
    signed,
    signed_by_us,
)

KEY = b"a key for tests only"
MAILBOX = "bounces@ombudsman.example"
LONGEST_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1


@given(st.uuids())
def test_a_return_path_names_its_delivery(delivery_id: UUID) -> None:
    assert delivery_of(return_path(MAILBOX, delivery_id, KEY), KEY) == delivery_id


@given(st.uuids())
def test_a_server_that_changes_the_case_does_no_harm(delivery_id: UUID) -> None:
    assert delivery_of(return_path(MAILBOX, delivery_id, KEY).upper(), KEY) == delivery_id


def test_it_fits_into_a_local_part() -> None:
    local_part = return_path(MAILBOX, uuid4(), KEY).rpartition("@")[0]
    assert local_part.startswith("bounces+")
    assert len(local_part) <= LONGEST_LOCAL_PART


@given(st.uuids(), st.binary(min_size=1).filter(lambda key: key != KEY))
def test_a_token_that_another_key_signed_is_not_ours(delivery_id: UUID, key: bytes) -> None:
    assert delivery_of(return_path(MAILBOX, delivery_id, key), KEY) is None


@given(st.text())
def test_what_is_no_return_path_names_no_delivery(address: str) -> None:
    assert delivery_of(address, KEY) is None


@pytest.mark.parametrize("address", ["bounces@ombudsman.example", "bounces+mfrgg@x.example", ""])
def test_a_mailbox_without_a_token_names_no_delivery(address: str) -> None:
    assert delivery_of(address, KEY) is None


@given(st.uuids(), st.integers(min_value=0, max_value=999_999_999))
def test_an_envelope_id_names_its_delivery_and_the_try(delivery_id: UUID, number: int) -> None:
    made = envid(delivery_id, number)
    assert len(made) <= 100  # RFC 3461 4.4
    assert attempt_of(f" {made.upper()} ") == (delivery_id, number)


@given(st.uuids(version=4))
def test_a_message_id_has_a_code_that_another_key_does_not_make(id_: UUID) -> None:
    delivery_id = coded(id_)
    local_part = message_local_part(delivery_id, KEY)
    assert len(local_part) <= LONGEST_LOCAL_PART
    found = MESSAGE_ID.fullmatch(f"{local_part}@x.example".upper())
    assert found
    assert UUID(found["id"]) == delivery_id == coded(delivery_id)
    assert is_code(found["code"], delivery_id, KEY)
    assert not is_code(found["code"], delivery_id, b"another")
    assert not is_code(found["code"], coded(uuid4()), KEY)
    assert not is_code(None, delivery_id, KEY)


@given(st.uuids(version=4))
def test_a_signed_header_names_its_delivery_and_another_key_makes_another(id_: UUID) -> None:
    delivery_id = coded(id_)
    value = signed(delivery_id, KEY)
    assert signed_by_us(f" {value.upper()} ", KEY) == delivery_id
    assert signed_by_us(value, b"another") is None
    assert signed_by_us(value.replace(str(delivery_id), str(coded(uuid4()))), KEY) is None
    assert value.split(".")[1] != message_local_part(delivery_id, KEY).split(".")[1]


def test_a_delivery_of_an_earlier_release_has_no_signed_header() -> None:
    earlier = UUID(int=uuid4().int & ~(0xF << 76 | 1) | 8 << 76 | 1)  # HEADED is even
    for delivery_id in (uuid4(), earlier):
        assert signed(delivery_id, KEY) == ""
    code = message_local_part(earlier, KEY).split(".")[1]
    assert signed_by_us(f"{earlier}.{code}", KEY) is None


@given(st.text())
def test_what_is_no_signed_header_names_no_delivery(value: str) -> None:
    assert signed_by_us(value, KEY) is None


@given(st.text())
def test_what_is_no_envelope_id_names_no_attempt(value: str) -> None:
    assert attempt_of(value) is None
