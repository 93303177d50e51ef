from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("554 5.7.1 This message was classified as SPAM", Reason.SPAM_VIRUS),
        ("552 virus detected", Reason.SPAM_VIRUS),
        ("550 5.7.0 Message rejected by local policy", Reason.POLICY),
        ("552 5.6.0 Headers too large (32768 max)", Reason.SPAM_VIRUS),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
