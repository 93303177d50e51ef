from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from dispatch.domain.attempt import Claim
from dispatch.domain.envelope import attempt_of


def test_the_envelope_id_of_a_claim_names_the_delivery_and_the_try() -> None:
    claim = Claim(
        delivery_id=uuid4(),
        mailout_id=uuid4(),
        letter_id=uuid4(),
        token=7,
        number=3,
        created_at=datetime(2020, 7, 22, 8, tzinfo=UTC),
        address="chief@adur.example",
    )
    assert attempt_of(claim.envid) == (claim.delivery_id, 3)
