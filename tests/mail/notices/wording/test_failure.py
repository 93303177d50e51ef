from __future__ import annotations

import pytest

from dispatch.mail.notices import kinds
from dispatch.mail.notices.parsed import parse
from tests.mail.notices.mails import a_mail


@pytest.mark.parametrize(
    ("said", "is_delay"),
    [
        ("I'm sorry to say that your message could not be delivered.", False),
        ("Delivery to the following recipients failed.", False),
        ("Die Nachricht konnte nicht zugestellt werden.", False),
        ("Le message n'a pas pu \u00eatre remis.", False),
        ("El mensaje no se pudo entregar.", False),
        (
            "\u30e1\u30fc\u30eb\u3092\u914d\u4fe1\u3067\u304d\u307e\u305b\u3093\u3067\u3057\u305f",
            False,
        ),
        ("Your message has not yet been delivered.", True),
        ("The delivery has been postponed; we will continue to try.", True),
    ],
)
def test_notices_are_understood(said: str, *, is_delay: bool) -> None:
    mail = parse(a_mail(said, subject="x"))
    assert kinds.is_failure(mail)
    assert kinds.is_delay(mail) is is_delay
