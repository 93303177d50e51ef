from __future__ import annotations

import pytest

from dispatch.domain.sending.receivers import SYSTEMS, group_named, system_of, title_of


@pytest.mark.parametrize(
    ("host", "system"),
    [
        ("adur-gov-uk.mail.protection.outlook.com", "microsoft"),
        ("Adur-gov-uk.P-V1.mx.microsoft.", "microsoft"),
        ("outlook-com.olc.protection.outlook.com", "microsoft"),
        ("aspmx.l.google.com", "google"),
        ("aspmx3.googlemail.com", "google"),
        ("smtp.google.com", "google"),
        ("eu-smtp-inbound-1.mimecast.com", "mimecast"),
        ("za-smtp-inbound-2.mimecast.co.za", "mimecast"),
        ("mx07-00123401.pphosted.com", "proofpoint"),
        ("mx1-eu1.ppe-hosted.com", "proofpoint"),
        ("d12345a.ess.uk.barracudanetworks.com", "barracuda"),
        ("cluster5.eu.messagelabs.com", "messagelabs"),
        ("esa1.hc123-45.eu.iphmx.com", "cisco"),
        ("mail.adur.example", None),
        ("notgoogle.com", None),
        ("mx.microsoft.example", None),
    ],
)
def test_an_exchanger_is_known_by_any_name_of_its_system(host: str, system: str | None) -> None:
    assert system_of([host]) == system


def test_the_most_preferred_exchanger_that_is_known_decides() -> None:
    assert system_of([]) is None
    assert system_of(["mail.adur.example", "mx1.mimecast.com", "aspmx.l.google.com"]) == "mimecast"


@pytest.mark.parametrize("name", SYSTEMS)
def test_any_pattern_of_a_system_means_all_of_it(name: str) -> None:
    keys = {group_named(written).key for written in (name, *SYSTEMS[name], "+".join(SYSTEMS[name]))}
    assert keys == {f"mx:{name}"}
    assert all(
        group_named(SYSTEMS[name][0]).has([host.replace("*", "a")]) for host in SYSTEMS[name]
    )


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("*.mx.example", "a.b.mx.example", "mx.example"),
        ("mx*.google.com", "mx1.google.com", "aspmx.l.google.com"),
        ("*.a.example+*.b.example", "mx.b.example", "mx.c.example"),
        ("*.a.example+google", "aspmx2.googlemail.com", "mx.c.example"),
    ],
)
def test_any_other_group_is_what_its_patterns_say(name: str, inside: str, outside: str) -> None:
    group = group_named(name)
    assert group.key == f"mx:{name}"
    assert group.has(["other.example", inside])
    assert not group.has([outside])


def test_a_pattern_over_several_systems_means_none_of_them() -> None:
    group = group_named("*")
    assert group.key == "mx:*"
    assert group.has(["anything.example"])


@pytest.mark.parametrize(
    ("host", "system"),
    [
        ("office.mail.protection.outlook.com", "Microsoft 365"),
        ("office.k-v1.mx.microsoft", "Microsoft 365"),
        ("aspmx.l.google.com", "Google"),
        ("eu-smtp-inbound-1.mimecast.com", "Mimecast"),
        ("mx.council.gov.uk", "council.gov.uk"),
        ("mx", "mx"),
    ],
)
def test_a_receiving_system_has_a_title_by_its_exchangers(host: str, system: str) -> None:
    assert title_of([host]) == system
