from __future__ import annotations

from dispatch.domain.register.authority import slugified


def test_a_name_becomes_its_slug() -> None:
    assert slugified("Transport for London") == "transport-for-london"
    assert slugified("King's Lynn & West Norfolk") == "kings-lynn-west-norfolk"
    assert slugified("Ynys Môn") == "ynys-mon"
