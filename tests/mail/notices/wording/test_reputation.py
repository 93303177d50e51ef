from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "550 5.7.26 Unauthenticated email from x is not accepted due to domain's DMARC policy",
            Reason.POLICY,
        ),
        ("450 4.7.1 Client host rejected: cannot find your reverse hostname", Reason.POLICY),
        ("421 4.7.0 low reputation of the sending IP", Reason.POLICY),
        ("554 5.7.1 blocked using zen.spamhaus.org", Reason.POLICY),
        ("452 4.5.3 Too many recipients", Reason.POLICY),
        ("550 Connection refused by policy of mx.example", Reason.POLICY),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
