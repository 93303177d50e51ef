from __future__ import annotations

import pytest

from dispatch.domain.doctor.authentication import Seen, is_kin, seen

PASSES = [
    Seen("spf", "pass", "bounces@ombudsman.example"),
    Seen("dkim", "pass", "ombudsman.example, s1"),
    Seen("dmarc", "pass", "ombudsman.example"),
]
WORDS = (
    "spf=pass (sender IP is 192.0.2.1; not a result: dkim=fail)\r\n"
    " smtp.mailfrom=bounces@ombudsman.example; dkim=pass (2048-bit key)\r\n"
    " header.d=ombudsman.example header.s=s1; dmarc=pass action=none "
    "header.from=ombudsman.example; compauth=pass reason=100"
)


@pytest.mark.parametrize(
    ("headers", "receivers", "results"),
    [
        ([f"mx.office.example; {WORDS}"], ["office.example"], PASSES),
        ([f"mx.office.example 1; {WORDS}"], ["mail.office.example"], PASSES),
        ([WORDS], ["office-example.mail.protection.outlook.com"], PASSES),
        ([WORDS], ["office.example"], None),  # it names nobody
        ([f"mx.elsewhere.example; {WORDS}"], ["office.example"], None),
        (
            [f"mx.elsewhere.example; {WORDS}", "mx.office.example; spf=softfail"],
            ["office.example"],
            [Seen("spf", "softfail", "")],
        ),
        (["mx.office.example; none"], ["office.example"], []),
        (["mx.google.com; dkim=neutral"], ["aspmx.l.google.com"], [Seen("dkim", "neutral", "")]),
        ([], ["office.example"], None),
    ],
)
def test_only_what_the_receiving_side_says_is_believed(
    headers: list[str], receivers: list[str], results: list[Seen] | None
) -> None:
    assert seen(headers, receivers) == results


@pytest.mark.parametrize(
    ("one", "other", "are"),
    [
        ("mx.office.example", "office.example", True),
        ("a.council.gov.uk", "mail.council.gov.uk.", True),
        ("one.gov.uk", "two.gov.uk", False),
        ("one.co.uk", "co.uk", False),
        ("a.example.de", "b.example.de", True),
    ],
)
def test_hosts_of_one_organisation_are_told_by_their_last_labels(
    one: str, other: str, *, are: bool
) -> None:
    assert is_kin(one, other) is are
