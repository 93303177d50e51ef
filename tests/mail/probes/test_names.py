from __future__ import annotations

import pytest

from dispatch.domain.doctor.answers import Answer
from dispatch.domain.errors import BadInput
from dispatch.mail.probes.names import ask, names_of, resolver_for
from tests.mail.names import FAILURE, SILENCE, Records, name_server

RECORDS: Records = {
    "a.example": {
        "A": ["192.0.2.1", "192.0.2.2"],
        "MX": ["20 B.example.", "10 a.example."],
        "TXT": ['"one " "two"', '"caf\\195\\169"'],
    },
    "1.2.0.192.in-addr.arpa": {"PTR": ["A.Example."]},
    "failing.example": FAILURE,
    "silent.example": SILENCE,
}


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [
        ("a.example", "A", {"192.0.2.1", "192.0.2.2"}),
        ("a.example", "MX", {"a.example", "b.example"}),
        ("a.example", "TXT", {"one two", "caf\u00e9"}),
        ("a.example", "AAAA", set()),
    ],
)
def test_records_come_as_text(name: str, kind: str, values: set[str]) -> None:
    with name_server(RECORDS) as resolver:
        assert set(ask(resolver, name, kind, seconds=5).values) == values


def test_what_is_not_there_and_what_is_not_known_are_told_apart() -> None:
    with name_server(RECORDS) as resolver:
        assert ask(resolver, "nowhere.example", "A", seconds=5) == Answer(is_name_absent=True)
        for name in ("failing.example", "silent.example", "a..example"):
            assert ask(resolver, name, "A", seconds=0.5).trouble
        assert names_of(resolver, "192.0.2.1", seconds=5).values == ("a.example",)


@pytest.mark.parametrize(
    ("server", "address", "port"),
    [
        ("192.0.2.53", "192.0.2.53", 53),
        ("192.0.2.53:5353", "192.0.2.53", 5353),
        ("2001:db8::53", "2001:db8::53", 53),
        ("[2001:db8::53]:5353", "2001:db8::53", 5353),
        ("[2001:db8::53]", "2001:db8::53", 53),
    ],
)
def test_a_server_is_an_address_with_or_without_a_port(
    server: str, address: str, port: int
) -> None:
    resolver = resolver_for((server,))
    assert resolver.nameservers == [address]
    assert resolver.nameserver_ports == {address: port}


@pytest.mark.parametrize("server", ["dns.example", "192.0.2.53:x", "1.2.3", "", "[::1]:x"])
def test_anything_else_is_refused(server: str) -> None:
    with pytest.raises(BadInput, match="not the address of a DNS server"):
        resolver_for((server,))
