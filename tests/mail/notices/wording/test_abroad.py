from __future__ import annotations

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices.reasons import Said, judged


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Destinataire inconnu.", Reason.BAD_ADDRESS),
        ("Empfänger unbekannt", Reason.BAD_ADDRESS),
        ("El buzón no existe", Reason.BAD_ADDRESS),
        ("宛先が見つかりません", Reason.BAD_ADDRESS),
        ("Пользователь не найден", Reason.BAD_ADDRESS),
        ("L'adresse de messagerie ci-dessus n'existe pas", Reason.BAD_ADDRESS),
    ],
)
def test_servers_are_understood(said: str, reason: Reason) -> None:
    assert judged([Said(said)]).reason is reason
