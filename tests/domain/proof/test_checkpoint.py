from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.proof import checkpoint
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey
from dispatch.domain.proof.seal import opening

AT = datetime(2020, 7, 22, 8, tzinfo=UTC)
KEY = PublicKey("o.example/dispatch", bytes(range(32)))
MADE = Checkpoint.of(opening(AT), KEY.name, now=AT)
SIGNATURE = b"s" * 64


def verifies(signature: bytes, message: bytes) -> bool:
    return signature == SIGNATURE and message == MADE.text.encode()


def read(text: str, key: PublicKey = KEY) -> Checkpoint:
    return checkpoint.read("c.txt", text.encode(), key, verifies)


SIGNED = MADE.signed(KEY, lambda _: SIGNATURE)


def test_a_checkpoint_is_a_signed_note_as_other_logs_have_it() -> None:
    assert (
        "o.example/dispatch\n"
        "0\n"
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
        f"seal 0 {opening(AT).hash}\n"
        "at 2020-07-22T08:00:00.000000Z\n"
        "\n"
        f"\u2014 o.example/dispatch {base64.b64encode(KEY.id + SIGNATURE).decode()}\n"
    ) == SIGNED
    assert read(SIGNED) == MADE


def test_a_witness_may_sign_it_as_well() -> None:
    other = base64.b64encode(b"1234" + b"x" * 64).decode()
    assert read(f"{SIGNED}\u2014 witness.example {other}\n\u2014 w.example =\n") == MADE


@pytest.mark.parametrize(
    "text",
    [
        SIGNED.replace("seal 0", "seal 1"),
        SIGNED.replace("08:00", "09:00"),
        SIGNED.replace("dispatch\n0\n", "dispatch\n1\n"),
        SIGNED.replace("\u2014 o.example", "\u2014 p.example"),
        SIGNED.partition("\u2014")[0],
        SIGNED.partition("\u2014")[0] + "\u2014 o.example/dispatch AAAA=A\n",
    ],
)
def test_what_the_key_did_not_sign_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"c\.txt is not signed with the key o\.example/dispatch\+"):
        read(text)


@pytest.mark.parametrize(
    "text", ["", "hello", SIGNED.replace("at ", "on "), SIGNED.replace("\n0\n", "\n00\n")]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"c\.txt is not a checkpoint of a ledger"):
        read(text)
    with pytest.raises(BadInput, match="is not a checkpoint"):
        checkpoint.read("c.txt", b"\xff", KEY, verifies)


def test_a_key_is_read_as_it_is_written() -> None:
    assert PublicKey.parse(f" {KEY}\n") == KEY
    assert str(KEY).startswith("o.example/dispatch+")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", "this is not a public key"),
        (str(KEY)[:-4], "this is not a public key"),
        (str(KEY).replace("+AQAB", "+AgAB"), "this is not a public key"),
        (str(KEY).replace("o.example", "p.example"), "not copied correctly"),
    ],
)
def test_what_is_no_key_is_refused(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        PublicKey.parse(text)
