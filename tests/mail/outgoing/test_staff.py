from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from uuid import UUID

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.sending.envelope import Sender
from dispatch.mail.outgoing.body import File
from dispatch.mail.outgoing.staff import StaffMessage, staff_message

AT = datetime(2020, 7, 28, 23, 30, tzinfo=UTC)
TEXT = ("A subject", "Some text\n", "<p>Some text</p>\n")


def written(sender: Sender, address: str = "auditor@audit.example") -> StaffMessage:
    files = [File("list.txt", "text/plain; charset=utf-8", b"one\n")]
    return staff_message(sender, address, TEXT, files, at=AT, id_=UUID(int=1))


def test_a_message_has_its_subject_its_text_in_both_forms_and_its_files(sender: Sender) -> None:
    mail = message_from_bytes(written(sender).content, policy=default)
    assert (mail["Subject"], mail["To"]) == ("A subject", "auditor@audit.example")
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "text/plain",
    ]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["list.txt"]


def test_it_leaves_under_the_plain_return_path(sender: Sender) -> None:
    envelope = written(sender).envelope
    assert (envelope.mail_from, envelope.rcpt_to) == (sender.return_path, "auditor@audit.example")


def test_the_same_message_has_the_same_bytes(sender: Sender) -> None:
    assert written(sender) == written(sender)


def test_a_wrong_address_is_refused(sender: Sender) -> None:
    with pytest.raises(BadInput, match="not an address that email can use"):
        written(sender, "nobody@\u00fc..example")
