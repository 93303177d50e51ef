from __future__ import annotations

from uuid import UUID

from dispatch.domain.sending.acceptance import Acceptance


def test_evidence_says_where_it_comes_from_and_how_to_find_it_again() -> None:
    evidence = Acceptance(delivery_id=UUID(int=1), source="postfix log", quote="relay 3D256: sent")
    assert str(evidence) == "postfix log: relay 3D256: sent"
