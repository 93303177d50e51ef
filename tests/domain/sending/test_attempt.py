from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from dispatch.domain.letter import Recipient, RecipientKind
from dispatch.domain.sending.attempt import Claim
from dispatch.domain.sending.envelope import attempt_of

CLAIM = Claim(
    delivery_id=uuid4(),
    mailout_id=uuid4(),
    letter_id=uuid4(),
    token=7,
    number=3,
    created_at=datetime(2020, 7, 22, 8, tzinfo=UTC),
    address="chief@adur.example",
    name="Ms Adeyemi",
)


def test_the_envelope_id_of_a_claim_names_the_delivery_and_the_try() -> None:
    assert attempt_of(CLAIM.envid) == (CLAIM.delivery_id, 3)


def test_a_message_names_all_recipients_of_the_letter_and_one_sent_again_its_own_alone() -> None:
    everyone = (
        Recipient(kind=RecipientKind.TO, role="chief executive", address="a@x.example", name="A"),
        Recipient(kind=RecipientKind.CC, role="leader", address="b@x.example", name="B"),
    )
    assert replace(CLAIM, address="b@x.example").named_in(everyone) == everyone
    assert replace(CLAIM, address="b@x.example", mail="0" * 64).named_in(everyone) != everyone
    [alone] = CLAIM.named_in(everyone)
    assert (alone.kind, alone.name, alone.address) == (
        RecipientKind.TO,
        "Ms Adeyemi",
        "chief@adur.example",
    )
