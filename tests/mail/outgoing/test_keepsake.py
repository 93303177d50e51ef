from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest

from dispatch.domain.checkpoint import Checkpoint
from dispatch.domain.envelope import Sender
from dispatch.domain.errors import BadInput
from dispatch.mail.outgoing.keepsake import keepsake
from dispatch.mail.outgoing.memo import Memo

AT = datetime(2020, 7, 28, 23, 30, tzinfo=UTC)
CHECKPOINT = Checkpoint("o.example/dispatch", 1234, "00" * 32, 12, "ab" * 32, AT)
SIGNED = f"{CHECKPOINT.text}\n\u2014 o.example/dispatch c2lnbmF0dXJl\n"


def written(sender: Sender, address: str = "auditor@audit.example") -> Memo:
    return keepsake(sender, address, CHECKPOINT, SIGNED, at=AT, id_=UUID(int=1))


def test_a_witness_reads_how_far_the_ledger_went_on_which_day_of_london(sender: Sender) -> None:
    mail = message_from_bytes(written(sender).content, policy=default)
    part = mail.get_body(("plain",))
    assert part is not None
    text = " ".join(part.get_content().split())
    assert "how far a ledger went on 29 July 2020: up to seal 12 and entry 1,234." in text
    assert mail["Subject"] == "Checkpoint of o.example/dispatch: seal 12"
    assert mail["To"] == "auditor@audit.example"


def test_it_leaves_under_the_plain_return_path(sender: Sender) -> None:
    envelope = written(sender).envelope
    assert (envelope.mail_from, envelope.rcpt_to) == (sender.return_path, "auditor@audit.example")


def test_the_same_mail_has_the_same_bytes(sender: Sender) -> None:
    assert written(sender) == written(sender)


def test_an_address_that_is_none_is_refused(sender: Sender) -> None:
    with pytest.raises(BadInput, match="not an address that email can use"):
        written(sender, "nobody@\u00fc..example")
