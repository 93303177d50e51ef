"""What the DNS says of our own domain: each fault is found, and none where all is well."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dispatch.app import App
from dispatch.doctor import dns
from dispatch.doctor.dns import OurDns
from dispatch.domain.doctor.finding import Finding, Level
from dispatch.mail.outgoing.dkim import DkimKey
from dispatch.mail.outgoing.relay import SmtpServer
from tests.doctor.offices import faults, office, words
from tests.mail.names import FAILURE, SILENCE, Records, name_server

RELAY = "192.0.2.10"
KEY = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQ" + "A" * 178
SOUND: Records = {
    "": {"NS": ["a.root.example."]},
    "ombudsman.example": {
        "MX": ["10 mx.ombudsman.example."],
        "TXT": [f'"v=spf1 ip4:{RELAY} -all"'],
    },
    "_dmarc.ombudsman.example": {"TXT": ['"v=DMARC1; p=reject; rua=mailto:d@ombudsman.example"']},
    "s1._domainkey.ombudsman.example": {"TXT": [f'"v=DKIM1; k=rsa; p={KEY}"']},
    "10.2.0.192.in-addr.arpa": {"PTR": ["relay.ombudsman.example."]},
    "relay.ombudsman.example": {"A": [RELAY]},
    "bounces.other.example": {
        "MX": ["10 mx.other.example."],
        "TXT": [f'"v=spf1 ip4:{RELAY} -all"'],
    },
}


def looked(
    app: App, records: Mapping[str, Any], *, host: str = "relay.office.example", **said: Any
) -> list[Finding]:
    settings = said.pop("settings", {})
    known: dict[str, Any] = {"relay_address": RELAY, "selectors": ("s1",), "seconds": 0.5}
    served = {name: each for name, each in {**SOUND, **records}.items() if each is not None}
    with name_server(served) as resolver:
        ours = OurDns(resolver, **known | said)
        return list(dns.find(office(app, server=SmtpServer(host, 25), **settings), ours))


def test_nothing_is_found_where_all_is_well(app: App) -> None:
    found = looked(app, {})
    assert faults(found) == {}
    assert "policy of ombudsman.example is reject" in words(found)


def txt(text: str) -> dict[str, list[str]]:
    return {"MX": ["10 mx.ombudsman.example."], "TXT": [f'"{text}"']}


STOPS, LOOK = Level.STOPS, Level.LOOK


@pytest.mark.parametrize(
    ("records", "check", "level", "said"),
    [
        ({"ombudsman.example": txt("no SPF")}, "dns.spf", LOOK, "has no SPF record"),
        ({"ombudsman.example": txt("v=spf1 ipv4:1.2.3.4 -all")}, "dns.spf", STOPS, "ipv4:1.2.3.4"),
        ({"ombudsman.example": txt("v=spf1 include:x.example -all")}, "dns.spf", STOPS, "SPF"),
        ({"ombudsman.example": txt("v=spf1 -all")}, "dns.spf_relay", STOPS, f"ip4:{RELAY}"),
        ({"ombudsman.example": txt("v=spf1 ~all")}, "dns.spf_relay", LOOK, "softfail"),
        (
            {"ombudsman.example": txt("v=spf1 exists:%{i}.x.example -all")},
            "dns.spf_relay",
            LOOK,
            "macros",
        ),
        ({"_dmarc.ombudsman.example": None}, "dns.dmarc", LOOK, "has no DMARC record"),
        (
            {"_dmarc.ombudsman.example": {"TXT": ['"v=DMARC1; p=refuse"']}},
            "dns.dmarc",
            LOOK,
            "p=refuse is not a policy",
        ),
        ({"_dmarc.ombudsman.example": FAILURE}, "dns.dmarc", LOOK, "Nothing is known"),
        ({"s1._domainkey.ombudsman.example": None}, "dns.dkim", LOOK, "there is no key"),
        (
            {"s1._domainkey.ombudsman.example": {"TXT": ['"v=DKIM1; p="']}},
            "dns.dkim",
            LOOK,
            "revoked",
        ),
        ({"10.2.0.192.in-addr.arpa": None}, "dns.ptr", LOOK, "has no name"),
        ({"10.2.0.192.in-addr.arpa": SILENCE}, "dns.ptr", LOOK, "Nothing is known"),
        ({"relay.ombudsman.example": {"A": ["192.0.2.99"]}}, "dns.ptr", LOOK, "not lead back"),
        (
            {"ombudsman.example": {"MX": ["0 ."], "TXT": [f'"v=spf1 ip4:{RELAY} -all"']}},
            "dns.return_path",
            STOPS,
            "null MX",
        ),
    ],
)
def test_a_fault_is_found_alone(
    app: App, records: Mapping[str, Any], check: str, level: Level, said: str
) -> None:
    found = looked(app, records)
    assert faults(found) == {check: level}
    assert said in words(found)


def test_a_domain_that_is_not_there_and_one_that_is_not_known_are_told_apart(app: App) -> None:
    gone = looked(app, {"ombudsman.example": None})
    assert "does not exist (NXDOMAIN)" in words(gone)
    assert faults(gone)["dns.return_path"] is STOPS
    failing = faults(looked(app, {"ombudsman.example": FAILURE}))
    assert failing == {"dns.return_path": LOOK, "dns.spf": LOOK}


@pytest.mark.parametrize(
    ("records", "selectors", "level"),
    [
        ({}, ("s1",), None),  # the signature is aligned
        ({}, ("s2",), LOOK),
        (
            {"_dmarc.ombudsman.example": {"TXT": ['"v=DMARC1; p=reject; aspf=s"']}},
            ("s2",),
            LOOK,
        ),
    ],
)
def test_a_return_path_of_another_domain_needs_a_signature(
    app: App, records: Mapping[str, Any], selectors: tuple[str, ...], level: Level | None
) -> None:
    settings = {"return_path": "bounces@bounces.other.example"}
    found = looked(app, records, selectors=selectors, settings=settings)
    assert faults(found).get("dns.alignment") is level


@pytest.mark.parametrize(("strict", "level"), [("", None), ("; aspf=s", LOOK)])
def test_a_return_path_below_the_senders_domain_is_aligned_unless_that_is_strict(
    app: App, strict: str, level: Level | None
) -> None:
    records = {
        "_dmarc.ombudsman.example": {"TXT": [f'"v=DMARC1; p=reject{strict}"']},
        "b.ombudsman.example": SOUND["bounces.other.example"],
    }
    settings = {"return_path": "bounces@b.ombudsman.example"}
    found = looked(app, records, selectors=("s2",), settings=settings)
    assert faults(found).get("dns.alignment") is level


@pytest.mark.parametrize(
    ("host", "include", "level"),
    [
        ("smtp.office365.com", "spf.protection.outlook.com", None),
        ("office-example.mail.protection.outlook.com", "spf.protection.outlook.com", None),
        ("smtp-relay.gmail.com", "_spf.google.com", None),
        ("smtp-relay.gmail.com", "spf.protection.outlook.com", STOPS),
        ("relay.nowhere.invalid", "_spf.google.com", LOOK),  # nobody knows its address
    ],
)
def test_a_providers_servers_are_known_by_what_it_has_included(
    app: App, host: str, include: str, level: Level | None
) -> None:
    records = {
        "ombudsman.example": txt(f"v=spf1 include:{include} -all"),
        include: {"TXT": ['"v=spf1 ip4:203.0.113.0/24 -all"']},
    }
    found = looked(app, records, host=host, relay_address=None)
    assert faults(found).get("dns.spf_relay") is level


def test_the_key_that_we_sign_with_must_be_the_one_in_the_dns(app: App, tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    path.write_bytes(pem)
    path.chmod(0o600)
    settings = {"dkim_key": path, "dkim_selector": "s2"}
    own = DkimKey.read(path, domain="ombudsman.example", selector="s2")
    name = "s2._domainkey.ombudsman.example"
    for there, level, said in (
        ({"TXT": [f'"{own.record}"']}, None, "holds our DKIM key"),
        ({"TXT": ['"v=DKIM1; k=ed25519; p=AAAA"']}, STOPS, "another DKIM key"),
        (None, STOPS, "no DKIM key"),
        (FAILURE, LOOK, "Nothing is known"),
    ):
        found = looked(app, {name: there}, selectors=(), settings=settings)
        assert faults(found) == ({"dns.dkim": level} if level else {})
        assert said in words(found)


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ({"answers.example": {"MX": ["10 mx.answers.example."]}}, None),
        ({"answers.example": {"MX": ["0 ."]}}, STOPS),
        ({}, STOPS),
        ({"answers.example": FAILURE}, LOOK),
    ],
)
def test_answers_must_arrive_as_well(
    app: App, records: Mapping[str, Any], level: Level | None
) -> None:
    settings = {"reply_to": "us@answers.example"}
    assert faults(looked(app, records, settings=settings)).get("dns.replies") is level


def test_without_a_selector_it_is_said_that_nothing_is_known_of_signatures(app: App) -> None:
    assert "--dkim-selector" in words(looked(app, {}, selectors=()))


def test_a_dead_server_is_named_and_not_waited_for(app: App) -> None:
    with name_server(SOUND) as resolver, socket.socket(type=socket.SOCK_DGRAM) as dead:
        dead.bind(("127.0.0.2", resolver.port))
        resolver.nameservers = ["127.0.0.2", "127.0.0.1"]
        found = list(dns.find(office(app), OurDns(resolver, RELAY, ("s1",), silent_after=0.5)))
    assert faults(found) == {"dns.servers": LOOK}
    assert "127.0.0.2 does not answer" in words(found)


def test_without_a_server_nothing_is_said_of_the_domain(app: App) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as dead, name_server({}) as resolver:
        dead.bind(("127.0.0.2", resolver.port))
        resolver.nameservers = ["127.0.0.2"]
        found = list(dns.find(office(app), OurDns(resolver, silent_after=0.5)))
    assert [(each.check, each.found) for each in found] == [
        ("dns.servers", "No DNS server answers.")
    ]


def test_a_rehearsal_asks_nobody(app: App) -> None:
    assert faults(dns.find(app, OurDns())) == {"dns": LOOK}
