from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("550 5.1.6 recipient no longer on server", Reason.BAD_ADDRESS),
        ("This account has been disabled or discontinued", Reason.DISABLED),
        ("550 5.2.1 The email account that you tried to reach is disabled", Reason.DISABLED),
        ("550 RCP-P2 refused due to recipient preferences", Reason.POLICY),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
