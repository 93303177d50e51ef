from __future__ import annotations

import pytest

from dispatch.domain.errors import BadInput
from dispatch.mail.outgoing.address import spelled


@pytest.mark.parametrize(
    ("address", "wire"),
    [
        ("chief@adur.example", "chief@adur.example"),
        ("Jo.O'Neil+letters@adur.example", "Jo.O'Neil+letters@adur.example"),
        ("prif@sir-gâr.example", "prif@xn--sir-gr-0ta.example"),
        ("chief@straße.example", "chief@xn--strae-oqa.example"),
        ("prif-weithredwr-ŵ@sir-gâr.example", "prif-weithredwr-ŵ@sir-gâr.example"),
    ],
)
def test_an_address_is_spelled_in_ascii_where_it_can_be(address: str, wire: str) -> None:
    assert spelled(address) == wire


@pytest.mark.parametrize(
    "address",
    [
        "",
        "chief",
        "chief@",
        "@adur.example",
        "chief@adur@example",
        "chief exec@adur.example",
        "chief@adur.example\r\nBcc: all@adur.example",
        "chief@adur.example\n",
        "chief@adur.example>",
        "chief@adur.example, leader@adur.example",
        '"chief"@adur.example',
        "chief@adur\u2028.example",
        "chief@-â-.example",
    ],
)
def test_what_is_no_address_goes_nowhere(address: str) -> None:
    with pytest.raises(BadInput, match="not an address that email can use"):
        spelled(address)
