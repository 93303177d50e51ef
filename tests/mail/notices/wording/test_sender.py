from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("554 5.7.1 <a@b.example>: Relay access denied", Reason.POLICY),
        ("550 5.1.8 Sender address rejected: Domain not found", Reason.POLICY),
        ("Posting to this group is limited to members", Reason.POLICY),
        ("530 5.7.0 Authentication required", Reason.POLICY),
        ("421 no (in reply to EHLO command)", Reason.POLICY),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
