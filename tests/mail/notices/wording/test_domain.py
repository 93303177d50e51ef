from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "Host or domain name not found. Name service error for name=x type=A: Host not found",
            Reason.BAD_ADDRESS,
        ),
        ("Sorry, I couldn't find any host named x.example. (#5.1.2)", Reason.BAD_ADDRESS),
        ("Unrouteable address", Reason.BAD_ADDRESS),
        ("Domain x.example does not accept mail (nullMX)", Reason.BAD_ADDRESS),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
