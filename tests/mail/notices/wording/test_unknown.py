from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in table",
            Reason.BAD_ADDRESS,
        ),
        ("Sorry, no mailbox here by that name. (#5.1.1)", Reason.BAD_ADDRESS),
        ("The recipient name is not recognized", Reason.BAD_ADDRESS),
        ("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", Reason.BAD_ADDRESS),
        ("L'adresse de messagerie ci-dessus n'existe pas", Reason.BAD_ADDRESS),
        ("Empfänger unbekannt", Reason.BAD_ADDRESS),
        ("El buzón no existe", Reason.BAD_ADDRESS),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
