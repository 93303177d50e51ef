from __future__ import annotations

from collections.abc import Iterator

import pytest
from dns.resolver import Resolver

from dispatch.mail.exchangers import Located, look_up
from tests.mail.names import FAILURE, SILENCE, Records, name_server

LONG = "x" * 64


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    records: Records = {
        "adur.example": {"MX": ["20 b.MX.example.", "10 c.mx.example.", "10 a.mx.example."]},
        "xn--bcher-kva.example": {"MX": ["10 mx.example."]},
        "oxo.example": {"A": ["192.0.2.1"]},
        "none.example": {"MX": ["0 ."]},
        "failing.example": FAILURE,
        "silent.example": SILENCE,
    }
    with name_server(records) as asked:
        yield asked


def test_exchangers_come_with_the_best_preference_first(resolver: Resolver) -> None:
    hosts = ("a.mx.example", "c.mx.example", "b.mx.example")
    assert look_up("adur.example", resolver=resolver) == Located(hosts)


def test_a_domain_without_records_is_its_own_exchanger(resolver: Resolver) -> None:
    assert look_up("oxo.example", resolver=resolver) == Located(("oxo.example",))


@pytest.mark.parametrize("domain", ["none.example", "nowhere.example"])
def test_a_domain_that_takes_no_mail_has_no_exchanger(resolver: Resolver, domain: str) -> None:
    assert look_up(domain, resolver=resolver) == Located()


def test_a_domain_beyond_ascii_is_found(resolver: Resolver) -> None:
    assert look_up("b\u00fccher.example", resolver=resolver).hosts == ("mx.example",)


@pytest.mark.parametrize(
    ("domain", "trouble"),
    [
        ("failing.example", "NoNameservers"),
        (f"{LONG}.example", "LabelTooLong"),
        ("a..example", "EmptyLabel"),
    ],
)
def test_trouble_is_an_answer_too(resolver: Resolver, domain: str, trouble: str) -> None:
    found = look_up(domain, resolver=resolver)
    assert found.hosts == ()
    assert (found.trouble or "").startswith(trouble)


def test_a_silent_server_is_not_waited_for_long(resolver: Resolver) -> None:
    found = look_up("silent.example", resolver=resolver, timeout=0.5)
    assert (found.trouble or "").startswith("LifetimeTimeout")


def test_without_a_name_server_there_is_trouble_and_no_error() -> None:
    nobody = Resolver(configure=False)
    assert look_up("adur.example", resolver=nobody).trouble


def test_the_systems_name_servers_are_asked_unless_others_are_given() -> None:
    assert look_up("a..example").trouble  # which nobody needs to be asked for
