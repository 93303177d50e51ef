from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Event

import pytest
from dns.resolver import Resolver

from dispatch.mail.exchangers import (
    AT_ONCE,
    NO_ANSWER,
    NO_TIME,
    Dead,
    Located,
    look_up,
    look_up_all,
)
from tests.mail.names import FAILURE, SILENCE, Records, name_server

LONG = "x" * 64


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    records: Records = {
        "adur.example": {"MX": ["20 b.MX.example.", "10 c.mx.example.", "10 a.mx.example."]},
        "xn--bcher-kva.example": {"MX": ["10 mx.example."]},
        "oxo.example": {"A": ["192.0.2.1"]},
        "six.example": {"AAAA": ["2001:db8::1"]},
        "text.example": {"TXT": ["no mail here"]},
        "none.example": {"MX": ["0 ."]},
        "failing.example": FAILURE,
        "silent.example": SILENCE,
    }
    with name_server(records) as asked:
        yield asked


def test_exchangers_come_with_the_best_preference_first(resolver: Resolver) -> None:
    hosts = ("a.mx.example", "c.mx.example", "b.mx.example")
    assert look_up("adur.example", resolver=resolver) == Located(hosts)


@pytest.mark.parametrize("domain", ["oxo.example", "six.example"])
def test_a_domain_with_an_address_alone_is_its_own_exchanger(
    resolver: Resolver, domain: str
) -> None:
    assert look_up(domain, resolver=resolver) == Located((domain,))


@pytest.mark.parametrize(
    ("domain", "dead"),
    [
        ("none.example", Dead.NULL_MX),
        ("nowhere.example", Dead.NO_DOMAIN),
        ("text.example", Dead.NO_HOST),
    ],
)
def test_a_domain_that_takes_no_mail_has_no_exchanger(
    resolver: Resolver, domain: str, dead: Dead
) -> None:
    assert look_up(domain, resolver=resolver) == Located(dead=dead)


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


def test_many_domains_are_asked_at_once() -> None:
    together = Barrier(AT_ONCE)

    def look_up(domain: str) -> Located:
        together.wait()  # for ever, if they were asked one after the other
        return Located((domain,))

    domains = [f"{number}.example" for number in range(AT_ONCE)]
    found = look_up_all([*domains, domains[0]], look_up=look_up, limit=600)
    assert found == {domain: Located((domain,)) for domain in domains}


def test_what_is_not_known_when_the_time_is_over_has_trouble() -> None:
    is_over = Event()

    def look_up(domain: str) -> Located:
        if domain == "slow.example":
            is_over.wait()
        return Located((domain,))

    try:
        found = look_up_all(["slow.example"], look_up=look_up, limit=0.01)
    finally:
        is_over.set()
    assert found == {"slow.example": NO_TIME}


def test_a_dns_that_never_answers_is_not_asked_for_every_domain() -> None:
    asked = []
    has_given_up = Event()

    def look_up(domain: str) -> Located:
        asked.append(domain)
        if int(domain.partition(".")[0]) >= AT_ONCE:
            has_given_up.wait()
        return Located(trouble="LifetimeTimeout")

    domains = [f"{number}.example" for number in range(10 * AT_ONCE)]
    try:
        found = look_up_all(domains, look_up=look_up, limit=600)
    finally:
        has_given_up.set()
    assert len(asked) <= 2 * AT_ONCE
    assert [found[domain].trouble for domain in domains[AT_ONCE:]] == [
        NO_ANSWER.trouble for _ in domains[AT_ONCE:]
    ]
