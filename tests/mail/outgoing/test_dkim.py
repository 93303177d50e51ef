from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import dkim  # type: ignore[import-untyped]  # it has no types
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.domain.reply import Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.outgoing.address import Mailbox
from dispatch.mail.outgoing.body import File, body
from dispatch.mail.outgoing.dkim import LONGEST_STRING, DkimKey
from dispatch.mail.outgoing.headers import Headers, message, signature_in
from tests.mail.names import name_server
from tests.mail.servers import ScriptedServer

AT = datetime(2020, 7, 22, 8, tzinfo=UTC)
ENCODED = "Cyngor Môn, Ŵyr a Ŷd " * 5
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - one that is refused
FILES = [File("Llythyr Ŵ.pdf", "application/pdf", bytes(range(256)) * 40)]
BODY = body(".\nDear Siân,   \n\n\tyes \n\n", "<p>Dear Siân,</p>  \n\n", FILES)


def written(
    folder: Path, key: PrivateKeyTypes, how: KeySerializationEncryption | None = None
) -> Path:
    path = folder / "dkim.pem"
    how = how or NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))
    return path


@pytest.fixture(params=[RSA, Ed25519PrivateKey.generate()], ids=["rsa", "ed25519"])
def key(request: pytest.FixtureRequest, tmp_path: Path) -> DkimKey:
    path = written(tmp_path, request.param)
    return DkimKey.read(path, domain="ombudsman.example", selector="letters2020")


def headers(key: DkimKey, subject: str = "Annual Review letter") -> Headers:
    return Headers(
        sender=Mailbox("Local Government Ombudsman", "letters@ombudsman.example"),
        to=(Mailbox(ENCODED, "chief@mon.example"), Mailbox("", "leader@mon.example")),
        reply_to=Mailbox("", "replies@ombudsman.example"),
        subject=subject,
        at=AT,
        message_id="<1@ombudsman.example>",
        delivery_id=UUID(int=1),
        sign=key.sign,
    )


def in_dns(*keys: DkimKey) -> Callable[..., bytes | None]:
    """The DNS as a verifier asks it."""
    records = {f"{each.host}.".encode(): each.record.encode() for each in keys}
    return lambda name, **_: records.get(name)


def is_good(content: bytes, *keys: DkimKey) -> bool:
    return bool(dkim.verify(content, dnsfunc=in_dns(*keys)))


@pytest.mark.parametrize("subject", ["Annual Review letter", ENCODED, "a  b", "é" * 300])
def test_what_we_sign_is_verified_by_others(key: DkimKey, subject: str) -> None:
    assert is_good(message(headers(key, subject), BODY), key)


def test_a_message_is_signed_alike_in_every_attempt(key: DkimKey) -> None:
    assert message(headers(key), BODY) == message(headers(key), BODY)


def test_it_is_put_together_again_with_the_signature_that_it_had(key: DkimKey) -> None:
    content = message(headers(key), BODY)
    again = replace(headers(key), sign=None, signature=signature_in(content))
    assert message(again, BODY) == content
    assert signature_in(message(replace(headers(key), sign=None), BODY)) is None


@given(
    subject=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
    text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
)
@example(subject="", text="")
@example(subject="=?x", text=" \t\n \n")
def test_any_message_is_verified(subject: str, text: str) -> None:
    key = DkimKey("ombudsman.example", "s", RSA)
    content = message(headers(key, subject), body(text, text, []))
    assert is_good(content, key)
    assert max(map(len, content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b" \r\nx\t \ty  \r\n\r\n\r\n", b"no end"])
def test_a_body_is_hashed_as_others_do(content: bytes, key: DkimKey) -> None:
    entity = b"Content-Type: text/plain\r\n\r\n" + content
    assert is_good(message(headers(key), entity), key)


@pytest.mark.parametrize(
    ("was", "then"),
    [
        (b"From: ", b"From: mayor@mayor.example\r\nFrom: "),
        (b"Subject: Annual", b"Subject: Last"),
        (b"Subject: ", b"Subject: Another\r\nSubject: "),
        (b"Reply-To: replies@", b"Reply-To: mayor@"),
        (b"Date: Wed, 22", b"Date: Wed, 29"),
        (b"Message-ID: <1@", b"Message-ID: <2@"),
        (b"leader@mon.example\r\n", b"leader@mon.example, x@mayor.example\r\n"),
        (b"MIME-Version", b"Cc: x@mayor.example\r\nMIME-Version"),
        (b"Dear", b"Deer"),
    ],
)
def test_what_is_changed_or_added_on_the_way_shows(key: DkimKey, was: bytes, then: bytes) -> None:
    content = message(headers(key), BODY)
    assert was in content
    assert not is_good(content.replace(was, then, 1), key)


def test_it_is_verified_as_a_server_gets_it(key: DkimKey) -> None:
    content = message(headers(key), BODY)
    with ScriptedServer() as server:
        line = server.connect()
        envelope = Envelope("b@ombudsman.example", "chief@mon.example", "1")
        outcome = line.offer(envelope, content, before_dot=lambda: True)
        line.close()
    assert outcome.verdict is Verdict.ACCEPTED
    assert server.messages == [content]
    assert is_good(server.messages[0], key)


def test_its_record_is_found_where_a_signature_says(key: DkimKey) -> None:
    strings = " ".join(f'"{each}"' for each in key.strings)
    with name_server({key.host: {"TXT": [strings]}}) as resolver:

        def asked(name: bytes, **_: object) -> bytes:
            [found] = resolver.resolve(name.decode(), "TXT")
            return b"".join(found.strings)

        assert dkim.verify(message(headers(key), BODY), dnsfunc=asked)


def test_its_record_has_strings_that_a_zone_file_takes(key: DkimKey) -> None:
    assert key.host == "letters2020._domainkey.ombudsman.example"
    assert key.record.startswith(("v=DKIM1; k=rsa; p=MII", "v=DKIM1; k=ed25519; p="))
    assert max(map(len, key.strings)) <= LONGEST_STRING
    assert "".join(key.strings) == key.record


def test_a_domain_outside_ascii_is_spelled_as_the_dns_has_it() -> None:
    key = DkimKey("xn--mn-hka.example", "s", RSA)
    sender = Mailbox("", "letters@môn.example")
    assert is_good(message(replace(headers(key), sender=sender), BODY), key)


@pytest.mark.parametrize(
    ("key", "how", "said"),
    [
        (SHORT, None, "has 1024 bits, and receivers want 2048"),
        (ec.generate_private_key(ec.SECP256R1()), None, "is not a DKIM key: make one with"),
        (RSA, BestAvailableEncryption(b"x"), "it must have no password"),
    ],
)
def test_a_key_that_receivers_do_not_take_is_refused(
    tmp_path: Path, key: PrivateKeyTypes, how: KeySerializationEncryption | None, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        DkimKey.read(written(tmp_path, key, how), domain="o.example", selector="s")


def test_a_key_that_is_not_there_or_is_no_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"the DKIM key .*none\.pem cannot be read: No such file"):
        DkimKey.read(tmp_path / "none.pem", domain="o.example", selector="s")
    (tmp_path / "text.pem").write_text("no key")
    with pytest.raises(BadInput, match="is not a DKIM key"):
        DkimKey.read(tmp_path / "text.pem", domain="o.example", selector="s")
