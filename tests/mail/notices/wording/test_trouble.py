from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("connect to mx.example[192.0.2.1]:25: Connection timed out", Reason.NETWORK),
        ("Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)", Reason.NETWORK),
        ("554 5.4.6 Too many hops", Reason.NETWORK),
        ("retry timeout exceeded", Reason.NETWORK),
        ("Command died with status 17", Reason.SYSTEM),
        ("504 Command parameter not implemented", Reason.SYSTEM),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
