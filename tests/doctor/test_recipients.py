"""What the DNS says of the domains that letters go to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from dispatch.app import App
from dispatch.database.tables import ContactRow
from dispatch.doctor import recipients
from dispatch.doctor.recipients import TimeLimits
from dispatch.domain.doctor.finding import Finding, Level
from tests import steps
from tests.doctor.offices import faults, office, words
from tests.factories import contact_in, register
from tests.mail.names import FAILURE, SILENCE, Records, name_server

QUICK = TimeLimits(all_together=60, one=0.5, silent_after=0.5)
TAKEN: dict[str, Any] = {"MX": ["10 mx.mail.example."]}
ROOT: Records = {"": {"NS": ["a.root.example."]}, "mx.mail.example": {"A": ["192.0.2.2"]}}


def looked(app: App, records: Records, limits: TimeLimits = QUICK, **said: Any) -> list[Finding]:
    with name_server({**ROOT, **records}) as resolver:
        return list(recipients.find(office(app), resolver, said.get("mailout"), limits))


def written_to(app: App, *domains: str) -> None:
    """Have a contact in each domain."""
    with app.sessions.begin() as session:
        register(session, *(f"A{at:03}" for at in range(len(domains))))
        rows = session.query(ContactRow).filter(ContactRow.role == "chief executive")
        for row, domain in zip(rows, domains, strict=True):
            row.address = f"ce@{domain}"
        session.query(ContactRow).filter(ContactRow.role != "chief executive").delete()


def test_domains_that_take_mail_are_fine_and_so_are_their_systems(app: App) -> None:
    written_to(app, "a.example", "b.example", "c.example")
    records: Records = {
        "a-example.mail.protection.outlook.com": {"A": ["192.0.2.3"]},
        "b-example.k-v1.mx.microsoft": {"AAAA": ["2001:db8::3"]},
        "a.example": {"MX": ["0 a-example.mail.protection.outlook.com."]},
        "b.example": {"MX": ["0 b-example.k-v1.mx.microsoft."]},
        "c.example": {"A": ["192.0.2.1"]},
        "_mta-sts.a.example": {"TXT": ['"v=STSv1; id=1"']},
    }
    found = looked(app, records)
    assert faults(found) == {}
    said = words(found)
    assert "3 recipient domains take mail, by 2 receiving systems" in said
    assert "2 letters go to Microsoft 365" in said
    assert "1 domain wants TLS that is checked (MTA-STS)" in said


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (None, "does not exist (NXDOMAIN)"),
        ({"MX": ["0 ."]}, "null MX"),
        ({"MX": ["10 gone.example."]}, "has gone.example for its mail, which has no address"),
        ({"TXT": ['"nothing"']}, "neither a mail exchanger nor an address"),
    ],
)
def test_a_domain_that_takes_no_mail_is_named(app: App, there: Any, said: str) -> None:
    written_to(app, "dead.example", "a.example")
    records = {"a.example": TAKEN, **({"dead.example": there} if there else {})}
    found = looked(app, records)
    assert faults(found) == {"recipients.dead": Level.LOOK}
    assert "No mail reaches dead.example." in words(found)
    assert said in words(found)


@pytest.mark.parametrize("trouble", [FAILURE, SILENCE])
def test_a_domain_of_which_nothing_is_known_is_not_called_dead(app: App, trouble: str) -> None:
    written_to(app, "unknown.example", "a.example")
    found = looked(app, {"a.example": TAKEN, "unknown.example": trouble})
    assert faults(found) == {"recipients.unknown": Level.LOOK}
    assert "unknown.example" in words(found)


def test_many_dead_domains_are_counted_and_not_all_told(app: App) -> None:
    written_to(app, *(f"dead{at}.example" for at in range(20)))
    found = looked(app, {})
    assert len(found) == 13
    assert "8 more domains take no mail" in words(found)


def test_350_domains_are_known_although_one_of_two_dns_servers_is_dead(app: App) -> None:
    domains = [f"d{at}.example" for at in range(350)]
    written_to(app, *domains)
    records: dict[str, Any] = dict.fromkeys(domains, TAKEN)
    records |= {"d7.example": {"MX": ["0 ."]}, "d8.example": FAILURE}
    with (
        name_server({**ROOT, **records}) as resolver,
        socket.socket(type=socket.SOCK_DGRAM) as dead,
    ):
        dead.bind(("127.0.0.2", resolver.port))
        resolver.nameservers = ["127.0.0.2", "127.0.0.1"]
        limits = TimeLimits(all_together=600, one=60, silent_after=0.5)
        found = list(recipients.find(office(app), resolver, None, limits))
    assert faults(found) == {"recipients.dead": Level.LOOK, "recipients.unknown": Level.LOOK}
    assert "348 recipient domains take mail" in words(found)


def test_with_dns_servers_that_are_all_dead_it_ends_and_calls_nobody_dead(app: App) -> None:
    domains = [f"d{at}.example" for at in range(350)]
    written_to(app, *domains)
    with (
        name_server({}) as resolver,
        socket.socket(type=socket.SOCK_DGRAM) as dead,
    ):
        dead.bind(("127.0.0.2", resolver.port))
        resolver.nameservers = ["127.0.0.2"]
        found = list(recipients.find(office(app), resolver, None, QUICK))
    assert faults(found) == {"recipients.unknown": Level.LOOK}
    assert "350 recipient domains" in words(found)


def test_of_a_mailout_only_its_recipients_count(app: App) -> None:
    name = steps.rendered(app, "OXO")
    with app.sessions.read() as session:
        domain = contact_in(session, "OXO").address.partition("@")[2]
    found = looked(app, {domain: TAKEN}, mailout=name)
    assert faults(found) == {}


def test_a_mailout_that_is_not_there_stops_a_person(app: App) -> None:
    written_to(app, "a.example")
    found = looked(app, {}, mailout="nothing")
    assert faults(found) == {"mailout": Level.STOPS}
    assert "No mailout is called 'nothing'" in words(found)


def test_where_nobody_is_to_be_written_to_that_is_said(app: App) -> None:
    assert "There is nobody to write to yet." in words(looked(app, {}))
