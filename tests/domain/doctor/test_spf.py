from __future__ import annotations

import pytest

from dispatch.domain.doctor.answers import Answer
from dispatch.domain.doctor.spf import SpfResult, evaluate
from tests.domain.doctor.records import NO_ANSWER, asking

OURS = "192.0.2.10"
DOMAIN = "ombudsman.example"
CHAIN = {f"n{n}.example TXT": f"v=spf1 include:n{n + 1}.example -all" for n in range(20)}
OTHERS: dict[str, str | list[str] | Answer] = {
    "mail.example A": OURS,
    "mail.example AAAA": "2001:db8::10",
    "mx.example MX": ["mail.example", "other.example"],
    "inner.example TXT": f"v=spf1 ip4:{OURS} -all",
    "closed.example TXT": "v=spf1 -all",
    "two.example TXT": ["v=spf1 -all", "v=spf1 +all"],
    "broken.example TXT": NO_ANSWER,
    "many.example MX": [f"m{n}.example" for n in range(11)],
    **CHAIN,
}


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (f"v=spf1 ip4:{OURS} -all", SpfResult.PASS),
        ("v=spf1 ip4:192.0.2.0/24 -all", SpfResult.PASS),
        ("v=spf1 ip4:192.0.2.128/25 -all", SpfResult.FAIL),
        ("V=SPF1 IP4:192.0.2.0/24 -ALL", SpfResult.PASS),
        ("v=spf1 a:mail.example -all", SpfResult.PASS),
        ("v=spf1 a:mail.example/24//64 ~all", SpfResult.PASS),
        ("v=spf1 mx:mx.example ?all", SpfResult.PASS),
        ("v=spf1 exists:mail.example -all", SpfResult.PASS),
        ("v=spf1 include:inner.example -all", SpfResult.PASS),
        ("v=spf1 include:closed.example ~all", SpfResult.SOFTFAIL),
        ("v=spf1 redirect=inner.example", SpfResult.PASS),
        ("v=spf1 redirect=inner.example -all", SpfResult.FAIL),
        ("v=spf1 exp=why.example -all", SpfResult.FAIL),
        ("v=spf1 ?all", SpfResult.NEUTRAL),
        ("v=spf1", SpfResult.NEUTRAL),
        ("v=spf1 ptr -all", SpfResult.FAIL),
        ("v=spf1 ip6:2001:db8::/32 -all", SpfResult.FAIL),
        ("v=spf10 +all", SpfResult.NONE),
    ],
)
def test_an_address_is_judged_as_a_receiver_does(record: str, result: SpfResult) -> None:
    ask = asking({f"{DOMAIN} TXT": ["other text", record], **OTHERS})
    assert evaluate(DOMAIN, OURS, ask).result is result


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("v=spf1 ipv4:192.0.2.10 -all", "a term that is not one: ipv4:192.0.2.10"),
        (f"v=spf1 ip4:{OURS} ip4:192.0.2.300 -all", "not one: ip4:192.0.2.300"),
        ("v=spf1 ip4:2001:db8::1 -all", "not one: ip4:2001:db8::1"),
        ("v=spf1 include: -all", "not one: include:"),
        ("v=spf1 all:x", "not one: all:x"),
        ("v=spf1 include:nowhere.example -all", "a domain without SPF"),
        ("v=spf1 redirect=nowhere.example", "which has no SPF record"),
        (f"v=spf1 include:{DOMAIN} -all", "more than 10 look-ups"),
        ("v=spf1 include:two.example -all", "two.example has 2 SPF records"),
        ("v=spf1 include:n0.example -all", "more than 10 look-ups"),
        ("v=spf1 a:x1.example a:x2.example a:x3.example -all", "lead nowhere"),
        ("v=spf1 mx:many.example -all", "more than 10 hosts"),
    ],
)
@pytest.mark.parametrize("address", ["203.0.113.1", None])
def test_a_record_that_cannot_be_used_is_explained(
    record: str, why: str, address: str | None
) -> None:
    found = evaluate(DOMAIN, address, asking({f"{DOMAIN} TXT": record, **OTHERS}))
    assert found.result is SpfResult.PERMERROR
    assert why in found.why


def test_a_mistake_after_the_term_that_matches_counts_as_well() -> None:
    ask = asking({f"{DOMAIN} TXT": f"v=spf1 ip4:{OURS} mistake"})
    assert evaluate(DOMAIN, OURS, ask).result is SpfResult.PERMERROR


def test_ten_look_ups_are_not_too_many_and_all_are_counted() -> None:
    record = " ".join(["v=spf1", *["a:mail.example"] * 10, "-all"])
    found = evaluate(DOMAIN, "203.0.113.1", asking({f"{DOMAIN} TXT": record, **OTHERS}))
    assert (found.result, found.lookups) == (SpfResult.FAIL, 10)


def test_an_address_of_the_other_sort_is_looked_up_as_that() -> None:
    ask = asking({f"{DOMAIN} TXT": "v=spf1 a:mail.example -all", **OTHERS})
    assert evaluate(DOMAIN, "2001:db8::10", ask).result is SpfResult.PASS


def test_no_answer_is_not_taken_for_no_record() -> None:
    ask = asking({f"{DOMAIN} TXT": "v=spf1 include:broken.example -all", **OTHERS})
    found = evaluate(DOMAIN, OURS, ask)
    assert found.result is SpfResult.TEMPERROR
    assert "SERVFAIL" in found.why


def test_a_term_with_a_macro_is_not_followed_and_that_is_said() -> None:
    ask = asking({f"{DOMAIN} TXT": "v=spf1 exists:%{i}.spf.example -all"})
    found = evaluate(DOMAIN, OURS, ask)
    assert found.has_macros
    assert found.lookups == 1


def test_the_domains_that_are_included_are_known() -> None:
    ask = asking({f"{DOMAIN} TXT": "v=spf1 include:Inner.example -all", **OTHERS})
    assert evaluate(DOMAIN, None, ask).names == {DOMAIN, "inner.example"}
