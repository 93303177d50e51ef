from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("552 5.2.2 <a@b.example>: Over quota", Reason.MAILBOX_FULL),
        ("The user's mailbox is full.", Reason.MAILBOX_FULL),
        ("maildir delivery failed: Disk quota exceeded", Reason.MAILBOX_FULL),
        ("452 4.2.2 The recipient's inbox is out of storage space", Reason.MAILBOX_FULL),
        ("452 4.3.1 Insufficient system storage", Reason.SYSTEM),
        ("552 5.3.4 Message size exceeds fixed limit", Reason.TOO_LARGE),
        ("sorry, that message size exceeds my databytes limit (#5.3.4)", Reason.TOO_LARGE),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
