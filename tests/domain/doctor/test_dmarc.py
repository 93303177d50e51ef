from __future__ import annotations

import base64

import pytest

from dispatch.domain.doctor.answers import Answer
from dispatch.domain.doctor.dmarc import dmarc_of, trouble_of_key
from tests.domain.doctor.records import NO_ANSWER, asking

DOMAIN = "letters.ombudsman.example"


@pytest.mark.parametrize(
    ("records", "policy", "organisation"),
    [
        ({}, None, DOMAIN),
        ({"_dmarc.ombudsman.example TXT": "v=DMARC1; p=reject"}, "reject", "ombudsman.example"),
        (
            {"_dmarc.ombudsman.example TXT": "v=DMARC1; p=reject; sp=none"},
            "none",
            "ombudsman.example",
        ),
        (
            {
                f"_dmarc.{DOMAIN} TXT": "v=DMARC1;p=Quarantine",
                "_dmarc.ombudsman.example TXT": "v=DMARC1; p=reject; sp=none",
            },
            "quarantine",
            "ombudsman.example",
        ),
        ({f"_dmarc.{DOMAIN} TXT": ["v=spf1 -all", "v = DMARC1 ; p=none"]}, "none", DOMAIN),
        (
            {
                f"_dmarc.{DOMAIN} TXT": "v=DMARC1; p=none; psd=n",
                "_dmarc.ombudsman.example TXT": "v=DMARC1; p=reject",
            },
            "none",
            DOMAIN,
        ),
    ],
)
def test_the_policy_and_the_organisation_are_found_by_walking_up(
    records: dict[str, str], policy: str | None, organisation: str
) -> None:
    found = dmarc_of(DOMAIN, asking(records))
    assert (found.policy, found.organisation) == (policy, organisation)
    assert not found.wrong


@pytest.mark.parametrize(
    ("records", "wrong"),
    [
        ({f"_dmarc.{DOMAIN} TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "2 records"),
        ({f"_dmarc.{DOMAIN} TXT": "v=DMARC1; p=refuse"}, "p=refuse is not a policy"),
    ],
)
def test_a_record_that_cannot_be_used_is_explained(records: dict[str, str], wrong: str) -> None:
    found = dmarc_of(DOMAIN, asking(records))
    assert wrong in (found.wrong or "")
    assert found.policy is None


def test_a_public_suffix_is_not_an_organisation() -> None:
    records = {
        "_dmarc.council.gov.example TXT": "v=DMARC1; p=reject",
        "_dmarc.gov.example TXT": "v=DMARC1; p=none; psd=y",
    }
    assert dmarc_of("council.gov.example", asking(records)).organisation == "council.gov.example"


def test_no_answer_is_not_taken_for_no_record() -> None:
    assert dmarc_of(DOMAIN, asking({f"_dmarc.{DOMAIN} TXT": NO_ANSWER})).trouble


def test_the_walk_up_a_long_name_is_short() -> None:
    asked = []

    def ask(name: str, kind: str) -> Answer:
        asked.append(name)
        return Answer()

    dmarc_of(".".join("abcdefghijkl"), ask)
    assert len(asked) == 7


def rsa(octets: int) -> str:
    return base64.b64encode(bytes(octets)).decode()


@pytest.mark.parametrize(
    ("values", "trouble"),
    [
        ([f"v=DKIM1; k=rsa; p={rsa(294)}"], None),
        ([f"p={rsa(162)}"], None),
        ([f"v=DKIM1; k=ed25519; p={rsa(32)}"], None),
        ([f"v=DKIM1; p={rsa(94)}"], "shorter than 1024 bits"),
        (["v=DKIM1; p="], "revoked"),
        (["v=DKIM1; p=%%%"], "cannot be read"),
        (["something else"], "no key"),
        ([], "no key"),
        ([f"p={rsa(294)}", f"p={rsa(162)}"], "2 keys"),
    ],
)
def test_a_key_is_looked_at(values: list[str], trouble: str | None) -> None:
    said = trouble_of_key(Answer(tuple(values)))
    assert trouble in said if trouble and said else said == trouble
